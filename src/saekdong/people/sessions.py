"""Sessions of browsers, and the devices from which a person has logged in before."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from saekdong.people.persons import Person, moment
from saekdong.people.roles import as_role
from saekdong.people.secrets import hashed

IDLE_SECONDS = 12 * 3600.0
"""A session ends this long after its last request."""

LONGEST_SECONDS = 7 * 24 * 3600.0
"""A session ends this long after the login, whatever is asked."""

_TOUCHED_SECONDS = 60.0
_DEVICE_SECONDS = 180 * 24 * 3600.0
_MOST_TEXT = 200


@dataclass(frozen=True, slots=True)
class LoginSession:
    """A browser that is logged in.

    Attributes:
        number: counted from 1.
        person: who is logged in, with the role of this moment.
        made: when the person logged in.
        seen: when the browser last asked for something, to a minute.
        address: from which address the person logged in.
        browser: what the browser says that it is.
    """

    number: int
    person: Person
    made: datetime
    seen: datetime
    address: str
    browser: str


_QUERY = """
SELECT session.number, session.made, session.seen, address, browser,
       person.number, name, role, issuer, person.made, last_login
FROM session JOIN person ON person.number = session.person
WHERE seen > ? AND session.made > ?
"""


def append_session(
    connection: sqlite3.Connection, now: float, person: Person, address: str, browser: str, secret: str
) -> int:
    """Write a session, and forget those that have ended; return its number."""
    connection.execute("DELETE FROM session WHERE seen <= ? OR made <= ?", (now - IDLE_SECONDS, now - LONGEST_SECONDS))
    return int(
        connection.execute(
            "INSERT INTO session (secret, person, made, seen, address, browser) VALUES (?, ?, ?, ?, ?, ?) "
            "RETURNING number",
            (hashed(secret), person.number, now, now, address[:_MOST_TEXT], browser[:_MOST_TEXT]),
        ).fetchone()[0]
    )


def find_session(connection: sqlite3.Connection, now: float, secret: str) -> LoginSession | None:
    """Return the session of a secret, or None if it has ended."""
    row = connection.execute(f"{_QUERY} AND secret = ?", (*_since(now), hashed(secret))).fetchone()
    return _session(row) if row else None


def read_sessions(connection: sqlite3.Connection, now: float, person: Person | None = None) -> Iterator[LoginSession]:
    """Yield the sessions that have not ended: all, or a person's; the newest first."""
    condition, values = (" AND session.person = ?", (person.number,)) if person else ("", ())
    for row in connection.execute(f"{_QUERY}{condition} ORDER BY session.number DESC", (*_since(now), *values)):
        yield _session(row)


def needs_touch(session: LoginSession, now: float) -> bool:
    """Return whether a session's last request is to be written; once a minute is enough."""
    return now - session.seen.timestamp() >= _TOUCHED_SECONDS


def touch_session(connection: sqlite3.Connection, now: float, number: int) -> None:
    """Write that a session's browser asked for something."""
    connection.execute("UPDATE session SET seen = ? WHERE number = ?", (now, number))


def delete_session(connection: sqlite3.Connection, number: int) -> None:
    """End a session."""
    connection.execute("DELETE FROM session WHERE number = ?", (number,))


def delete_sessions(connection: sqlite3.Connection, person: Person, but: int = 0) -> int:
    """End all sessions of a person but one; return how many."""
    return connection.execute("DELETE FROM session WHERE person = ? AND number != ?", (person.number, but)).rowcount


def put_device(connection: sqlite3.Connection, now: float, person: Person, secret: str) -> None:
    """Remember that a person logged in from a device, and forget those long unused."""
    connection.execute("DELETE FROM device WHERE seen <= ?", (now - _DEVICE_SECONDS,))
    connection.execute("INSERT OR REPLACE INTO device VALUES (?, ?, ?)", (hashed(secret), person.number, now))


def is_device_of(connection: sqlite3.Connection, person: Person, secret: str) -> bool:
    """Return whether a person has logged in from a device before."""
    query = "SELECT 1 FROM device WHERE secret = ? AND person = ?"
    return connection.execute(query, (hashed(secret), person.number)).fetchone() is not None


def _since(now: float) -> tuple[float, float]:
    return now - IDLE_SECONDS, now - LONGEST_SECONDS


def _session(row: tuple[int, float, float, str, str, int, str, str, str, float, float | None]) -> LoginSession:
    number, made, seen, address, browser, person, name, role, issuer, since, last = row
    whose = Person(person, name, as_role(role), issuer, moment(since), None if last is None else moment(last))
    return LoginSession(number, whose, moment(made), moment(seen), address, browser)
