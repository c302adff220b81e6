"""Invitations: links that make one account, or give an account a new password, once."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from saekdong.people.persons import moment
from saekdong.people.roles import Role, as_role
from saekdong.people.secrets import hashed


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that has not been used.

    Attributes:
        number: counted from 1.
        role: of the account that it makes.
        name: the account's name; empty if the invited person chooses it.
        made: when it was made.
        by: who made it.
        expires: when it ends.
    """

    number: int
    role: Role
    name: str
    made: datetime
    by: str
    expires: datetime


_COLUMNS = "number, role, name, made, by, expires"


def append_invitation(
    connection: sqlite3.Connection, now: float, by: str, role: Role, name: str, expires: float, secret: str
) -> Invitation:
    """Write an invitation; earlier ones for the same name end."""
    if name:
        connection.execute("DELETE FROM invitation WHERE name = ?", (name,))
    number = connection.execute(
        "INSERT INTO invitation (secret, role, name, made, by, expires) VALUES (?, ?, ?, ?, ?, ?) RETURNING number",
        (hashed(secret), role, name, now, by, expires),
    ).fetchone()[0]
    return Invitation(number, role, name, moment(now), by, moment(expires))


def read_invitations(connection: sqlite3.Connection, now: float) -> Iterator[Invitation]:
    """Yield the invitations that can be used, in order."""
    for row in connection.execute(f"SELECT {_COLUMNS} FROM invitation WHERE expires > ? ORDER BY number", (now,)):
        yield _invitation(row)


def find_invitation(connection: sqlite3.Connection, now: float, secret: str) -> Invitation | None:
    """Return the invitation of a link, or None if it was used, withdrawn or has expired."""
    query = f"SELECT {_COLUMNS} FROM invitation WHERE secret = ? AND expires > ?"
    row = connection.execute(query, (hashed(secret), now)).fetchone()
    return _invitation(row) if row else None


def delete_invitation(connection: sqlite3.Connection, number: int) -> bool:
    """Remove an invitation; return whether there was one."""
    return connection.execute("DELETE FROM invitation WHERE number = ?", (number,)).rowcount > 0


def _invitation(row: tuple[int, str, str, float, str, float]) -> Invitation:
    number, role, name, made, by, expires = row
    return Invitation(number, as_role(role), name, moment(made), by, moment(expires))
