"""Connections to a file of SQLite: to write, to read, and to read where nothing may be written.

SQLite in WAL mode writes even to read: a reader notes in the file `-shm` what it is looking at. Who may not write can
still read, in one of two ways:

- If a writer has the file open, `-wal` and `-shm` exist, and `mode=ro` uses them as they are.
- If it is not open, the last writer has put everything into the main file and removed the other two. SQLite then
  reads it as `immutable`, without locks. That is right as long as it is not written, so `ReadOnly` looks before and
  after each use whether the files are still those that it opened.
"""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from saekdong.errors import SaekdongError

BUSY_SECONDS = 60.0
SYNCHRONOUS = "NORMAL"
_OWNER_ONLY = 0o600
# A kill loses nothing, a power cut the last moments. What is written ahead is filed after 1,000 pages of 4 KB, and the
# file is then cut to 4 MB. In bulk, much is written ahead before it is filed into the pages that it changes, because
# many of these are the same.
# Without a memory map: an error of the disk would end the process by SIGBUS.
_SETTINGS = (
    f"synchronous = {SYNCHRONOUS}",
    "wal_autocheckpoint = 1000",
    f"journal_size_limit = {4 << 20}",
    "cache_size = -32768",
)

_Stamp = tuple[int, int, int, bool]


def connect(path: Path) -> sqlite3.Connection:
    """Open a file, or an empty one, to write. A new one, and what SQLite puts beside it, its owner alone may read.

    Addresses of photos may hold secrets.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, _OWNER_ONLY))
    return _open(str(path))


def is_writable(path: Path) -> bool:
    """Return whether this user may write a database: the file, and the folder, where SQLite makes its two others."""
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


class ReadOnly:
    """A connection of a user who may not write the file."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            sqlite3.Error: it cannot be opened.
            SaekdongError: its last writer was killed, and what it wrote is not readable without writing.
        """
        self._path = path
        self._stamp: _Stamp | None = None
        try:
            self.connection = _open_read_only(path, "mode=ro")
        except sqlite3.OperationalError:
            stamp = _stamp(path)
            if _has_wal(stamp):
                raise SaekdongError(
                    f"the last writer of {path} was stopped, and its changes cannot be read without writing",
                    fix="let its owner run 'saekdong catalog check' once, "
                    f"or copy it with {path.name}-wal to a folder that you may write",
                ) from None
            self._stamp = stamp
            self.connection = _open_read_only(path, "immutable=1")

    def is_current(self) -> bool:
        """Return whether the connection sees what is stored: always, unless it was opened as immutable."""
        return self._stamp is None or self._stamp == _stamp(self._path)


def _open_read_only(path: Path, how: str) -> sqlite3.Connection:
    connection = _open(f"file:{quote(str(path.absolute()))}?{how}", uri=True)
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # connecting alone does not open the file
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _open(place: str, *, uri: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(place, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, uri=uri)
    for setting in _SETTINGS:
        connection.execute(f"PRAGMA {setting}")
    return connection


def _stamp(path: Path) -> _Stamp:
    """Return what differs once somebody has written the file."""
    found, log = path.stat(), path.with_name(f"{path.name}-wal")
    return found.st_ino, found.st_size, found.st_mtime_ns, log.exists() and log.stat().st_size > 0


def _has_wal(stamp: _Stamp) -> bool:
    return stamp[3]
