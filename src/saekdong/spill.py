"""Data that does not fit in memory, in SQLite's temporary files: their folder, their errors, and a set of ids."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from saekdong.errors import DiskError
from saekdong.files import cannot_write

_PLACES = ("/var/tmp", "/usr/tmp", "/tmp")  # noqa: S108


def temporary_folder() -> Path:
    """Return SQLite's temporary folder, by its own rule: https://sqlite.org/tempfiles.html, section 5."""
    named = (os.environ.get(name) for name in ("SQLITE_TMPDIR", "TMPDIR"))
    places = (place for place in (*named, *_PLACES) if place)
    return Path(next((place for place in places if os.access(place, os.W_OK | os.X_OK)), "."))


def is_full(error: sqlite3.Error) -> bool:
    """Return whether a disk is full; SQLite does not say which one."""
    return code_of(error) == sqlite3.SQLITE_FULL


def code_of(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; 0 for an error of Python's module, such as a text that is not UTF-8."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def cannot_spill(error: sqlite3.Error) -> DiskError:
    """Return the error for the user: SQLite's temporary files do not fit."""
    folder = temporary_folder()
    problem = cannot_write(folder, OSError(errno.ENOSPC, str(error))).problem
    return DiskError(
        problem.replace("cannot write", "cannot write temporary files in"),
        fix="make room there, or name another folder in TMPDIR",
    )


@contextmanager
def spilling() -> Iterator[None]:
    """Report a full disk in the block, which only writes temporary files, with their folder.

    Raises:
        SaekdongError: they do not fit.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        if is_full(error):
            raise cannot_spill(error) from error
        raise


class SeenIds:
    """The ids of a feed with their lines, in a temporary file, so that memory stays flat."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")

    @classmethod
    @contextmanager
    def opened(cls) -> "Iterator[SeenIds]":
        """Yield an empty set for the block."""
        with closing(sqlite3.connect("")) as connection:
            yield cls(connection)

    def add(self, each: str, line: int) -> bool:
        """Add an id; return False if it was added before.

        Raises:
            SaekdongError: the temporary file does not fit on its disk.
        """
        with spilling():
            return self._connection.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (each, line)).rowcount > 0

    def line_of(self, each: str) -> int:
        """Return the line with which an id was first added."""
        return int(self._connection.execute("SELECT line FROM seen WHERE id = ?", (each,)).fetchone()[0])
