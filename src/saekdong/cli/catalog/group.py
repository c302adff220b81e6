"""`saekdong catalog`: the group of its subcommands."""

import click

from saekdong.cli.catalog import add, check, conflicts, corrections, export, features, model, sample, show, stats


@click.group()
def command() -> None:
    """Tag a shop's whole catalog, and keep it up to date."""


command.add_command(add.add, "add")
command.add_command(add.watch, "watch")
for _module in (export, corrections, conflicts, sample, check, model, features, show, stats):
    command.add_command(_module.command, _module.__name__.rpartition(".")[2])
