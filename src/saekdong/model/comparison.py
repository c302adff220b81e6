"""Whether one model is better than another on the same rows."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIGNIFICANT = 0.05
_EXACT_UP_TO = 1000


@dataclass(frozen=True)
class Comparison:
    """Two models on the same rows.

    Attributes:
        rows: how many rows both were asked.
        accuracy_a, accuracy_b: the share each names right.
        only_a, only_b: rows that only the one names right.
        p_value: McNemar's: how likely a difference this large is if both are equally good.
    """

    rows: int
    accuracy_a: float
    accuracy_b: float
    only_a: int
    only_b: int
    p_value: float

    @property
    def better(self) -> str | None:
        """`A` or `B` where the difference is significant (p below .05), else None."""
        if self.p_value >= SIGNIFICANT:
            return None
        return "A" if self.only_a > self.only_b else "B"


def compare(right_a: NDArray[np.bool_], right_b: NDArray[np.bool_]) -> Comparison:
    """Compare two models by McNemar's test (McNemar 1947).

    Args:
        right_a: whether model A names each row right, (N,).
        right_b: the same for B.

    Returns:
        The comparison; the test is exact (binomial, two-sided) up to 1,000 differing rows, then chi-squared with
        continuity correction (Edwards 1948).

    Example:
        >>> both = compare(np.array([True] * 9 + [False]), np.array([False] * 9 + [False]))
        >>> both.only_a, both.better, round(both.p_value, 4)
        (9, 'A', 0.0039)
    """
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    return Comparison(
        len(right_a), float(right_a.mean()), float(right_b.mean()), only_a, only_b, _p_value(only_a, only_b)
    )


def _p_value(only_a: int, only_b: int) -> float:
    differing, fewer = only_a + only_b, min(only_a, only_b)
    if differing <= _EXACT_UP_TO:
        tail = sum(math.comb(differing, k) for k in range(fewer + 1))
        return min(1.0, float(2 * tail / 2**differing))
    chi_squared = (abs(only_a - only_b) - 1) ** 2 / differing
    return math.erfc(math.sqrt(chi_squared / 2))
