"""`saekdong evaluate`: a model's figures on rows."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saekdong.bootstrap import STARTER_MODEL, Workspace
from saekdong.cli import figures, options, show
from saekdong.errors import SaekdongError
from saekdong.lang import Lang

if TYPE_CHECKING:
    from saekdong.model.artifact import Artifact
    from saekdong.tagging.scoring import LabelTags


@click.command(
    epilog=options.examples(
        "saekdong evaluate models/colors test.csv",
        "saekdong evaluate colors test.csv --report test.html --goal 'macro_f1>=0.85'",
        "saekdong evaluate model.tar.gz test.csv --format json",
        "saekdong evaluate starter photos.csv --goal 'top1>=0.75'",
    )
)
@click.argument("model")
@click.argument("rows", type=options.FILE)
@click.option("--report", type=options.FILE, help="Also write an HTML report to look at.")
@options.goals
@options.output_format("table", "table", "json")
@options.lang
@options.workspace
def command(
    workspace: Workspace, model: str, rows: Path, report: Path | None, goals: tuple[str, ...], form: str, lang: Lang
) -> int:
    """Evaluate MODEL on the labeled colors in ROWS, or the labeled photos (columns photo and labels, as for 'teach').

    MODEL is a model.tar.gz, its folder, its name, or 'starter'.

    Rows whose label the model does not know are rejected and told. Figures on rows that the model learned from are
    too hopeful: split first ('saekdong data split'), or trust the cross-validation that 'saekdong train' reports.
    """
    from saekdong.files import write_whole
    from saekdong.model.evaluation import evaluate, figure_names
    from saekdong.model.goals import check_goals, read_goals
    from saekdong.model.outputs import goals_met
    from saekdong.model.reading import read_rows
    from saekdong.model.reports import evaluation_report
    from saekdong.model.tables import read_table
    from saekdong.tagging.lessons import photo_column

    loaded = workspace.load(model)
    name = model if model == STARTER_MODEL else str(workspace.model(model))
    if photo_column(read_table(rows)) is not None:
        if report:
            raise click.UsageError("--report is for rows of colors; photos have none")
        return _evaluate_photos(loaded, name, rows, goals, form, lang)
    wanted = read_goals(goals, figure_names(loaded.vocabulary))
    reading = read_rows(rows, loaded.vocabulary, least_labels=1)
    result = evaluate(reading.rows, loaded.predict_proba(reading.rows.rgb), loaded.table)
    outcomes = check_goals(wanted, result.figures())
    if report:
        write_whole(report, evaluation_report(name, rows.name, result, outcomes, lang))
    if form == "json":
        content: dict[str, Any] = {**result.to_dict(), "rejected": len(reading.rejected)}
        show.document({**content, "goals": goals_met(outcomes)} if outcomes else content, form)
    else:
        click.echo(f"{name} on {result.rows:,} rows of {rows}")
        figures.show_evaluation(result, lang)
        figures.show_confusion(result, lang)
    if reading.rejected:
        first = reading.rejected[0]
        show.message(f"{len(reading.rejected):,} rows rejected; the first: line {first.line}: {first.reason}")
    if report:
        show.message(f"report: {report}")
    met = figures.show_goals(outcomes)
    return 0 if met and not reading.rejected else 1


def _evaluate_photos(model: "Artifact", name: str, file: Path, goals: tuple[str, ...], form: str, lang: Lang) -> int:
    from saekdong.model.goals import check_goals, read_goals
    from saekdong.model.outputs import goals_met
    from saekdong.tagging import Tagger, tag_photos
    from saekdong.tagging.lessons import read_lessons
    from saekdong.tagging.scoring import FIGURES, score_tags

    wanted = read_goals(goals, FIGURES)
    lessons = read_lessons(file, model.vocabulary, least_labels=1)
    problems, tags, truth = list(lessons.rejected), [], []
    results = tag_photos(Tagger(model), (photo.source for photo in lessons.photos))
    counted = show.each(results, "Tagging", lambda photo: bool(photo.error))
    for lesson, photo in zip(lessons.photos, counted, strict=True):
        if photo.error:
            problems.append(f"{file}, line {lesson.line}: {photo.name}: {photo.error}")
        else:
            codes = [model.vocabulary.ids.index(tag.label) for tag in photo.tags if tag.label in model.vocabulary.ids]
            tags.append(codes)
            truth.append(lesson.colors)
    if not truth:
        raise SaekdongError(f"{file}: no photo can be read; {problems[0]}", fix="check the paths")
    result = score_tags(tags, truth)
    outcomes = check_goals(wanted, result.figures())
    if form == "json":
        labels = {model.vocabulary.ids[label.code]: _label_figures(label) for label in result.labels}
        content = {"photos": result.photos, **result.figures(), "labels": labels, "rejected": len(problems)}
        show.document({**content, "goals": goals_met(outcomes)} if outcomes else content, form)
    else:
        click.echo(f"{name} on {result.photos:,} photos of {file}")
        show.table("", list(FIGURES), [[f"{figure:.3f}" for figure in result.figures().values()]])
        rows = [
            (model.vocabulary[label.code].name(lang), label.photos, f"{label.precision:.3f}", f"{label.recall:.3f}")
            for label in result.labels
        ]
        show.table("", ["label", "photos", "precision", "recall"], rows)
    show.problems(problems)
    met = figures.show_goals(outcomes)
    return 0 if met and not problems else 1


def _label_figures(label: "LabelTags") -> dict[str, float]:
    return {"photos": label.photos, "precision": label.precision, "recall": label.recall}
