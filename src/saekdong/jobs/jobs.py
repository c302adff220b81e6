"""The jobs of a workspace: start one, list them, cancel one."""

import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from saekdong import locks
from saekdong.errors import SaekdongError
from saekdong.files import cannot_write
from saekdong.jobs.folder import BackgroundJob, JobOrder, mark_of, read_job, write_order

BUSY = 3
"""The exit code of a worker that finds another one running."""

_KEPT = 200


class JobRunningError(SaekdongError):
    """Another job runs in the workspace."""


@dataclass(frozen=True)
class Jobs:
    """The jobs of a workspace, in a folder each, `jobs/NUMBER`.

    Attributes:
        root: the folder of the jobs; it need not exist. Commands run in the folder above it, the workspace.
    """

    root: Path

    def start(self, order: JobOrder) -> BackgroundJob:
        """Start a job, and return once its process runs.

        Raises:
            JobRunningError: another one runs.
            SaekdongError: its folder cannot be written, or the process does not start.
        """
        if running := self.running():
            raise JobRunningError(f"job {running.number} is running", fix="wait until it ends, or cancel it")
        folder = self._new_folder()
        write_order(folder, order)
        command = [sys.executable, "-P", "-m", "saekdong.jobs", str(folder.resolve())]
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603
        job = read_job(folder)
        if run.returncode or job is None:
            shutil.rmtree(folder, ignore_errors=True)
            if run.returncode == BUSY:
                raise JobRunningError("another job is running", fix="wait until it ends, or cancel it")
            lines = run.stderr.strip().splitlines() or [f"it ended with {run.returncode}"]
            raise SaekdongError(f"the job does not start: {lines[-1]}", fix="see that the disk has room")
        self._remove_old()
        return job

    def running(self) -> BackgroundJob | None:
        """Return the job that runs, or None."""
        return next((job for job in self.last(1) if job.is_running), None)

    def last(self, count: int = 20, kind: str = "") -> list[BackgroundJob]:
        """Return jobs, the newest first; those of a kind if it is given."""
        found: list[BackgroundJob] = []
        for number in reversed(self._numbers()):
            job = self.find(number)
            if job and (not kind or job.order.kind == kind):
                found.append(job)
            if len(found) == count:
                break
        return found

    def find(self, number: int) -> BackgroundJob | None:
        """Return a job by its number, or None."""
        return read_job(self.root / str(number))

    def cancel(self, number: int) -> None:
        """Ask a job to end if it runs: in order at the first time, at once at the second."""
        locks.send(mark_of(self.root / str(number)), signal.SIGTERM)

    def _new_folder(self) -> Path:
        number = max(self._numbers(), default=0)
        while True:
            number += 1
            folder = self.root / str(number)
            try:
                folder.mkdir(parents=True)
            except FileExistsError:
                continue
            except OSError as error:
                raise cannot_write(folder, error) from error
            return folder

    def _numbers(self) -> list[int]:
        try:
            return sorted(int(path.name) for path in self.root.iterdir() if path.name.isdecimal())
        except FileNotFoundError:
            return []

    def _remove_old(self) -> None:
        for number in self._numbers()[:-_KEPT]:
            shutil.rmtree(self.root / str(number), ignore_errors=True)
