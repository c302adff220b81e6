"""The tables of `people.db`. Times are seconds since 1970; secrets are stored as SHA-256."""

import sqlite3

from saekdong.database import Schema

_TABLES = """
CREATE TABLE person (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, key TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
    password TEXT, issuer TEXT NOT NULL, subject TEXT NOT NULL, made REAL NOT NULL, last_login REAL
);
CREATE UNIQUE INDEX person_subject ON person (issuer, subject) WHERE subject != '';

CREATE TABLE invitation (
    number INTEGER PRIMARY KEY AUTOINCREMENT, secret BLOB NOT NULL UNIQUE, role TEXT NOT NULL, name TEXT NOT NULL,
    made REAL NOT NULL, by TEXT NOT NULL, expires REAL NOT NULL
);
CREATE TABLE session (
    number INTEGER PRIMARY KEY AUTOINCREMENT, secret BLOB NOT NULL UNIQUE, person INTEGER NOT NULL, made REAL NOT NULL,
    seen REAL NOT NULL, address TEXT NOT NULL, browser TEXT NOT NULL
);
CREATE INDEX session_person ON session (person);
CREATE TABLE token (
    number INTEGER PRIMARY KEY AUTOINCREMENT, secret BLOB NOT NULL UNIQUE, person INTEGER NOT NULL,
    title TEXT NOT NULL, made REAL NOT NULL, expires REAL, used REAL
);
CREATE INDEX token_person ON token (person);

CREATE TABLE device (secret BLOB PRIMARY KEY, person INTEGER NOT NULL, seen REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX device_person ON device (person);
CREATE TABLE failure (
    key TEXT PRIMARY KEY, count INTEGER NOT NULL, last REAL NOT NULL, until REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX failure_last ON failure (last);
"""


def _first(connection: sqlite3.Connection) -> None:
    for statement in _TABLES.split(";\n"):
        connection.execute(statement)


SCHEMA = Schema("record of people", (_first,), "let its owner run 'saekdong people list' once")
