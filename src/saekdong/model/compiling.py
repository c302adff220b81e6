"""Compile a classifier into its table: coarse cells first, finer ones only at the borders between labels."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from saekdong.model.calibration import Probabilities
from saekdong.model.lookup import LookupTable, encode_probabilities
from saekdong.model.progress import Progress
from saekdong.model.rows import Indices, Rows

AGREEMENT_NEEDED = 0.995
LOSS_ALLOWED = 0.001
_COARSE_BITS = 6
_GRID_BYTES = 3_700_000
_SAMPLE = 10_000
_BATCH = 65_536

_T = TypeVar("_T", bound=np.generic)


class ColorModel(Protocol):
    """What can be compiled: `Classifier`, and the color model that teaching fits."""

    def probabilities(self, rgb: NDArray[np.generic]) -> Probabilities:
        """Return each label's probability for sRGB colors (N, 3), 0-255: an array (N, L)."""

    def codes(self, rgb: NDArray[np.generic]) -> Indices:
        """Return the code of the most probable label of each color, (N,)."""


@dataclass(frozen=True)
class TableAgreement:
    """How well a table agrees with its classifier.

    Attributes:
        bits: per channel, of the table's finest cells.
        rows: share of the rows with the same label by both.
        near_rows: the same for other colors within 8 of a row in each channel.
        cube: the same for colors drawn evenly from all of sRGB.
        accuracy_lost: the classifier's accuracy on the rows minus the table's.
    """

    bits: int
    rows: float
    near_rows: float
    cube: float
    accuracy_lost: float

    def is_enough(self) -> bool:
        """Return whether the table is good enough: 99.5% agreement, at most 0.1 point of accuracy lost."""
        least = min(self.rows, self.near_rows)
        return least >= AGREEMENT_NEEDED and self.accuracy_lost <= LOSS_ALLOWED


def compile_table(
    classifier: ColorModel, rows: Rows, progress: Progress = lambda _done, _total: None
) -> tuple[LookupTable, TableAgreement]:
    """Compile a classifier into a table, as fine as needed to agree with it.

    The classifier names the centers of the cells of 6 bits per channel. Cells that contain a row, or whose label
    differs from a neighbor's, are named again at 7 bits and, if the agreement is not good enough, at 8 (every color).

    Args:
        classifier: the classifier to compile.
        rows: its training rows.
        progress: called with the number of colors done, and the number known so far to be needed.

    Returns:
        The table and its agreement with the classifier on the rows, near them and everywhere.
    """
    asked = _Asked(classifier, progress)
    cells = 1 << _COARSE_BITS
    chances = asked.probabilities(np.arange(cells**3), _COARSE_BITS)
    grid = _grid(chances.reshape(cells, cells, cells, -1))
    labels = chances.argmax(axis=1).astype(np.uint8).reshape(cells, cells, cells)
    exam = _Exam.of(classifier, rows)
    agreement = None
    for bits in range(_COARSE_BITS + 1, 9):
        labels = _refined(labels, bits, rows, asked)
        table = LookupTable(_every_color(labels, bits), grid)
        agreement = exam.sit(table, bits)
        if agreement.is_enough():
            break
    assert agreement is not None  # noqa: S101
    return table, agreement


class _Asked:
    """The classifier, called in batches, with the number of colors."""

    def __init__(self, classifier: ColorModel, progress: Progress) -> None:
        self.classifier, self.progress = classifier, progress
        self.done = self.total = 0

    def probabilities(self, places: Indices, bits: int) -> NDArray[np.float64]:
        """Return the probabilities at the centers of cells, (N, L)."""
        return np.concatenate(list(self._batches(places, bits, self.classifier.probabilities)))

    def codes(self, places: Indices, bits: int) -> Indices:
        """Return the codes of the most probable labels at the centers of cells, (N,)."""
        return np.concatenate(list(self._batches(places, bits, self.classifier.codes)))

    def _batches(
        self, places: Indices, bits: int, ask: Callable[[NDArray[np.float64]], NDArray[_T]]
    ) -> Iterator[NDArray[_T]]:
        self.total += len(places)
        for start in range(0, len(places), _BATCH):
            answers = ask(_centers(places[start : start + _BATCH], bits))
            self.done += len(answers)
            self.progress(self.done, self.total)
            yield answers


