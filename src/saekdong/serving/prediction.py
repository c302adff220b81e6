"""Predictions as values: labels of colors with their probabilities, or a tagged photo."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from saekdong.model.artifact import Artifact
from saekdong.tagging import TaggedPhoto

DIGITS = 10_000
"""The number of steps of a printed probability, for its four digits."""
AT_ONCE = 4096
"""Colors whose numbers are made in one call: no other thread runs in the meantime."""


class ColorPrediction:
    """Labels of one or several colors.

    Attributes:
        codes: each color's label as a place in the vocabulary, (N,).
        chances: each label's probability for each color in ten-thousandths, (N, L); empty if they were not asked for.
        is_single: whether the request was one color that is not in a list.
    """

    __slots__ = ("chances", "codes", "is_single")

    def __init__(
        self,
        codes: Sequence[int] | NDArray[np.integer],
        chances: Sequence[Sequence[int]] | NDArray[np.uint16],
        is_single: bool,
    ) -> None:
        self.codes = codes
        self.chances = chances
        self.is_single = is_single


Prediction = ColorPrediction | TaggedPhoto


class ColorPredictor:
    """Predicts colors by an artifact.

    Example:
        >>> from saekdong.tagging import starter
        >>> prediction = ColorPredictor(starter()).single(31, 42, 82)
        >>> starter().vocabulary.ids[prediction.codes[0]]
        'navy'
    """

    def __init__(self, artifact: Artifact) -> None:
        self._table = table = artifact.table
        self._cells, self._width = table.grid.shape[0], table.grid.shape[-1]
        self._labels, self._grid = table.labels.data, table.grid.reshape(-1).data
        self._totals = np.square(table.grid, dtype=np.uint32).sum(axis=-1, dtype=np.uint32).reshape(-1).data

    def single(self, red: int, green: int, blue: int) -> ColorPrediction:
        """Predict one color, channels 0-255; the same as `many` gives, without NumPy's start-up."""
        side = 256 // self._cells
        code = self._labels[red << 16 | green << 8 | blue]
        cell = (red // side * self._cells + green // side) * self._cells + blue // side
        total, roots = self._totals[cell], self._grid[cell * self._width : (cell + 1) * self._width].tolist()
        highest = max(roots)
        roots[roots.index(highest)] = roots[code]
        chances = [root and round(root * root / total * DIGITS) for root in roots]
        chances[code] = round(math.nextafter(highest * highest / total, 2) * DIGITS)
        return ColorPrediction((code,), (chances,), True)

    def label(self, red: int, green: int, blue: int) -> ColorPrediction:
        """Predict the label of one color, the only one of a list, channels 0-255."""
        return ColorPrediction((self._labels[red << 16 | green << 8 | blue],), (), False)

    def many(self, colors: NDArray[np.uint8], *, with_chances: bool) -> ColorPrediction:
        """Predict colors, uint8 (N, 3), or (3,) for a single one."""
        rows = colors.reshape(-1, 3)
        chances = np.empty((len(rows) if with_chances else 0, self._width), dtype=np.uint16)
        for start in range(0, len(chances), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            chances[some] = np.rint(self._table.probabilities(rows[some]) * DIGITS)
        return ColorPrediction(self._table.codes(rows), chances, colors.ndim == 1)
