"""Streams: the numbers from 0 to 1 that monitoring follows, for each product.

Three classes. The *mix* is the share of each label. *Photo* streams say how photos were taken, *model* streams how sure
the model is. A statistic of a photo or of the model is replaced by its rank among the reference's products of the same
label: a season with more navy products changes the mix, but no ranks. Three streams follow each rank: the rank itself
(all photos a little different) and whether it is among the 5% highest or lowest (some photos very different).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saekdong.evidence.units import Batches, batch_means

Array = NDArray[np.float64]

StreamClass = Literal["mix", "photo", "model"]
CLASSES: tuple[StreamClass, ...] = ("mix", "photo", "model")
Form = Literal["share", "rank", "high", "low", "event"]

TAIL = 0.05
KNOTS = 201
"""A reference keeps so many quantiles of each statistic."""

LEAST_OF_LABEL = 50
"""A label with fewer products in the reference is ranked among all products."""

MODEL_STATISTICS = ("confidence", "margin", "novelty")
EVENTS: tuple[tuple[StreamClass, str], ...] = (("photo", "failed"), ("photo", "shared"), ("model", "unfamiliar"))
"""What may happen to a batch: a photo cannot be read; a photo is another batch's too; its category is not known."""


@dataclass(frozen=True)
class Stream:
    """One number of each product.

    Attributes:
        kind: its class.
        name: the label's id, or the name of the statistic.
        form: the share of a label; the rank of a statistic; whether the rank is among the 5% highest or lowest; or an
            event that happens to a batch or does not.
    """

    kind: StreamClass
    name: str
    form: Form

    @property
    def two_sided(self) -> bool:
        """Whether both more and less of it is a change; otherwise only more."""
        return self.form in ("share", "rank")

    @property
    def tolerance(self) -> tuple[float, float]:
        """The change of the mean that no alarm is worth: the larger of a number, and of a part of the mean."""
        return {"share": (0.015, 0.15), "event": (0.02, 0.0)}.get(self.form, (0.03, 0.0))


def all_streams(labels: Sequence[str], photo_statistics: Sequence[str]) -> tuple[Stream, ...]:
    """Return the streams of a shop, in the order of the columns of `batch_scores`.

    Args:
        labels: the vocabulary's ids; the share of `other` comes after them.
        photo_statistics: names of the statistics of a photo, such as `photo.statistics.NAMES`.
    """
    mix = [Stream("mix", label, "share") for label in (*labels, "other")]
    statistics: list[tuple[StreamClass, str]] = [("photo", name) for name in photo_statistics]
    statistics += [("model", name) for name in MODEL_STATISTICS]
    forms: tuple[Form, ...] = ("rank", "high", "low")
    ranks = [Stream(kind, name, form) for form in forms for kind, name in statistics]
    return (*mix, *ranks, *(Stream(kind, name, "event") for kind, name in EVENTS))


@dataclass(frozen=True, eq=False)
class Observations:
    """Products as monitoring sees them.

    Attributes:
        shares: of each label, (n, L), summing to 1 or less.
        label: the code of the first label, L for `other`, (n,).
        statistics: of the photo, (n, K); NaN for what it does not have.
        model: confidence, margin between the first two labels, and novelty, (n, 3).
        failed: whether the photo could not be read, (n,).
        shared: whether it is the photo of another batch too, by `units.shared_photos`, (n,).
    """

    shares: Array
    label: NDArray[np.intp]
    statistics: Array
    model: Array
    failed: NDArray[np.bool_]
    shared: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        shares: Array,
        statistics: Array,
        novelty: Array,
        failed: NDArray[np.bool_] | None = None,
        shared: NDArray[np.bool_] | None = None,
        doubtful: float = 0.2,
    ) -> "Observations":
        """Return observations of products with label shares (n, L); a largest share below `doubtful` is `other`."""
        none = np.zeros(len(shares), dtype=bool)
        ordered = np.sort(shares, axis=1)
        label = np.where(ordered[:, -1] < doubtful, shares.shape[1], shares.argmax(axis=1))
        model = np.stack([ordered[:, -1], ordered[:, -1] - ordered[:, -2], novelty], axis=1)
        failed = none if failed is None else failed
        return cls(shares, label, statistics, model, failed, none if shared is None else shared)

    def ranked(self) -> Array:
        """Return the statistics that are ranked, (n, K + 3); NaN if the photo failed."""
        values = np.concatenate([self.statistics, self.model], axis=1).astype(np.float32).astype(np.float64)
        values[self.failed] = np.nan
        return values


