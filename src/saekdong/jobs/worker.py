"""The process of a job: it runs the order's commands one after another, and says how they ended."""

import ctypes
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import IO, BinaryIO

from saekdong import locks
from saekdong.jobs.folder import MOST_LOG, has_failed, mark_of, write_end
from saekdong.jobs.jobs import BUSY

PROGRESS_VARIABLE = "SAEKDONG_PROGRESS"
"""Names the file in which a command without a terminal writes its progress."""

_SET_DEATH_SIGNAL = 1
_DROPPED = b"\nsaekdong: the log is full; the rest is dropped\n"
_READ_AT_ONCE = 1 << 16


def run_detached(folder: Path) -> int:
    """Do a job in a process of its own; return once it runs: 0, or `BUSY` if another job does."""
    ready, notify = os.pipe()
    if child := os.fork():
        os.close(notify)
        if os.read(ready, 1) == b"1":
            return 0
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(ready)
    os.setsid()
    # Locks of this kind are a process's own, so they are taken by the one that lives on.
    if not locks.hold(folder.with_name("lock")) or not locks.hold(mark_of(folder)):
        os._exit(BUSY)
    _redirect(folder)
    os.write(notify, b"1")
    os.close(notify)
    try:
        _Worker(folder).run()
    finally:
        os._exit(0)


def _redirect(folder: Path) -> None:
    """Detach from the terminal; unexpected errors of the worker itself stand beside the log."""
    errors = os.open(folder / "worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream, target in ((0, os.open(os.devnull, os.O_RDONLY)), (1, errors), (2, errors)):
        os.dup2(target, stream)


class _Worker:
    """Runs the commands of a job.

    Args:
        folder: the job's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._canceled = False
        self._running: subprocess.Popen[bytes] | None = None
        signal.signal(signal.SIGTERM, self._cancel)

    def run(self) -> None:
        """Run the commands until one fails or the job is canceled."""
        commands = json.loads((self._folder / "order").read_bytes())["commands"]
        codes: list[int] = []
        with (self._folder / "log").open("wb") as log:
            for place, command in enumerate(commands):
                if self._canceled or any(map(has_failed, codes)):
                    break
                codes.append(self._do(place, command, log))
        (self._folder / "progress").unlink(missing_ok=True)
        write_end(self._folder, codes, canceled=self._canceled)

    def _do(self, place: int, command: list[str], log: BinaryIO) -> int:
        workspace = self._folder.parent.parent
        arguments = [part.replace("{job}", str(self._folder)) for part in command]
        env = {
            **os.environ,
            "SAEKDONG_WORKSPACE": str(workspace),
            PROGRESS_VARIABLE: str(self._folder / "progress"),
            "PYTHONUNBUFFERED": "1",
        }
        with (self._folder / f"{place}.out").open("wb") as out:
            self._running = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-m", "saekdong", *arguments],
                cwd=workspace,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.PIPE,
                preexec_fn=_end_with_worker,  # this process has one thread
            )
        if self._canceled:  # asked for while it started
            self._running.terminate()
        assert self._running.stderr is not None  # noqa: S101
        with self._running.stderr as printed:
            _copy(printed, log)
        return self._running.wait()

    def _cancel(self, _number: int, _frame: FrameType | None) -> None:
        self._canceled = True
        if self._running and self._running.poll() is None:
            self._running.terminate()


def _copy(printed: IO[bytes], log: BinaryIO) -> None:
    """Copy what a command prints as it comes, up to the size that a log may have."""
    while part := os.read(printed.fileno(), _READ_AT_ONCE):
        room = MOST_LOG - log.tell()
        if room > 0:
            log.write(part[:room] + (_DROPPED if len(part) >= room else b""))
            log.flush()


def _end_with_worker() -> None:
    """Let the kernel end a command whose worker is killed: its end would not be noticed."""
    ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)
