"""Predictions as JSON text, put together from ready parts: several times as fast as objects built and written."""

import json
import math

import numpy as np
from numpy.typing import NDArray

from saekdong.model.artifact import Artifact

_DIGITS = 10_000
_AT_ONCE = 4096
"""Colors whose numbers are made in one call: no other thread runs in the meantime."""
_TEXTS = [repr(number / _DIGITS) for number in range(_DIGITS + 1)]


class Predictions:
    """What an artifact says of colors: label, its probability, and all probabilities, to four digits.

    Example:
        >>> from saekdong.tagging import starter
        >>> json.loads(Predictions(starter()).one(31, 42, 82))["label"]
        'navy'
    """

    def __init__(self, artifact: Artifact) -> None:
        self._table = table = artifact.table
        self._cells, self._width = table.grid.shape[0], table.grid.shape[-1]
        self._labels, self._grid = table.labels.data, table.grid.reshape(-1).data
        self._totals = np.square(table.grid, dtype=np.uint32).sum(axis=-1, dtype=np.uint32).reshape(-1).data
        self._names = [json.dumps(name, ensure_ascii=False) for name in artifact.vocabulary.ids]
        self._heads = [f"{name}: " for name in self._names]
        self._zeros = [f"{head}0.0" for head in self._heads]

    def one(self, red: int, green: int, blue: int) -> str:
        """Return the prediction of one color, channels 0-255; the same as `many` gives, without NumPy's start-up."""
        side, heads, texts = 256 // self._cells, self._heads, self._zeros.copy()
        code = self._labels[red << 16 | green << 8 | blue]
        cell = (red // side * self._cells + green // side) * self._cells + blue // side
        total, roots = self._totals[cell], self._grid[cell * self._width : (cell + 1) * self._width].tolist()
        highest = max(roots)
        roots[roots.index(highest)] = roots[code]
        roots[code] = 0
        for each, root in enumerate(roots):
            if root:
                texts[each] = heads[each] + _TEXTS[round(root * root / total * _DIGITS)]
        return self._filled(code, _TEXTS[round(math.nextafter(highest * highest / total, 2) * _DIGITS)], texts)

    def many(self, colors: NDArray[np.uint8]) -> list[str]:
        """Return the predictions of colors, uint8 (N, 3)."""
        texts: list[str] = []
        for start in range(0, len(colors), _AT_ONCE):
            some = colors[start : start + _AT_ONCE]
            numbers = np.rint(self._table.probabilities(some) * _DIGITS).astype(np.intp)
            texts += map(self._text, self._table.codes(some).tolist(), numbers.tolist())
        return texts

    def _text(self, code: int, numbers: list[int]) -> str:
        texts = self._zeros.copy()
        for each, number in enumerate(numbers):
            if number:
                texts[each] = self._heads[each] + _TEXTS[number]
        return self._filled(code, _TEXTS[numbers[code]], texts)

    def _filled(self, code: int, chance: str, texts: list[str]) -> str:
        texts[code] = self._heads[code] + chance
        return f'{{"label": {self._names[code]}, "probability": {chance}, "probabilities": {{{", ".join(texts)}}}}}'