@dataclass(frozen=True, eq=False)
class Ranks:
    """The reference's values of each statistic, by label, as at most `KNOTS` quantiles.

    Attributes:
        knots: sorted values, (L + 2, K + 3, KNOTS): a row for each label, for `other`, and for all products. A label
            with few products has those of all.
    """

    knots: Array

    @classmethod
    def of(cls, observations: Observations) -> "Ranks":
        """Measure the products of a reference."""
        values, labels = observations.ranked(), observations.shares.shape[1]
        everything = _knots(values)
        rows = []
        for label in range(labels + 1):
            own = values[observations.label == label]
            rows.append(_knots(own) if len(own) >= LEAST_OF_LABEL else everything)
        knots = np.stack([*rows, everything])
        return cls(knots.astype(np.float32).astype(np.float64))  # as they are stored

    def scores(self, observations: Observations) -> Array:
        """Return each product's number in each stream but the last, (n, S - 1), 0 to 1; NaN for what is missing."""
        values = observations.ranked()
        rank = np.full(values.shape, np.nan)
        for label in np.unique(observations.label):
            mine = np.flatnonzero(observations.label == label)
            for column in range(values.shape[1]):
                rank[mine, column] = _mid_ranks(self.knots[label, column], values[mine, column])
        known = np.isfinite(rank)
        high = np.where(known, rank > 1 - TAIL, np.nan)
        low = np.where(known, rank < TAIL, np.nan)
        other = observations.label == observations.shares.shape[1]
        mix = np.column_stack([observations.shares * ~other[:, None], other])
        mix[observations.failed] = np.nan
        return np.column_stack([mix, rank, high, low, observations.failed, observations.shared])


def batch_scores(streams: Sequence[Stream], scores: Array, batches: Batches, familiar: frozenset[str]) -> Array:
    """Return the number of each batch in each stream, (B, S): the mean of its products; 1 for an event in any of them.

    Args:
        streams: the streams, S.
        scores: of the products, by `Ranks.scores`, (n, S - 1).
        batches: the products' batches.
        familiar: the categories that are known.
    """
    means = batch_means(scores, batches.of_product)
    unfamiliar = [bool(category) and category not in familiar for category in batches.category]
    result = np.column_stack([means, unfamiliar])
    events = [place for place, stream in enumerate(streams) if stream.form == "event"]
    result[:, events] = np.sign(result[:, events])
    return result


def _knots(values: Array) -> Array:
    """Return quantiles of each column, (columns, KNOTS); NaN if it has no value."""
    result = np.full((values.shape[1], KNOTS), np.nan)
    for column, each in enumerate(values.T):
        known = np.sort(each[np.isfinite(each)])
        if len(known):
            result[column] = known[np.rint(np.linspace(0, len(known) - 1, KNOTS)).astype(np.intp)]
    return result


def _mid_ranks(knots: Array, values: Array) -> Array:
    """Return the share of the knots below each value, and half of those that are equal, 0 to 1; NaN for NaN."""
    if np.isnan(knots[0]):
        return np.full(len(values), np.nan)
    ranks = (np.searchsorted(knots, values, "left") + np.searchsorted(knots, values, "right")) / (2 * len(knots))
    return np.where(np.isfinite(values), ranks, np.nan)
