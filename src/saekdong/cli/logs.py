"""`saekdong logs`: print the log of an endpoint."""

import click

from saekdong.cli import options, show


@click.command(
    epilog=options.examples("saekdong logs shop", "saekdong logs shop -f", "saekdong logs shop --on sagemaker")
)
@click.argument("name")
@click.option("-f", "--follow", is_flag=True, help="Also print new lines as they arrive, until Ctrl-C.")
@options.place
def command(name: str, follow: bool, place: options.Place) -> int:
    """Print the log of the endpoint NAME, oldest lines first."""
    line = None
    for line in place.platform().logs(name, follow=follow):
        click.echo(line)
    if line is None:
        show.message(f"{name} has written nothing yet")
    return 0
