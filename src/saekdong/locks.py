"""Locks that the kernel releases when their holder ends, however it ends.

| lock | held by | because |
|---|---|---|
| `.catalog.db-HASH.lock`, one for each feed | a run over the feed | two would mark gone what the other one adds |
| `.NAME.lock` beside an endpoint's folder | a command that changes the endpoint | two would write its order at once |
| `supervisor.lock` in an endpoint's folder | its supervisor, while it lives | commands find and stop this process |
| `lock` in `jobs/` | the process of a job | one job runs at a time in a workspace |
| `mark` in a job's folder | its process, while it lives | pages see whether it runs, and can end it |
| `.ledger.lock` | a change on AWS, shared; the removal of everything, alone | nothing is made while all is removed |
| `.ledger.NAME.lock` | a change of one deployment on AWS | two would make and remove each other's resources |
| `.ledger-images.lock` | a deployment, shared; pruning, alone | no image is pruned before its use is recorded |
| a file of captured lines | a write, or its replacement | a line written meanwhile would be lost |
| `ledger.jsonl` | one line that is written | two lines would mix |
| `.lock` in a temporary folder | the run that made it | the next run removes only what killed runs left |

The last three lock the file that they protect, in `serving/capture.py`, `deploy/aws/ledger.py` and `scratch.py`.
"""

import fcntl
import os
import select
import signal
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from saekdong.errors import SaekdongError
from saekdong.files import cannot_write

_RECORD = "hhqqi4x"


@contextmanager
def only_one(path: Path, busy: str) -> Iterator[None]:
    """Hold the lock at `path` during the block; the file is removed afterward.

    Raises:
        SaekdongError: another process holds it (`busy` says what that does), or it cannot be made.
    """
    handle = _lock(path, busy)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _lock(path: Path, busy: str) -> int:
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise cannot_write(path, error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            raise SaekdongError(busy, fix="wait until it is done, then run this again") from error
        # The holder before may have removed the file between our open and our lock.
        with suppress(FileNotFoundError):
            if os.path.samestat(path.stat(), os.fstat(handle)):
                return handle
        os.close(handle)


@contextmanager
def locked(path: Path, *, shared: bool = False, wait: bool = False) -> Iterator[bool]:
    """Hold the lock at `path` during the block, and yield whether it is held. The file is kept.

    Args:
        path: the lock's file; it is made if it is missing.
        shared: other processes may share it.
        wait: wait for other holders; otherwise yield False if there are any.

    Raises:
        SaekdongError: the file cannot be made.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with locked(Path(folder) / "lock") as one, locked(Path(folder) / "lock") as two:
        ...         one, two
        (True, False)
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
    except OSError as error:
        raise cannot_write(path, error) from error
    with file:
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True


def hold(path: Path) -> bool:
    """Take the lock at `path` until this process ends; return False if another process holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return False
    return True


def holder(path: Path) -> int | None:
    """Return the process that holds `path` by `hold`. The kernel knows it, so a reused process number cannot match."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        asked = struct.pack(_RECORD, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind, _, _, _, process = struct.unpack(_RECORD, fcntl.fcntl(handle, fcntl.F_GETLK, asked))
    finally:
        os.close(handle)
    return None if kind == fcntl.F_UNLCK else int(process)


def send(path: Path, number: signal.Signals) -> bool:
    """Send a signal to the process that holds `path`; return False if there is none."""
    with _process(path) as process:
        return process is not None and _send(process, number)


def stop(path: Path, within: float) -> None:
    """End the process that holds `path`: SIGTERM, and SIGKILL if it has not ended `within` seconds."""
    with _process(path) as process:
        if process is None:
            return
        for number, wait in ((signal.SIGTERM, within), (signal.SIGKILL, 10.0)):
            _send(process, number)
            waiting = select.poll()
            waiting.register(process, select.POLLIN)
            if waiting.poll(wait * 1000):
                return


@contextmanager
def _process(path: Path) -> Iterator[int | None]:
    """Yield a handle of the process that holds `path`; it never refers to another process, even after the end."""
    number = holder(path)
    if number is None:
        yield None
        return
    try:
        process = os.pidfd_open(number)
    except ProcessLookupError:
        yield None
        return
    try:
        yield process if holder(path) == number else None
    finally:
        os.close(process)


def _send(process: int, number: signal.Signals) -> bool:
    try:
        signal.pidfd_send_signal(process, number)
    except ProcessLookupError:
        return False
    return True
