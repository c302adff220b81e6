"""Tokens of people, for programs that use the API in their name."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from saekdong.people.persons import Person, moment
from saekdong.people.roles import as_role
from saekdong.people.secrets import hashed

_TOUCHED_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class PersonToken:
    """A token; its secret is shown once, when it is made.

    Attributes:
        number: counted from 1.
        person: whose it is, with the role of this moment.
        title: what it is for.
        made: when it was made.
        expires: when it ends; None for never.
        used: when it was last used, to a minute; None if never.
    """

    number: int
    person: Person
    title: str
    made: datetime
    expires: datetime | None
    used: datetime | None


_QUERY = """
SELECT token.number, title, token.made, expires, used, person.number, name, role, issuer, person.made, last_login
FROM token JOIN person ON person.number = token.person
WHERE (expires IS NULL OR expires > ?)
"""


def append_token(
    connection: sqlite3.Connection, now: float, person: Person, title: str, expires: float | None, secret: str
) -> PersonToken:
    """Write a token."""
    number = connection.execute(
        "INSERT INTO token (secret, person, title, made, expires) VALUES (?, ?, ?, ?, ?) RETURNING number",
        (hashed(secret), person.number, title, now, expires),
    ).fetchone()[0]
    return PersonToken(number, person, title, moment(now), _moment(expires), None)


def find_token(connection: sqlite3.Connection, now: float, secret: str) -> PersonToken | None:
    """Return the token of a secret, or None if it was revoked or has expired."""
    row = connection.execute(f"{_QUERY} AND secret = ?", (now, hashed(secret))).fetchone()
    return _token(row) if row else None


def read_tokens(connection: sqlite3.Connection, now: float, person: Person | None = None) -> Iterator[PersonToken]:
    """Yield the tokens that can be used: all, or a person's; in order."""
    condition, values = (" AND token.person = ?", (person.number,)) if person else ("", ())
    for row in connection.execute(f"{_QUERY}{condition} ORDER BY token.number", (now, *values)):
        yield _token(row)


def is_token_to_touch(token: PersonToken, now: float) -> bool:
    """Return whether a token's last use is to be written; once a minute is enough."""
    return token.used is None or now - token.used.timestamp() >= _TOUCHED_SECONDS


def touch_token(connection: sqlite3.Connection, now: float, number: int) -> None:
    """Write that a token was used."""
    connection.execute("UPDATE token SET used = ? WHERE number = ?", (now, number))


def delete_token(connection: sqlite3.Connection, number: int) -> None:
    """Remove a token."""
    connection.execute("DELETE FROM token WHERE number = ?", (number,))


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else moment(seconds)


def _token(
    row: tuple[int, str, float, float | None, float | None, int, str, str, str, float, float | None],
) -> PersonToken:
    number, title, made, expires, used, person, name, role, issuer, since, last = row
    whose = Person(person, name, as_role(role), issuer, moment(since), _moment(last))
    return PersonToken(number, whose, title, moment(made), _moment(expires), _moment(used))
