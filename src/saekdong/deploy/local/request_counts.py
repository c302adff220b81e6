"""How many requests an endpoint answered, how many failed, and how many were slow, in the last three days."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from saekdong.files import read_regular, write_whole

INTERVAL = 300
"""The length of an interval in seconds: the shortest window that monitoring looks at."""

_KEPT = 3 * 86400

SLOW_SECONDS = 1.0
"""A request that took longer is slow."""

IntervalCounts = tuple[int, int, int, int]
"""An interval: when it began in seconds since 1970, its requests, those answered with 5xx, and those that were slow."""


class RequestCounts:
    """Counts by interval, kept in a file, so that they survive the process.

    Args:
        path: the file.
        clock: returns seconds since 1970.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = path, clock
        self._counts = {start: [*counts] for start, *counts in read_counts(path)}
        self._is_written = True

    def add(self, status: int, seconds: float) -> None:
        """Count an answered request."""
        start = int(self._clock()) // INTERVAL * INTERVAL
        counts = self._counts.setdefault(start, [0, 0, 0])
        counts[0] += 1
        counts[1] += status >= 500
        counts[2] += seconds > SLOW_SECONDS
        self._is_written = False

    def write(self) -> None:
        """Write what was counted since the last time; on a full disk, the next call tries again."""
        if self._is_written:
            return
        oldest = self._clock() - _KEPT - INTERVAL
        self._counts = {start: counts for start, counts in self._counts.items() if start > oldest}
        with suppress(OSError):
            write_whole(self._path, json.dumps([[start, *counts] for start, counts in sorted(self._counts.items())]))
            self._is_written = True


def read_counts(path: Path) -> list[IntervalCounts]:
    """Return the intervals of a file, the oldest first; none if there is no such file, or it was altered."""
    try:
        return [(int(start), int(n), int(bad), int(slow)) for start, n, bad, slow in json.loads(read_regular(path))]
    except (OSError, ValueError, TypeError):
        return []
