"""Alarms: opened once for each cause and segment, seen again while the cause lasts, closed after it has been quiet."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

AlarmKind = Literal["mix", "photo", "model", "service"]
"""What an alarm is about: which labels occur; how photos look; whether tags are right; whether services work."""

KINDS: tuple[AlarmKind, ...] = get_args(AlarmKind)


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm.

    Attributes:
        number: counted from 1.
        kind: what it is about.
        cause: what moved, such as `ground_b`.
        segment: where, such as `feed:/srv/spring.csv`; `shop` for the whole shop.
        opened: when, ISO 8601 in UTC.
        last_seen: when the evidence last stood above its bound.
        closed: when it was closed; None while it is open.
        snoozed_until: an ISO 8601 day until which it is not delivered; empty if it is not snoozed.
        evidence: what explains it: sentences, figures, photos.
    """

    number: int
    kind: AlarmKind
    cause: str
    segment: str
    opened: str
    last_seen: str
    closed: str | None
    snoozed_until: str
    evidence: Mapping[str, Any]


_COLUMNS = "number, kind, cause, segment, opened, last_seen, closed, snoozed_until, evidence"


def raise_alarm(
    connection: sqlite3.Connection, at: str, kind: AlarmKind, cause: str, segment: str, evidence: Mapping[str, Any]
) -> tuple[Alarm, bool]:
    """Return the open alarm of this cause and segment, opened if there was none; and whether it is new."""
    text = json.dumps(evidence, ensure_ascii=False)
    seen = connection.execute(
        """UPDATE alarm SET last_seen = ?, evidence = ? WHERE kind = ? AND cause = ? AND segment = ? AND closed IS NULL
        RETURNING number""",
        (at, text, kind, cause, segment),
    ).fetchone()
    if seen is None:
        row = (kind, cause, segment, at, at, text)
        number = connection.execute(
            """INSERT INTO alarm (kind, cause, segment, opened, last_seen, snoozed_until, evidence)
            VALUES (?, ?, ?, ?, ?, '', ?) RETURNING number""",
            row,
        ).fetchone()[0]
    else:
        number = seen[0]
    return need_alarm(connection, number), seen is None


def need_alarm(connection: sqlite3.Connection, number: int) -> Alarm:
    """Return an alarm that exists."""
    return _alarm(connection.execute(f"SELECT {_COLUMNS} FROM alarm WHERE number = ?", (number,)).fetchone())


def read_alarms(connection: sqlite3.Connection, *, open_only: bool = False) -> list[Alarm]:
    """Return alarms, the newest first."""
    query = f"SELECT {_COLUMNS} FROM alarm WHERE NOT ? OR closed IS NULL ORDER BY number DESC"
    return list(map(_alarm, connection.execute(query, (open_only,))))


def close_alarms(
    connection: sqlite3.Connection, at: str, kinds: Sequence[AlarmKind], before: str, but: Collection[int] = ()
) -> list[Alarm]:
    """Close the open alarms of some kinds that were last seen before a time, except some by number; return them."""
    marks, kept = (", ".join("?" * len(each)) for each in (kinds, but))
    query = f"""UPDATE alarm SET closed = ? WHERE closed IS NULL AND last_seen < ? AND kind IN ({marks})
        AND number NOT IN ({kept}) RETURNING number"""
    numbers = [number for (number,) in connection.execute(query, (at, before, *kinds, *but)).fetchall()]
    return [need_alarm(connection, number) for number in numbers]


def put_delivered(connection: sqlite3.Connection, at: str, alarm: int, way: str) -> None:
    """Record that an alarm was delivered in a way, such as an address."""
    connection.execute("INSERT OR IGNORE INTO delivery VALUES (?, ?, ?)", (alarm, way, at))


def is_delivered(connection: sqlite3.Connection, alarm: int, way: str) -> bool:
    """Return whether an alarm was delivered in a way."""
    query = "SELECT EXISTS (SELECT 1 FROM delivery WHERE alarm = ? AND way = ?)"
    return bool(connection.execute(query, (alarm, way)).fetchone()[0])


def _alarm(row: tuple[Any, ...]) -> Alarm:
    number, kind, cause, segment, opened, last_seen, closed, snoozed_until, evidence = row
    return Alarm(number, kind, cause, segment, opened, last_seen, closed, snoozed_until, json.loads(evidence))
