"""`saekdong predict`: name colors."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import options, show
from saekdong.csv_cells import Writer
from saekdong.errors import SaekdongError
from saekdong.lang import Lang, counted
from saekdong.printable import printable
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.model.artifact import Artifact
    from saekdong.model.tables import CellTable
    from saekdong.photo import Source
    from saekdong.tagging import TaggedPhoto

_BATCH = 8192
_SHOWN_PROBLEMS = 5


@click.command(
    epilog=options.examples(
        "saekdong predict '#495474' 73,84,116",
        "saekdong predict 'rgb(142, 117, 63)' --format json --lang ko",
        "saekdong predict --csv colors.csv > named.csv",
        "echo '#495474' | saekdong predict -",
        "saekdong predict shirt.jpg photos/ --format table",
        "saekdong predict --csv photos.csv > named.csv",
    )
)
@click.argument("colors", nargs=-1, metavar="[COLOR | PHOTO]... | -")
@click.option(
    "--model",
    metavar="MODEL",
    envvar="SAEKDONG_MODEL",
    help="A model.tar.gz, its folder, its name, a version such as shop@7, or 'starter'. [default: for colors the "
    "newest in models/ that met its goals, for photos the champion, otherwise the catalog's; otherwise the starter]",
)
@click.option("--csv", "csv_file", type=options.FILE, help="Name the colors of a CSV or Parquet file ('-' for stdin).")
@options.allow_private
@options.output_format("plain", "plain", "table", "json", "jsonl", "csv")
@options.lang
@options.workspace
def command(
    workspace: Workspace,
    colors: tuple[str, ...],
    model: str | None,
    csv_file: Path | None,
    allow_private: bool,
    form: str,
    lang: Lang,
) -> int:
    """Name colors or photos: on the command line, on stdin ('-', one per line), or in a CSV file.

    Colors are written as '#495474', 73,84,116 or 'rgb(73, 84, 116)'; each results in one line. A photo is a file, a
    folder or any other input of 'saekdong tag'; it gets the label of its first tag, and the tag's share as the
    probability. With --csv the rows are written to stdout with the columns PREDICTED (the label's id) and PROBABILITY
    added; if a file has a column photo and no colors, its photos are named.
    """
    if bool(colors) == bool(csv_file):
        raise click.UsageError(
            "give colors or --csv FILE, not both" if colors else "give colors, '-' for stdin, or --csv FILE"
        )
    if csv_file:
        return _name_table(workspace, model, csv_file, allow_private)
    is_list = colors == ("-",)
    texts = [line for line in sys.stdin.read().splitlines() if line.strip()] if is_list else colors
    if any(_is_photo(text) for text in texts):
        from saekdong.photo import find_photos

        photos = find_photos(colors, texts if is_list else (), allow_private=allow_private)
        return _name_photos(_for_photos(workspace, model), photos, form, lang)
    given = [_parse(text) for text in texts]
    return _name_colors(_for_colors(workspace, model), given, form, lang)


def _for_photos(workspace: Workspace, name: str | None) -> "Artifact":
    selected = workspace.registry.for_photos(name)
    show.selection(selected)
    return selected.artifact


def _for_colors(workspace: Workspace, name: str | None) -> "Artifact":
    selected = workspace.registry.for_colors(name)
    show.selection(selected)
    return selected.artifact


def _is_photo(text: str) -> bool:
    from saekdong.color.notation import parse_color
    from saekdong.photo.sources import is_place

    try:
        parse_color(text)
    except ValueError:
        return is_place(text)
    return False


def _name_photos(model: "Artifact", photos: "Iterable[Source]", form: str, lang: Lang) -> int:
    from saekdong.tagging import Tagger, tag_photos

    results: list[dict[str, Any]] = []
    failed = 0
    for photo in show.each(tag_photos(Tagger(model), photos), "Naming", lambda photo: bool(photo.error)):
        if photo.error:
            failed += 1
            show.message(f"saekdong: {photo.name}: {photo.error}")
        else:
            results.append(_photo_result(model, photo, lang))
    if form == "plain":
        for result in results:
            name = printable(result["image"])
            click.echo(f"{result['name']}\t{name}" if len(results) + failed > 1 else result["name"])
    elif form == "table":
        shown = [(r["image"], r["name"], f"{r['probability']:.1%}") for r in results]
        show.table("", ["photo", "label", "share"], shown)
    elif form == "csv":
        show.records([{key: r[key] for key in ("image", "label", "name", "probability")} for r in results], form)
    else:
        show.records(results, form)
    return 1 if failed else 0


def _photo_result(model: "Artifact", photo: "TaggedPhoto", lang: Lang) -> dict[str, Any]:
    first = photo.tags[0]
    return {
        "image": photo.name,
        "label": first.label,
        "name": model.vocabulary.label(first.label).name(lang),
        "probability": first.share,
        "probabilities": _by_label(model, photo.shares),
    }


def _name_colors(model: "Artifact", given: Sequence[tuple[int, int, int]], form: str, lang: Lang) -> int:
    import numpy as np

    from saekdong.color.notation import to_hex

    if not given:
        return 0
    rgb = np.array(given, dtype=np.uint8)
    codes, chances = model.table.codes(rgb), model.predict_proba(rgb)
    if form == "plain":
        for code in codes:
            click.echo(model.vocabulary[code].name(lang))
        return 0
    results = [
        _result(model, to_hex(color), int(code), chance, lang)
        for color, code, chance in zip(rgb, codes, chances, strict=True)
    ]
    if form == "table":
        shown = [(show.swatch_cells(r["color"]), r["color"], r["name"], f"{r['probability']:.1%}") for r in results]
        show.table("", ["", "color", "label", "probability"], shown)
    elif form == "csv":
        show.records([{key: r[key] for key in ("color", "label", "name", "probability")} for r in results], form)
    else:
        show.records(results, form)
    return 0


def _result(model: "Artifact", color: str, code: int, chances: Any, lang: Lang) -> dict[str, Any]:
    label = model.vocabulary[code]
    return {
        "color": color,
        "label": label.id,
        "name": label.name(lang),
        "probability": round(float(chances[code]), 4),
        "probabilities": _by_label(model, chances),
    }


def _by_label(model: "Artifact", chances: Any) -> dict[str, float]:
    return {each: round(float(chance), 4) for each, chance in zip(model.vocabulary.ids, chances, strict=True)}


def _parse(text: str) -> tuple[int, int, int]:
    from saekdong.color.notation import parse_color

    try:
        return parse_color(text)
    except ValueError as error:
        raise SaekdongError(str(error)) from error


def _name_table(workspace: Workspace, name: str | None, file: Path, allow_private: bool) -> int:
    """Write the table with its predictions to stdout; rows without a usable color have empty ones."""
    from saekdong.model.reading import ColorColumns
    from saekdong.model.tables import read_stream, read_table
    from saekdong.tagging.labeled_photos import photo_column

    table = read_stream(sys.stdin.buffer, "stdin") if str(file) == "-" else read_table(file)
    if (photo := photo_column(table)) is not None:
        return _name_photo_table(_for_photos(workspace, name), table, photo, file.parent, allow_private)
    columns = ColorColumns.of(table, labeled=False)
    model = _for_colors(workspace, name)
    writer = Writer(sys.stdout)
    writer.writerow([*table.header, "PREDICTED", "PROBABILITY"])
    problems: list[str] = []
    while batch := list(islice(table.records, _BATCH)):
        rgb = list(_usable(batch, columns, problems))
        for cells, label, probability in _predicted(model, batch, rgb):
            padding = [""] * (len(table.header) - len(cells))
            writer.writerow([*cells, *padding, label, probability])
    _report_problems(table.name, problems, "usable color")
    return 1 if problems else 0


def _name_photo_table(model: "Artifact", table: "CellTable", place: int, folder: Path, allow_private: bool) -> int:
    """Write the table with the photos' first tags to stdout; rows whose photo cannot be read have empty ones."""
    from saekdong.photo import PhotoError, photo_at
    from saekdong.tagging import Tagger, tag_photo

    tagger = Tagger(model)
    writer = Writer(sys.stdout)
    writer.writerow([*table.header, "PREDICTED", "PROBABILITY"])
    problems: list[str] = []
    for record in show.each(table.records, "Naming", lambda _: False):
        padding = [""] * (len(table.header) - len(record.cells))
        name = record.cells[place].strip() if place < len(record.cells) else ""
        label, share = "", ""
        try:
            source = photo_at(name, folder, allow_private=allow_private)
            first = tag_photo(tagger, name, source.read()).tags[0]
            label, share = first.label, f"{first.share:.4f}"
        except PhotoError as error:
            problems.append(f"line {record.line}: {name or 'photo'}: {error}")
        writer.writerow([*record.cells, *padding, label, share])
    _report_problems(table.name, problems, "photo that can be read")
    return 1 if problems else 0


def _report_problems(name: str, problems: Sequence[str], lacking: str) -> None:
    for problem in problems[:_SHOWN_PROBLEMS]:
        show.message(f"saekdong: {name}, {problem}")
    if len(problems) > _SHOWN_PROBLEMS:
        show.message(f"saekdong: {counted(len(problems), 'row')} without a {lacking}, with an empty PREDICTED")


def _usable(batch: Sequence[Any], columns: Any, problems: list[str]) -> Iterator[tuple[int, int, int] | None]:
    for record in batch:
        try:
            yield columns.color(record.cells)
        except ValueError as error:
            problems.append(f"line {record.line}: {error}")
            yield None


def _predicted(
    model: "Artifact", batch: Sequence[Any], rgb: Sequence[tuple[int, int, int] | None]
) -> Iterator[tuple[list[str], str, str]]:
    import numpy as np

    known = np.array([color or (0, 0, 0) for color in rgb], dtype=np.uint8)
    labels, highest = model.predict(known).tolist(), model.predict_proba(known).max(axis=1).tolist()
    for record, color, label, chance in zip(batch, rgb, labels, highest, strict=True):
        yield (record.cells, label, f"{chance:.4f}") if color else (record.cells, "", "")
