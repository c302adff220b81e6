"""The detector: bets against "nothing has changed", whose winnings are the evidence that something has.

An e-detector (Shin, Ramdas and Rinaldo 2023, "E-detectors: a nonparametric framework for sequential change
detection"): the Shiryaev-Roberts sum of betting martingales. For each stream a gambler stakes a fraction f of his
capital on the next batch's mean x against the bound u: it becomes 1 + f (x / u - 1) times as much. As long as the
expected x is at most u, he cannot expect to win, whatever the distribution. Every day a new gambler joins with capital
1. If the mean of all capitals reaches the threshold, the means are no longer below their bounds.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from saekdong.evidence.reference import Reference
from saekdong.evidence.streams import CLASSES, Stream, StreamClass

Array = NDArray[np.float64]

FRACTIONS = (0.03, 0.06, 0.12, 0.25, 0.5, 0.85)
"""The stakes, as parts of the capital: small ones find small changes, large ones find large changes soon."""

QUIET_DAYS = 7000
"""Without any change, one false alarm in so many days (1,000 weeks), all segments and classes together."""

ERRORS = 2.0
"""The bound is so many standard errors above the reference's mean and the tolerance."""

MOST_BATCHES = 12


@dataclass(frozen=True)
class ClassEvidence:
    """The evidence that a class of streams has changed in a segment.

    Attributes:
        segment: "" for the shop, otherwise "feed ...", "category ..." or "host ...".
        kind: the class.
        level: log10 of evidence / threshold: 0 or above is an alarm.
        stream: the stream with the most evidence.
        upward: whether its mean has risen.
        batches: places of today's batches that added most to that stream's evidence, the most first; none unless it is
            an alarm.
    """

    segment: str
    kind: StreamClass
    level: float
    stream: Stream
    upward: bool
    batches: tuple[int, ...]

    @property
    def alarm(self) -> bool:
        """Whether the evidence reaches the threshold."""
        return self.level >= 0


@dataclass(frozen=True, eq=False)
class DetectorState:
    """The logarithms of the sums of capitals, float64 (segments, 2, S, fractions): up and down; -inf at the start."""

    sums: Array

    @classmethod
    def start(cls, segments: int, streams: int) -> "DetectorState":
        """Return the state before the first day."""
        return cls(np.full((segments, 2, streams, len(FRACTIONS)), -np.inf))


@dataclass(frozen=True, eq=False)
class Detector:
    """Watches the batches of each day.

    Attributes:
        reference: what is compared with.
        segments: the names of the parts of the shop that are watched; "" is the whole shop.
    """

    reference: Reference
    segments: tuple[str, ...]

    @property
    def threshold(self) -> float:
        """The evidence that raises an alarm: each class has a third of the error budget."""
        return float(len(CLASSES) * QUIET_DAYS * len(self.segments))

    def start(self) -> DetectorState:
        """Return the state before the first day."""
        return DetectorState.start(len(self.segments), len(self.reference.streams))

    def bounds(self, factors: Sequence[Sequence[str]]) -> tuple[Array, Array]:
        """Return the bounds of x and of 1 - x for batches, (B, S); NaN if a bound cannot be exceeded."""
        mean, error = self.reference.expect(factors)
        least, part = self._tolerances
        reach = np.maximum(least, part * mean) + ERRORS * error
        up, down = mean + reach, 1 - mean + reach
        down[:, ~self._two_sided] = np.nan
        for bound in (up, down):
            bound[bound >= 1] = np.nan
        return up, down

    @cached_property
    def _tolerances(self) -> Array:
        return np.array([stream.tolerance for stream in self.reference.streams]).T

    @cached_property
    def _two_sided(self) -> NDArray[np.bool_]:
        return np.array([stream.two_sided for stream in self.reference.streams], dtype=bool)

    @cached_property
    def _columns(self) -> dict[StreamClass, NDArray[np.intp]]:
        kinds = np.array([stream.kind for stream in self.reference.streams])
        return {kind: np.flatnonzero(kinds == kind) for kind in CLASSES}

    def step(
        self, state: DetectorState, means: Array, factors: Sequence[Sequence[str]], members: NDArray[np.bool_]
    ) -> tuple[DetectorState, list[ClassEvidence]]:
        """Take one day's batches.

        Args:
            state: the state after the day before.
            means: of the batches, by `streams.batch_scores`, (B, S).
            factors: of each batch, as `Reference.of` takes them.
            members: which batches belong to which segment, (segments, B).

        Returns:
            The new state, and the evidence by segment and class. After an alarm, the class starts again in that
            segment: an alarm that persists is raised again.
        """
        gains = self._gains(means, factors)
        today = np.tensordot(members.astype(np.float64), gains, axes=1)
        active = (members.sum(axis=1) > 0)[:, None, None, None]
        sums: Array = np.where(active, np.logaddexp(state.sums, 0) + today, state.sums)
        evidence = [each for kind in CLASSES for each in self._evidence(kind, sums, gains, members)]
        for each in evidence:
            if each.alarm:
                sums[self.segments.index(each.segment)][:, self._columns[each.kind]] = -np.inf
        return DetectorState(sums), evidence

    def _gains(self, means: Array, factors: Sequence[Sequence[str]]) -> Array:
        """Return the logarithm of what each stake becomes, (B, 2, S, fractions); 0 for what is missing."""
        up, down = self.bounds(factors)
        ratios = np.stack([means / up, (1 - means) / down], axis=1) - 1
        gains: Array = np.log1p(np.nan_to_num(ratios)[..., None] * np.array(FRACTIONS))
        return gains

    def _evidence(
        self, kind: StreamClass, sums: Array, gains: Array, members: NDArray[np.bool_]
    ) -> Iterator[ClassEvidence]:
        """Yield the evidence of one class in each segment; the batches only if it is an alarm."""
        columns = self._columns[kind]
        own = sums[:, :, columns]
        own[:, 1, ~self._two_sided[columns]] = -np.inf
        flat = own.reshape(len(own), -1)
        gamblers = (len(columns) + int(self._two_sided[columns].sum())) * len(FRACTIONS)
        levels = (_log_sums(flat) - math.log(gamblers * self.threshold)) / math.log(10)
        for segment, (level, top) in enumerate(zip(levels.tolist(), flat.argmax(axis=1).tolist(), strict=True)):
            direction, column, stake = (int(each) for each in np.unravel_index(top, own.shape[1:]))
            stream = self.reference.streams[columns[column]]
            most: tuple[int, ...] = ()
            if level >= 0:
                most = _largest(gains[:, direction, columns[column], stake], np.flatnonzero(members[segment]))
            yield ClassEvidence(self.segments[segment], kind, level, stream, direction == 0, most)


def _largest(gains: Array, batches: NDArray[np.intp]) -> tuple[int, ...]:
    """Return the batches that gained most, the most first, without those that lost."""
    order = batches[np.argsort(-gains[batches], kind="stable")][:MOST_BATCHES]
    return tuple(order[gains[order] > 0].tolist())


def _log_sums(values: Array) -> Array:
    """Return the logarithm of the sum of exponentials of each row."""
    top = values.max(axis=1)
    safe = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):
        sums: Array = np.log(np.exp(values - safe[:, None]).sum(axis=1)) + safe
    return sums
