"""`saekdong watch`: the group of its subcommands."""

import click

from saekdong.cli.watch import alarms, forget, install, look, status


@click.group()
def command() -> None:
    """Watch a shop: what came in, whether it differs from what its model knows, and how accurate its tags are."""


command.add_command(look.command, "run")
command.add_command(status.command, "status")
command.add_command(alarms.list_alarms, "alarms")
command.add_command(alarms.explain, "explain")
command.add_command(alarms.snooze, "snooze")
command.add_command(look.normal, "normal")
command.add_command(install.command, "install")
command.add_command(forget.command, "forget")
