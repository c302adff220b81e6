"""The log of answered requests: counted for `/metrics`, and a line each on stderr, some at a time."""

import asyncio
import logging
import sys
import time
from functools import lru_cache

from saekdong.serving import metrics
from saekdong.serving.logs import logger
from saekdong.serving.service import Reply
from saekdong.serving.tally import Tally

MOST = 16
"""Requests written at once: their lines stay below the 4,096 bytes that pipes take whole, so workers' do not mix."""

_WAIT = 0.1
_QUIET = ("/ping", "/metrics")
_NAMES = {number: name.lower() for name, number in logging.getLevelNamesMapping().items()}


AnsweredRequest = tuple[float, str, str, str, int, float]
"""An answered request: when it was answered in seconds since 1970, its id, its method, the path of its route or
`other`, the answer's status, and the seconds that it took.

Its id and method hold nothing that JSON would escape. A plain tuple, because one is made for each request.
"""


class RequestLog:
    """Takes answered requests and writes a few at a time: a log record for each would take as long as an answer.

    It is the sink that counts predictions.
    """

    def __init__(self) -> None:
        self._requests: list[AnsweredRequest] = []
        self._counted: list[AnsweredRequest] = []
        self._tallies: set[Tally] = set()
        self._colors = 0
        self._waits = False

    def add(self, request: AnsweredRequest) -> None:
        """Take a request; it is written at once if something went wrong, otherwise within a tenth of a second."""
        self._requests.append(request)
        if not self._waits:
            self._waits = True
            asyncio.get_running_loop().call_later(_WAIT, self._write_late)
        if request[4] >= 400 or len(self._requests) == MOST:
            self._write_lines()

    def take(self, request_id: bytes, body: bytes, reply: Reply) -> None:  # noqa: ARG002
        """Count a prediction, with the requests."""
        tally = reply.service.tally
        self._colors += tally.add(reply.prediction)
        self._tallies.add(tally)

    def write(self) -> None:
        """Write what was taken, and add it to the metrics."""
        self._write_lines()
        requests, self._counted = self._counted, []
        colors, self._colors = self._colors, 0
        tallies, self._tallies = self._tallies, set()
        for tally in tallies:
            tally.write()
        metrics.count([(route, status, seconds) for _, _, _, route, status, seconds in requests], colors)

    def _write_lines(self) -> None:
        requests, self._requests = self._requests, []
        self._counted += requests
        least, lines = logger.getEffectiveLevel(), []
        for ended, request_id, method, route, status, seconds in requests:
            level, before, after = _parts(method, route, status)
            if level >= least:
                second = int(ended)
                moment = f"{_text(second)}.{int((ended - second) * 1000):03}"
                lines.append(f'{{"time": "{moment}{before}{request_id}{after}{seconds * 1000:.2f}}}\n')
        if lines:
            sys.stderr.write("".join(lines))
            sys.stderr.flush()

    def _write_late(self) -> None:
        self._waits = False
        self.write()


@lru_cache(256)
def _parts(method: str, route: str, status: int) -> tuple[int, str, str]:
    """Return the level of such a request's line, and what stands between its time, its id and its milliseconds."""
    level = _level(route, status)
    before = f'Z", "level": "{_NAMES[level]}", "message": "request", "request_id": "'
    return level, before, f'", "method": "{method}", "route": "{route}", "status": {status}, "ms": '


def _level(route: str, status: int) -> int:
    if status >= 400:
        return logging.ERROR if status >= 500 else logging.WARNING
    return logging.DEBUG if route in _QUIET else logging.INFO


@lru_cache(2)
def _text(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
