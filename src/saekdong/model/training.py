"""Train, evaluate and compile a model from rows."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from saekdong._version import __version__
from saekdong.model.artifact import Artifact
from saekdong.model.classifier import Classifier, CrossValidation, Recipe, cross_validate, fit
from saekdong.model.compiling import TableAgreement, compile_table
from saekdong.model.evaluation import Evaluation, evaluate
from saekdong.model.progress import StepProgress
from saekdong.model.rows import Rows

# The evaluation has other folds than the search: on the search's folds, its winner would look too good.
_EVALUATION_FOLDS = 1_000_003


@dataclass(frozen=True)
class Trained:
    """A trained model and its evaluation.

    Attributes:
        artifact: everything that prediction needs.
        classifier: the classifier that was compiled into it.
        evaluation: the figures on rows held out, fold by fold.
        agreement: how well the compiled table agrees with the classifier.
    """

    artifact: Artifact
    classifier: Classifier
    evaluation: Evaluation
    agreement: TableAgreement


def train(
    rows: Rows, recipe: Recipe, seed: int = 0, progress: StepProgress = lambda _step, _done, _total: None
) -> Trained:
    """Train a recipe on rows: cross-validate it, fit it on all rows, compile it.

    The figures come from 5-fold cross-validation in folds that share no color: every row is named by a model that
    was trained without it and its color. The model itself is then trained on all rows.

    Args:
        rows: the training rows; labels without a row are left out of the model.
        recipe: color space, kind of model, settings.
        seed: the same rows, recipe, seed and versions result in a byte-identical artifact.
        progress: called with the step's name (evaluate, fit, compile), the amount done, and the total.
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
    agreement: TableAgreement,
    seed: int,
) -> dict[str, Any]:
    """Return the content of model.json without the vocabulary."""
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
    """Return model.json's entries about the rows: their digest, their number, and the number per label."""
    return {
        "sha256": rows.digest(),
        "count": len(rows),
        "colors": len(np.unique(rows.colors)),
        "labels": dict(zip(rows.vocabulary.ids, rows.counts.tolist(), strict=True)),
    }


def metrics_info(evaluation: Evaluation, how: str) -> dict[str, Any]:
    """Return model.json's entry of figures on rows held out, and how they were held out."""
    return {
        "how": how,
        "accuracy": round(evaluation.accuracy.value, 6),
        "balanced_accuracy": round(evaluation.balanced_accuracy.value, 6),
        "macro_f1": round(evaluation.macro_f1.value, 6),
        "log_loss": round(evaluation.log_loss, 6),
        "calibration_error": round(evaluation.calibration_error, 6),
    }


def versions() -> dict[str, str]:
    """Return the versions of the software that trains a model."""
    return {"saekdong": __version__, **{name: version(name) for name in ("numpy", "scikit-learn", "scipy")}}
