"""`saekdong registry`: the group of its subcommands."""

import click

from saekdong.cli.registry import canary, diff, gate, inspect, promote, replay, transfer


@click.group()
def command() -> None:
    """Keep the versions of the shop's model, compare them, and change which one tags."""


for _name, _command in {
    "list": inspect.list_versions,
    "show": inspect.show_version,
    "diff": diff.command,
    "canary": canary.command,
    "replay": replay.command,
    "gate": gate.command,
    "promote": promote.promote,
    "rollback": promote.roll_back,
    "export": transfer.export,
    "import": transfer.import_file,
}.items():
    command.add_command(_command, _name)
