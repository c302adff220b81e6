"""`saekdong people`: the group of its subcommands."""

import click

from saekdong.cli.people import access, accounts, log


@click.group()
def command() -> None:
    """Manage who may use the shop's desk: accounts, roles, invitations, sessions, tokens, the audit log."""


for _name, _command in {
    "list": accounts.list_people,
    "invite": accounts.invite,
    "invitations": access.invitations,
    "role": accounts.role,
    "remove": accounts.remove,
    "token": access.token,
    "tokens": access.tokens,
    "sessions": access.sessions,
    "revoke": access.revoke,
    "log": log.command,
}.items():
    command.add_command(_command, _name)
