"""Supervisors as processes that outlive the command that starts them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable

from saekdong import locks
from saekdong.deploy.local.folder import Folder
from saekdong.errors import SaekdongError


def start(folder: Folder) -> bool:
    """Start the supervisor of a folder and wait until it runs; if there is one, wake it.

    Returns:
        Whether it was started: one that was running may be stopping, and then leaves the order to the next.

    Raises:
        SaekdongError: the supervisor does not start.
    """
    if locks.send(folder.mark, signal.SIGHUP):
        return False
    command = [sys.executable, "-P", "-m", "saekdong.deploy.local", str(folder.path)]
    run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603
    if run.returncode:
        output = run.stderr.strip().splitlines() or [f"it ended with {run.returncode}"]
        raise SaekdongError(
            f"the supervisor of {folder.name} does not start: {output[-1]}", fix="see that the disk has room"
        )
    return True


def detach(folder: Folder, work: Callable[[], None]) -> None:
    """Do `work` in a process of its own that holds the folder's lock; return once it, or another process, holds it."""
    ready, notify = os.pipe()
    if child := os.fork():
        os.close(notify)
        if os.read(ready, 1) != b"1":
            os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        return
    os.close(ready)
    os.setsid()
    # A command may send the signal before this process handles it; the order is in the folder, and is read anyway.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    held = locks.hold(folder.mark)
    if held:
        _redirect(folder)
    os.write(notify, b"1")
    os.close(notify)
    if held:
        work()
    os._exit(0)


def _redirect(folder: Folder) -> None:
    """Detach from the terminal; unexpected errors are written beside the log."""
    folder.log.parent.mkdir(parents=True, exist_ok=True)
    unforeseen = os.open(
        folder.log.with_name("supervisor.log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644
    )
    for stream, target in ((0, os.open(os.devnull, os.O_RDONLY)), (1, unforeseen), (2, unforeseen)):
        os.dup2(target, stream)
