"""How an older file becomes one of today: numbered steps, each in a transaction."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from saekdong.errors import SaekdongError

Step = Callable[[sqlite3.Connection], None]


@dataclass(frozen=True)
class Schema:
    """The tables of one kind of file.

    Attributes:
        kind: what people call such a file.
        steps: step n, counted from 1, makes version n of version n - 1.
        upgrade: what to do about an older file that this user may not write.
    """

    kind: str
    steps: tuple[Step, ...]
    upgrade: str

    def migrate(self, connection: sqlite3.Connection, name: str) -> int:
        """Bring a file, or an empty one, to today's version; return the version that it had, 0 for an empty file.

        Args:
            connection: in autocommit mode.
            name: what errors call the file.

        Raises:
            SaekdongError: a newer Saekdong made it.
        """
        former = _version(connection)
        while (version := _version(connection)) != len(self.steps):
            self.check_known(version, name)
            self._take_step(connection, version)
        return former

    def check_version(self, connection: sqlite3.Connection, name: str) -> None:
        """Check that a file that may only be read is of today's version.

        Raises:
            SaekdongError: it is of another.
        """
        version = _version(connection)
        self.check_known(version, name)
        if version < len(self.steps):
            raise SaekdongError(
                f"{name} is a {self.kind} of version {version}, and you may not bring it to version {len(self.steps)}",
                fix=self.upgrade,
            )

    def check_known(self, version: int, name: str) -> None:
        """Check that a version is not a later one than this Saekdong's.

        Raises:
            SaekdongError: it is.
        """
        if version > len(self.steps):
            raise SaekdongError(
                f"{name} is a {self.kind} of version {version}; this Saekdong knows {len(self.steps)}",
                fix="use the newer Saekdong that made it",
            )

    def objects(self, version: int) -> set[tuple[str, str, str, str | None]]:
        """Return what a file of a version consists of: the type, name, table and SQL of each object."""
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            for step in self.steps[:version]:
                step(connection)
            return set(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema"))

    def _take_step(self, connection: sqlite3.Connection, version: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _version(connection) == version:  # another process may have been first
                self.steps[version](connection)
                connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
