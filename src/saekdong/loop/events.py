"""The audit log: who did what when. Each event carries a hash over itself and the one before, a chain."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_START = "0" * 64


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a person or the tool did.

    Attributes:
        number: counted from 1.
        at: the time, ISO 8601 in UTC.
        by: the person.
        what: what was done, such as `promote`.
        details: further facts.
        hash: SHA-256 over the event before and this one, hexadecimal.
    """

    number: int
    at: str
    by: str
    what: str
    details: Mapping[str, Any]
    hash: str


def append_event(connection: sqlite3.Connection, at: str, by: str, what: str, **details: Any) -> None:
    """Write an event, in the transaction of what it records."""
    number, before = connection.execute("SELECT number, hash FROM event ORDER BY number DESC LIMIT 1").fetchone() or (
        0,
        _START,
    )
    text = json.dumps(details, ensure_ascii=False, sort_keys=True)
    row = (number + 1, at, by, what, text)
    connection.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", (*row, _hash(before, row)))


def read_events(connection: sqlite3.Connection, after: int = 0, limit: int = -1) -> Iterator[Event]:
    """Yield the events after a number, the oldest first."""
    query = "SELECT number, at, by, what, details, hash FROM event WHERE number > ? ORDER BY number LIMIT ?"
    for number, at, by, what, details, digest in connection.execute(query, (after, limit)):
        yield Event(number, at, by, what, json.loads(details), digest)


def last_event_number(connection: sqlite3.Connection) -> int:
    """Return the number of the last event; 0 if there is none."""
    return int(connection.execute("SELECT coalesce(max(number), 0) FROM event").fetchone()[0])


def first_broken(connection: sqlite3.Connection) -> int | None:
    """Return the number of the first event that was changed, or follows a removed one; None if all are whole."""
    before, expected = _START, 1
    for *row, digest in connection.execute("SELECT number, at, by, what, details, hash FROM event ORDER BY number"):
        if row[0] != expected or digest != _hash(before, tuple(row)):
            return int(row[0])
        before, expected = digest, expected + 1
    return None


def _hash(before: str, row: tuple[Any, ...]) -> str:
    return hashlib.sha256(json.dumps([before, *row], ensure_ascii=False).encode()).hexdigest()
