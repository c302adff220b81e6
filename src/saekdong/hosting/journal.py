"""What was answered: counted for `/metrics`, and a line each in the log, some at a time."""

import asyncio
import logging
import sys
import time
from functools import lru_cache
from typing import NamedTuple

from saekdong.hosting import metrics
from saekdong.hosting.logs import logger

MOST = 16
"""Requests written at once: their lines stay below the 4,096 bytes that pipes take whole, so workers' do not mix."""

_WAIT = 0.1
_QUIET = ("/ping", "/metrics")
_NAMES = {number: name.lower() for name, number in logging.getLevelNamesMapping().items()}


class Entry(NamedTuple):
    """An answered request; its id and method hold nothing that JSON would escape."""

    ended: float
    request_id: str
    method: str
    route: str
    status: int
    seconds: float


class Journal:
    """Takes answered requests, and writes a few at a time: a log record for each would take as long as an answer."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._colors = 0
        self._waits = False

    def add(self, entry: Entry) -> None:
        """Take a request; it is written at once where something went wrong, else within a tenth of a second."""
        self._entries.append(entry)
        if entry.status >= 400 or len(self._entries) == MOST:
            self.write()
        elif not self._waits:
            self._waits = True
            asyncio.get_running_loop().call_later(_WAIT, self._write_late)

    def add_colors(self, count: int) -> None:
        """Take the number of colors that an answer names; it is counted with the requests."""
        self._colors += count

    def write(self) -> None:
        """Write what was taken."""
        entries, self._entries = self._entries, []
        metrics.COLORS.inc(self._colors)
        self._colors = 0
        least, lines = logger.getEffectiveLevel(), []
        for entry in entries:
            metrics.count(entry.route, entry.status, entry.seconds)
            level = _level(entry)
            if level >= least:
                lines.append(_line(entry, _NAMES[level]))
        if lines:
            sys.stderr.write("".join(lines))
            sys.stderr.flush()

    def _write_late(self) -> None:
        self._waits = False
        self.write()


def _level(entry: Entry) -> int:
    if entry.status >= 400:
        return logging.ERROR if entry.status >= 500 else logging.WARNING
    return logging.DEBUG if entry.route in _QUIET else logging.INFO


def _line(entry: Entry, level: str) -> str:
    second = int(entry.ended)
    return (
        f'{{"time": "{_text(second)}.{int((entry.ended - second) * 1000):03}Z", "level": "{level}", '
        f'"message": "request", "request_id": "{entry.request_id}", "method": "{entry.method}", '
        f'"route": "{entry.route}", "status": {entry.status}, "ms": {entry.seconds * 1000:.2f}}}\n'
    )


@lru_cache(2)
def _text(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
