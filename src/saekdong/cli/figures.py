"""How the figures of a model look on a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from saekdong.cli import show
from saekdong.lang import Lang

if TYPE_CHECKING:
    from saekdong.model.evaluation import Evaluation
    from saekdong.model.goals import Outcome


def show_evaluation(result: "Evaluation", lang: Lang) -> None:
    """Print accuracy with its interval, and precision and recall by label."""
    for name, figure in (
        ("accuracy", result.accuracy),
        ("balanced accuracy", result.balanced_accuracy),
        ("macro F1", result.macro_f1),
    ):
        click.echo(f"{name:<18} {figure.value:.3f}  (95%: {figure.low:.3f} to {figure.high:.3f})")
    click.echo(f"{'log loss':<18} {result.log_loss:.3f}")
    click.echo(f"{'calibration error':<18} {result.calibration_error:.3f}")
    rows = [
        (show.swatch(label.swatch), label.name(lang), score.rows, _percent(score.precision), _percent(score.recall))
        for label, score in zip(result.vocabulary, result.labels, strict=True)
    ]
    show.table("", ["", "label", "rows", "precision", "recall"], rows)


def show_confusion(result: "Evaluation", lang: Lang) -> None:
    """Print the confusion matrix: given labels down, predicted ones across."""
    names = [label.name(lang) for label in result.vocabulary]
    rows = [(name, *(f"{value:g}" for value in line)) for name, line in zip(names, result.confusion, strict=True)]
    show.table("given (down), predicted (across)", ["", *names], rows)


def show_goals(outcomes: Sequence["Outcome"]) -> bool:
    """Print each goal and whether it is met; return whether all are."""
    for outcome in outcomes:
        verdict = "met" if outcome.met else "MISSED"
        show.message(f"goal {outcome.goal}: {outcome.value:.4f}, {verdict}")
    return all(outcome.met for outcome in outcomes)


def _percent(share: float) -> str:
    return "-" if share != share else f"{share:.1%}"
