"""Runs: long work that was begun, and how it ended; a killed one is continued where it stood."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of watch, retrain, promotion or rollback.

    Attributes:
        number: counted from 1.
        kind: such as `watch`.
        key: what makes it one: the same kind and key are the same run, such as the day for `watch`.
        begun: when, ISO 8601 in UTC.
        by: who began it.
        inputs: what it works on.
        finished: when it ended; None if it has not.
        result: what came out; None until then.
        error: why it failed; None if it did not.
    """

    number: int
    kind: str
    key: str
    begun: str
    by: str
    inputs: Mapping[str, Any]
    finished: str | None
    result: Mapping[str, Any] | None
    error: str | None


TOLD = ("champion", "version", "verdict", "changed", "day", "opened", "closed")
"""What the audit log says of a run's result."""

_COLUMNS = "number, kind, key, begun, by, inputs, finished, result, error"


def begin_run(connection: sqlite3.Connection, at: str, by: str, kind: str, key: str, inputs: Mapping[str, Any]) -> Run:
    """Return the run of this kind and key, begun now unless it was before."""
    connection.execute(
        """INSERT INTO run (kind, key, begun, by, inputs) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (kind, key) DO NOTHING""",
        (kind, key, at, by, json.dumps(inputs)),
    )
    query = f"SELECT {_COLUMNS} FROM run WHERE kind = ? AND key = ?"
    return _run(connection.execute(query, (kind, key)).fetchone())


def end_run(
    connection: sqlite3.Connection, at: str, number: int, result: Mapping[str, Any] | None, error: str | None = None
) -> Run:
    """Record how a run ended; return it."""
    row = (at, None if result is None else json.dumps(result), error, number)
    query = f"UPDATE run SET finished = ?, result = ?, error = ? WHERE number = ? RETURNING {_COLUMNS}"
    return _run(connection.execute(query, row).fetchone())


def read_runs(connection: sqlite3.Connection, kind: str | None = None, *, open_only: bool = False) -> list[Run]:
    """Return runs, the oldest first."""
    query = f"""SELECT {_COLUMNS} FROM run WHERE (?1 IS NULL OR kind = ?1) AND (NOT ?2 OR finished IS NULL)
        ORDER BY number"""
    return list(map(_run, connection.execute(query, (kind, open_only))))


def _run(row: tuple[Any, ...]) -> Run:
    number, kind, key, begun, by, inputs, finished, result, error = row
    return Run(
        *(number, kind, key, begun, by, json.loads(inputs), finished),
        None if result is None else json.loads(result),
        error,
    )
