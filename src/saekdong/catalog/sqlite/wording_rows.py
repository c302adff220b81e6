"""What the catalog has about words: the shop's own ones, how much each column is trusted, and what to fuse again."""

import json
import sqlite3
from collections.abc import Iterator

from saekdong.catalog.product_tags import mean_shares
from saekdong.catalog.sqlite.listing import Changes
from saekdong.catalog.sqlite.model_rows import read_packed_model
from saekdong.catalog.sqlite.records import make_listing, next_change, read_listing, read_shares
from saekdong.catalog.wording import ColumnWords, OwnWords, ProductReading, Wording, column_words, labels_of
from saekdong.color import Vocabulary
from saekdong.tagging.feed_words import FeedText

_OWN, _TRUST = "own words", "trust"
_FUSED_AT_ONCE = 500

STALE = "SELECT product FROM listing WHERE stamp < ?1 OR stamp > ?1 AND stamp < ?2 OR stamp > ?2 LIMIT ?3"
"""Products that another wording fused; both stamps of the current one are given, the smaller first."""


class Wordings:
    """The catalog's wording as it was read last, until what it is made of changes. Safe to share among threads.

    Args:
        vocabulary: the labels of a catalog without a model.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._latest: tuple[object, Wording] | None = None

    def read(self, connection: sqlite3.Connection) -> Wording:
        """Return the wording."""
        values = _read(connection)
        model = connection.execute("SELECT max(number) FROM model").fetchone()[0]
        key, latest = (model, values), self._latest
        if latest and latest[0] == key:
            return latest[1]
        own, trust = (json.loads(values.get(name, "null")) for name in (_OWN, _TRUST))
        wording = Wording(labels_of(read_packed_model(connection), self._vocabulary), own or {}, trust)
        self._latest = key, wording
        return wording


def put_own_words(connection: sqlite3.Connection, own: OwnWords) -> None:
    """Write the shop's own words."""
    _put(connection, _OWN, json.dumps(own, ensure_ascii=False, sort_keys=True))


def is_current(connection: sqlite3.Connection, wording: Wording) -> bool:
    """Return whether all products are fused by this wording, and its trust is that of the evidence."""
    return not _stale(connection, wording, 1) and _measured(connection, wording) == _read(connection).get(_TRUST)


def fuse_some(connection: sqlite3.Connection, changes: Changes, wording: Wording, since: int) -> int:
    """Fuse some products again that another wording fused; if there are none, take the trust of the evidence.

    The trust is measured only then, because the evidence depends on the own words and labels, but not on the trust.

    Returns:
        How many products have other labels now, of those that had not changed after the change `since`.
    """
    relabeled = 0
    numbers = _stale(connection, wording, _FUSED_AT_ONCE)
    for number in numbers:
        old, new = read_listing(connection, number), make_listing(connection, number, wording)
        changes.replace(number, old, new)
        if old and new and (old.tags, old.sources) != (new.tags, new.sources):
            (change,) = connection.execute("SELECT change FROM product WHERE number = ?", (number,)).fetchone()
            connection.execute("UPDATE product SET change = ? WHERE number = ?", (next_change(connection), number))
            relabeled += old.codes != new.codes and change <= since
    if not numbers:
        _put(connection, _TRUST, _measured(connection, wording))
    return relabeled


def read_column_words(connection: sqlite3.Connection, wording: Wording) -> tuple[ColumnWords, ...]:
    """Return how many products each column names a color of, and how often the photo agrees."""
    return column_words(_evidence(connection), wording.trust)


def read_readings(connection: sqlite3.Connection) -> Iterator[ProductReading]:
    """Yield what feed and photos say of each product that is not gone."""
    query = """SELECT product.number, product.id, title, color, path FROM product
        JOIN category ON category.number = product.category WHERE NOT gone ORDER BY product.number"""
    for number, product_id, *fields in connection.execute(query):
        yield ProductReading(product_id, FeedText(*fields), mean_shares(read_shares(connection, number)))


def _stale(connection: sqlite3.Connection, wording: Wording, most: int) -> list[int]:
    return [number for (number,) in connection.execute(STALE, (*sorted(wording.stamps), most))]


def _evidence(connection: sqlite3.Connection) -> dict[str, int]:
    return dict(connection.execute("SELECT evidence, n FROM evidence_count"))


def _measured(connection: sqlite3.Connection, wording: Wording) -> str:
    return json.dumps(wording.measured(_evidence(connection)), sort_keys=True)


def _read(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT name, value FROM wording"))


def _put(connection: sqlite3.Connection, name: str, value: str) -> None:
    connection.execute("INSERT OR REPLACE INTO wording VALUES (?, ?)", (name, value))
