"""The monitor of one model: ranks, reference and detector together, as plain arrays to store."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saekdong.evidence.detector import ClassEvidence, Detector, DetectorState
from saekdong.evidence.novelty import Novelty
from saekdong.evidence.reference import LEAST_BATCHES, Reference
from saekdong.evidence.streams import Observations, Ranks, all_streams, batch_scores
from saekdong.evidence.units import Batches

Array = NDArray[np.float64]

LEAST_PRODUCTS = 20
"""A segment is watched if it has at least so many products a week."""

MOST_SEGMENTS = 100
"""Only so many segments are watched, those with the most products: each one raises the threshold."""


def choose_segments(batches: Batches, weeks: float) -> tuple[str, ...]:
    """Return the segments to watch: the shop, "", and the feeds, categories and hosts with enough products.

    Args:
        batches: of the reference.
        weeks: the length of the reference.
    """
    sizes = np.bincount(batches.of_product, minlength=len(batches)).tolist()
    counts: Counter[str] = Counter()
    for size, segments in zip(sizes, batches.segments, strict=True):
        counts.update(dict.fromkeys(filter(None, segments), size))
    enough = [name for name, count in counts.most_common(MOST_SEGMENTS - 1) if count >= LEAST_PRODUCTS * weeks]
    return ("", *sorted(enough))


@dataclass(frozen=True, eq=False)
class Monitor:
    """What a model's products are compared with, from its promotion on.

    Attributes:
        novelty: the spread of the reference's features.
        ranks: the reference's values of each statistic.
        familiar: the categories with at least `reference.LEAST_BATCHES` batches in the reference.
        detector: the reference's batches, and the segments that are watched.
    """

    novelty: Novelty
    ranks: Ranks
    familiar: frozenset[str]
    detector: Detector

    @classmethod
    def of(
        cls,
        novelty: Novelty,
        observations: Observations,
        batches: Batches,
        week: NDArray[np.intp],
        labels: Sequence[str],
        photo_statistics: Sequence[str],
    ) -> "Monitor":
        """Freeze the weeks before a promotion.

        Args:
            novelty: of these weeks' features.
            observations: the products of these weeks, with their `novelty.leverage`.
            batches: their batches.
            week: of each batch, (B,).
            labels: the vocabulary's ids.
            photo_statistics: the names of the statistics, `photo.statistics.NAMES`.

        Raises:
            ValueError: there are fewer than `reference.LEAST_BATCHES` batches.
        """
        streams = all_streams(labels, photo_statistics)
        ranks = Ranks.of(observations)
        familiar = frozenset(name for name, count in Counter(batches.category).items() if count >= LEAST_BATCHES)
        means = batch_scores(streams, ranks.scores(observations), batches, familiar)
        reference = Reference.of(streams, means, batches.factors, week)
        return cls(novelty, ranks, familiar, Detector(reference, choose_segments(batches, len(np.unique(week)))))

    def start(self) -> DetectorState:
        """Return the state before the first day."""
        return self.detector.start()

    def step(
        self, state: DetectorState, observations: Observations, batches: Batches
    ) -> tuple[DetectorState, list[ClassEvidence]]:
        """Take one day's products, and return the new state and the evidence by segment and class."""
        return self.step_scores(state, self.ranks.scores(observations), batches)

    def step_scores(
        self, state: DetectorState, scores: Array, batches: Batches
    ) -> tuple[DetectorState, list[ClassEvidence]]:
        """Do the same with the products' scores, by `Ranks.scores`."""
        means = batch_scores(self.detector.reference.streams, scores, batches, self.familiar)
        segments = batches.segments
        members = [[not name or name in each for each in segments] for name in self.detector.segments]
        return self.detector.step(state, means, batches.factors, np.array(members, dtype=bool))

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the monitor as plain arrays, for `numpy.savez`: less than a megabyte."""
        return {
            "knots": self.ranks.knots.astype(np.float32),
            "familiar": np.array(sorted(self.familiar), dtype=np.str_),
            "segments": np.array(self.detector.segments, dtype=np.str_),
            **self.novelty.to_arrays(),
            **self.detector.reference.to_arrays(),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> "Monitor":
        """Return the monitor that `to_arrays` returned."""
        familiar, segments = ([str(name) for name in arrays[key].tolist()] for key in ("familiar", "segments"))
        ranks = Ranks(np.asarray(arrays["knots"], dtype=np.float64))
        detector = Detector(Reference.from_arrays(arrays), tuple(segments))
        return cls(Novelty.from_arrays(arrays), ranks, frozenset(familiar), detector)
