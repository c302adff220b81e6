"""`saekdong evaluate`: a model's figures on rows."""

from pathlib import Path
from typing import Any

import click

from saekdong.bootstrap import Workspace
from saekdong.cli import figures, options, show
from saekdong.lang import Lang


@click.command(
    epilog=options.examples(
        "saekdong evaluate models/colors test.csv",
        "saekdong evaluate colors test.csv --report test.html --goal 'macro_f1>=0.85'",
        "saekdong evaluate model.tar.gz test.csv --format json",
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
    """Evaluate MODEL on the labeled colors in ROWS.

    Rows whose label the model does not know are rejected and told. Figures on rows that the model learned from are
    too hopeful: split first ('saekdong data split'), or trust the cross-validation that 'saekdong train' reports.
    """
    from saekdong.files import write_whole
    from saekdong.model import artifact
    from saekdong.model.evaluation import evaluate, figure_names
    from saekdong.model.goals import check_goals, read_goals
    from saekdong.model.outputs import goals_met
    from saekdong.model.reading import read_rows
    from saekdong.model.reports import evaluation_report

    path = workspace.model(model)
    loaded = artifact.load(path)
    wanted = read_goals(goals, figure_names(loaded.vocabulary))
    reading = read_rows(rows, loaded.vocabulary, least_labels=1)
    result = evaluate(reading.rows, loaded.predict_proba(reading.rows.rgb), loaded.table)
    outcomes = check_goals(wanted, result.figures())
    if report:
        write_whole(report, evaluation_report(str(path), rows.name, result, outcomes, lang))
    if form == "json":
        content: dict[str, Any] = {**result.to_dict(), "rejected": len(reading.rejected)}
        show.document({**content, "goals": goals_met(outcomes)} if outcomes else content, form)
    else:
        click.echo(f"{path} on {result.rows:,} rows of {rows}")
        figures.show_evaluation(result, lang)
        figures.show_confusion(result, lang)
    if reading.rejected:
        first = reading.rejected[0]
        show.message(f"{len(reading.rejected):,} rows rejected; the first: line {first.line}: {first.reason}")
    if report:
        show.message(f"report: {report}")
    met = figures.show_goals(outcomes)
    return 0 if met and not reading.rejected else 1
