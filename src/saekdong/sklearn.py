"""A scikit-learn classifier with Saekdong's color spaces and models.

>>> from sklearn.model_selection import cross_val_score
>>> colors = [[31, 42, 82], [28, 40, 90], [200, 32, 47], [210, 30, 40]]
>>> ColorClassifier(model="knn", settings={"k": 1}).fit(colors, ["navy", "navy", "red", "red"]).predict([[30, 41, 85]])
array(['navy'], dtype='<U4')
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from saekdong.color import STARTER, Vocabulary, channels, own_label
from saekdong.errors import SaekdongError
from saekdong.model import artifact
from saekdong.model.artifact import Artifact, as_colors
from saekdong.model.classifier import Recipe, fit_estimator, raw_probabilities
from saekdong.model.estimators import Value, model_kind, parse_settings
from saekdong.model.rows import Rows

__all__ = ["ColorClassifier"]


class ColorClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier of colors for pipelines, grid searches and cross-validation.

    Args:
        space: the color space that the model uses, such as `lab` or `lab+lch`; None for other features, of any number,
            used unchanged.
        model: a kind of model, as for `saekdong train`; not `auto`, because scikit-learn does the searching.
        settings: the settings that differ from the kind's defaults.
        balance: whether every label has the same total weight, however many rows it has.
        seed: the same rows, parameters and seed result in the same model.

    Attributes:
        classes_: the labels, sorted.
        n_features_in_: 3 with a color space.
    """

    def __init__(
        self,
        space: str | None = "lab",
        model: str = "random-forest",
        settings: Mapping[str, Value] | None = None,
        balance: bool = False,
        seed: int = 0,
    ) -> None:
        self.space = space
        self.model = model
        self.settings = settings
        self.balance = balance
        self.seed = seed

    def fit(self, X: ArrayLike, y: ArrayLike) -> "ColorClassifier":  # noqa: N803
        """Train on colors (N, 3), sRGB, whole numbers from 0 to 255, and their labels (N,).

        Raises:
            ValueError: a value is not a color channel, a parameter is invalid, or all labels are of one class.
        """
        features, labels = validate_data(self, X, y)
        check_classification_targets(labels)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("the labels are all of one class; add rows of at least one other label")
        self.__dict__.pop("artifact_", None)
        with _value_errors():
            self._recipe = self._checked_recipe()
        if self.space is None:
            estimator = model_kind(self.model).build(self._recipe.complete().settings, self.seed)
            self._estimator = estimator
            estimator.fit(np.asarray(features, dtype=np.float64), codes, sample_weight=self._weights(codes))
        else:
            with _value_errors():
                self._rows = _rows(as_colors(features), codes, self.classes_)
            self._estimator = fit_estimator(self._rows, self._recipe, self.seed)
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:  # noqa: N803
        """Return the label of each color, (N,)."""
        chances = self.predict_proba(X)
        named: NDArray[Any] = self.classes_[chances.argmax(axis=1)]
        return named

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Return the model's share of votes for each label, (N, L), in the order of `classes_`.

        `artifact_` has calibrated probabilities in the same order.
        """
        check_is_fitted(self, "classes_")
        features = validate_data(self, X, reset=False)
        if self.space is None:
            return self._estimator.predict_proba(np.asarray(features, dtype=np.float64))
        with _value_errors():
            colors = as_colors(features)
        return raw_probabilities(self._estimator, self.space, colors, len(self.classes_))

    @cached_property
    def artifact_(self) -> Artifact:
        """The model as `saekdong train` makes it: fitted on the same rows, calibrated, evaluated and compiled.

        Raises:
            ValueError: `space` is None: only colors can be compiled.
        """
        from saekdong.model.training import train

        check_is_fitted(self, "classes_")
        if self.space is None:
            raise ValueError("a model without a color space cannot be compiled; set space, such as 'lab'")
        return train(self._rows, self._recipe, self.seed).artifact

    def save(self, path: str | Path) -> None:
        """Write `artifact_` to a `model.tar.gz`, for all of Saekdong's commands."""
        artifact.save(self.artifact_, Path(path))

    def _checked_recipe(self) -> Recipe:
        settings = {name: str(value) for name, value in (self.settings or {}).items()}
        if self.space is not None:
            channels(self.space)
        return Recipe(self.space or "", self.model, parse_settings(self.model, settings), self.balance)

    def _weights(self, codes: NDArray[np.intp]) -> NDArray[np.float64]:
        counts = np.bincount(codes)
        return len(codes) / len(counts) / counts[codes] if self.balance else np.ones(len(codes))


@contextmanager
def _value_errors() -> Iterator[None]:
    """Raise the errors that scikit-learn's callers expect for invalid input."""
    try:
        yield
    except SaekdongError as error:
        raise ValueError(str(error)) from error


def _rows(rgb: NDArray[np.uint8], codes: NDArray[np.intp], classes: NDArray[Any]) -> Rows:
    count = len(rgb)
    texts = np.full(count, "", dtype=np.str_)
    return Rows(_vocabulary(classes), rgb, codes, np.ones(count), texts, np.arange(count), (), [()] * count)


def _vocabulary(classes: NDArray[Any]) -> Vocabulary:
    """Return a label for each class: the starter's if the id is the same, otherwise a new one."""
    known = {label.id: label for label in STARTER}
    return Vocabulary(tuple(known.get(str(name)) or own_label(str(name)) for name in classes))
