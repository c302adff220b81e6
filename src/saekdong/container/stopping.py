"""Handle SIGTERM during training: SageMaker kills the job 120 s later, and takes the files in the model's folder."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

GRACE = 90.0


class Stopping:
    """Ends a job in time after SIGTERM.

    A search is interrupted, and the job goes on with the best recipe so far. If the job is not done `GRACE` seconds
    after the signal, the process ends with what it saved.

    Attributes:
        asked: whether SIGTERM was received.
    """

    def __init__(self, give_up: Callable[[], int]) -> None:
        """Handle SIGTERM; when the time is over, `give_up` is called, and returns the exit code."""
        self.asked = False
        self._interrupts = False
        self._give_up = give_up
        self._saving = threading.Lock()
        signal.signal(signal.SIGTERM, self._ask)

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """Raise KeyboardInterrupt in the block when SIGTERM arrives, or if it arrived before."""
        self._interrupts = True
        try:
            if self.asked:
                raise KeyboardInterrupt
            yield
        finally:
            self._interrupts = False

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Let the block finish before the process ends."""
        with self._saving:
            yield

    def _ask(self, _signal: int, _frame: FrameType | None) -> None:
        if self.asked:
            return
        self.asked = True
        timer = threading.Timer(GRACE, self._end)
        timer.daemon = True
        timer.start()
        if self._interrupts:
            raise KeyboardInterrupt

    def _end(self) -> None:
        with self._saving:
            os._exit(self._give_up())
