"""A file of photos' features, `features.db`: a cache, which adding the feeds again would fill again."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from saekdong.database import Database, Schema
from saekdong.photo import statistics
from saekdong.photo.features import LENGTH, VERSION

FILE = "features.db"

BLOCK = 4096
"""How many photos `blocks` reads at once."""

_BYTES = 2 * LENGTH
_LOOKED_UP = 500


def _first(connection: sqlite3.Connection) -> None:
    connection.execute(
        """CREATE TABLE photo (
            number INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE,
            version INTEGER NOT NULL, features BLOB NOT NULL,
            statistics_version INTEGER NOT NULL, statistics BLOB NOT NULL
        )"""
    )


SCHEMA = Schema("file of features", (_first,), "let its owner run 'saekdong catalog check' once")


@dataclass(frozen=True, slots=True)
class PhotoFeatures:
    """What is kept of one photo.

    Attributes:
        digest: the SHA-256 of the photo's file, in hexadecimal.
        features: `PhotoDescription.features`, float16 (LENGTH,) as bytes; empty if all pixels are transparent.
        statistics: by `photo_statistics`, float16 (K,) as bytes; empty if not known, as of a photo that taught.
    """

    digest: str
    features: bytes
    statistics: bytes


class FeatureStore:
    """The features of photos, by the SHA-256 of their files; safe to share among threads and processes.

    Features of another version of Saekdong's features are treated as missing.

    Example:
        >>> import tempfile
        >>> digest, features = "ab" * 32, np.full(LENGTH, 0.5, np.float16)
        >>> with FeatureStore.open(Path(tempfile.mkdtemp()) / "features.db") as store:
        ...     store.put([PhotoFeatures(digest, features.tobytes(), b"")])
        ...     found = store.read([digest, "cd" * 32])
        >>> list(found), found[digest][0]
        (['abababababababababababababababababababababababababababababababab'], np.float32(0.5))
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, path: Path) -> "FeatureStore":
        """Open a file of features, made if there is none.

        Raises:
            SaekdongError: it cannot be opened, is not such a file, or was made by a newer Saekdong.
        """
        return cls(Database.open(path, SCHEMA))

    @classmethod
    def beside(cls, catalog: Path) -> "FeatureStore":
        """Open the file of features that belongs to a catalog, `features.db` in its folder; errors as `open`."""
        return cls.open(catalog.with_name(FILE))

    @classmethod
    def beside_to_read(cls, catalog: Path) -> "FeatureStore":
        """Open the file that belongs to a catalog to read it; without a file it holds nothing. Errors as `open`."""
        return cls(Database.open_to_read_if_any(catalog.with_name(FILE), SCHEMA))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def put(self, photos: Iterable[PhotoFeatures]) -> None:
        """Keep photos' features, all in one transaction; those of a digest that is there already are replaced.

        Statistics that are known are not replaced by unknown ones. A photo whose statistics become known came in now:
        it gets a new number.
        """
        rows = [
            (bytes.fromhex(each.digest), VERSION, each.features, _version(each), each.statistics) for each in photos
        ]
        if not rows:
            return
        with self._database.writing() as connection:
            connection.executemany(
                """INSERT INTO photo (digest, version, features, statistics_version, statistics)
                VALUES (?, ?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE SET version = excluded.version,
                features = excluded.features, statistics_version = excluded.statistics_version,
                statistics = excluded.statistics, number = CASE statistics_version WHEN 0
                THEN (SELECT max(number) + 1 FROM photo) ELSE number END
                WHERE version <> excluded.version
                OR (statistics_version <> excluded.statistics_version AND excluded.statistics_version <> 0)""",
                rows,
            )

    def read(self, digests: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """Return the features of those of these photos that have any, float32 (LENGTH,) each, by digest.

        A photo whose pixels are all transparent has features of 0.
        """
        found: dict[str, NDArray[np.float32]] = {}
        with self._database.reading() as connection:
            for digest, features in _rows(connection, digests, "features", "version", VERSION):
                found[digest] = _as_array(features).astype(np.float32)
        return found

    def read_rows(self, digests: Iterable[str]) -> tuple[list[str], NDArray[np.float32]]:
        """Return those of these photos that have features, and these, float32 (N, LENGTH); as `read`, but faster."""
        with self._database.reading() as connection:
            found = list(_rows(connection, digests, "features", "version", VERSION))
        joined = b"".join(features or bytes(_BYTES) for _, features in found)
        return [digest for digest, _ in found], np.frombuffer(joined, np.float16).reshape(-1, LENGTH).astype(np.float32)

    def known(self, digests: Iterable[str]) -> set[str]:
        """Return those of these photos that have features."""
        with self._database.reading() as connection:
            return {digest for digest, _ in _rows(connection, digests, "''", "version", VERSION)}

    def statistics(self, digests: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """Return the statistics of those of these photos that have any, float32 (K,) each, by digest."""
        with self._database.reading() as connection:
            rows = _rows(connection, digests, "statistics", "statistics_version", statistics.VERSION)
            return {digest: np.frombuffer(values, np.float16).astype(np.float32) for digest, values in rows}

    def blocks(self) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
        """Yield all photos that have features, some thousands at a time: digests, and features float32 (N, LENGTH)."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT digest, features FROM photo WHERE version = ? ORDER BY number", (VERSION,)
            )
            while block := rows.fetchmany(BLOCK):
                digests = [digest.hex() for digest, _ in block]
                joined = b"".join(features or bytes(_BYTES) for _, features in block)
                yield digests, np.frombuffer(joined, np.float16).reshape(-1, LENGTH).astype(np.float32)

    def last_number(self) -> int:
        """Return the number of the photo that was kept last; later ones have higher numbers. 0 if there is none."""
        with self._database.reading() as connection:
            return int(connection.execute("SELECT coalesce(max(number), 0) FROM photo").fetchone()[0])

    def numbers(self, digests: Iterable[str]) -> dict[str, int]:
        """Return the numbers of those of these photos that have features, by digest."""
        with self._database.reading() as connection:
            return dict(_rows(connection, digests, "number", "version", VERSION))

    def count(self) -> int:
        """Return how many photos have features."""
        with self._database.reading() as connection:
            query = "SELECT count(*) FROM photo WHERE version = ?"
            return int(connection.execute(query, (VERSION,)).fetchone()[0])

    def forget(self, digests: Iterable[str]) -> int:
        """Remove photos' features; return how many there were."""
        with self._database.writing() as connection:
            rows = [(bytes.fromhex(digest),) for digest in digests]
            return connection.executemany("DELETE FROM photo WHERE digest = ?", rows).rowcount


def _rows(
    connection: sqlite3.Connection, digests: Iterable[str], column: str, version_column: str, version: int
) -> Iterator[tuple[str, Any]]:
    rest = iter(digests)
    while some := [bytes.fromhex(each) for each in islice(rest, _LOOKED_UP)]:
        marks = ", ".join("?" * len(some))
        query = f"SELECT digest, {column} FROM photo WHERE {version_column} = ? AND digest IN ({marks})"
        for digest, values in connection.execute(query, (version, *some)):
            yield digest.hex(), values


def _version(photo: PhotoFeatures) -> int:
    """Return the version of a photo's statistics; 0 if they are not known."""
    return statistics.VERSION if photo.statistics else 0


def _as_array(features: bytes) -> NDArray[np.float16]:
    return np.frombuffer(features or bytes(_BYTES), np.float16)


def is_transparent(features: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which photos, of features (N, LENGTH), have no visible pixel, (N,)."""
    transparent: NDArray[np.bool_] = (features == 0).all(axis=1)
    return transparent
