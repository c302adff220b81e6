"""The classifier: a color space, a fitted estimator and its calibration."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from saekdong.color import Vocabulary, channels, to_space
from saekdong.cores import count_cores
from saekdong.model.calibration import Calibration, Probabilities, fit_calibration
from saekdong.model.estimators import Estimator, Value, model_kind
from saekdong.model.rows import Indices, Rows
from saekdong.model.splits import FOLDS, assign_folds

_CHUNK = 16_384
# More parallel folds lose more to Python's lock than they gain: the whole ladder took 103 s with four, 76 s with two.
_FOLDS_AT_ONCE = 2


@dataclass(frozen=True)
class Recipe:
    """A space, a kind of model and its settings: what to fit.

    Attributes:
        space: a color space, or several as in `lab+lch`.
        model: a kind of model.
        settings: the settings that are not the kind's defaults.
        balance: whether every label has the same total weight, however many rows it has.
    """

    space: str
    model: str
    settings: Mapping[str, Value] = field(default_factory=dict)
    balance: bool = False

    def complete(self) -> "Recipe":
        """Return the same recipe with every setting written out."""
        return replace(self, settings=model_kind(self.model).complete(self.settings))

    def __str__(self) -> str:
        chosen = ", ".join(f"{name}={value:g}" for name, value in self.settings.items())
        return f"{self.model} on {self.space}" + (f" ({chosen})" if chosen else "")


@dataclass(frozen=True)
class Classifier:
    """Turns colors into label probabilities.

    Attributes:
        vocabulary: the labels, the columns of the probabilities.
        recipe: the fitted recipe, with every setting.
        estimator: the fitted model.
        calibration: turns its votes into probabilities.
    """

    vocabulary: Vocabulary
    recipe: Recipe
    estimator: Estimator
    calibration: Calibration

    def probabilities(self, rgb: NDArray[np.generic]) -> Probabilities:
        """Return each label's calibrated probability for sRGB colors (N, 3), 0-255: an array (N, L).

        Chunks of a fixed size are processed in parallel, so the result does not depend on the number of cores.
        """
        raw = raw_probabilities(self.estimator, self.recipe.space, rgb, len(self.vocabulary))
        return self.calibration.apply(raw)

    def codes(self, rgb: NDArray[np.generic]) -> Indices:
        """Return the code of the most probable label of each color, (N,)."""
        raw = raw_probabilities(self.estimator, self.recipe.space, rgb, len(self.vocabulary))
        codes: Indices = raw.argmax(axis=1)
        return codes

    @property
    def channels(self) -> tuple[str, ...]:
        """The features' names, such as L*, a*, b*."""
        return channels(self.recipe.space)


@dataclass(frozen=True)
class CrossValidation:
    """A recipe's results on rows that it was not trained on.

    Attributes:
        fold: each row's fold, (N,).
        raw: each row's probabilities from the fold that held it out, not calibrated, (N, L).
        calibration: fitted on all of `raw`.
        probabilities: each row's probabilities, calibrated on the other folds, (N, L).
    """

    fold: Indices
    raw: Probabilities
    calibration: Calibration
    probabilities: Probabilities


def fit(rows: Rows, recipe: Recipe, calibration: Calibration, seed: int = 0) -> Classifier:
    """Fit a recipe to rows. The same rows, recipe and seed give the same classifier."""
    recipe = recipe.complete()
    estimator = fit_estimator(rows, recipe, seed)
    return Classifier(rows.vocabulary, recipe, estimator, calibration)


def fit_estimator(rows: Rows, recipe: Recipe, seed: int) -> Estimator:
    """Fit a recipe's bare estimator."""
    estimator = model_kind(recipe.model).build(recipe.complete().settings, seed)
    weight = rows.balanced().weight if recipe.balance else rows.weight
    weight = weight / weight.mean()
    estimator.fit(to_space(rows.rgb, recipe.space), rows.codes, sample_weight=weight)
    return estimator


def cross_validate(rows: Rows, recipe: Recipe, seed: int = 0, folds: int = FOLDS) -> CrossValidation:
    """Fit a recipe on all folds but one and predict that one, in turn; no color is on both sides.

    Args:
        rows: the rows; every one is predicted once, by a model that saw neither it nor its color.
        recipe: what to fit.
        seed: of the folds and of the fits.
        folds: how many.
    """
    fold = assign_folds(rows, folds, seed)
    raw = out_of_fold(rows, recipe, fold, seed)
    calibration = fit_calibration(raw, rows.codes, rows.weight)
    return CrossValidation(fold, raw, calibration, _calibrate_across(raw, rows, fold))


def out_of_fold(rows: Rows, recipe: Recipe, fold: Indices, seed: int = 0) -> Probabilities:
    """Return each row's probabilities, not calibrated, by the recipe fitted on the other folds, (N, L)."""
    raw = np.zeros((len(rows), len(rows.vocabulary)))
    at_once = 1 if model_kind(recipe.model).uses_all_cores else _FOLDS_AT_ONCE
    with ThreadPoolExecutor(at_once) as pool:
        for test, predicted in pool.map(lambda test: _predict_fold(rows, recipe, seed, fold, test), np.unique(fold)):
            raw[test] = predicted
    return raw


def raw_probabilities(estimator: Estimator, space: str, rgb: NDArray[np.generic], labels: int) -> Probabilities:
    """Return an estimator's own probabilities, a column for each of `labels`, zero where it knows no such label."""
    starts = range(0, len(rgb), _CHUNK)

    def predict(start: int) -> Probabilities:
        return estimator.predict_proba(to_space(rgb[start : start + _CHUNK], space))

    result = np.zeros((len(rgb), labels))
    with ThreadPoolExecutor(count_cores()) as pool:
        for start, part in zip(starts, pool.map(predict, starts), strict=True):
            result[start : start + _CHUNK, estimator.classes_] = part
    return result


def _predict_fold(
    rows: Rows, recipe: Recipe, seed: int, fold: Indices, test: int
) -> tuple[NDArray[np.bool_], Probabilities]:
    held_out = fold == test
    result = np.zeros((int(held_out.sum()), len(rows.vocabulary)))
    if held_out.any() and not held_out.all():
        features = to_space(rows.rgb[held_out], recipe.space)
        # Folds may run side by side: were each fit to use every core as well, they would wait for each other.
        with threadpool_limits(1):
            estimator = fit_estimator(rows.take(np.flatnonzero(~held_out)), recipe, seed)
            result[:, estimator.classes_] = estimator.predict_proba(features)
    return held_out, result


def _calibrate_across(raw: Probabilities, rows: Rows, fold: Indices) -> Probabilities:
    """Calibrate each fold's probabilities by what the other folds teach."""
    result = np.empty_like(raw)
    for test in np.unique(fold):
        inside, outside = fold != test, fold == test
        learned = fit_calibration(raw[inside], rows.codes[inside], rows.weight[inside])
        result[outside] = learned.apply(raw[outside])
    return result
