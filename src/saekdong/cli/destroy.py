"""`saekdong destroy`: remove endpoints and all resources that were made for them."""

import sys
from collections.abc import Sequence

import click

from saekdong.cli import options, show
from saekdong.errors import SaekdongError


@click.command(
    epilog=options.examples(
        "saekdong destroy shop",
        "saekdong destroy --dry-run",
        "saekdong destroy --on sagemaker",
        "saekdong destroy --on sagemaker --yes",
    )
)
@click.argument("name", required=False)
@click.option("--dry-run", is_flag=True, help="Only list what would be removed.")
@click.option("--yes", is_flag=True, help="Remove everything without asking; for scripts.")
@options.place
def command(name: str | None, dry_run: bool, yes: bool, place: options.Place) -> int:
    """Remove the endpoint NAME, or without a name all endpoints and all resources that Saekdong made for them.

    Without a name it first lists what would be removed, and asks. Each removed resource is printed on its own line.
    If a run is interrupted, run it again: it removes the rest.
    """
    platform = place.platform()
    if dry_run or (name is None and not yes):
        planned = platform.destroy(name, show.message, dry_run=True)
        if dry_run:
            _print(planned, "would remove")
            return 0
        if planned and not _is_confirmed(planned):
            show.message("saekdong: nothing was removed")
            return 1
    _print(platform.destroy(name, show.message, dry_run=False), "removed")
    return 0


def _print(things: Sequence[str], verb: str) -> None:
    for thing in things:
        click.echo(f"{verb} {thing}")
    if not things:
        show.message("nothing to remove")


def _is_confirmed(planned: Sequence[str]) -> bool:
    """List what would be removed on stderr, and ask.

    Raises:
        SaekdongError: there is no terminal to ask on.
    """
    for thing in planned:
        show.message(f"would remove {thing}")
    if not sys.stdin.isatty():
        raise SaekdongError(
            "destroy without a NAME removes all of this, and there is no terminal to ask on",
            fix="give --yes to remove it, or the NAME of one endpoint",
        )
    return click.confirm(f"Remove all {len(planned)}?" if len(planned) > 1 else "Remove it?", err=True)
