"""`saekdong data`: check, describe and split files of labeled colors."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import options, show
from saekdong.extras import check_extra
from saekdong.lang import Lang, counted
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.model.reading import Reading

_SHOWN = 10


@click.group()
def command() -> None:
    """Check, describe and split files of labeled colors."""


@command.command(
    epilog=options.examples(
        "saekdong data check colors.csv",
        "saekdong data check colors.csv --strict --labels rows",
        "saekdong data check colors.csv --format json > findings.json",
    )
)
@click.argument("file", type=options.FILE)
@options.labels
@click.option("--strict", is_flag=True, help="Fail if a row is bad, and write no rejects file.")
@click.option(
    "--rejects", type=options.OUT_FILE, help="The file for bad rows. [default: FILE's name with .rejects.csv, here]"
)
@options.output_format("table", "table", "json")
@options.workspace
def check(workspace: Workspace, file: Path, labels: str | None, strict: bool, rejects: Path | None, form: str) -> int:
    """Check FILE: which rows can be used, which cannot and why, which are duplicates or contradict each other.

    FILE is CSV (UTF-8 or CP949; comma, semicolon or tab) or Parquet, with columns R, G, B (0-255) or COL (hex), LABEL
    and optionally NAME, SOURCE and WEIGHT. Bad rows are written to a file with the reason; duplicate and
    contradictory rows are reported, and kept.
    """
    from saekdong.model.reading import read_rows, write_rejects

    reading = read_rows(file, workspace.vocabulary(labels), strict=strict)
    target = rejects or Path(f"{file.stem}.rejects.csv")
    if reading.rejected:
        write_rejects(target, reading)
    if form == "json":
        show.json_result(_findings(reading), form)
    else:
        _show_findings(file, reading)
    if reading.rejected:
        show.message(f"{counted(len(reading.rejected), 'bad row')}, with reasons: {target}")
    return 1 if reading.rejected else 0


@command.command(
    epilog=options.examples(
        "saekdong data describe colors.csv", "saekdong data describe colors.csv --out colors.html --lang ko"
    )
)
@click.argument("file", type=options.FILE)
@click.option("--out", type=options.OUT_FILE, help="The report. [default: FILE's name with .html, here]")
@options.labels
@options.output_format("table", "table", "json", "jsonl", "csv")
@options.lang
@options.workspace
def describe(workspace: Workspace, file: Path, out: Path | None, labels: str | None, form: str, lang: Lang) -> int:
    """Describe FILE: rows by label and source, mean colors, spread, conflicts; also writes an HTML report."""
    from saekdong.files import check_writable, write_whole

    check_extra("train", "saekdong data describe")
    from saekdong.model.description import describe_rows as describe_reading
    from saekdong.model.reading import read_rows
    from saekdong.model.reports import rows_report

    target = out or Path(f"{file.stem}.html")
    check_writable(target)
    reading = read_rows(file, workspace.vocabulary(labels))
    about = describe_reading(reading)
    write_whole(target, rows_report(file.name, reading.rows, about, lang))
    names = {label.id: label.name(lang) for label in reading.rows.vocabulary}
    if form == "json":
        show.json_result(about.to_dict(), form)
    elif form == "table":
        _show_description(about, names)
    else:
        show.records([asdict(summary) for summary in about.labels], form)
    show.message(f"report: {target}")
    return 0


@command.command(
    epilog=options.examples(
        "saekdong data split colors.csv --out parts",
        "saekdong data split colors.csv --out parts --test 0.2 --seed 7",
        "saekdong data split rgb.csv --out parts --how ordered",
    )
)
@click.argument("file", type=options.FILE)
@click.option(
    "--out", type=options.OUT_FOLDER, required=True, metavar="DIR", help="The folder for train.csv, test.csv."
)
@click.option(
    "--test", "test_share", type=float, default=0.3, show_default=True, help="The share that goes to the test side."
)
@click.option(
    "--how",
    type=click.Choice(["random", "ordered"]),
    default="random",
    show_default=True,
    help="random: by label, and no color on both sides. ordered: the first rows train, as in the hands-on.",
)
@options.labels
@options.seed
@options.workspace
def split(
    workspace: Workspace, file: Path, out: Path, test_share: float, how: str, labels: str | None, seed: int
) -> int:
    """Split FILE into DIR/train.csv and DIR/test.csv, with the same columns."""
    from saekdong.model import splits
    from saekdong.model.reading import read_rows, write_rejects, write_rows

    reading = read_rows(file, workspace.vocabulary(labels))
    rows = reading.rows
    sides = splits.split(rows, test_share, seed) if how == "random" else splits.split_ordered(rows, test_share)
    for name, places in zip(("train", "test"), sides, strict=True):
        write_rows(out / f"{name}.csv", rows.take(places))
        click.echo(f"{out / name}.csv  {counted(len(places), 'row')}")
    if reading.rejected:
        write_rejects(out / "rejects.csv", reading)
        show.message(f"{counted(len(reading.rejected), 'bad row')}, with reasons: {out / 'rejects.csv'}")
    return 1 if reading.rejected else 0


@command.command(epilog=options.examples("saekdong data sample > colors.csv"))
def sample() -> int:
    """Write the packaged sample rows to stdout as CSV: 1,169 colors that people named, or colors close to those.

    They come from the xkcd color survey (CC0 1.0), folded into the 14 starter labels.
    """
    from saekdong.samples.rows import sample_csv

    click.echo(sample_csv(), nl=False)
    return 0


def _findings(reading: "Reading") -> dict[str, Any]:
    return {
        "rows": len(reading.rows),
        "labels": dict(zip(reading.rows.vocabulary.ids, reading.rows.counts.tolist(), strict=True)),
        "rejected": [asdict(bad) for bad in reading.rejected],
        "duplicates": [asdict(double) for double in reading.duplicates],
        "conflicts": [asdict(conflict) for conflict in reading.conflicts],
    }


def _show_findings(file: Path, reading: "Reading") -> None:
    rows = reading.rows
    used = int((rows.counts > 0).sum())
    show.line(
        f"{file}: {counted(len(rows), 'usable row')}, {counted(used, 'label')}; {len(reading.rejected):,} rejected"
    )
    _show_list("rejected", [f"line {bad.line}: {bad.reason}" for bad in reading.rejected])
    _show_list(
        "exact duplicates, kept",
        [f"line {double.line} repeats line {double.first_line}" for double in reading.duplicates],
    )
    _show_list(
        "colors under several labels, kept",
        [
            f"{conflict.color}: " + ", ".join(f"{label} (line {line})" for line, label in conflict.labels.items())
            for conflict in reading.conflicts
        ],
    )


def _show_list(title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    click.echo(f"{title}: {len(lines):,}")
    for line in lines[:_SHOWN]:
        show.line(f"  {line}")
    if len(lines) > _SHOWN:
        click.echo(f"  ... and {len(lines) - _SHOWN:,} more (--format json lists all)")


def _show_description(about: Any, names: dict[str, str]) -> None:
    rows = [
        (
            names[each.label],
            each.rows,
            each.colors,
            show.swatch_cells(each.mean),
            each.mean,
            f"{each.spread:.1f}",
            f"{each.reach:.1f}",
        )
        for each in about.labels
    ]
    show.table("", ["label", "rows", "colors", "", "mean color", "spread", "90% within"], rows)
    click.echo(f"{counted(about.rows, 'row')}, {counted(about.colors, 'different color')}")
    click.echo(f"most frequent : rarest label = {about.imbalance:g} : 1")
    show.line("sources: " + ", ".join(f"{name or '(none)'} {count:,}" for name, count in about.sources.items()))
    if about.missing:
        click.echo("labels without a row: " + ", ".join(names[label] for label in about.missing))
    if about.few:
        click.echo("labels with fewer than 10 colors: " + ", ".join(names[label] for label in about.few))
    click.echo(f"colors under several labels: {len(about.conflicts)}")
    click.echo(f"exact duplicates: {about.duplicates}; rejected rows: {about.rejected}")


@command.command(
    "from-photos",
    epilog=options.examples(
        "saekdong data from-photos photos.csv > colors.csv",
        "saekdong data from-photos photos.csv --labels rows > colors.csv",
    ),
)
@click.argument("photos", type=options.FILE)
@options.labels
@options.allow_private
@options.workspace
def from_photos(workspace: Workspace, photos: Path, labels: str | None, allow_private: bool) -> int:
    """Write the product colors of labeled photos to stdout: R, G, B, COL, LABEL, WEIGHT, SOURCE, as CSV.

    PHOTOS is a CSV or Parquet file with the columns photo and labels, as for 'saekdong teach'.
    """
    import sys

    from saekdong.csv_cells import Writer
    from saekdong.tagging.labeled_photos import read_labeled_photos
    from saekdong.tagging.photo_rows import photo_rows

    labeled = read_labeled_photos(photos, workspace.vocabulary(labels), allow_private=allow_private)
    described = show.described(labeled)
    rows = photo_rows(described)
    Writer(sys.stdout).writerows([rows.header, *rows.cells])
    problems = [*labeled.rejected, *described.failed]
    show.problems(problems)
    return 1 if problems else 0
