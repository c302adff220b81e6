"""The tables of `loop.db`. Answers, versions, aliases and events are only ever appended; triggers hold that."""

import sqlite3

from saekdong.database import Schema

_TABLES = """
CREATE TABLE answer (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, by TEXT NOT NULL, kind TEXT NOT NULL, product TEXT NOT NULL,
    photo TEXT NOT NULL, shown TEXT NOT NULL, given TEXT NOT NULL, model TEXT NOT NULL, item INTEGER,
    undoes INTEGER UNIQUE, seconds REAL
);
CREATE INDEX answer_product ON answer (product, number);
CREATE INDEX answer_by ON answer (by, number);
CREATE INDEX answer_item ON answer (item) WHERE item IS NOT NULL;

CREATE TABLE draw (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, purpose TEXT NOT NULL, model TEXT NOT NULL,
    population INTEGER NOT NULL, seed INTEGER NOT NULL, about TEXT NOT NULL
);
CREATE TABLE draw_item (
    number INTEGER PRIMARY KEY, draw INTEGER NOT NULL, purpose TEXT NOT NULL, priority INTEGER NOT NULL,
    product TEXT NOT NULL, photo TEXT NOT NULL, probability REAL, shown TEXT NOT NULL, about TEXT NOT NULL,
    state TEXT NOT NULL, not_by TEXT NOT NULL, leased_by TEXT NOT NULL, leased_until REAL NOT NULL
);
CREATE INDEX draw_item_open ON draw_item (priority, number) WHERE state = 'open';
CREATE INDEX draw_item_draw ON draw_item (draw);
CREATE INDEX draw_item_product ON draw_item (product);

CREATE TABLE version (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL, model TEXT NOT NULL, at TEXT NOT NULL,
    by TEXT NOT NULL, parent TEXT NOT NULL, lineage TEXT NOT NULL, packed BLOB NOT NULL, UNIQUE (name, version)
);
CREATE INDEX version_model ON version (model);
CREATE TABLE alias (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, version INTEGER, since TEXT NOT NULL, by TEXT NOT NULL,
    why TEXT NOT NULL
);
CREATE INDEX alias_name ON alias (name, number);

CREATE TABLE run (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, begun TEXT NOT NULL, by TEXT NOT NULL,
    inputs TEXT NOT NULL, finished TEXT, result TEXT, error TEXT, UNIQUE (kind, key)
);
CREATE TABLE day_fact (
    day TEXT NOT NULL, segment TEXT NOT NULL, facts BLOB NOT NULL, PRIMARY KEY (day, segment)
) WITHOUT ROWID;
CREATE TABLE state (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE alarm (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, cause TEXT NOT NULL, segment TEXT NOT NULL, opened TEXT NOT NULL,
    last_seen TEXT NOT NULL, closed TEXT, snoozed_until TEXT NOT NULL, evidence TEXT NOT NULL
);
CREATE UNIQUE INDEX alarm_open ON alarm (kind, cause, segment) WHERE closed IS NULL;
CREATE TABLE delivery (
    alarm INTEGER NOT NULL, way TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (alarm, way)
) WITHOUT ROWID;

CREATE TABLE event (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, by TEXT NOT NULL, what TEXT NOT NULL, details TEXT NOT NULL,
    hash TEXT NOT NULL
);
"""

_APPEND_ONLY = ("answer", "version", "alias", "event")


def _first(connection: sqlite3.Connection) -> None:
    for statement in _TABLES.split(";\n"):
        connection.execute(statement)
    for table in _APPEND_ONLY:
        for change in ("UPDATE", "DELETE"):
            connection.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT raise(ABORT, '{table} is append-only'); END"
            )


SCHEMA = Schema("record of answers and models", (_first,), "let its owner run 'saekdong watch status' once")
