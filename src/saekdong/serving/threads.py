"""Work that takes a while, off the event loop: as many threads as cores, a bounded wait."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from saekdong.entrance.errors import RequestError
from saekdong.serving import metrics

WAITING_PER_CORE = 8

_T = TypeVar("_T")


class Threads:
    """Runs work in threads, one per core; refuses jobs that would wait too long; cancels those of disconnected clients.

    Attributes:
        most: how much work may run and wait together.
    """

    def __init__(self, cores: int) -> None:
        self._pool = ThreadPoolExecutor(cores, "saekdong")
        self.most = cores * (1 + WAITING_PER_CORE)
        self._count = 0
        self._lock = threading.Lock()

    async def run(self, work: Callable[[], _T], leaves: Callable[[], Awaitable[object]]) -> _T:
        """Run `work` in a thread, unless the client leaves, or this is canceled, while it waits.

        Args:
            work: what to run.
            leaves: returns once the client has left; `receive` of a request whose body is read does.

        Raises:
            RequestError: 503, too much waits already; 400, the client has left.
        """
        if self._count >= self.most:
            raise RequestError(503, "busy", "too many photos or large bodies wait; try again in a second")
        self._take(1)
        job = self._pool.submit(work)
        job.add_done_callback(lambda _: self._take(-1))
        leaving = asyncio.ensure_future(leaves())
        leaving.add_done_callback(lambda _: job.cancel())
        try:
            return await asyncio.wrap_future(job)
        except asyncio.CancelledError:
            if leaving.done():
                raise RequestError(400, "disconnected", "the client left before its answer") from None
            raise
        finally:
            leaving.cancel()

    def _take(self, places: int) -> None:
        with self._lock:
            self._count += places
        metrics.WAITING.inc(places)
