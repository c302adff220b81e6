"""`saekdong palette`: print the dominant colors of photos."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import options, show
from saekdong.lang import counted
from saekdong.printable import printable_json
from saekdong.workspace import PALETTE_SOURCES, Workspace

if TYPE_CHECKING:
    from saekdong.photo.services import PaletteAnswer


@click.command(
    epilog=options.examples(
        "saekdong palette chair.png --format table",
        "saekdong palette photos/ > palettes.jsonl",
        "saekdong palette photos/ --source google-vision --colors 5",
        "saekdong palette photos/ --source recorded --answers palettes.jsonl",
    )
)
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO... | -")
@click.option(
    "--source",
    type=click.Choice(PALETTE_SOURCES),
    default="local",
    show_default=True,
    envvar="SAEKDONG_SOURCE",
    help="The source of the colors.",
)
@click.option("--colors", type=click.IntRange(1, 256), default=10, show_default=True, help="Colors per photo.")
@click.option(
    "--answers", type=options.FILE, metavar="FILE", help="Recorded answers as JSON Lines. [default: beside each photo]"
)
@options.allow_private
@options.output_format("jsonl", "jsonl", "json", "table")
@options.workspace
def command(
    workspace: Workspace,
    photos: tuple[str, ...],
    source: str,
    colors: int,
    answers: Path | None,
    allow_private: bool,
    form: str,
) -> int:
    """Find the dominant colors of PHOTOs, in the form of Google Cloud Vision: color, score, pixelFraction.

    The score says how much a color belongs to the subject, pixelFraction is its share of the photo's pixels. JSON Lines
    have one photo per line; --format json is Cloud Vision's own format. PHOTO is a file, a folder, a pattern, a zip
    archive, an http(s) or s3 address; '-' reads a list of them from stdin.
    """
    from saekdong.photo import find_photos

    if answers and source != "recorded":
        raise click.UsageError("--answers goes with --source recorded")
    found = workspace.palette_source(source, colors, answers).palettes(
        find_photos(photos, sys.stdin if "-" in photos else (), allow_private=allow_private)
    )
    shown: list[PaletteAnswer] = []
    failed = 0
    for answer in show.each(found, "Finding colors", _is_failed, quiet=show.streams(form)):
        failed += _is_failed(answer)
        if form == "jsonl":
            click.echo(printable_json(_record(answer)))
        else:
            shown.append(answer)
    if form == "json":
        click.echo(printable_json([_response(answer) for answer in shown], indent=1))
    elif form == "table":
        _show_table(shown)
    if failed:
        show.message(f"{counted(failed, 'photo')} could not be used; see the errors in the output")
    return 1 if failed else 0


def _is_failed(answer: "PaletteAnswer") -> bool:
    return not isinstance(answer[1], tuple)


def _record(answer: "PaletteAnswer") -> dict[str, Any]:
    from saekdong.photo import palette_to_json

    name, palette = answer
    if isinstance(palette, tuple):
        return {"image": name, "colors": palette_to_json(palette)}
    return {"image": name, "colors": [], "error": {"code": palette.code, "message": str(palette)}}


def _response(answer: "PaletteAnswer") -> dict[str, Any]:
    record = _record(answer)
    if "error" in record:
        return {"image": record["image"], "error": record["error"]}
    return {"image": record["image"], "imagePropertiesAnnotation": {"dominantColors": {"colors": record["colors"]}}}


def _show_table(answers: "list[PaletteAnswer]") -> None:
    from saekdong.color import to_hex

    rows = []
    for name, palette in answers:
        if not isinstance(palette, tuple):
            rows.append((name, "", "", "", f"{palette.code}: {palette}"))
            continue
        for place, color in enumerate(palette):
            written = to_hex((color.red, color.green, color.blue))
            shares = (f"{color.score:.3f}", f"{color.pixel_fraction:.3f}")
            rows.append(("" if place else name, show.swatch_cells(written), *shares, written))
    show.table("", ["photo", "", "score", "pixels", "color"], rows)
