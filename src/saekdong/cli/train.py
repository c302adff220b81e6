"""`saekdong train`: train a model on rows."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saekdong.cli import figures, options, show
from saekdong.errors import SaekdongError
from saekdong.extras import check_extra
from saekdong.lang import Lang, counted
from saekdong.workspace import Workspace

if TYPE_CHECKING:
    from saekdong.model.classifier import Recipe
    from saekdong.model.rows import Rows
    from saekdong.model.search import Search, Trial
    from saekdong.model.training import Trained

_STEPS = {"evaluate": "Cross-validating", "fit": "Fitting on all rows", "compile": "Compiling the table"}


class _Command(click.Command):
    """A command whose help lists each model's settings."""

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, then what `--set` takes."""
        from saekdong.model.estimators import KINDS

        super().format_options(context, formatter)
        with formatter.section("Settings by model, with their defaults"):
            formatter.write_dl(
                [
                    (f"{model} {name}={setting.default:g}", setting.meaning)
                    for model, kind in KINDS.items()
                    for name, setting in kind.settings.items()
                ]
            )


@click.command(
    cls=_Command,
    epilog=options.examples(
        "saekdong train colors.csv",
        "saekdong train colors.csv --goal 'accuracy>=0.9' --goal 'recall.navy>=80%'",
        "saekdong train colors.csv --space lab-linear --model random-forest --set trees=300",
        "saekdong train colors.csv --labels rows --balance --out models/spring",
        "saekdong train rgb.csv --reproduce-tutorial",
    ),
)
@click.argument("rows", type=options.FILE)
@click.option(
    "--out", type=options.OUT_FOLDER, metavar="DIR", help="The folder for the model. [default: models/NAME, after ROWS]"
)
@click.option("--space", metavar="SPACE", help="A color space, or several, such as lab+lch. [default: searched]")
@click.option("--model", metavar="MODEL", default="auto", show_default=True, help="A kind of model; auto searches.")
@click.option(
    "--set", "settings", metavar="KEY=VALUE", multiple=True, help="A setting of the model; may be given several times."
)
@click.option(
    "--budget", type=click.FloatRange(0), default=120.0, show_default=True, help="Seconds for the search of auto."
)
@click.option("--balance", is_flag=True, help="Give every label the same weight, however many rows it has.")
@options.goals
@click.option("--strict", is_flag=True, help="Fail if a row is bad.")
@click.option("--reproduce-tutorial", is_flag=True, help="Repeat the hands-on's two experiments on ROWS instead.")
@options.labels
@options.seed
@options.output_format("table", "table", "json")
@options.lang
@options.workspace
def command(
    workspace: Workspace,
    rows: Path,
    out: Path | None,
    space: str | None,
    model: str,
    settings: tuple[str, ...],
    budget: float,
    balance: bool,
    goals: tuple[str, ...],
    strict: bool,
    reproduce_tutorial: bool,
    labels: str | None,
    seed: int,
    form: str,
    lang: Lang,
) -> int:
    """Train a model on ROWS: search, cross-validate, fit, compile.

    Writes model.tar.gz (all that prediction needs), report.html (to look at) and metrics.json. If --space or --model is
    missing, it is searched by cross-validation for at most --budget seconds; Ctrl-C during the search keeps the best
    recipe found so far. Models, spaces and settings: docs/models.md.
    """
    check_extra("train", "saekdong train")
    from saekdong.files import check_writable
    from saekdong.model.evaluation import figure_names
    from saekdong.model.goals import check_goals, read_goals
    from saekdong.model.outputs import metrics, write_training
    from saekdong.model.reading import read_rows, write_rejects

    chosen_settings = _check_recipe(space, model, settings)
    folder = out or workspace.models / rows.stem
    if not reproduce_tutorial:
        check_writable(folder, folder=True)
    reading = read_rows(rows, workspace.vocabulary(labels), strict=strict)
    if reproduce_tutorial:
        return _reproduce(reading.rows, seed, form, lang)
    wanted = read_goals(goals, figure_names(reading.rows.with_used_labels().vocabulary))
    if reading.rejected:
        write_rejects(folder / "rejects.csv", reading)
        show.message(f"{counted(len(reading.rejected), 'bad row')} left out, with reasons: {folder / 'rejects.csv'}")
    recipe, searched = _choose(reading.rows, space, model, chosen_settings, balance, budget, seed)
    trained = _train(reading.rows, recipe, seed)
    outcomes = check_goals(wanted, trained.evaluation.figures())
    write_training(folder, trained, searched, outcomes, lang)
    if form == "json":
        show.json_result(metrics(trained, searched, outcomes), form)
    else:
        click.echo(f"{recipe.complete()}, cross-validated on {counted(trained.evaluation.rows, 'row')}")
        figures.show_evaluation(trained.evaluation, lang)
    figures.show_unmeasured(trained.evaluation.unmeasured, "rows")
    show.message(f"model: {folder / 'model.tar.gz'}")
    show.message(f"report: {folder / 'report.html'}")
    met = figures.show_goals(outcomes)
    return 0 if met and not reading.rejected else 1


def _check_recipe(space: str | None, model: str, settings: tuple[str, ...]) -> dict[str, Any]:
    """Check the options before any work; return the settings."""
    from saekdong.color import channels
    from saekdong.model.estimators import parse_settings

    if space is not None:
        try:
            channels(space)
        except ValueError as error:
            raise SaekdongError(str(error)) from error
    texts = options.pairs(settings, "--set")
    if model == "auto":
        if texts:
            raise click.UsageError("--set needs --model: each kind of model has settings of its own")
        return {}
    return dict(parse_settings(model, texts))


def _choose(
    rows: "Rows", space: str | None, model: str, settings: dict[str, Any], balance: bool, budget: float, seed: int
) -> "tuple[Recipe, Search | None]":
    """Return the requested recipe, or the one that a search finds among those that match the request."""
    from saekdong.model.search import recipes, search

    candidates = recipes(space, model, settings, balance)
    if space is not None and model != "auto":
        return candidates[0], None
    with show.progress() as bars:
        task = bars.add_task("Searching", total=len(candidates), note="")

        def on_progress(done: int, total: int, best: "Trial | None") -> None:
            note = f"best so far {best.accuracy:.3f}: {best.recipe}" if best else ""
            bars.update(task, completed=done, total=total, note=note)

        found = search(rows, candidates, seed, budget, on_progress)
    _report_search(found, len(candidates))
    return found.chosen.recipe, found


def _report_search(found: "Search", candidates: int) -> None:
    show.message(
        f"searched {len(found.trials)} of {candidates} recipes; best {found.best.accuracy:.3f}: {found.best.recipe}"
    )
    if found.chosen is not found.best:
        show.message(
            f"chosen, simpler and within one standard error: {found.chosen.accuracy:.3f}: {found.chosen.recipe}"
        )
    if found.stopped == "budget":
        show.message("the budget ended the search; a larger --budget tries the rest")
    if found.stopped == "interrupted":
        show.message("the search was interrupted; going on with the best found so far")


def _train(rows: "Rows", recipe: "Recipe", seed: int) -> "Trained":
    from saekdong.model.training import train

    with show.steps(_STEPS) as on_progress:
        return train(rows, recipe, seed, on_progress)


def _reproduce(rows: "Rows", seed: int, form: str, lang: Lang) -> int:
    """Run the hands-on's two experiments and print both results, with the accuracies side by side."""
    from saekdong.model.tutorial import reproduce

    experiments = reproduce(rows, seed)
    if form == "json":
        show.json_result({space: result.to_dict() for space, result in experiments.items()}, form)
        return 0
    first = next(iter(experiments.values()))
    click.echo(f"The hands-on's split: the first 70% of the rows train, the other {first.rows:,} test. Model: tree.")
    for space, result in experiments.items():
        click.echo(f"\n{space}: accuracy {result.accuracy.value:.4f}")
        figures.show_confusion(result, lang)
    shown = [(space, f"{r.accuracy.value:.4f}", f"{r.balanced_accuracy.value:.4f}") for space, r in experiments.items()]
    show.table("side by side", ["space", "accuracy", "balanced accuracy"], shown)
    return 0
