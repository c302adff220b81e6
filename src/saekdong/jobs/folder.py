"""A job's folder: its order, its log, what its commands printed, and how it ended."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from saekdong import locks
from saekdong.files import write_whole

JobState = Literal["running", "done", "failed", "canceled", "killed"]

MOST_LOG = 1 << 20
"""Bytes that a job's log may have; what is printed after that is dropped."""

_MOST_OUTPUT = 32 << 20
_TAIL = 32 << 10
_PROBLEM = 2


@dataclass(frozen=True, slots=True)
class JobOrder:
    """What a job is to do.

    Attributes:
        kind: such as `retrain`.
        commands: of Saekdong, done in order, each as its arguments; `{job}` in one is the job's folder.
        by: who wants it.
        about: what else pages show of it, such as the versions that it compares.
    """

    kind: str
    commands: Sequence[Sequence[str]]
    by: str
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a command has come, as its progress bar would show.

    Attributes:
        title: what it does, such as `Comparing`.
        done: how much of it is done.
        total: of how much; None if it is not known.
        note: what the bar says beside it.
    """

    title: str
    done: float
    total: float | None
    note: str


@dataclass(frozen=True, slots=True)
class BackgroundJob:
    """A job as it stands in its folder.

    Attributes:
        folder: the folder.
        order: what it is to do.
        begun: when, ISO 8601 in UTC.
        state: `killed` if its process ended without saying how.
        finished: when it ended, ISO 8601 in UTC; empty if it runs or was killed.
        codes: the exit codes of the commands that ended.
    """

    folder: Path
    order: JobOrder
    begun: str
    state: JobState
    finished: str
    codes: tuple[int, ...]

    @property
    def number(self) -> int:
        """Its number, counted from 1."""
        return int(self.folder.name)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.state == "running"

    def output(self, command: int) -> Any:
        """Return what a command printed on stdout as JSON, counted from 0; None if it is not JSON."""
        text = _start(self.folder / f"{command}.out", _MOST_OUTPUT)
        try:
            return json.loads(text)
        except ValueError:
            return None

    def log(self) -> str:
        """Return the end of what it printed on stderr, at most 32 KiB, from the beginning of a line."""
        try:
            with (self.folder / "log").open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _TAIL))
                content = file.read(_TAIL)
        except FileNotFoundError:
            return ""
        if size > _TAIL:
            content = content.partition(b"\n")[2]
        return content.decode("utf-8", "replace")

    def problem(self) -> str:
        """Return the last line of the log if a command failed, otherwise nothing."""
        lines = self.log().strip().splitlines() if self.state == "failed" else []
        return lines[-1].removeprefix("saekdong: ").removeprefix("error: ") if lines else ""

    def progress(self) -> JobProgress | None:
        """Return how far the running command has come; None if it does not say."""
        try:
            return JobProgress(**json.loads(_start(self.folder / "progress", 1 << 16)))
        except (ValueError, TypeError):
            return None

    def seconds(self) -> float:
        """Return how long it has run, or ran."""
        end = datetime.fromisoformat(self.finished) if self.finished else datetime.now(UTC)
        return (end - datetime.fromisoformat(self.begun)).total_seconds()


def write_order(folder: Path, order: JobOrder) -> None:
    """Write a job's order, and when it was given."""
    content = {**asdict(order), "begun": _now()}
    write_whole(folder / "order", json.dumps(content, ensure_ascii=False))


def write_end(folder: Path, codes: Sequence[int], *, canceled: bool) -> None:
    """Write how a job ended."""
    state = "canceled" if canceled else "failed" if any(has_failed(code) for code in codes) else "done"
    write_whole(folder / "end", json.dumps({"state": state, "finished": _now(), "codes": list(codes)}))


def read_job(folder: Path) -> BackgroundJob | None:
    """Return a job; None if there is none, or none that has begun."""
    try:
        content = json.loads((folder / "order").read_bytes())
        is_running = locks.holder(mark_of(folder)) is not None
        # In this order: a job that ends in between has written how before it lets the lock go.
        end = json.loads((folder / "end").read_bytes()) if (folder / "end").exists() else None
        begun = content.pop("begun")
        if not mark_of(folder).exists():
            return None
    except (OSError, ValueError, KeyError):
        return None
    state: JobState = end["state"] if end else "running" if is_running else "killed"
    codes = tuple(end["codes"]) if end else ()
    return BackgroundJob(folder, JobOrder(**content), begun, state, end["finished"] if end else "", codes)


def mark_of(folder: Path) -> Path:
    """Return the file that a job's process holds while it lives."""
    return folder / "mark"


def has_failed(code: int) -> bool:
    """Return whether a command failed; one that ended with 1 did its work, and has something to say about it."""
    return code < 0 or code >= _PROBLEM


def _start(path: Path, most: int) -> str:
    try:
        with path.open("rb") as file:
            return file.read(most).decode("utf-8", "replace")
    except FileNotFoundError:
        return ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
