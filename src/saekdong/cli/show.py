"""Print results on stdout, and progress and messages on stderr."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from saekdong.csv_cells import Writer
from saekdong.fetch.urls import redacted
from saekdong.printable import printable, printable_json

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from saekdong.color import Label, Vocabulary
    from saekdong.lang import Lang
    from saekdong.model.artifact import Artifact
    from saekdong.registry import Selection
    from saekdong.tagging.described import DescribedPhotos, LabeledPhoto
    from saekdong.tagging.labeled_photos import LabeledPhotos
    from saekdong.tagging.photo_evaluation import JudgedPhoto

_T = TypeVar("_T")

MOST_PROBLEMS = 5
"""The number of problems printed on stderr."""

_PLAIN_WIDTH = 120


def message(text: str) -> None:
    """Print a line on stderr, with secrets of addresses removed and control characters escaped."""
    click.echo(printable(redacted(text)), err=True)


def line(text: str) -> None:
    """Print a line on stdout, with control characters escaped."""
    click.echo(printable(text))


def secret(text: str) -> None:
    """Print a line on stderr with an address that contains a secret for the user."""
    click.echo(text, err=True)


def selection(selected: "Selection") -> None:
    """Print on stderr which model a command uses, and which files were skipped to find it."""
    for warning in selected.warnings:
        message(f"saekdong: {warning}")
    message(f"saekdong: model {selected}")


def records(rows: Sequence[Mapping[str, Any]], form: str, title: str = "") -> None:
    """Print records as a table, JSON, JSON Lines or CSV; all have the keys of the first."""
    if form == "json":
        click.echo(printable_json(list(rows), indent=1))
    elif form == "jsonl":
        for row in rows:
            click.echo(printable_json(row))
    elif form == "csv":
        columns = list(rows[0]) if rows else []
        Writer(sys.stdout).writerows([columns, *([row[column] for column in columns] for row in rows)])
    else:
        table(title, list(rows[0]) if rows else [], [list(row.values()) for row in rows])


def json_result(content: Mapping[str, Any], form: str) -> None:
    """Print one result as JSON: indented, or on one line for JSON Lines."""
    click.echo(printable_json(content, indent=1 if form == "json" else None))


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table on stdout; numbers, and the dash of a missing one, are aligned right."""
    from rich import box
    from rich.table import Table

    rows = [list(row) for row in rows]
    shown = Table(title=printable(title) or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(columns):
        numbers = all(row[place] == "-" or _is_number(row[place]) for row in rows)
        shown.add_column(column, justify="right" if numbers else "left")
    for row in rows:
        shown.add_row(*map(_rendered, row))
    out().print(shown)


def facts(rows: Iterable[tuple[str, Any]]) -> None:
    """Print names and values, one pair per line."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 3))
    for name, value in rows:
        grid.add_row(name, _rendered(value))
    out().print(grid)


def label_finder(vocabularies: "Sequence[Vocabulary]") -> "Callable[[str], Label]":
    """Return a function that finds a label by its id, in the first vocabulary that has it."""
    from saekdong.color import OTHER, OTHER_LABEL, own_label

    labels = {label.id: label for vocabulary in reversed(vocabularies) for label in vocabulary} | {OTHER: OTHER_LABEL}
    return lambda label_id: labels.get(label_id) or own_label(label_id)


def label_table(counts: Mapping[str, int], vocabularies: "Sequence[Vocabulary]", lang: "Lang") -> None:
    """Print the number of products of each label, with its swatch and name from the first vocabulary that has it."""
    find = label_finder(vocabularies)
    labels = [(find(label), count) for label, count in counts.items()]
    table("", ["", "label", "products"], [(swatch_cells(each.swatch), each.name(lang), f"{n:,}") for each, n in labels])


def swatch_cells(color: str) -> Any:
    """Return two cells of a color, `#rrggbb`, for a table; blank if there are no colors."""
    from rich.text import Text

    return Text("  ", style=f"on {color}")


def out() -> "Console":
    """Return a console on stdout; 120 columns wide if stdout is not a terminal."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else _PLAIN_WIDTH
    return Console(width=width, highlight=False, markup=False, emoji=False, force_jupyter=False)


@contextmanager
def progress(*, quiet: bool = False) -> "Iterator[Progress]":
    """Show progress bars on stderr during the block, unless `quiet` or stderr is not a terminal.

    A job's command writes them to a file instead, for the page that shows the job.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    file = os.environ.get("SAEKDONG_PROGRESS")
    console = Console(stderr=True, force_jupyter=False)
    kind: type[Progress] = Progress
    if file and not quiet:
        from saekdong.cli.progress_file import written_to

        kind = written_to(Path(file))
    with kind(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
        disable=quiet or not console.is_terminal,
    ) as bars:
        yield bars


def each(items: Iterable[_T], title: str, failed: Callable[[_T], bool], *, quiet: bool = False) -> Iterator[_T]:
    """Yield items while a bar on stderr counts them and those that failed."""
    with progress(quiet=quiet) as bars:
        task = bars.add_task(title, total=None, note="")
        failures = 0
        for count, item in enumerate(items, start=1):
            failures += failed(item)
            bars.update(task, advance=1, note=f"{count:,}" + (f", {failures:,} failed" if failures else ""))
            yield item


@contextmanager
def steps(titles: Mapping[str, str]) -> "Iterator[Callable[[str, int, int], None]]":
    """Show a bar for each step of a long run once it begins; yield a function of step, done and total."""
    with progress() as bars:
        tasks = {step: bars.add_task(title, total=None, visible=False, note="") for step, title in titles.items()}

        def on_progress(step: str, done: int, total: int) -> None:
            bars.update(tasks[step], completed=done, total=total if done else None, visible=True)

        yield on_progress


def problems(lines: Sequence[str], total: int | None = None) -> None:
    """Print the first problems on stderr, one per line, and how many more there are of `total`, or of all."""
    for problem in lines[:MOST_PROBLEMS]:
        message(f"saekdong: {problem}")
    if (more := (len(lines) if total is None else total) - MOST_PROBLEMS) > 0:
        message(f"saekdong: and {more:,} more")


def described(labeled: "LabeledPhotos") -> "DescribedPhotos":
    """Read labeled photos, with a progress bar."""
    with progress() as bars:
        task = bars.add_task("Reading photos", total=len(labeled.photos), note="")
        return labeled.describe(lambda: bars.update(task, advance=1))


def judged(
    model: "Artifact", photos: "Sequence[LabeledPhoto]", file: str, title: str = "Tagging"
) -> "tuple[list[JudgedPhoto], list[str]]":
    """Tag labeled photos, with a progress bar; return them, and one line per photo that cannot be read."""
    from saekdong.photo import PhotoError
    from saekdong.tagging import Tagger
    from saekdong.tagging.photo_evaluation import judge_photo

    tagger = Tagger(model)
    done, unreadable = [], []
    with progress() as bars:
        task = bars.add_task(title, total=len(photos), note="")
        for photo in photos:
            result = judge_photo(tagger, photo)
            if isinstance(result, PhotoError):
                unreadable.append(f"{file}, line {photo.line}: {photo.source.name}: {result}")
            else:
                done.append(result)
            bars.update(task, advance=1, note=f"{len(unreadable):,} failed" if unreadable else "")
    return done, unreadable


def streams(form: str) -> bool:
    """Return whether results appear on the terminal during the run, so that a bar would disturb them."""
    return form == "jsonl" and sys.stdout.isatty()


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) or (
        isinstance(cell, str) and cell[:1].isdigit() and cell[-1:] in "0123456789%"
    )


def _rendered(cell: Any) -> Any:
    return cell if _is_renderable(cell) else printable(str(cell))


def _is_renderable(cell: Any) -> bool:
    return hasattr(cell, "__rich_console__") or hasattr(cell, "__rich_measure__")
