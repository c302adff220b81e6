"""Handle Ctrl-C and SIGTERM: the first one ends a run in order, a second one at once."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from types import FrameType
from typing import NoReturn

STOPS = (signal.SIGINT, signal.SIGTERM)
STOPPED = 130
"""The exit code of an interrupted run."""

# `timeout` and shells send a signal to a process and again to its group.
_SAME_SECONDS = 0.3


class Interruptions:
    """Distinguishes a second signal from the first one."""

    def __init__(self) -> None:
        self._first: float | None = None

    def is_second(self) -> bool:
        """Note a signal; return whether it is a second one, not the echo of one just received."""
        if self._first is None:
            self._first = monotonic()
            return False
        return monotonic() - self._first >= _SAME_SECONDS


def end_at_once() -> NoReturn:
    """End this process and its workers at once.

    Files that they were writing are whole or absent (`saekdong.files`, SQLite's transactions); the next run removes
    temporary files (`saekdong.scratch`).
    """
    for worker in multiprocessing.active_children():
        with suppress(OSError, ValueError):
            worker.kill()
    os._exit(STOPPED)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM raise KeyboardInterrupt in the block, and a second end the process at once."""
    interruptions = Interruptions()
    asked = False

    def take(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if interruptions.is_second():
            end_at_once()
        if not asked:
            asked = True
            raise KeyboardInterrupt

    before = {number: signal.signal(number, take) for number in STOPS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
