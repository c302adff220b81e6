"""What a model predicted, counted for `/metrics`."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from saekdong.model.identity import ModelId
from saekdong.serving import metrics
from saekdong.serving.prediction import DIGITS, ColorPrediction, Prediction

_BOUNDS = [round(bound * DIGITS) for bound in metrics.SHARE_BOUNDS]
_BUCKETS = np.searchsorted(_BOUNDS, np.arange(DIGITS + 1)).astype(np.uint8)
_BUCKET = _BUCKETS.tobytes()
"""The bucket of each probability in ten-thousandths."""


class Tally:
    """Counts the predictions of one model by first label and its probability.

    The counts are kept here and added to the metrics some at a time: each metric has a lock.

    Args:
        model: the model.
        labels: the ids of its labels, in order.
    """

    def __init__(self, model: ModelId, labels: Sequence[str]) -> None:
        self._model, self._labels = model.short, labels
        self._clear()

    def _clear(self) -> None:
        self._counts: defaultdict[str, int] = defaultdict(int)
        self._buckets = [0] * len(_BOUNDS)
        self._total = 0

    def add(self, prediction: Prediction) -> int:
        """Count a prediction; return its number of colors. Labels alone, as in CSV, have no probability."""
        if not isinstance(prediction, ColorPrediction):
            first = prediction.tags[0]
            self._counts[first.label] += 1
            self._observe(round(first.share * DIGITS))
            return 0
        codes = prediction.codes
        if len(codes) == 1:
            self._counts[self._labels[codes[0]]] += 1
            if len(prediction.chances):
                self._observe(int(prediction.chances[0][codes[0]]))
            return 1
        self._add_many(prediction)
        return len(codes)

    def _observe(self, chance: int) -> None:
        self._buckets[_BUCKET[chance]] += 1
        self._total += chance

    def _add_many(self, prediction: ColorPrediction) -> None:
        codes = np.asarray(prediction.codes)
        for code, count in enumerate(np.bincount(codes).tolist()):
            if count:
                self._counts[self._labels[code]] += count
        if len(prediction.chances):
            chances = np.asarray(prediction.chances)[np.arange(len(codes)), codes]
            for bucket, count in enumerate(np.bincount(_BUCKETS[chances]).tolist()):
                self._buckets[bucket] += count
            self._total += int(chances.sum(dtype=np.int64))

    def write(self) -> None:
        """Add the counts to the metrics, and begin again."""
        counts, buckets, total = self._counts, self._buckets, self._total
        self._clear()
        for label, count in counts.items():
            metrics.PREDICTIONS.labels(self._model, label).inc(count)
        if any(buckets):
            metrics.observe_shares(self._model, buckets, total / DIGITS)
