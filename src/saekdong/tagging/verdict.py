"""Whether teaching made the tags better: both models on the same photos, with intervals and a verdict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saekdong.model.intervals import Interval
from saekdong.tagging.scoring import FIGURES, PhotoTags, TagScore, Truth, count_tags, figures_of, score_tags

Verdict = Literal["better", "worse", "too few to say"]

DECIDING = ("top1", "f1")
"""The figures that the verdict looks at."""

_NORMAL = 1.959964  # of a normal distribution, 95% lie within as many standard deviations
_ONE_RIGHT_ONE_WRONG = np.array([[1, 1, 1, 1, 1, 1], [1, 0, 1, 0, 1, 0]], dtype=np.int64)


@dataclass(frozen=True)
class Change:
    """A photo whose first tag differs before and after: its place among the photos, and the codes; None is `other`."""

    photo: int
    before: int | None
    after: int | None


@dataclass(frozen=True, eq=False)
class TagComparison:
    """Two ways to tag the same photos.

    Attributes:
        before: the tags of the one.
        after: the tags of the other.
        truth: each photo's colors.
    """

    before: PhotoTags
    after: PhotoTags
    truth: Truth

    @cached_property
    def scores(self) -> tuple[TagScore, TagScore]:
        """How well the photos are tagged before and after."""
        return score_tags(self.before, self.truth), score_tags(self.after, self.truth)

    @cached_property
    def differences(self) -> dict[str, Interval]:
        """By how much each figure rises, with its 95% interval."""
        counts = np.stack([count_tags(tags, self.truth) for tags in (self.before, self.after)], axis=1)
        rise = np.diff(figures_of(counts.sum(axis=0)), axis=0)[0]
        low, high = paired_interval(counts)
        # The difference itself always lies within: the interval is centered a little nearer to none.
        bounds = zip(FIGURES, rise, np.minimum(low, rise), np.maximum(high, rise), strict=True)
        return {name: Interval(*(round(float(bound), 4) for bound in each)) for name, *each in bounds}

    @property
    def verdict(self) -> Verdict:
        """`worse` if top1 or f1 falls beyond chance; `better` if one rises beyond chance and the other does not fall.

        Beyond chance: the 95% interval of the difference does not reach 0.
        """
        changes = [self.differences[figure] for figure in DECIDING]
        if any(change.high < 0 for change in changes):
            return "worse"
        if any(change.low > 0 for change in changes) and all(change.value >= 0 for change in changes):
            return "better"
        return "too few to say"

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The photos whose first tag differs."""
        firsts = enumerate(zip(map(_first, self.before), map(_first, self.after), strict=True))
        return tuple(Change(photo, before, after) for photo, (before, after) in firsts if before != after)

    def count_changes(self) -> tuple[int, int]:
        """Return how many first tags that were wrong are right, and how many that were right are wrong."""
        right = list(self._rightness())
        return sum(after and not before for before, after in right), sum(
            before and not after for before, after in right
        )

    def _rightness(self) -> Iterator[tuple[bool, bool]]:
        for change in self.changes:
            allowed = {code for color in self.truth[change.photo] for code in color}
            yield change.before in allowed, change.after in allowed


def paired_interval(counts: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 95% interval of what two ways to tag the same photos differ by.

    One photo that only the one tags right and one that only the other does are added, as Bonett and Price 2012 do for
    paired proportions, so that few photos give a wide interval, even if none differs. The standard error is the
    jackknife's (Efron and Stein 1981), which is theirs for top1 and serves precision, recall and f1 as well.

    Args:
        counts: of each photo before and after, by `count_tags`, (N, 2, 6).

    Returns:
        The lower and the upper bounds of top1, precision, recall and f1, (4,) each.
    """
    added = np.stack([_ONE_RIGHT_ONE_WRONG, _ONE_RIGHT_ONE_WRONG[::-1]], axis=1)
    counts = np.concatenate([counts, added])
    total = counts.sum(axis=0)
    differs = np.diff(figures_of(total), axis=0)[0]
    without = np.diff(figures_of(total - counts), axis=1)[:, 0]
    error = np.sqrt((len(counts) - 1) / len(counts) * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
    return np.maximum(differs - _NORMAL * error, -1), np.minimum(differs + _NORMAL * error, 1)


def _first(codes: Sequence[int]) -> int | None:
    return codes[0] if codes else None
