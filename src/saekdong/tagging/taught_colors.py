"""The color table of a taught artifact: learned from the photos' colors, drawn toward the starter's."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saekdong.color import Vocabulary, to_space
from saekdong.model.artifact import Artifact
from saekdong.model.calibration import Calibration, Probabilities, fit_calibration
from saekdong.model.compiling import compile_table
from saekdong.model.evaluation import evaluate
from saekdong.model.neighbors import Neighbors
from saekdong.model.progress import Progress
from saekdong.model.rows import Indices, Rows
from saekdong.model.training import metrics_info, rows_info, versions
from saekdong.tagging.starter import starter, starter_columns

SPACE = "lab"
NEIGHBORS = 15

STARTER_VOTES = 0.5
REACH = 8.0
"""How many votes the starter has on a color, and how far in Lab a labeled color has one: 1, less the farther it is."""

_FEW_VOTES = 0.05 * STARTER_VOTES


@dataclass(frozen=True)
class TaughtColors:
    """Color to label probabilities: the starter's, moved by the labeled colors nearby.

    Labels without a photo keep what the starter knows of them; those that it does not know either get nothing.

    Attributes:
        vocabulary: the labels, the columns of the probabilities.
        neighbors: the labeled colors.
        calibration: what makes the votes probabilities.
    """

    vocabulary: Vocabulary
    neighbors: Neighbors
    calibration: Calibration = field(default_factory=Calibration)

    def probabilities(self, rgb: NDArray[np.generic]) -> Probabilities:
        """Return each label's calibrated probability for sRGB colors (N, 3), 0-255: an array (N, L)."""
        return self.calibration.apply(self.shares(rgb))

    def codes(self, rgb: NDArray[np.generic]) -> Indices:
        """Return the code of the most probable label of each color, (N,)."""
        codes: Indices = self.shares(rgb).argmax(axis=1)
        return codes

    def shares(self, rgb: NDArray[np.generic]) -> Probabilities:
        """Return each label's share of the votes, (N, L)."""
        colors = np.rint(rgb.astype(np.float64)).astype(np.uint8)
        votes = STARTER_VOTES * starter_columns(self.vocabulary, starter().table.probabilities(colors))
        points = to_space(rgb, SPACE)
        votes[:, self.neighbors.classes_] += self.neighbors.count_votes(points, REACH)
        nobody = votes.sum(axis=1) < _FEW_VOTES
        if nobody.any():  # none of the vocabulary's labels is the starter's for them: the nearest labeled color decides
            far = np.zeros((int(nobody.sum()), votes.shape[1]))
            far[:, self.neighbors.classes_] = self.neighbors.count_votes(points[nobody])
            votes[nobody] += far
        shares: Probabilities = votes / votes.sum(axis=1, keepdims=True)
        return shares


def fit_colors(rows: Rows) -> TaughtColors:
    """Learn the colors of photos' rows."""
    weight = rows.weight / rows.weight.mean()
    return TaughtColors(rows.vocabulary, Neighbors(NEIGHBORS).fit(to_space(rows.rgb, SPACE), rows.codes, weight))


def teach_colors(rows: Rows, fold: Indices, on_progress: Progress = lambda _done, _total: None) -> Artifact:
    """Return an artifact that names colors, without a tagger.

    Args:
        rows: the photos' colors and labels.
        fold: the fold of each row, (N,), for figures on rows held out.
        on_progress: called with how many colors of the table are done, and of how many.
    """
    shares = np.zeros((len(rows), len(rows.vocabulary)))
    for test in np.unique(fold):
        others, held_out = np.flatnonzero(fold != test), np.flatnonzero(fold == test)
        shares[held_out] = fit_colors(rows.take(others)).shares(rows.rgb[held_out])
    calibration = fit_calibration(shares, rows.codes, rows.weight)
    colors = replace(fit_colors(rows), calibration=calibration)
    table, agreement = compile_table(colors, rows, on_progress)
    evaluation = evaluate(rows, calibration.apply(shares), table)
    info: dict[str, Any] = {
        "space": SPACE,
        "model": "knn",
        "settings": {"k": NEIGHBORS, "starter_votes": STARTER_VOTES, "reach": REACH},
        "calibration": {**vars(calibration)},
        "rows": rows_info(rows),
        "metrics": metrics_info(evaluation, "5-fold cross-validation, no photo on both sides"),
        "table": {name: round(value, 6) for name, value in vars(agreement).items()} | {"grid": table.grid.shape[0]},
        "versions": versions(),
    }
    return Artifact(rows.vocabulary, table, info)
