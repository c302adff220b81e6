"""`saekdong compare`: find out whether one model is better than another."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import mistakes, options, show
from saekdong.errors import SaekdongError
from saekdong.lang import counted
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.model.artifact import Artifact
    from saekdong.model.comparison import Comparison
    from saekdong.model.intervals import Interval


@dataclass(frozen=True)
class _Task:
    """What to compare, and where the results go."""

    names: tuple[str, str]
    models: "tuple[Artifact, Artifact]"
    file: Path
    errors: Path | None
    form: str
    allow_private: bool


@click.command(
    epilog=options.examples(
        "saekdong compare models/spring models/summer test.csv",
        "saekdong compare a/model.tar.gz b/model.tar.gz test.csv --format json",
        "saekdong compare starter models/shop photos.csv --errors differing.csv",
    )
)
@click.argument("a")
@click.argument("b")
@click.argument("rows", type=options.FILE)
@click.option(
    "--errors",
    type=options.OUT_FILE,
    metavar="CSV",
    help="Also write what only one of the two gets right to this file.",
)
@options.allow_private
@options.output_format("table", "table", "json")
@options.workspace
def command(
    workspace: Workspace, a: str, b: str, rows: Path, errors: Path | None, allow_private: bool, form: str
) -> int:
    """Compare models A and B on the labeled colors in ROWS, or on labeled photos (columns photo and labels).

    A and B are each a model.tar.gz, its folder, its name, or 'starter'. McNemar's test says whether the difference
    could be chance. Use rows or photos that neither model learned from. If the vocabularies differ, only labels that
    both models have are compared.
    """
    from saekdong.model.tables import read_table
    from saekdong.tagging.labeled_photos import photo_column

    options.check_outputs(rows, errors)
    task = _Task(
        (a, b),
        (workspace.registry.models.load(a), workspace.registry.models.load(b)),
        rows,
        errors,
        form,
        allow_private,
    )
    _check_common_labels(task)
    is_photos = photo_column(read_table(rows)) is not None
    return _compare_photos(task) if is_photos else _compare_rows(task)


def _compare_rows(task: _Task) -> int:
    import numpy as np

    from saekdong.model.comparison import compare_models
    from saekdong.model.reading import read_rows

    readings = [read_rows(task.file, model.vocabulary, least_labels=1) for model in task.models]
    lines = [set(reading.rows.lines.tolist()) for reading in readings]
    cases = _Cases.of(task.file, lines, len(readings[0].rejected))
    rows = [each.rows.take(np.flatnonzero(np.isin(each.rows.lines, list(cases.lines)))) for each in readings]
    chances = [model.predict_proba(each.rgb) for model, each in zip(task.models, rows, strict=True)]
    right = [named.argmax(axis=1) == each.codes for named, each in zip(chances, rows, strict=True)]
    result = compare_models(right[0], right[1], rows[0].colors)
    if task.errors:
        mistakes.write_records(task.errors, mistakes.DIFFERING_ROW_COLUMNS, mistakes.differing_rows(rows, chances))
    if task.form == "json":
        _print_json({**asdict(result), "better": result.better}, cases)
    else:
        _show(task, result, "rows", "accuracy")
    if cases.rejected:
        show.message(f"{counted(cases.rejected, 'row')} rejected; see 'saekdong data check {task.file}'")
    return _finish(task, cases)


def _compare_photos(task: _Task) -> int:
    from saekdong.tagging.labeled_photos import read_labeled_photos
    from saekdong.tagging.photo_comparison import compare_photos

    labeled = [
        read_labeled_photos(task.file, model.vocabulary, 1, allow_private=task.allow_private) for model in task.models
    ]
    lines = [{photo.line for photo in each.photos} for each in labeled]
    cases = _Cases.of(task.file, lines, len(labeled[0].rejected))
    judged, unreadable = [], set[str]()
    for letter, model, each in zip("AB", task.models, labeled, strict=True):
        photos = [photo for photo in each.photos if photo.line in cases.lines]
        done, failed = show.judged(model, photos, str(task.file), f"Tagging with {letter}")
        judged.append({photo.line: photo for photo in done})
        unreadable.update(failed)
    both = [line for line in judged[0] if line in judged[1]]
    if not both:
        raise SaekdongError(f"{task.file}: no photo can be read; {min(unreadable)}", fix="check the paths")
    a, b = ([each[line] for line in both] for each in judged)
    result = compare_photos(a, b)
    cases = replace(cases, rejected=cases.rejected + len(unreadable))
    if task.errors:
        vocabularies = task.models[0].vocabulary, task.models[1].vocabulary
        mistakes.write_records(
            task.errors, mistakes.DIFFERING_PHOTO_COLUMNS, mistakes.differing_photos(a, b, vocabularies)
        )
    if task.form == "json":
        _print_json(result.to_dict(), cases)
    else:
        _show(task, result.top1, "photos", "top1")
        click.echo(f"f1: A {result.f1_a:.4f}, B {result.f1_b:.4f}; B - A {_interval(result.f1_difference)}")
    show.problems([*_rejected_by_both(task.file, labeled[0].rejected, lines[1]), *sorted(unreadable)])
    return _finish(task, cases)


@dataclass(frozen=True)
class _Cases:
    """The rows or photos of a file to compare.

    Attributes:
        lines: the lines whose labels both models know.
        left_out: the number of lines whose labels only one of the models knows.
        rejected: the number of lines that neither model can use.
    """

    lines: set[int]
    left_out: int
    rejected: int

    @classmethod
    def of(cls, file: Path, lines: Sequence[set[int]], rejected_by_a: int) -> "_Cases":
        a, b = lines
        if not a & b:
            raise SaekdongError(
                f"{file} has no line whose labels both models know", fix="evaluate each model on its own"
            )
        return cls(a & b, len(a ^ b), rejected_by_a - len(b - a))


def _rejected_by_both(file: Path, rejected: Sequence[str], usable: set[int]) -> list[str]:
    """Return A's reasons to reject lines, without the lines that B can use."""
    return [reason for reason in rejected if int(reason.removeprefix(f"{file}, line ").split(":")[0]) not in usable]


