"""The hands-on's rows (tutorial/rgb.csv): accuracy in 5 folds x 2 that share no color, and on its own split."""

from collections.abc import Iterator

import numpy as np

from saekdong.model.calibration import Calibration
from saekdong.model.classifier import Recipe, fit, out_of_fold
from saekdong.model.evaluation import mean_accuracy
from saekdong.model.reading import read_rows
from saekdong.model.rows import Rows
from saekdong.model.search import LADDER
from saekdong.model.splits import assign_folds, split_ordered
from tools import SHARED, table


def measure() -> Iterator[str]:
    """Measure every recipe that `auto` tries."""
    file = SHARED / "tutorial" / "rgb.csv"
    if not file.is_file():
        yield f"left out: {file} is not there (set SAEKDONG_SHARED)"
        return
    rows = read_rows(file).rows.with_used_labels()
    recipes = [*LADDER, Recipe("rgb", "pruned-tree"), Recipe("rgb", "random-forest")]
    yield from table(
        ["recipe", "5-fold x2", "the hands-on's split"],
        ((recipe, f"{_folds(rows, recipe):.4f}", f"{_own_split(rows, recipe):.4f}") for recipe in recipes),
    )


def _folds(rows: Rows, recipe: Recipe) -> float:
    scores = [mean_accuracy(out_of_fold(rows, recipe, assign_folds(rows, 5, seed), seed), rows) for seed in (0, 1)]
    return float(np.mean(scores))


def _own_split(rows: Rows, recipe: Recipe) -> float:
    train, test = (rows.take(places) for places in split_ordered(rows))
    classifier = fit(train, recipe, Calibration())
    return float(np.mean(classifier.codes(test.rgb) == test.codes))
