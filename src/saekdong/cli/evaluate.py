"""`saekdong evaluate`: measure a model on labeled colors or labeled photos."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import figures, mistakes, options, show
from saekdong.errors import SaekdongError
from saekdong.extras import check_extra
from saekdong.lang import Lang, counted
from saekdong.registry import STARTER_MODEL
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.model.artifact import Artifact
    from saekdong.model.goals import Outcome
    from saekdong.tagging.photo_evaluation import PhotoEvaluation


@dataclass(frozen=True)
class _Task:
    """What to evaluate, and where the results go."""

    model: "Artifact"
    name: str
    file: Path
    report: Path | None
    errors: Path | None
    goals: tuple[str, ...]
    form: str
    lang: Lang
    allow_private: bool


@click.command(
    epilog=options.examples(
        "saekdong evaluate models/colors test.csv",
        "saekdong evaluate colors test.csv --report test.html --goal 'macro_f1>=0.85'",
        "saekdong evaluate model.tar.gz test.csv --format json",
        "saekdong evaluate starter photos.csv --report photos.html --errors wrong.csv --goal 'top1>=0.75'",
    )
)
@click.argument("model")
@click.argument("rows", type=options.FILE)
@click.option("--report", type=options.OUT_FILE, help="Also write an HTML report.")
@options.errors
@options.goals
@options.allow_private
@options.output_format("table", "table", "json")
@options.lang
@options.workspace
def command(
    workspace: Workspace,
    model: str,
    rows: Path,
    report: Path | None,
    errors: Path | None,
    goals: tuple[str, ...],
    allow_private: bool,
    form: str,
    lang: Lang,
) -> int:
    """Evaluate MODEL on the labeled colors in ROWS, or on labeled photos (columns photo and labels, as for 'teach').

    MODEL is a model.tar.gz, its folder, its name, or 'starter'.

    Rows whose label the model does not know are rejected and reported. Figures on rows that the model learned from are
    too optimistic: split first ('saekdong data split'), or use the cross-validation that 'saekdong train' reports.
    """
    from saekdong.model.tables import read_table
    from saekdong.tagging.labeled_photos import photo_column

    options.check_outputs(rows, report, errors)
    name = model if model == STARTER_MODEL else str(workspace.registry.models.find(model))
    task = _Task(workspace.registry.models.load(model), name, rows, report, errors, goals, form, lang, allow_private)
    is_photos = photo_column(read_table(rows)) is not None
    return _evaluate_photos(task) if is_photos else _evaluate_rows(task)


def _evaluate_rows(task: _Task) -> int:
    check_extra("train", "saekdong evaluate on rows")
    from saekdong.files import write_whole
    from saekdong.model.evaluation import evaluate, figure_names
    from saekdong.model.goals import check_goals, read_goals
    from saekdong.model.reading import read_rows
    from saekdong.model.reports import evaluation_report

    goals = read_goals(task.goals, figure_names(task.model.vocabulary))
    reading = read_rows(task.file, task.model.vocabulary, least_labels=1)
    probabilities = task.model.predict_proba(reading.rows.rgb)
    with show.progress() as bars:
        bar = bars.add_task("Measuring", total=None, note="")
        result = evaluate(
            reading.rows,
            probabilities,
            task.model.table,
            lambda done, total: bars.update(bar, completed=done, total=total),
        )
    outcomes = check_goals(goals, result.figures())
    if task.report:
        write_whole(task.report, evaluation_report(task.name, task.file.name, result, outcomes, task.lang))
    if task.errors:
        mistakes.write_records(task.errors, mistakes.ROW_COLUMNS, mistakes.of_rows(reading.rows, probabilities))
    if task.form == "json":
        _print_json({**result.to_dict(), "rejected": len(reading.rejected)}, outcomes)
    else:
        click.echo(f"{task.name} on {counted(result.rows, 'row')} of {task.file}")
        figures.show_evaluation(result, task.lang)
        figures.show_confusion(result, task.lang)
    if reading.rejected:
        first = reading.rejected[0]
        show.message(f"{counted(len(reading.rejected), 'row')} rejected; the first: line {first.line}: {first.reason}")
    figures.show_unmeasured(result.unmeasured, "rows")
    return _finish(task, outcomes, rejected=bool(reading.rejected))


def _evaluate_photos(task: _Task) -> int:
    if task.report:
        check_extra("train", "a report on photos")
    from saekdong.model.goals import check_goals, read_goals
    from saekdong.tagging.labeled_photos import read_labeled_photos
    from saekdong.tagging.photo_evaluation import evaluate_photos, photo_figure_names

    goals = read_goals(task.goals, photo_figure_names(task.model.vocabulary))
    labeled = read_labeled_photos(task.file, task.model.vocabulary, 1, allow_private=task.allow_private)
    photos, unreadable = show.judged(task.model, labeled.photos, str(task.file))
    problems = [*labeled.rejected, *unreadable]
    if not photos:
        raise SaekdongError(f"{task.file}: no photo can be read; {problems[0]}", fix="check the paths")
    result = evaluate_photos(photos, task.model.vocabulary)
    outcomes = check_goals(goals, result.figures())
    if task.report:
        _write_photo_report(task, task.report, result, outcomes)
    if task.errors:
        mistakes.write_records(task.errors, mistakes.PHOTO_COLUMNS, mistakes.of_photos(result))
    if task.form == "json":
        _print_json({**result.to_dict(), "rejected": len(problems)}, outcomes)
    else:
        click.echo(f"{task.name} on {counted(result.photos, 'photo')} of {task.file}")
        figures.show_photo_evaluation(result, task.lang)
    show.problems(problems)
    figures.show_unmeasured(result.unmeasured, "photos")
    return _finish(task, outcomes, rejected=bool(problems))


def _write_photo_report(task: _Task, path: Path, result: "PhotoEvaluation", outcomes: "list[Outcome]") -> None:
    from saekdong.files import write_whole
    from saekdong.tagging.photo_report import photo_report, pictured

    with show.progress() as bars:
        bar = bars.add_task("Writing the report", total=pictured(result), note="")
        page = photo_report(task.name, task.file.name, result, outcomes, task.lang, lambda: bars.update(bar, advance=1))
    write_whole(path, page)


def _print_json(content: dict[str, Any], outcomes: "list[Outcome]") -> None:
    from saekdong.model.outputs import goals_met

    show.json_result({**content, "goals": goals_met(outcomes)} if outcomes else content, "json")


def _finish(task: _Task, outcomes: "list[Outcome]", *, rejected: bool) -> int:
    """Report the paths of the files and whether the goals are met; return the exit code."""
    for title, path in (("report", task.report), ("errors", task.errors)):
        if path:
            show.message(f"{title}: {path}")
    met = figures.show_goals(outcomes)
    return 0 if met and not rejected else 1
