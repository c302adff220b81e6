"""Capture requests with their answers: lines in files, written by a thread of its own.

A request never waits for the disk: it is put into a queue with a bound, and dropped and counted if the queue is full.
"""

import fcntl
import hashlib
import os
import threading
import time
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from saekdong.captures.hours import new_file, remove_expired
from saekdong.captures.lines import to_line
from saekdong.captures.settings import CaptureSettings
from saekdong.serving import metrics
from saekdong.serving.bodies import parse_json
from saekdong.serving.logs import logger
from saekdong.serving.media_types import JSON
from saekdong.serving.photo_bodies import worded_photo
from saekdong.serving.prediction import ColorPrediction
from saekdong.serving.service import Reply

GATHER_SECONDS = 0.04
"""How long requests are gathered before they are written: what a killed process loses."""

MOST_HELD = 1 << 26
"""Bytes of requests and answers that wait to be written."""

_EACH = 512
"""Bytes that a waiting request takes besides its bodies."""

_AT_ONCE = 256
_MOST_AT_ONCE = 1 << 20
"""Requests, and bytes of them, that are written at once."""

_CLOSED_WITHIN = 5.0


_Waiting = tuple[int, float, bytes, bytes, Reply]
"""A request: its bytes with its answer's, when it was answered (seconds since 1970), its id, its body, its reply."""


class Capture:
    """The sink that writes requests to files; one for each process that answers.

    Args:
        folder: the folder of the endpoint.
        settings: which requests are captured.
    """

    def __init__(self, folder: Path, settings: CaptureSettings) -> None:
        self._settings = settings
        self._queue: deque[_Waiting] = deque()
        # Each is changed by one thread only, so their difference needs no lock.
        self._taken, self._released = 0, 0
        self._filled, self._closing = threading.Event(), threading.Event()
        self._file = _File(folder)
        self._folder, self._hour = folder, -1
        self._is_failing = False
        self._writer = threading.Thread(target=self._run, name="saekdong-capture", daemon=True)
        self._writer.start()

    def take(self, request_id: bytes, body: bytes, reply: Reply) -> None:
        """Capture a request, unless it is not in the sample or too many wait; called on the event loop."""
        if self._settings.percent < 100 and not is_sampled(request_id, self._settings.percent):
            return
        size = len(body) + len(reply.body) + _EACH
        if self._taken - self._released + size > MOST_HELD:
            metrics.CAPTURES_DROPPED.labels("queue").inc()
            return
        self._taken += size
        self._queue.append((size, time.time(), request_id, body, reply))
        if not self._filled.is_set():
            self._filled.set()

    def close(self) -> None:
        """Write what waits, within a few seconds, and end."""
        self._closing.set()
        self._filled.set()
        self._writer.join(_CLOSED_WITHIN)

    def _run(self) -> None:
        while not self._closing.is_set():
            self._filled.wait()
            self._closing.wait(GATHER_SECONDS)
            self._filled.clear()
            self._write_waiting()
        self._write_waiting()
        self._file.close()

    def _write_waiting(self) -> None:
        while self._queue:
            some = self._next()
            self._write(some)
            self._released += sum([size for size, *_ in some])

    def _next(self) -> list[_Waiting]:
        """Return the next waiting requests of one hour, some at a time."""
        some: list[_Waiting] = []
        queue, left = self._queue, _MOST_AT_ONCE
        end = (queue[0][1] // 3600 + 1) * 3600
        while queue and len(some) < _AT_ONCE and left > 0 and (not some or queue[0][1] < end):
            some.append(queue.popleft())
            left -= some[-1][0]
        return some

    def _write(self, some: list[_Waiting]) -> None:
        seconds = some[0][1]
        self._remove_expired(some[0])
        try:
            self._file.write("".join([self._line(*one) for one in some]).encode(), seconds)
        except OSError as error:
            metrics.CAPTURES_DROPPED.labels("disk").inc(len(some))
            if not self._is_failing:
                logger.error("requests are not captured", extra={"fields": {"error": str(error)}})
            self._is_failing = True
        else:
            metrics.CAPTURES_WRITTEN.inc(len(some))
            self._is_failing = False

    def _line(self, _size: int, seconds: float, request_id: bytes, body: bytes, reply: Reply) -> str:
        service, asked, prediction, answer, media_type = reply
        moment, event, model = _text(int(seconds)), request_id.decode(), service.artifact.id
        if type(prediction) is ColorPrediction:
            return to_line(event, moment, model, asked, body, media_type, answer)
        request = body if self._settings.photos else None
        return to_line(event, moment, model, asked, request, media_type, answer, _digest(asked, body))

    def _remove_expired(self, first: _Waiting) -> None:
        if _hour(first) != self._hour:
            self._hour = _hour(first)
            with suppress(OSError):
                remove_expired(self._folder, self._settings.keep, datetime.fromtimestamp(first[1], UTC))


class _File:
    """The file of the hour. No other process writes it; `forget_here` may replace it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path, self._handle, self._size, self._hour = folder, -1, 0, -1

    def write(self, lines: bytes, seconds: float) -> None:
        """Append lines.

        Args:
            lines: whole lines.
            seconds: the time of the first, in seconds since 1970.

        Raises:
            OSError: they cannot be written; then none of them is in the file.
        """
        if int(seconds) // 3600 != self._hour or not self._is_ours():
            self._open(seconds)
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        try:
            while not self._is_ours():
                self._open(seconds)
                fcntl.flock(self._handle, fcntl.LOCK_EX)
            self._append(lines)
        finally:
            if self._handle >= 0:
                fcntl.flock(self._handle, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _append(self, lines: bytes) -> None:
        left = memoryview(lines)
        try:
            while left:
                left = left[os.write(self._handle, left) :]
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._handle, self._size)
            raise
        self._size += len(lines)

    def _is_ours(self) -> bool:
        """Return whether the open file still has its name: it was neither replaced nor removed."""
        try:
            return self._handle >= 0 and os.path.samestat(os.fstat(self._handle), self._path.stat())
        except OSError:
            return False

    def _open(self, seconds: float) -> None:
        self.close()
        path = new_file(self._folder, seconds)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._path, self._size, self._hour = path, 0, int(seconds) // 3600


def _hour(waiting: _Waiting) -> int:
    return int(waiting[1]) // 3600


def is_sampled(request_id: bytes, percent: int) -> bool:
    """Return whether a request is in the sample: always the same for one id.

    Example:
        >>> sum(is_sampled(b"order-%d" % number, 20) for number in range(10_000))
        1929
    """
    digest = hashlib.blake2b(request_id, digest_size=8).digest()
    return int.from_bytes(digest) < percent * (1 << 64) // 100


def _digest(media_type: str, body: bytes) -> str:
    """Return the SHA-256 of the photo in a request: its body, or a part of it in base64."""
    content = body
    if media_type == JSON and (photo := worded_photo(parse_json(body))):
        content = photo.content
    return hashlib.sha256(content).hexdigest()


@lru_cache(2)
def _text(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))
