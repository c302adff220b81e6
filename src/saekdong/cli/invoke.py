"""`saekdong invoke`: ask an endpoint."""

import json
import re
import sys
from pathlib import Path

import click

from saekdong.cli import options
from saekdong.files import cannot_read, read_regular

_PHOTOS = {
    rb"\xff\xd8\xff": "image/jpeg",
    rb"\x89PNG": "image/png",
    rb"RIFF....WEBP": "image/webp",
    rb"GIF8": "image/gif",
    rb"BM": "image/bmp",
    rb"II\*\x00|MM\x00\*": "image/tiff",
    rb"....ftypavi": "image/avif",
    rb"....ftyp": "image/heic",
}
"""How photos begin."""
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic"}


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
@options.place
def command(name: str, body: str, content_type: str | None, accept: str, place: options.Place) -> int:
    """Send a request to the endpoint NAME and print its answer.

    The body is given as it is, as the path of a photo, as @FILE, or on stdin ('-').
    """
    content = _content(body)
    if not content:
        raise click.UsageError("the body is empty")
    answer, _ = place.platform().invoke(name, content, content_type or _guessed(content), accept)
    click.echo(answer, nl=not answer.endswith(b"\n"))
    return 0


def _content(body: str) -> bytes:
    if body == "-":
        return sys.stdin.buffer.read()
    path = Path(body.removeprefix("@"))
    if body == "@":
        raise click.UsageError("@ needs the path of a file behind it")
    if not (body.startswith("@") or _is_file(body) or path.suffix.lower() in _SUFFIXES):
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
    """Return the media type of a body: a photo's by its first bytes, JSON, JSON Lines, else CSV."""
    for start, kind in _PHOTOS.items():
        if re.match(start, content, re.DOTALL):
            return kind
    text = content.lstrip()
    if text[:1] not in (b"{", b"["):
        return "text/csv"
    try:
        json.loads(text)
    except ValueError:
        return "application/jsonlines" if b"\n" in text.strip() else "application/json"
    return "application/json"
