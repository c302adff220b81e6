"""Files of SQLite that may come from anywhere, such as backups: nothing in them is run, and oddities are refused.

A file of SQLite holds statements as well as data: views that never end, triggers that change what others write, columns
that are computed. So its tables are read only if its schema is word for word what Saekdong itself makes.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from saekdong.database.migration import Schema
from saekdong.errors import SaekdongError
from saekdong.files import cannot_read, open_regular

_MAGIC = b"SQLite format 3\0"
_MOST_VALUE = 64 << 20
_TYPES = {"TEXT": "text", "INTEGER": "integer", "REAL": "real", "BLOB": "blob"}
_SETTINGS = ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON", "cache_size = -32768")


@contextmanager
def opened_foreign(path: Path, schema: Schema, fix: str) -> Iterator[sqlite3.Connection]:
    """Open a file to read it: its schema is that of its version, its pages are whole, its values have their types.

    Args:
        path: the file; it is never written.
        schema: of the kind of file that it must be.
        fix: what to do if it is refused.

    Raises:
        SaekdongError: it cannot be read, is damaged, or is not such a file; also for errors of SQLite in the block.
    """
    _check_kind(path, schema, fix)
    place = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(place, isolation_level=None, uri=True)) as connection:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_VALUE)
            for setting in _SETTINGS:
                connection.execute(f"PRAGMA {setting}")
            _check(connection, path, schema, fix)
            yield connection
    except (sqlite3.Error, UnicodeDecodeError) as error:  # names and messages of SQLite hold the file's own bytes
        raise refuse_foreign(path, schema.kind, str(error), fix) from error


def refuse_foreign(path: Path, kind: str, why: str, fix: str) -> SaekdongError:
    """Return the error for a file that is damaged or altered."""
    return SaekdongError(f"{path} is not a {kind}, or was altered: {why}", fix=fix)


def _check_kind(path: Path, schema: Schema, fix: str) -> None:
    try:
        with open_regular(path) as file:
            start = file.read(len(_MAGIC))
    except OSError as error:
        raise cannot_read(path, error) from error
    if start != _MAGIC:
        raise refuse_foreign(path, schema.kind, "it is not a file of SQLite", fix)
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise refuse_foreign(path, schema.kind, f"it was copied while it was in use ({log.name} lies beside it)", fix)


def _check(connection: sqlite3.Connection, path: Path, schema: Schema, fix: str) -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    schema.check_known(version, str(path))
    expected = schema.objects(version)
    query = "SELECT type, name, tbl_name, sql FROM sqlite_schema LIMIT ?"
    if version == 0 or set(connection.execute(query, (len(expected) + 1,))) != expected:
        raise refuse_foreign(path, schema.kind, "its tables are others", fix)
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise refuse_foreign(path, schema.kind, str(verdict), fix)
    for kind, table, *_ in sorted(expected, key=str):
        if kind == "table" and (column := _mistyped(connection, table)):
            raise refuse_foreign(path, schema.kind, f"{table}.{column} has a value of another type", fix)


def _mistyped(connection: sqlite3.Connection, table: str) -> str:
    """Return a column with a value of another type than it was declared with; empty if there is none."""
    for _, column, declared, *_ in connection.execute(f"PRAGMA table_info({table})").fetchall():
        query = f"SELECT 1 FROM {table} WHERE typeof({column}) NOT IN (?, 'null') LIMIT 1"  # noqa: S608 (own names)
        if connection.execute(query, (_TYPES[declared],)).fetchone():
            return str(column)
    return ""