def _check_common_labels(task: _Task) -> None:
    """Check that the models have a label in common, whatever its names."""
    a, b = (model.vocabulary for model in task.models)
    if not any(b.find(word) for label in a for word in label.words()):
        raise SaekdongError(
            f"the models have no label in common (A: {', '.join(a.ids)}; B: {', '.join(b.ids)})",
            fix="compare models of one vocabulary, or evaluate each on its own",
        )


def _print_json(content: dict[str, Any], cases: _Cases) -> None:
    show.json_result({**content, "left_out": cases.left_out, "rejected": cases.rejected}, "json")


def _show(task: _Task, result: "Comparison", cases: str, figure: str) -> None:
    shown = [
        ("A", task.names[0], f"{result.accuracy_a:.4f}", result.only_a),
        ("B", task.names[1], f"{result.accuracy_b:.4f}", result.only_b),
    ]
    show.table(f"{result.rows:,} {cases}", ["", "model", figure, "right where the other is wrong"], shown)
    click.echo(f"{figure}: B - A {_interval(result.difference)}")
    chance = f"p = {result.p_value:.3g}"
    if result.better:
        click.echo(f"{result.better} is better ({chance}).")
    else:
        click.echo(f"The difference is not significant ({chance}); more {cases} may show one.")


def _interval(figure: "Interval") -> str:
    return f"{figure.value:+.4f}  (95%: {figure.low:+.4f} to {figure.high:+.4f})"


def _finish(task: _Task, cases: _Cases) -> int:
    """Report what was left out and the path of the file; return the exit code."""
    if cases.left_out:
        show.message(f"saekdong: {counted(cases.left_out, 'line')} left out: only one of the models knows their labels")
    sizes = [len(model.vocabulary) for model in task.models]
    if sizes[0] != sizes[1]:
        show.message(f"saekdong: A has {sizes[0]} labels and B {sizes[1]}; fewer labels are easier to get right")
    if task.errors:
        show.message(f"errors: {task.errors}")
    return 1 if cases.rejected else 0
