"""The connections to a file: one writer at a time, readers that never wait for it, and what goes wrong with them."""

import errno
import queue
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path

from saekdong.database.connections import BUSY_SECONDS, SYNCHRONOUS, ReadOnly, connect, is_writable
from saekdong.database.errors import StoreError
from saekdong.database.migration import Schema
from saekdong.errors import SaekdongError
from saekdong.files import cannot_write
from saekdong.spill import cannot_spill, code_of, is_full, spilling

_UNWRITABLE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
_BULK_PAGES = 16_384
_TRUNCATE_SECONDS = 2.0
_ROOM = 16 << 20


class Database:
    """A file with its connections: one to write, or none, and as many to read as are used at once.

    Safe to share among threads; other processes may read and write the same file.

    Attributes:
        path: the file.
        former: the version that the file had before it was opened; 0 if it is new or read-only.
    """

    def __init__(
        self, path: Path, writer: sqlite3.Connection | None, former: int = 0, blank: bytes | None = None
    ) -> None:
        self.path, self.former, self._blank = path, former, blank
        self._writer, self._lock = writer, threading.RLock()
        self._readers: queue.LifoQueue[sqlite3.Connection | ReadOnly] = queue.LifoQueue()

    @classmethod
    def open(cls, path: Path, schema: Schema) -> "Database":
        """Open a file, made if there is none, and bring it to the schema's current version.

        Raises:
            SaekdongError: it cannot be opened, is not of this kind, or was made by a newer Saekdong.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = connect(path)
            writer.execute("PRAGMA journal_mode = WAL")
            former = schema.migrate(writer, str(path))
        except sqlite3.OperationalError as error:
            if code_of(error) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
                raise cannot_write_database(path, error) from error
            raise _cannot_open(path, schema, error) from error
        except (OSError, sqlite3.Error) as error:
            raise _cannot_open(path, schema, error) from error
        return cls(path, writer, former)

    @classmethod
    def open_to_read(cls, path: Path, schema: Schema) -> "Database":
        """Open a file to read; read-only if this user may not write it, otherwise as `open` does.

        Raises:
            SaekdongError: as `open`; or it is of an older version, and this user may not bring it to the current one.
        """
        if is_writable(path):
            return cls.open(path, schema)
        database = cls(path, None)
        try:
            with database.reading() as connection:
                schema.check_version(connection, str(path))
        except (OSError, StoreError) as error:
            raise _cannot_open(path, schema, error) from error
        return database

    @classmethod
    def open_to_read_if_any(cls, path: Path, schema: Schema) -> "Database":
        """Open a file to read, as `open_to_read` does; if there is none, one without content, which is not made."""
        if path.exists():
            return cls.open_to_read(path, schema)
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
            schema.migrate(memory, str(path))
            return cls(path, None, blank=memory.serialize())

    @property
    def is_read_only(self) -> bool:
        """Whether this user may not write the file."""
        return self._writer is None

    def close(self) -> None:
        """Close all connections; what was written stays."""
        with self._lock:
            if self._writer:
                self._writer.close()
        while not self._readers.empty():
            reader = self._readers.get()
            (reader.connection if isinstance(reader, ReadOnly) else reader).close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection on which all queries of the block see the file at one moment.

        Raises:
            SaekdongError: another user wrote the file meanwhile, which this one may only read.
            StoreError: SQLite fails.
        """
        with _as_store_error():
            reader = self._reader()
            connection = reader.connection if isinstance(reader, ReadOnly) else reader
            connection.execute("BEGIN")
            try:
                with spilling():
                    yield connection
            finally:
                connection.execute("COMMIT")
                self._readers.put(reader)
        if isinstance(reader, ReadOnly) and not reader.is_current():
            raise SaekdongError(f"{self.path} was written while it was read", fix="run this again")

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """Lend the writer for one transaction, in turn.

        Args:
            durable: wait until the disk has it, so that a power cut does not lose it.

        Raises:
            SaekdongError: the file cannot be written.
            StoreError: SQLite fails in another way.
        """
        writer = self._need_writer()
        with _as_store_error(), self._lock, _synchronous(writer) if durable else nullcontext():
            try:
                writer.execute("BEGIN IMMEDIATE")
                yield writer
                writer.execute("COMMIT")
            except BaseException as error:
                if writer.in_transaction:  # SQLite itself rolls back on a full disk
                    writer.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError) and code_of(error) in _UNWRITABLE:
                    raise cannot_write_database(self.path, error) from error
                raise

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """Write much in the block; at its end, file what was written ahead and empty the file `-wal`.

        If readers look at an earlier moment for longer than two seconds, that is left to later writes.
        """
        self._set("wal_autocheckpoint", _BULK_PAGES)
        try:
            yield
        finally:
            self._set("wal_autocheckpoint", 1000)
            self._set("busy_timeout", round(_TRUNCATE_SECONDS * 1000))
            # On a full disk later writes do it too, and the error of the block is the one to report.
            with suppress(StoreError):
                self._set("wal_checkpoint", "TRUNCATE")
            self._set("busy_timeout", round(BUSY_SECONDS * 1000))

    def _reader(self) -> sqlite3.Connection | ReadOnly:
        """Return a connection that is not in use, a new one if there is none."""
        with suppress(queue.Empty):
            while reader := self._readers.get_nowait():
                if not isinstance(reader, ReadOnly) or reader.is_current():
                    return reader
                reader.connection.close()
        if self._blank is not None:
            blank = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            blank.deserialize(self._blank)
            return blank
        if self.is_read_only:
            return ReadOnly(self.path)
        connection = connect(self.path)
        connection.execute("PRAGMA query_only = 1")
        return connection

    def _need_writer(self) -> sqlite3.Connection:
        if self._writer is None:
            raise SaekdongError(f"you may read {self.path}, but not write it", fix="ask its owner for the right")
        return self._writer

    def _set(self, name: str, value: object) -> None:
        with _as_store_error(), self._lock:
            self._need_writer().execute(f"PRAGMA {name}({value})").fetchall()


@contextmanager
def _as_store_error() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(str(error)) from error


@contextmanager
def _synchronous(writer: sqlite3.Connection) -> Iterator[None]:
    writer.execute("PRAGMA synchronous = FULL")
    try:
        yield
    finally:
        writer.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")


def _cannot_open(path: Path, schema: Schema, error: Exception) -> SaekdongError:
    return SaekdongError(f"cannot open the {schema.kind} {path}: {error}", fix="check the path and your rights to it")


def cannot_write_database(path: Path, error: sqlite3.Error) -> SaekdongError:
    """Return the error for a file that cannot be written: it, or the temporary files, if theirs is the full disk."""
    if not is_full(error):
        return cannot_write(path, OSError(errno.EIO, str(error)))
    if shutil.disk_usage(path.parent).free > _ROOM:  # so it was another disk's
        return cannot_spill(error)
    return cannot_write(path, OSError(errno.ENOSPC, str(error)))
