"""`saekdong predict`: name colors."""

import csv
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saekdong.bootstrap import Workspace
from saekdong.cli import options, show
from saekdong.errors import SaekdongError
from saekdong.lang import Lang

if TYPE_CHECKING:
    from saekdong.model.artifact import Artifact

_BATCH = 8192
_SHOWN_PROBLEMS = 5


@click.command(
    epilog=options.examples(
        "saekdong predict '#495474' 73,84,116",
        "saekdong predict 'rgb(142, 117, 63)' --format json --lang ko",
        "saekdong predict --csv colors.csv > named.csv",
        "echo '#495474' | saekdong predict -",
    )
)
@click.argument("colors", nargs=-1, metavar="[COLOR]... | -")
@click.option(
    "--model",
    metavar="MODEL",
    envvar="SAEKDONG_MODEL",
    help="A model.tar.gz, its folder, or its name. [default: the newest, else the starter]",
)
@click.option("--csv", "csv_file", type=options.FILE, help="Name the colors of a CSV or Parquet file ('-' for stdin).")
@options.output_format("plain", "plain", "table", "json", "jsonl", "csv")
@options.lang
@options.workspace
def command(
    workspace: Workspace, colors: tuple[str, ...], model: str | None, csv_file: Path | None, form: str, lang: Lang
) -> int:
    """Name colors: on the command line, on stdin ('-', one a line), or in a CSV file.

    Colors are written as '#495474', 73,84,116 or 'rgb(73, 84, 116)'; each gives one line. With --csv the rows are
    written to stdout with the columns PREDICTED (the label's id) and PROBABILITY added.
    """
    if bool(colors) == bool(csv_file):
        raise click.UsageError(
            "give colors or --csv FILE, not both" if colors else "give colors, '-' for stdin, or --csv FILE"
        )
    loaded = _load(workspace, model)
    if csv_file:
        return _name_table(loaded, csv_file)
    texts = [line for line in sys.stdin.read().splitlines() if line.strip()] if colors == ("-",) else colors
    return _name_colors(loaded, texts, form, lang)


def _load(workspace: Workspace, model: str | None) -> "Artifact":
    if model or workspace.has_models():
        from saekdong.model import artifact

        return artifact.load(workspace.model(model))
    from saekdong.tagging import starter

    return starter()


def _name_colors(model: "Artifact", texts: Sequence[str], form: str, lang: Lang) -> int:
    import numpy as np

    from saekdong.color.notation import to_hex

    if not texts:
        return 0
    rgb = np.array([_parse(text) for text in texts], dtype=np.uint8)
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
        shown = [(show.swatch(r["color"]), r["color"], r["name"], f"{r['probability']:.1%}") for r in results]
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
        "probabilities": {
            each: round(float(chance), 4) for each, chance in zip(model.vocabulary.ids, chances, strict=True)
        },
    }


def _parse(text: str) -> tuple[int, int, int]:
    from saekdong.color.notation import parse_color

    try:
        return parse_color(text)
    except ValueError as error:
        raise SaekdongError(str(error)) from error


def _name_table(model: "Artifact", file: Path) -> int:
    """Write the table with its predictions to stdout; rows without a usable color get none."""
    from saekdong.model.reading import Columns
    from saekdong.model.tables import read_stream, read_table

    table = read_stream(sys.stdin.buffer, "stdin") if str(file) == "-" else read_table(file)
    columns = Columns.of(table, labeled=False)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([*table.header, "PREDICTED", "PROBABILITY"])
    problems: list[str] = []
    while batch := list(islice(table.records, _BATCH)):
        rgb = list(_usable(batch, columns, problems))
        for cells, label, probability in _predicted(model, batch, rgb):
            padding = [""] * (len(table.header) - len(cells))
            writer.writerow([*cells, *padding, label, probability])
    for problem in problems[:_SHOWN_PROBLEMS]:
        show.message(f"saekdong: {table.name}, {problem}")
    if len(problems) > _SHOWN_PROBLEMS:
        show.message(f"saekdong: {len(problems):,} rows have no usable color; their PREDICTED is empty")
    return 1 if problems else 0


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
