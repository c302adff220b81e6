"""SQLite's temporary files: sorted rows and ids that do not fit in memory, in a folder that SQLite chooses."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from saekdong.errors import SaekdongError
from saekdong.files import cannot_write

_PLACES = ("/var/tmp", "/usr/tmp", "/tmp")  # noqa: S108


def temporary_folder() -> Path:
    """Return the folder that SQLite takes, by its own order: https://sqlite.org/tempfiles.html, section 5."""
    named = (os.environ.get(name) for name in ("SQLITE_TMPDIR", "TMPDIR"))
    places = (place for place in (*named, *_PLACES) if place)
    return Path(next((place for place in places if os.access(place, os.W_OK | os.X_OK)), "."))


def is_full(error: sqlite3.Error) -> bool:
    """Return whether a disk is full; SQLite does not say which."""
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL


def cannot_spill(error: sqlite3.Error) -> SaekdongError:
    """Return the error for the user: SQLite's temporary files do not fit."""
    folder = temporary_folder()
    problem = cannot_write(folder, OSError(errno.ENOSPC, str(error))).problem
    return SaekdongError(
        problem.replace("cannot write", "cannot write temporary files in"),
        fix="make room there, or name another folder in TMPDIR",
    )


@contextmanager
def spilling() -> Iterator[None]:
    """Report a full disk in the block, which writes nothing but temporary files, by their folder.

    Raises:
        SaekdongError: they do not fit.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        if is_full(error):
            raise cannot_spill(error) from error
        raise
