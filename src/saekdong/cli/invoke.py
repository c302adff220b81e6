"""`saekdong invoke`: ask an endpoint."""

import sys
from pathlib import Path

import click

from saekdong.bootstrap import Workspace
from saekdong.cli import options


@click.command(
    epilog=options.examples(
        """saekdong invoke shop '{"r": 73, "g": 84, "b": 116}'""",
        "saekdong invoke shop shirt.jpg",
        "saekdong invoke shop @colors.csv --accept text/csv",
        "saekdong invoke shop - --content-type application/jsonlines < colors.jsonl",
    )
)
@click.argument("name")
@click.argument("body", metavar="BODY | PHOTO | @FILE | -")
@click.option("--content-type", metavar="TYPE", help="What the body is. [default: guessed from its beginning]")
@click.option("--accept", metavar="TYPE", default="", help="What the answer may be. [default: the service's choice]")
@options.on
@options.workspace
def command(workspace: Workspace, name: str, body: str, content_type: str | None, accept: str, on: str) -> int:
    """Send a request to the endpoint NAME and print its answer.

    The body is given as it is, as the path of a photo, as @FILE, or on stdin ('-').
    """
    from saekdong.platforms import guess_type

    content = _content(body)
    answer, _ = workspace.platform(on).invoke(name, content, content_type or guess_type(content), accept)
    click.echo(answer, nl=not answer.endswith(b"\n"))
    return 0


def _content(body: str) -> bytes:
    from saekdong.files import cannot_read

    if body == "-":
        return sys.stdin.buffer.read()
    if body[:1] not in "@{[" and not _is_file(body):
        return body.encode()
    if body[:1] in "{[":
        return body.encode()
    path = Path(body.removeprefix("@"))
    try:
        return path.read_bytes()
    except OSError as error:
        raise cannot_read(path, error) from error


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False