def _centers(places: Indices, bits: int) -> NDArray[np.float64]:
    """Return the sRGB centers of cells given by place in a cube of 2**bits cells a side."""
    mask, width = (1 << bits) - 1, 1 << (8 - bits)
    cell = np.stack([places >> (2 * bits), (places >> bits) & mask, places & mask], axis=1)
    return cell * width + (width - 1) / 2


def _grid(chances: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Code the probabilities on the finest grid that stays small: halve it while it is too large."""
    while chances.size > _GRID_BYTES:
        half = chances.shape[0] // 2
        chances = chances.reshape(half, 2, half, 2, half, 2, -1).mean(axis=(1, 3, 5))
    return encode_probabilities(chances)


def _refined(labels: NDArray[np.uint8], bits: int, rows: Rows, asked: _Asked) -> NDArray[np.uint8]:
    """Return the labels with twice the cells a side, named again where they may differ within a cell."""
    open_cells = _meets_another(labels)
    red, green, blue = (rows.rgb >> (9 - bits)).T
    open_cells[red, green, blue] = True
    fine = _doubled(labels)
    places = np.flatnonzero(_doubled(open_cells))
    fine.ravel()[places] = asked.codes(places, bits)
    return fine


def _meets_another(labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which cells have a neighbor (26 of them) with another label."""
    lowest, highest = labels.copy(), labels.copy()
    for axis in range(3):
        lowest, highest = _spread(lowest, axis, np.minimum), _spread(highest, axis, np.maximum)
    differs: NDArray[np.bool_] = lowest != highest
    return differs


def _spread(cells: NDArray[np.uint8], axis: int, choose: np.ufunc) -> NDArray[np.uint8]:
    """Return for each cell the least (or largest) of itself and its two neighbors along an axis."""
    turned = np.moveaxis(cells, axis, 0)
    result = turned.copy()
    choose(result[1:], turned[:-1], out=result[1:])
    choose(result[:-1], turned[1:], out=result[:-1])
    return np.moveaxis(result, 0, axis)


def _doubled(cells: NDArray[_T]) -> NDArray[_T]:
    return np.ascontiguousarray(cells.repeat(2, axis=0).repeat(2, axis=1).repeat(2, axis=2))


def _every_color(labels: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    for _ in range(8 - bits):
        labels = _doubled(labels)
    return np.ascontiguousarray(labels).ravel()


@dataclass(frozen=True)
class _Exam:
    """Colors for comparing tables with their classifier, and the classifier's labels."""

    rows: Rows
    near: NDArray[np.uint8]
    cube: NDArray[np.uint8]
    answers: tuple[Indices, Indices, Indices]

    @classmethod
    def of(cls, classifier: ColorModel, rows: Rows) -> "_Exam":
        random = np.random.default_rng(0)
        chosen = rows.rgb[random.integers(0, len(rows), _SAMPLE)].astype(np.int16)
        near = np.clip(chosen + random.integers(-8, 9, chosen.shape), 0, 255).astype(np.uint8)
        cube = random.integers(0, 256, (_SAMPLE, 3), dtype=np.uint8)
        return cls(rows, near, cube, (classifier.codes(rows.rgb), classifier.codes(near), classifier.codes(cube)))

    def sit(self, table: LookupTable, bits: int) -> TableAgreement:
        on_rows, on_near, on_cube = self.answers
        given = table.codes(self.rows.rgb)
        lost = float(np.mean(on_rows == self.rows.codes) - np.mean(given == self.rows.codes))
        return TableAgreement(
            bits,
            rows=float(np.mean(given == on_rows)),
            near_rows=float(np.mean(table.codes(self.near) == on_near)),
            cube=float(np.mean(table.codes(self.cube) == on_cube)),
            accuracy_lost=lost,
        )
