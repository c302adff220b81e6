"""`saekdong people token`, `tokens`, `sessions`, `invitations` and `revoke`: what lets people and programs in."""

from datetime import datetime

import click

from saekdong.cli import options, show
from saekdong.cli.people.opening import is_agreed, opened_people
from saekdong.workspace import Workspace

_FORMS = ("table", "json", "jsonl", "csv")


@click.command(
    epilog=options.examples(
        "saekdong people token mina 'nightly feeds'", "saekdong people token mina 'nightly feeds' --days 90"
    )
)
@click.argument("name")
@click.argument("title")
@click.option("--days", type=click.IntRange(1, 3650), show_default="no end", help="How many days it can be used.")
@options.by
@options.workspace
def token(workspace: Workspace, name: str, title: str, days: int | None, by: str) -> int:
    """Make a token with which programs use the API as the person NAME; TITLE says what it is for.

    It is printed once and cannot be shown again. Programs send it as 'Authorization: Bearer TOKEN'.
    """
    with opened_people(workspace) as people:
        made, secret = people.make_token(by, people.person(name), title, days)
    click.echo(secret)
    show.message(f"saekdong: token {made.number} of {made.person.name}; it is not shown again")
    return 0


@click.command(epilog=options.examples("saekdong people tokens", "saekdong people tokens mina --format json"))
@click.argument("name", required=False)
@options.output_format("table", *_FORMS)
@options.workspace
def tokens(workspace: Workspace, name: str | None, form: str) -> int:
    """List the tokens, without their secrets: all, or those of the person NAME."""
    with opened_people(workspace) as people:
        rows = [
            {
                "token": each.number,
                "person": each.person.name,
                "title": each.title,
                "made": _time(each.made),
                "expires": _time(each.expires),
                "last used": _time(each.used),
            }
            for each in people.tokens(people.person(name) if name else None)
        ]
    show.records(rows, form)
    return 0


@click.command(epilog=options.examples("saekdong people sessions", "saekdong people sessions mina --format json"))
@click.argument("name", required=False)
@options.output_format("table", *_FORMS)
@options.workspace
def sessions(workspace: Workspace, name: str | None, form: str) -> int:
    """List the browsers that are logged in: all, or those of the person NAME."""
    with opened_people(workspace) as people:
        rows = [
            {
                "session": each.number,
                "person": each.person.name,
                "login": _time(each.made),
                "last request": _time(each.seen),
                "address": each.address,
                "browser": each.browser,
            }
            for each in people.sessions(people.person(name) if name else None)
        ]
    show.records(rows, form)
    return 0


@click.command(epilog=options.examples("saekdong people invitations", "saekdong people invitations --format json"))
@options.output_format("table", *_FORMS)
@options.workspace
def invitations(workspace: Workspace, form: str) -> int:
    """List the invitations that have not been used, without their links."""
    with opened_people(workspace) as people:
        rows = [
            {
                "invitation": each.number,
                "role": each.role,
                "name": each.name,
                "made": _time(each.made),
                "by": each.by,
                "expires": _time(each.expires),
            }
            for each in people.invitations()
        ]
    show.records(rows, form)
    return 0


@click.command(
    epilog=options.examples(
        "saekdong people revoke token 3",
        "saekdong people revoke session 12 --yes",
        "saekdong people revoke invitation 2",
    )
)
@click.argument("what", type=click.Choice(("token", "session", "invitation")))
@click.argument("number", type=click.IntRange(1))
@click.option("--yes", is_flag=True, help="Do it without asking.")
@options.by
@options.workspace
def revoke(workspace: Workspace, what: str, number: int, yes: bool, by: str) -> int:
    """End the token, session or invitation NUMBER, which the lists show; it stops at once."""
    with opened_people(workspace) as people:
        if not is_agreed(f"End {what} {number}?", yes=yes):
            show.message("saekdong: nothing is changed")
            return 1
        {"token": people.revoke_token, "session": people.end_session, "invitation": people.withdraw}[what](by, number)
    show.message(f"saekdong: {what} {number} is ended")
    return 0


def _time(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""
