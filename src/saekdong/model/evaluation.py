"""Measure how good a model's answers are, and describe its mistakes."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saekdong.color import Vocabulary, ciede2000, from_lab, to_hex, to_space
from saekdong.model.calibration import Probabilities, log_loss
from saekdong.model.intervals import Interval, bootstrap
from saekdong.model.lookup import LookupTable
from saekdong.model.measured import Unmeasured
from saekdong.model.progress import Progress
from saekdong.model.rows import Indices, Rows

_BINS = 10
_WORST = 8
_EXAMPLES = 6
_NEIGHBORS = 48
_LATTICE = 4


@dataclass(frozen=True)
class LabelScore:
    """One label's figures: the share of its rows that were found (recall), and of its answers that are right."""

    label: str
    rows: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Bin:
    """Rows of about the same probability: their number, its mean, and the share that was right."""

    rows: int
    probability: float
    accuracy: float


@dataclass(frozen=True)
class Confusion:
    """Rows of one label that got another one: their number, their mean color and some of them, as hex."""

    given: str
    predicted: str
    rows: int
    color: str
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Distances:
    """How far, in CIEDE2000, wrongly named colors are from the nearest color to which the model gives their label.

    The search uses every fourth value of a channel, so a distance may be up to 1 too large.

    Attributes:
        mistakes: their number.
        median: of their distances; NaN if there are none.
        within: the share with a distance of at most 2, 5 and 10.
    """

    mistakes: int
    median: float
    within: dict[str, float]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The figures of a model on rows; every mean is weighted by the rows' weights."""

    vocabulary: Vocabulary
    rows: int
    confusion: NDArray[np.float64]
    accuracy: Interval
    balanced_accuracy: Interval
    macro_f1: Interval
    log_loss: float
    calibration_error: float
    bins: list[Bin]
    labels: list[LabelScore]
    worst: list[Confusion]
    distances: Distances

    @property
    def unmeasured(self) -> Unmeasured:
        """The labels that are never found, and those with too few rows."""
        return Unmeasured.of((score.label, score.rows, score.recall) for score in self.labels)

    def figures(self) -> dict[str, float]:
        """Return all figures that a goal can name."""
        intervals = (self.accuracy, self.balanced_accuracy, self.macro_f1)
        values = [*(interval.value for interval in intervals), self.log_loss, self.calibration_error]
        for score in self.labels:
            values += [score.recall, score.precision]
        return dict(zip(figure_names(self.vocabulary), values, strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain data for JSON, rounded to six digits."""
        return {
            "rows": self.rows,
            "accuracy": _interval(self.accuracy),
            "balanced_accuracy": _interval(self.balanced_accuracy),
            "macro_f1": _interval(self.macro_f1),
            "log_loss": round(self.log_loss, 6),
            "calibration_error": round(self.calibration_error, 6),
            "labels": [_rounded(vars(score)) for score in self.labels],
            "confusion": {"labels": list(self.vocabulary.ids), "given_by_predicted": self.confusion.tolist()},
            "calibration_curve": [_rounded(vars(bin_)) for bin_ in self.bins],
            "worst_confusions": [vars(pair) for pair in self.worst],
            "mistakes": _rounded(vars(self.distances)),
        }


def figure_names(vocabulary: Vocabulary) -> list[str]:
    """Return the names of the figures of a model with this vocabulary: the five means, then two per label."""
    means = ["accuracy", "balanced_accuracy", "macro_f1", "log_loss", "calibration_error"]
    return means + [f"{figure}.{label}" for label in vocabulary.ids for figure in ("recall", "precision")]


def evaluate(
    rows: Rows, probabilities: Probabilities, table: LookupTable, on_progress: Progress = lambda _done, _total: None
) -> Evaluation:
    """Compare a model's probabilities with the rows' labels.

    Args:
        rows: the rows with the true labels.
        probabilities: the model's, for each row, (N, L) in the rows' vocabulary's order.
        table: the compiled model, for finding the nearest color of a given label.
        on_progress: called with the number of bootstrap samples drawn and their total.

    Returns:
        The figures. Intervals come from 1,000 bootstrap draws of whole colors, because rows of one color are not
        independent.
    """
    predicted = probabilities.argmax(axis=1)
    confusion = confusion_matrix(rows.codes, predicted, rows.weight, len(rows.vocabulary))
    accuracy, balanced, f1 = _intervals(rows, predicted, on_progress)
    bins, error = _calibration(probabilities, predicted == rows.codes, rows.weight)
    return Evaluation(
        rows.vocabulary,
        len(rows),
        confusion,
        accuracy,
        balanced,
        f1,
        log_loss(probabilities, rows.codes, rows.weight),
        error,
        bins,
        _label_scores(rows, confusion),
        _worst(rows, predicted),
        _distances(rows, predicted, table),
    )


def confusion_matrix(
    given: Indices, predicted: NDArray[np.integer[Any]], weight: NDArray[np.float64], labels: int
) -> NDArray[np.float64]:
    """Return the weight of rows by true label (down) and predicted label (across), (L, L)."""
    cell = given * labels + predicted
    counts: NDArray[np.float64] = np.bincount(cell, weights=weight, minlength=labels * labels).astype(np.float64)
    return counts.reshape(labels, labels)


def _scores(confusion: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return accuracy, balanced accuracy and macro F1 of a confusion matrix."""
    right, given, predicted = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    present, met = given > 0, (given + predicted) > 0
    recall = right[present] / given[present]
    f1 = 2 * right[met] / (given + predicted)[met]
    return float(right.sum() / given.sum()), float(recall.mean()), float(f1.mean())


def _intervals(rows: Rows, predicted: Indices, on_progress: Progress) -> tuple[Interval, ...]:
    _, color = np.unique(rows.colors, return_inverse=True)

    def figures(times: NDArray[np.int64]) -> NDArray[np.float64]:
        weight = rows.weight * times[color]
        return np.array(_scores(confusion_matrix(rows.codes, predicted, weight, len(rows.vocabulary))))

    return bootstrap(figures, int(color.max()) + 1, on_progress)


def _label_scores(rows: Rows, confusion: NDArray[np.float64]) -> list[LabelScore]:
    right, given, predicted = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    return [
        LabelScore(
            label.id,
            int(rows.counts[code]),
            _share(right[code], predicted[code]),
            _share(right[code], given[code]),
            _share(2 * right[code], given[code] + predicted[code]),
        )
        for code, label in enumerate(rows.vocabulary)
    ]


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else math.nan


def _calibration(
    probabilities: Probabilities, right: NDArray[np.bool_], weight: NDArray[np.float64]
) -> tuple[list[Bin], float]:
    """Return the calibration curve in ten equal steps, and its mean distance from the diagonal (expected error)."""
    highest = probabilities.max(axis=1)
    step = np.minimum((highest * _BINS).astype(int), _BINS - 1)
    bins, error = [], 0.0
    for place in np.unique(step):
        mine = step == place
        probability = float(np.average(highest[mine], weights=weight[mine]))
        accuracy = float(np.average(right[mine], weights=weight[mine]))
        bins.append(Bin(int(mine.sum()), probability, accuracy))
        error += abs(probability - accuracy) * weight[mine].sum() / weight.sum()
    return bins, float(error)


def _worst(rows: Rows, predicted: Indices) -> list[Confusion]:
    """Return the most frequent confusions between labels, most frequent first."""
    wrong = np.flatnonzero(predicted != rows.codes)
    pairs, place, count = np.unique(
        np.stack([rows.codes[wrong], predicted[wrong]], axis=1),
        axis=0,
        return_inverse=True,
        return_counts=True,
    )
    found = []
    for pair in np.argsort(-count, kind="stable")[:_WORST]:
        mine = rows.rgb[wrong[place.ravel() == pair]]
        mean = to_hex(from_lab(to_space(mine, "lab").mean(axis=0)))
        examples = tuple(dict.fromkeys(to_hex(color) for color in mine))[:_EXAMPLES]
        given, called = (rows.vocabulary[code].id for code in pairs[pair])
        found.append(Confusion(given, called, int(count[pair]), mean, examples))
    return found


def _distances(rows: Rows, predicted: Indices, table: LookupTable) -> Distances:
    wrong = predicted != rows.codes
    far: list[NDArray[np.float64]] = []
    for code in np.unique(rows.codes[wrong]):
        lab = to_space(rows.rgb[wrong & (rows.codes == code)], "lab")
        far.append(_distance_to_label(lab, int(code), table))
    distance = np.concatenate(far) if far else np.empty(0)
    within = {str(limit): float(np.mean(distance <= limit)) if len(distance) else math.nan for limit in (2, 5, 10)}
    return Distances(len(distance), float(np.median(distance)) if len(distance) else math.nan, within)


def _distance_to_label(lab: NDArray[np.float64], code: int, table: LookupTable) -> NDArray[np.float64]:
    """Return each color's CIEDE2000 distance to the nearest color to which the table gives the label `code`.

    The search uses every fourth value of a channel, first in Lab, then by CIEDE2000; infinite if none has the label.
    """
    from scipy.spatial import cKDTree

    steps = np.arange(0, 256, _LATTICE, dtype=np.uint8)
    lattice = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    having = lattice[table.codes(lattice) == code]
    if not len(having):
        return np.full(len(lab), math.inf)
    points = to_space(having, "lab")
    _, near = cKDTree(points).query(lab, k=[*range(1, min(_NEIGHBORS, len(points)) + 1)])
    nearest: NDArray[np.float64] = ciede2000(lab[:, None], points[near]).min(axis=1)
    return nearest


def _interval(figure: Interval) -> dict[str, float]:
    return _rounded(vars(figure))


def _rounded(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: _round(value) for name, value in figures.items()}


def _round(value: Any) -> Any:
    if isinstance(value, dict):
        return _rounded(value)
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value


def mean_accuracy(probabilities: Probabilities, rows: Rows) -> float:
    """Return the weighted share of rows whose most probable label is right."""
    return float(np.average(probabilities.argmax(axis=1) == rows.codes, weights=rows.weight))


def fold_accuracies(probabilities: Probabilities, rows: Rows, fold: Indices) -> tuple[float, ...]:
    """Return the weighted accuracy within each fold."""
    right = probabilities.argmax(axis=1) == rows.codes
    return tuple(float(np.average(right[fold == f], weights=rows.weight[fold == f])) for f in np.unique(fold))
