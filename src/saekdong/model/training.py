"""From rows to a trained, evaluated and compiled model."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from saekdong._version import __version__
from saekdong.model.artifact import Artifact
from saekdong.model.classifier import Classifier, CrossValidation, Recipe, cross_validate, fit
from saekdong.model.compiling import Agreement, compile_table
from saekdong.model.evaluation import Evaluation, evaluate
from saekdong.model.rows import Rows

# The folds of the evaluation are not those of the search, whose winner is too lucky on its own.
_EVALUATION_FOLDS = 1_000_003


@dataclass(frozen=True)
class Trained:
    """A trained model and what is known of it.

    Attributes:
        artifact: what prediction needs.
        classifier: what was compiled into it.
        evaluation: its figures on rows held out, fold by fold.
        agreement: how far the compiled table says what the classifier says.
    """

    artifact: Artifact
    classifier: Classifier
    evaluation: Evaluation
    agreement: Agreement


Progress = Callable[[str, int, int], None]


def train(rows: Rows, recipe: Recipe, seed: int = 0, progress: Progress = lambda _step, _done, _total: None) -> Trained:
    """Train a recipe on rows: cross-validate it, fit it on all rows, compile it.

    The figures come from 5-fold cross-validation in folds that share no color: every row is named by a model that
    saw neither it nor its color. The model itself then learns from all rows.

    Args:
        rows: what to learn from; labels without a row are left out of the model.
        recipe: color space, kind of model, settings.
        seed: the same rows, recipe, seed and versions give a byte-identical artifact.
        progress: called with the step's name (evaluate, fit, compile), how much of it is done, and of how much.
    """
    rows = rows.with_used_labels()
    recipe = recipe.complete()
    progress("evaluate", 0, 1)
    held_out = cross_validate(rows, recipe, seed + _EVALUATION_FOLDS)
    progress("fit", 0, 1)
    classifier = fit(rows, recipe, held_out.calibration, seed)
    table, agreement = compile_table(classifier, rows, lambda done, total: progress("compile", done, total))
    evaluation = evaluate(rows, held_out.probabilities, table)
    info = _info(rows, classifier, held_out, evaluation, agreement, seed)
    info["table"]["grid"] = table.grid.shape[0]
    return Trained(Artifact(rows.vocabulary, table, info), classifier, evaluation, agreement)


def _info(
    rows: Rows,
    classifier: Classifier,
    held_out: CrossValidation,
    evaluation: Evaluation,
    agreement: Agreement,
    seed: int,
) -> dict[str, Any]:
    """Return what model.json tells, the vocabulary apart."""
    recipe = classifier.recipe
    return {
        "space": recipe.space,
        "model": recipe.model,
        "settings": dict(recipe.settings),
        "balance": recipe.balance,
        "calibration": {**vars(held_out.calibration)},
        "seed": seed,
        "rows": rows_info(rows),
        "metrics": metrics_info(evaluation, "5-fold cross-validation, no color on both sides"),
        "table": {name: round(value, 6) for name, value in vars(agreement).items()},
        "versions": versions(),
    }


def rows_info(rows: Rows) -> dict[str, Any]:
    """Return what model.json says of the rows: their digest, their number, and how many each label has."""
    return {
        "sha256": rows.digest(),
        "count": len(rows),
        "colors": len(np.unique(rows.colors)),
        "labels": dict(zip(rows.vocabulary.ids, rows.counts.tolist(), strict=True)),
    }


def metrics_info(evaluation: Evaluation, how: str) -> dict[str, Any]:
    """Return a model's figures on rows held out for model.json, and how they were held out."""
    return {
        "how": how,
        "accuracy": round(evaluation.accuracy.value, 6),
        "balanced_accuracy": round(evaluation.balanced_accuracy.value, 6),
        "macro_f1": round(evaluation.macro_f1.value, 6),
        "log_loss": round(evaluation.log_loss, 6),
        "calibration_error": round(evaluation.calibration_error, 6),
    }


def versions() -> dict[str, str]:
    """Return the versions of what a model is trained with."""
    return {"saekdong": __version__, **{name: version(name) for name in ("numpy", "scikit-learn", "scipy")}}
