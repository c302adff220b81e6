"""`saekdong people list`, `invite`, `role` and `remove`: the accounts and what they may do."""

from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import options, show
from saekdong.cli.people.opening import is_agreed, opened_people
from saekdong.people.roles import ROLES, as_role
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.people import Person

_NAME = click.argument("name")
_ROLE = click.Choice(ROLES)
INVITATION_PATH = "/desk/invitation"


@click.command(epilog=options.examples("saekdong people list", "saekdong people list --format json"))
@options.output_format("table", "table", "json", "jsonl", "csv")
@options.workspace
def list_people(workspace: Workspace, form: str) -> int:
    """List the accounts with their roles, the oldest first."""
    with opened_people(workspace) as people:
        sessions, tokens = people.sessions(), people.tokens()
        rows = [
            {
                **_row(person),
                "sessions": sum(each.person.number == person.number for each in sessions),
                "tokens": sum(each.person.number == person.number for each in tokens),
            }
            for person in people.persons()
        ]
    if not rows and form == "table":
        show.message("saekdong: there are no accounts; invite the first person with 'saekdong people invite'")
        return 0
    show.records(rows, form)
    return 0


@click.command(
    epilog=options.examples(
        "saekdong people invite --role admin",
        "saekdong people invite --role editor --name mina --url https://desk.shop.example",
        "saekdong people invite --role editor --name mina --days 1",
    )
)
@click.option("--role", type=_ROLE, required=True, help="What the person may do: look, change, or also manage people.")
@click.option("--name", default="", help="The name of the account; otherwise the person chooses it.")
@click.option(
    "--days", type=click.IntRange(1, 30), default=7, show_default=True, help="How many days the link can be used."
)
@click.option(
    "--url",
    default="http://127.0.0.1:8090",
    show_default=True,
    metavar="URL",
    help="Where browsers reach the studio, for the link.",
)
@options.by
@options.output_format("table", "table", "json")
@options.workspace
def invite(workspace: Workspace, role: str, name: str, days: int, url: str, by: str, form: str) -> int:
    """Print a link with which one person makes an account and chooses a password.

    The link can be used once. With the --name of an account that exists, it lets the person choose a new password, and
    the account keeps its role.
    """
    with opened_people(workspace) as people:
        invitation, secret = people.invite(by, as_role(role), name, days)
    link = f"{url.rstrip('/')}{INVITATION_PATH}?code={secret}"
    if form == "json":
        content = {
            "invitation": invitation.number,
            "role": invitation.role,
            "name": invitation.name,
            "expires": invitation.expires.isoformat(timespec="seconds"),
            "link": link,
        }
        show.json_result(content, form)
        return 0
    click.echo(link)
    show.message(
        f"saekdong: invitation {invitation.number} for the role {invitation.role}, until "
        f"{invitation.expires:%Y-%m-%d %H:%M} UTC; give the link to that person alone"
    )
    return 0


@click.command(epilog=options.examples("saekdong people role mina admin", "saekdong people role mina viewer"))
@_NAME
@click.argument("role", type=_ROLE)
@options.by
@options.workspace
def role(workspace: Workspace, name: str, role: str, by: str) -> int:
    """Change what the person NAME may do to ROLE; it holds from the person's next request on."""
    with opened_people(workspace) as people:
        person = people.set_role(by, name, as_role(role))
    show.message(f"saekdong: {person.name} is {person.role} now")
    return 0


@click.command(epilog=options.examples("saekdong people remove mina", "saekdong people remove mina --yes"))
@_NAME
@click.option("--yes", is_flag=True, help="Do it without asking.")
@options.by
@options.workspace
def remove(workspace: Workspace, name: str, yes: bool, by: str) -> int:
    """Remove the account NAME with its sessions and tokens, which stop at once.

    What the person answered and did stays in the history.
    """
    with opened_people(workspace) as people:
        person = people.person(name)
        if not is_agreed(f"Remove {person.name}, {person.role}?", yes=yes):
            show.message("saekdong: nothing is changed")
            return 1
        people.remove(by, name)
    show.message(f"saekdong: {person.name} is removed")
    return 0


def _row(person: "Person") -> dict[str, Any]:
    return {
        "name": person.name,
        "role": person.role,
        "logs in by": person.issuer or "password",
        "made": person.made.isoformat(timespec="seconds"),
        "last login": person.last_login.isoformat(timespec="seconds") if person.last_login else "",
    }
