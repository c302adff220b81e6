"""Compare two models on the same rows or photos."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saekdong.model.intervals import Interval, bootstrap

SIGNIFICANT = 0.05
_EXACT_UP_TO = 1000


@dataclass(frozen=True)
class Comparison:
    """The comparison of two models on the same cases.

    Attributes:
        rows: the number of rows, or photos.
        accuracy_a, accuracy_b: the share that each names right.
        only_a, only_b: the number that only this one names right.
        p_value: McNemar's: the probability of a difference this large if both are equally good.
        difference: accuracy of B minus that of A, with its 95% bootstrap interval.
    """

    rows: int
    accuracy_a: float
    accuracy_b: float
    only_a: int
    only_b: int
    p_value: float
    difference: Interval

    @property
    def better(self) -> str | None:
        """`A` or `B` if the difference is significant (p below .05), otherwise None."""
        if self.p_value >= SIGNIFICANT:
            return None
        return "A" if self.only_a > self.only_b else "B"


def compare_models(
    right_a: NDArray[np.bool_], right_b: NDArray[np.bool_], group: NDArray[np.integer] | None = None
) -> Comparison:
    """Compare two models by McNemar's test (McNemar 1947).

    Args:
        right_a: whether model A names each row right, (N,).
        right_b: the same for B.
        group: a number for each row, (N,): rows of one group, such as those of one color, are not independent. None if
            all rows are. The interval of the difference is computed by group.

    Returns:
        The comparison; the test is exact (binomial, two-sided) up to 1,000 differing rows, then chi-squared with
        continuity correction (Edwards 1948).

    Example:
        >>> both = compare_models(np.array([True] * 9 + [False]), np.array([False] * 9 + [False]))
        >>> both.only_a, both.better, round(both.p_value, 4)
        (9, 'A', 0.0039)
    """
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    return Comparison(
        len(right_a),
        float(right_a.mean()),
        float(right_b.mean()),
        only_a,
        only_b,
        _p_value(only_a, only_b),
        _difference(right_b.astype(np.int64) - right_a, group),
    )


def _difference(gain: NDArray[np.int64], group: NDArray[np.integer] | None) -> Interval:
    """Return the mean gain, from 1, 0 or -1 per row, (N,), with its interval by group."""
    _, member = np.unique(np.arange(len(gain)) if group is None else group, return_inverse=True)
    totals = np.stack([np.bincount(member, gain), np.bincount(member)], axis=1)

    def figures(times: NDArray[np.int64]) -> NDArray[np.float64]:
        gained, rows = times @ totals
        return np.array([gained / rows])

    return bootstrap(figures, len(totals))[0]


def _p_value(only_a: int, only_b: int) -> float:
    differing, fewer = only_a + only_b, min(only_a, only_b)
    if differing <= _EXACT_UP_TO:
        tail = sum(math.comb(differing, k) for k in range(fewer + 1))
        return min(1.0, float(2 * tail / 2**differing))
    chi_squared = (abs(only_a - only_b) - 1) ** 2 / differing
    return math.erfc(math.sqrt(chi_squared / 2))
