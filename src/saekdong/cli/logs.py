"""`saekdong logs`: what an endpoint wrote."""

import click

from saekdong.bootstrap import Workspace
from saekdong.cli import options


@click.command(
    epilog=options.examples("saekdong logs shop", "saekdong logs shop -f", "saekdong logs shop --on sagemaker")
)
@click.argument("name")
@click.option("-f", "--follow", is_flag=True, help="Go on with the lines to come, until Ctrl-C.")
@options.on
@options.workspace
def command(workspace: Workspace, name: str, follow: bool, on: str) -> int:
    """Print the log of the endpoint NAME, oldest lines first."""
    for line in workspace.platform(on).logs(name, follow=follow):
        click.echo(line)
    return 0
