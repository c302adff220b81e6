"""The kinds of model that can be trained, their settings and their bounds."""

import difflib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from saekdong.cores import count_cores
from saekdong.errors import SaekdongError

Features = NDArray[np.float64]
Value = int | float


class Estimator(Protocol):
    """What every kind of model can do, in scikit-learn's manner.

    `classes_` holds the codes seen in fitting, in rising order: the columns of `predict_proba`.
    """

    classes_: NDArray[np.intp]

    def fit(self, x: Features, y: NDArray[np.intp], sample_weight: NDArray[np.float64]) -> Any:
        """Learn from features (N, F), codes (N,) and weights (N,)."""

    def predict_proba(self, x: Features) -> NDArray[np.float64]:
        """Return a probability for each class, (N, classes), rows summing to 1."""


@dataclass(frozen=True)
class Setting:
    """A number that steers a kind of model: its default, its bounds (both allowed) and what it means."""

    default: Value
    least: Value
    most: Value
    meaning: str

    def parse(self, name: str, text: str) -> Value:
        """Read a value from text.

        Raises:
            SaekdongError: it is not a number of this setting's type, or out of bounds.
        """
        kind = type(self.default)
        article = "a whole number" if kind is int else "a number"
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not self.least <= value <= self.most:
            raise SaekdongError(
                f"setting {name}={text} is not {article} from {self.least:g} to {self.most:g}",
                fix=f"its default is {self.default:g}",
            )
        return value


@dataclass(frozen=True)
class ModelKind:
    """A kind of model.

    Attributes:
        title: its name for people.
        settings: what can be set with `--set`.
        build: makes an unfitted estimator from all settings and a seed.
        uses_all_cores: whether fitting one keeps every core busy, so that several should not be fitted side by side.
    """

    title: str
    settings: Mapping[str, Setting]
    build: Callable[[Mapping[str, Value], int], Estimator]
    uses_all_cores: bool = False

    def complete(self, chosen: Mapping[str, Value]) -> dict[str, Value]:
        """Return all settings: the chosen ones over the defaults."""
        return {name: chosen.get(name, setting.default) for name, setting in self.settings.items()}


def parse_settings(model: str, texts: Mapping[str, str]) -> dict[str, Value]:
    """Read `--set` values for a kind of model.

    Raises:
        SaekdongError: a setting that the kind does not have, or a value out of its bounds.

    Example:
        >>> parse_settings("knn", {"k": "7"})
        {'k': 7}
    """
    known = model_kind(model).settings
    for name in texts:
        if name not in known:
            raise SaekdongError(f"model {model} has no setting {name!r}", fix=f"it has: {', '.join(known) or 'none'}")
    return {name: known[name].parse(name, text) for name, text in texts.items()}


def model_kind(model: str) -> ModelKind:
    """Return the kind of model called `model`.

    Raises:
        SaekdongError: there is none.
    """
    if model not in KINDS:
        near = difflib.get_close_matches(model, KINDS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise SaekdongError(f"there is no model {model!r}", fix=f"{hint}choose auto or one of {', '.join(KINDS)}")
    return KINDS[model]


def _tree(settings: Mapping[str, Value], seed: int) -> Estimator:
    from saekdong.model.rtree import RTree

    return RTree(int(settings["minsize"]), int(settings["mincut"]), float(settings["mindev"]), seed)


def _pruned_tree(settings: Mapping[str, Value], seed: int) -> Estimator:
    from saekdong.model.rtree import PrunedTree

    return PrunedTree(leaf=int(settings["leaf"]), seed=seed)


def _random_forest(settings: Mapping[str, Value], seed: int) -> Estimator:
    from sklearn.ensemble import RandomForestClassifier

    from saekdong.model.forest import Forest

    return Forest(RandomForestClassifier(**_forest_options(settings, seed)))


def _extra_trees(settings: Mapping[str, Value], seed: int) -> Estimator:
    from sklearn.ensemble import ExtraTreesClassifier

    from saekdong.model.forest import Forest

    return Forest(ExtraTreesClassifier(**_forest_options(settings, seed)))


def _forest_options(settings: Mapping[str, Value], seed: int) -> dict[str, Any]:
    return {
        "n_estimators": int(settings["trees"]),
        "min_samples_leaf": int(settings["leaf"]),
        "max_features": float(settings["features"]),
        "criterion": "log_loss",
        "n_jobs": count_cores(),
        "random_state": seed,
    }


def _boosting(settings: Mapping[str, Value], seed: int) -> Estimator:
    from sklearn.ensemble import HistGradientBoostingClassifier

    # If a container does not report physical cores, logical ones are fine, and a user could not fix it.
    warnings.filterwarnings("ignore", message="Could not find the number of physical cores")
    return cast(
        "Estimator",
        HistGradientBoostingClassifier(
            max_iter=int(settings["rounds"]),
            learning_rate=float(settings["rate"]),
            max_leaf_nodes=int(settings["leaves"]),
            min_samples_leaf=int(settings["leaf"]),
            early_stopping=False,
            random_state=seed,
        ),
    )


def _knn(settings: Mapping[str, Value], _seed: int) -> Estimator:
    from saekdong.model.neighbors import Neighbors

    return Neighbors(int(settings["k"]))


def _svm(settings: Mapping[str, Value], seed: int) -> Estimator:
    from saekdong.model.svm import Svm

    return Svm(float(settings["c"]), float(settings["gamma"]), seed)


_FOREST = {
    "trees": Setting(200, 1, 2000, "how many trees vote"),
    "leaf": Setting(2, 1, 1000, "rows that a leaf holds at least"),
    "features": Setting(0.5, 0.05, 1.0, "share of the features tried at a split"),
}

KINDS: dict[str, ModelKind] = {
    "tree": ModelKind(
        "Tree, grown as R's tree() does",
        {
            "minsize": Setting(10, 2, 10_000, "rows that a node needs to be split"),
            "mincut": Setting(5, 1, 5_000, "rows that each side of a split needs"),
            "mindev": Setting(0.01, 0.0, 1.0, "share of the root's deviance that a node needs to be split"),
        },
        _tree,
    ),
    "pruned-tree": ModelKind(
        "Tree, grown fully and pruned by cross-validation",
        {"leaf": Setting(1, 1, 1000, "rows that a leaf holds at least")},
        _pruned_tree,
    ),
    "knn": ModelKind("k nearest neighbors", {"k": Setting(5, 1, 500, "how many neighbors vote")}, _knn),
    "svm": ModelKind(
        "Support vector machine (RBF kernel)",
        {
            "c": Setting(100.0, 1e-3, 1e6, "cost of a mistake"),
            "gamma": Setting(4.0, 1e-4, 1e3, "how narrow the kernel is, on standardized features"),
        },
        _svm,
    ),
    "random-forest": ModelKind("Random forest", _FOREST, _random_forest, uses_all_cores=True),
    "extra-trees": ModelKind(
        "Extra trees",
        {**_FOREST, "features": Setting(1.0, 0.05, 1.0, "share of the features tried at a split")},
        _extra_trees,
        uses_all_cores=True,
    ),
    "boosting": ModelKind(
        "Histogram gradient boosting",
        {
            "rounds": Setting(150, 1, 5000, "how many rounds"),
            "rate": Setting(0.05, 1e-3, 1.0, "how much each round learns"),
            "leaves": Setting(8, 2, 255, "leaves of a tree at most"),
            "leaf": Setting(5, 1, 1000, "rows that a leaf holds at least"),
        },
        _boosting,
    ),
}
"""The kinds of model by name, simple ones first."""
