"""95% intervals of figures."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saekdong.model.progress import Progress

DRAWS = 1000
"""The number of bootstrap samples of an interval."""

"""Takes the amount done, and the total."""

_Z = 1.959964


@dataclass(frozen=True)
class Interval:
    """A figure with its 95% interval; all NaN if it cannot be computed."""

    value: float
    low: float
    high: float


def wilson(part: float, whole: float) -> Interval:
    """Return the share part / whole with its 95% score interval (Wilson 1927).

    Unlike the bootstrap, it is accurate for few cases and for shares of 0 and 1.

    Args:
        part: the number of cases counted, 0 to `whole`.
        whole: the number of independent cases.

    Example:
        >>> wilson(9, 10)
        Interval(value=0.9, low=0.595..., high=0.982...)
    """
    if not whole:
        return Interval(math.nan, math.nan, math.nan)
    share, z2 = part / whole, _Z**2
    middle = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    reach = _Z * math.sqrt(share * (1 - share) / whole + z2 / (4 * whole**2)) / (1 + z2 / whole)
    # For a share of 0 or 1, that bound is the share itself, which rounding may miss by the last bit.
    return Interval(share, max(0.0, min(share, middle - reach)), min(1.0, max(share, middle + reach)))


def bootstrap(
    figures: Callable[[NDArray[np.int64]], NDArray[np.float64]],
    groups: int,
    on_progress: Progress = lambda _done, _total: None,
) -> tuple[Interval, ...]:
    """Return figures with their 95% intervals from 1,000 bootstrap samples of whole groups (percentile method).

    Args:
        figures: returns K figures, (K,), from the number of times that each group counts, int64 (groups,).
        groups: the number of groups of dependent cases, such as the rows of one color.
        on_progress: called with the number of samples drawn and their total.
    """
    random = np.random.default_rng(0)
    draws = []
    for draw in range(1, DRAWS + 1):
        times = np.bincount(random.integers(0, groups, groups), minlength=groups).astype(np.int64)
        draws.append(figures(times))
        on_progress(draw, DRAWS)
    low, high = np.percentile(draws, [2.5, 97.5], axis=0)
    values = figures(np.ones(groups, dtype=np.int64))
    return tuple(Interval(float(v), float(a), float(b)) for v, a, b in zip(values, low, high, strict=True))
