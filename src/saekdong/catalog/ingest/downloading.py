"""Photos of a run that are downloaded ahead of the workers."""

import queue
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from saekdong.catalog.ingest.batches import Task
from saekdong.fetch import FetchError
from saekdong.fetch.downloads import Fetched
from saekdong.fetch.fetcher import Fetcher

_AHEAD = 64
_MOMENT = 0.1


class Arrival(NamedTuple):
    """The end of a download.

    Attributes:
        task: the photo, its file and mark as downloaded.
        is_new: whether its content may have changed; its file is there only then.
        error: why it cannot be had; None if it can.
    """

    task: Task
    is_new: bool = False
    error: FetchError | None = None


class Downloads:
    """The downloads of one run.

    Args:
        fetcher: downloads.
        spool: a folder for the files.
    """

    def __init__(self, fetcher: Fetcher, spool: Path) -> None:
        self._fetcher, self._spool = fetcher, spool
        self._ended: queue.SimpleQueue[tuple[Task, Future[Fetched]]] = queue.SimpleQueue()
        self._files = 0
        self.running = 0

    @property
    def is_full(self) -> bool:
        """Whether enough are running; another one waits until one has ended."""
        return self.running >= _AHEAD

    def start(self, task: Task) -> None:
        """Start to download a photo."""
        self._files += 1
        task = replace(task, path=self._spool / str(self._files))
        self.running += 1
        future = self._fetcher.fetch(task.place, task.path, task.mark)
        future.add_done_callback(lambda future: self._ended.put((task, future)))

    def next(self) -> Arrival | None:
        """Return a download that has ended; None if none ends within a moment."""
        try:
            task, future = self._ended.get(timeout=_MOMENT)
        except queue.Empty:
            return None
        self.running -= 1
        try:
            fetched = future.result()
        except FetchError as error:
            task.path.unlink(missing_ok=True)
            return Arrival(task, error=error)
        if fetched.is_new:
            return Arrival(replace(task, mark=fetched.mark), is_new=True)
        task.path.unlink(missing_ok=True)
        return Arrival(task)
