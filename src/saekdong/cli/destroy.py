"""`saekdong destroy`: remove endpoints and all that was made for them."""

import click

from saekdong.cli import options, show


@click.command(
    epilog=options.examples("saekdong destroy shop", "saekdong destroy --dry-run", "saekdong destroy --on sagemaker")
)
@click.argument("name", required=False)
@click.option("--dry-run", is_flag=True, help="Only list what would be removed.")
@options.place
def command(name: str | None, dry_run: bool, place: options.Place) -> int:
    """Remove the endpoint NAME, or without a name all endpoints and everything that Saekdong made for them.

    What was removed is listed, a line each. Run again after whatever stopped it: it goes on where it was.
    """
    removed = place.platform().destroy(name, show.message, dry_run=dry_run)
    for each in removed:
        click.echo(each)
    if not removed:
        show.message("nothing to remove")
    return 0
