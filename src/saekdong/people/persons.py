"""The accounts of people."""

import sqlite3
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from saekdong.lang import composed
from saekdong.people.errors import PeopleError
from saekdong.people.roles import Role, as_role

MOST_NAME = 64


@dataclass(frozen=True, slots=True)
class Person:
    """An account.

    Attributes:
        number: counted from 1; never used again.
        name: as the person wrote it.
        role: what the person may do.
        issuer: the OpenID provider that the person logs in with; empty for a password.
        made: when the account was made.
        last_login: when the person last logged in; None if never.
    """

    number: int
    name: str
    role: Role
    issuer: str
    made: datetime
    last_login: datetime | None


def moment(seconds: float) -> datetime:
    """Return a stored time."""
    return datetime.fromtimestamp(seconds, UTC)


def name_key(name: str) -> str:
    """Return what two spellings of one name share.

    Example:
        >>> name_key("Mina") == name_key(" ｍina ")
        True
    """
    return unicodedata.normalize("NFKC", name).strip().casefold()


def check_person_name(name: str) -> str:
    """Return a new account's name, composed.

    Raises:
        PeopleError: it is empty, too long, or has characters that cannot be seen.
    """
    name = composed(name).strip()
    if not name or not name_key(name) or len(name) > MOST_NAME:
        raise PeopleError("name-length", f"a name has 1 to {MOST_NAME} characters", fix="choose another")
    if any(unicodedata.category(letter)[0] == "C" or unicodedata.category(letter) in ("Zl", "Zp") for letter in name):
        raise PeopleError("name-unseen", "the name has characters that cannot be seen", fix="leave them out")
    return name


_COLUMNS = "number, name, role, issuer, made, last_login"


def read_persons(connection: sqlite3.Connection) -> Iterator[Person]:
    """Yield the accounts in the order in which they were made."""
    for row in connection.execute(f"SELECT {_COLUMNS} FROM person ORDER BY number"):
        yield _person(row)


def find_person(connection: sqlite3.Connection, name: str) -> Person | None:
    """Return the account of this name, in any case, or None."""
    return _one(connection, "key = ?", name_key(name))


def person_of(connection: sqlite3.Connection, number: int) -> Person | None:
    """Return the account of this number, or None."""
    return _one(connection, "number = ?", number)


def person_at(connection: sqlite3.Connection, issuer: str, subject: str) -> Person | None:
    """Return the account that a provider knows by this subject, or None."""
    return _one(connection, "issuer = ? AND subject = ?", issuer, subject)


def need_person(connection: sqlite3.Connection, name: str) -> Person:
    """Return the account of this name.

    Raises:
        PeopleError: there is none.
    """
    if person := find_person(connection, name):
        return person
    raise PeopleError("no-account", f"there is no account {name!r}", fix="see 'saekdong people list'")


def stored_password(connection: sqlite3.Connection, person: Person) -> str | None:
    """Return the hash of a person's password; None for a person of an OpenID provider."""
    found = connection.execute("SELECT password FROM person WHERE number = ?", (person.number,)).fetchone()[0]
    return None if found is None else str(found)


def append_person(
    connection: sqlite3.Connection,
    now: float,
    name: str,
    role: Role,
    password: str | None,
    issuer: str = "",
    subject: str = "",
) -> Person:
    """Write a new account.

    Raises:
        PeopleError: the name is taken.
    """
    if find_person(connection, name):
        raise PeopleError("name-taken", f"there is an account {name!r} already", fix="choose another name")
    number = connection.execute(
        "INSERT INTO person (name, key, role, password, issuer, subject, made) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "RETURNING number",
        (name, name_key(name), role, password, issuer, subject, now),
    ).fetchone()[0]
    return Person(number, name, role, issuer, moment(now), None)


def count_admins(connection: sqlite3.Connection) -> int:
    """Return how many accounts have the role admin."""
    return int(connection.execute("SELECT count(*) FROM person WHERE role = 'admin'").fetchone()[0])


def delete_person(connection: sqlite3.Connection, person: Person) -> None:
    """Remove an account with its sessions, tokens and devices."""
    for table in ("session", "token", "device"):
        connection.execute(f"DELETE FROM {table} WHERE person = ?", (person.number,))
    connection.execute("DELETE FROM person WHERE number = ?", (person.number,))


def _one(connection: sqlite3.Connection, condition: str, *values: object) -> Person | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM person WHERE {condition}", values).fetchone()
    return _person(row) if row else None


def _person(row: tuple[int, str, str, str, float, float | None]) -> Person:
    number, name, role, issuer, made, last = row
    return Person(number, name, as_role(role), issuer, moment(made), None if last is None else moment(last))
