"""`saekdong invoke`: send a request to an endpoint."""

import json
import sys
from pathlib import Path

import click

from saekdong.cli import options
from saekdong.files import cannot_read, read_regular


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
@click.option("--content-type", metavar="TYPE", help="The body's media type. [default: guessed from its beginning]")
@click.option("--accept", metavar="TYPE", default="", help="The answer's media type. [default: the service's choice]")
@options.place
def command(name: str, body: str, content_type: str | None, accept: str, place: options.Place) -> int:
    """Send a request to the endpoint NAME and print its answer.

    The body is given literally, as the path of a photo, as @FILE, or on stdin ('-').
    """
    content = _content(body)
    if not content:
        raise click.UsageError("the body is empty")
    answer, _ = place.platform().invoke(name, content, content_type or _guessed(content), accept)
    click.echo(answer, nl=not answer.endswith(b"\n"))
    return 0


def _content(body: str) -> bytes:
    from saekdong.photo.kinds import SUFFIXES

    if body == "-":
        return sys.stdin.buffer.read()
    path = Path(body.removeprefix("@"))
    if body == "@":
        raise click.UsageError("@ needs the path of a file behind it")
    if not (body.startswith("@") or _is_file(body) or path.suffix.lower() in SUFFIXES):
        return body.encode()
    try:
        return read_regular(path)
    except OSError as error:
        raise cannot_read(path, error) from error


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False


def _guessed(content: bytes) -> str:
    """Return the media type of a body: a photo's by its first bytes, JSON, JSON Lines, otherwise CSV."""
    from saekdong.photo.kinds import photo_kind

    if kind := photo_kind(content):
        return kind.media_type
    text = content.lstrip()
    if text[:1] not in (b"{", b"["):
        return "text/csv"
    try:
        json.loads(text)
    except ValueError:
        return "application/jsonlines" if b"\n" in text.strip() else "application/json"
    return "application/json"
