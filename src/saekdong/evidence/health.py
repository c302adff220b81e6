"""Health: error budgets that burn too fast, and feeds that have fallen silent."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

Urgency = Literal["page", "ticket"]

WINDOWS: tuple[tuple[float, float, float, Urgency], ...] = (
    (3600.0, 300.0, 14.4, "page"),
    (6 * 3600.0, 1800.0, 6.0, "page"),
    (3 * 86400.0, 6 * 3600.0, 1.0, "ticket"),
)
"""Long window and short window in seconds, burn rate, and urgency (Google, "The Site Reliability Workbook", ch. 5).

At a burn rate of 14.4 an hour uses up 2% of a month's budget. The short window ends the alarm soon after the errors do.
"""

LEAST_ERRORS = 3
LEAST_READS = 4


@dataclass(frozen=True)
class Burn:
    """An error budget that burns too fast.

    Attributes:
        window: the length of the long window, in seconds.
        rate: how many times as fast as allowed the budget burns in it.
        urgency: whether to page a person, or to open a ticket.
    """

    window: float
    rate: float
    urgency: Urgency


def find_burn(counts: Sequence[tuple[float, int, int]], now: float, allowed: float) -> Burn | None:
    """Return the most urgent burn, or None.

    Args:
        counts: the start of each interval in seconds, its requests and its bad requests (errors, or too slow ones).
        now: the end of all windows, in the same seconds.
        allowed: the share of bad requests that the goal allows, above 0: 0.001 for 99.9%.
    """
    for long, short, most, urgency in WINDOWS:
        rates = [_rate(counts, now - length, now, allowed) for length in (long, short)]
        bad = sum(each[2] for each in counts if now - long <= each[0] < now)
        if min(rates) >= most and bad >= LEAST_ERRORS:
            return Burn(long, rates[0], urgency)
    return None


def _rate(counts: Sequence[tuple[float, int, int]], begin: float, end: float, allowed: float) -> float:
    within = [(requests, bad) for start, requests, bad in counts if begin <= start < end]
    requests = sum(each[0] for each in within)
    return sum(each[1] for each in within) / requests / allowed if requests else 0.0


def is_overdue(reads: Sequence[float], now: float) -> bool:
    """Return whether a feed was not read for twice its rhythm, the median time between its reads.

    Args:
        reads: when the feed was read, in seconds, the oldest first; with fewer than `LEAST_READS` it has no rhythm.
        now: the present, in the same seconds.

    Example:
        >>> day = 86400.0
        >>> is_overdue([0, day, 2 * day, 3 * day], 4.5 * day), is_overdue([0, day, 2 * day, 3 * day], 5.5 * day)
        (False, True)
    """
    if len(reads) < LEAST_READS:
        return False
    gaps = [later - earlier for earlier, later in pairwise(reads)]
    return now - reads[-1] > 2 * median(gaps)
