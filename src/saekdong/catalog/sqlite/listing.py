"""What filters see of a product, and the tables that follow from it, kept in step with it in the same transaction.

For each category above a product there is a `facet` row for the product as a whole and one for each of its labels.
`facet_count` counts the products of a category by their set of labels: in all (level 0), by coarse and fine steps of
price (1, 2), and by price (3), so that any span of prices is a sum of few rows. `evidence_count` counts the products by
what their words and photos say of how much words can be trusted.
"""

import bisect
import json
import math
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from saekdong.catalog.sqlite import near
from saekdong.catalog.sqlite.schema import ANY, FACET_INDEXES, create_facet_indexes
from saekdong.catalog.sqlite.words import index_words

SCALE = 10_000
"""Shares are kept as whole numbers: parts in so many."""

_FINE, _COARSE = 64, 16  # fine steps of price in a power of ten, and fine steps in a coarse one
_BOUNDS = [float(f"{10 ** (step / _FINE):.6g}") for step in range(-3 * _FINE, 12 * _FINE + 1)]

LISTED = "listing JOIN product ON product.number = listing.product JOIN category ON category.number = product.category"
TEXT = "product.title || ' ' || category.path || ' ' || product.color || ' ' || product.id"
"""What is searched of a product, as a part of a query over `LISTED`."""

EXPECTED_EVIDENCE = "SELECT evidence, count(*) FROM listing GROUP BY evidence"
"""The rows of `evidence_count` that follow from the listings."""

CountKey = tuple[int, int, float, int]


@dataclass(frozen=True, slots=True)
class Listing:
    """What filters see of a product.

    Attributes:
        category: its number.
        price: finite, or None.
        labels: the number of its set of labels.
        tags: codes of labels and their shares, in parts of `SCALE`, in the order that is shown.
        colors: the main colors of its photos, as numbers 0xRRGGBB.
        margin: how far the first tag's share is above the second's; None if a person corrected it, or without tags.
        text: what is searched.
        sources: what each tag comes from, separated by blanks; empty if all come from the photos, or from a person.
        evidence: see `saekdong.catalog.wording.FusedProduct`.
        conflict: the same, in parts of `SCALE`.
        stamp: the same.
    """

    category: int
    price: float | None
    labels: int
    tags: tuple[tuple[int, int], ...]
    colors: tuple[int, ...]
    margin: int | None
    text: str
    sources: str = ""
    evidence: str = ""
    conflict: int | None = None
    stamp: int = 0

    @property
    def share(self) -> int:
        """The largest share; 0 if there are no tags."""
        return max((share for _, share in self.tags), default=0)

    @property
    def codes(self) -> tuple[int, ...]:
        """The codes of its labels, in the order that is displayed."""
        return tuple(code for code, _ in self.tags)


class Changes:
    """Listings that change in one transaction; what follows from them is added up and written at once by `write`.

    Args:
        connection: in a transaction.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._ancestors: dict[int, list[int]] = {}
        self._counts: Counter[CountKey] = Counter()
        self._near: Counter[tuple[int, int]] = Counter()
        self._evidence: Counter[str] = Counter()

    def replace(self, product: int, old: Listing | None, new: Listing | None) -> None:
        """Replace a product's listing; None for no listing."""
        if old == new:
            return
        if new is None:
            self._connection.execute("DELETE FROM listing WHERE product = ?", (product,))
        else:
            row = (
                product,
                new.category,
                new.price,
                new.labels,
                new.share,
                json.dumps(new.tags),
                json.dumps(new.colors),
                new.margin,
                new.sources,
                new.evidence,
                new.conflict,
                new.stamp,
            )
            self._connection.execute(f"INSERT OR REPLACE INTO listing VALUES ({', '.join('?' * len(row))})", row)
        self._replace_facets(product, old, new)
        self._replace_words(product, old.text if old else None, new.text if new else None)
        for listing, sign in ((old, -1), (new, 1)):
            if listing:
                self._evidence[listing.evidence] += sign
                for rgb in listing.colors:
                    self._near[rgb, product] += sign

    def write(self) -> None:
        """Write the sums."""
        changed = [(*key, n) for key, n in self._counts.items() if n]
        self._connection.executemany(
            "INSERT INTO facet_count VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n", changed
        )
        self._connection.executemany(
            "DELETE FROM facet_count WHERE category = ? AND level = ? AND bucket = ? AND labels = ? AND n = 0",
            [row[:4] for row in changed if row[4] < 0],
        )
        near.write(self._connection, self._near)
        self._connection.executemany(
            "INSERT INTO evidence_count VALUES (?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n",
            [(evidence, n) for evidence, n in self._evidence.items() if n],
        )
        self._connection.executemany(
            "DELETE FROM evidence_count WHERE evidence = ? AND n = 0", [(each,) for each in self._evidence]
        )

    def _replace_facets(self, product: int, old: Listing | None, new: Listing | None) -> None:
        before = set(self._facets(product, old)) if old else set()
        after = set(self._facets(product, new)) if new else set()
        self._connection.executemany(
            "DELETE FROM facet WHERE category = ? AND color = ? AND share = ? AND product = ?",
            [row[:4] for row in before - after],
        )
        self._connection.executemany("INSERT INTO facet VALUES (?, ?, ?, ?, ?, ?)", sorted(after - before))
        if before != after:
            self._counts.subtract(self._count_keys(old) if old else ())
            self._counts.update(self._count_keys(new) if new else ())

    def _above(self, category: int) -> list[int]:
        if category not in self._ancestors:
            query = "SELECT above FROM category_above WHERE category = ?"
            self._ancestors[category] = [above for (above,) in self._connection.execute(query, (category,))]
        return self._ancestors[category]

    def _facets(self, product: int, listing: Listing) -> Iterator[tuple[int, int, int, int, float | None, int]]:
        for category in self._above(listing.category):
            for color, share in ((ANY, listing.share), *listing.tags):
                yield category, color, share, product, listing.price, listing.labels

    def _count_keys(self, listing: Listing) -> Iterator[CountKey]:
        for category in self._above(listing.category):
            for level, bucket in price_buckets(listing.price):
                yield category, level, bucket, listing.labels

    def _replace_words(self, product: int, old: str | None, new: str | None) -> None:
        if old == new:
            return
        if old is not None:
            delete = "INSERT INTO word (word, rowid, words) VALUES ('delete', ?, ?)"
            self._connection.execute(delete, (product, index_words(old)))
        if new is not None:
            self._connection.execute("INSERT INTO word (rowid, words) VALUES (?, ?)", (product, index_words(new)))


def price_buckets(price: float | None) -> tuple[tuple[int, float], ...]:
    """Return the level and bucket of each row of `facet_count` in which a price is counted."""
    if price is None:
        return ((0, 0),)
    fine = price_step(price)
    return (0, 0), (1, fine // _COARSE), (2, fine), (3, price)


def price_step(price: float) -> int:
    """Return the fine step of a price; a higher price has the same or a higher one."""
    return bisect.bisect_right(_BOUNDS, price)


def spans(low: float, high: float) -> Iterator[tuple[int, float, float]]:
    """Yield levels and the first and last of their buckets, which together hold the prices from `low` to `high`.

    Example:
        >>> list(spans(5, 5.01))
        [(3, 5, 5.01)]
        >>> [(level, round(first), round(last)) for level, first, last in spans(10, 1000)]
        [(3, 10, 10), (2, 258, 271), (1, 17, 23), (2, 384, 384), (3, 1000, 1000)]
    """
    first, last = price_step(low), price_step(high)
    if first == last:
        yield 3, low, high
        return
    yield 3, low, math.nextafter(_BOUNDS[first], 0)
    yield from _steps(first + 1, last - 1)
    yield 3, _BOUNDS[last - 1], high


def _steps(first: int, last: int) -> Iterator[tuple[int, float, float]]:
    start, end = -(-first // _COARSE), (last + 1) // _COARSE
    if start >= end:
        parts = [(2, first, last)]
    else:
        parts = [(2, first, start * _COARSE - 1), (1, start, end - 1), (2, end * _COARSE, last)]
    yield from (part for part in parts if part[1] <= part[2])


def expected_counts(connection: sqlite3.Connection) -> Iterator[tuple[int, int, float, int, int]]:
    """Yield the rows of `facet_count` that follow from the listings."""
    counts: Counter[CountKey] = Counter()
    rows = connection.execute(
        "SELECT above, price, labels, count(*) FROM listing JOIN category_above USING (category) GROUP BY 1, 2, 3"
    )
    for category, price, labels, n in rows:
        for level, bucket in price_buckets(price):
            counts[category, level, bucket, labels] += n
    yield from ((*key, n) for key, n in sorted(counts.items()))


def rebuild(connection: sqlite3.Connection) -> None:
    """Rebuild all tables that derive from the listings, in a transaction."""
    for name in FACET_INDEXES:
        connection.execute(f"DROP INDEX {name}")
    for table in ("facet", "facet_count"):
        connection.execute(f"DELETE FROM {table}")
    connection.execute("INSERT INTO facet SELECT * FROM facet_expected ORDER BY 1, 2, 3, 4")
    create_facet_indexes(connection)
    connection.executemany("INSERT INTO facet_count VALUES (?, ?, ?, ?, ?)", expected_counts(connection))
    connection.execute("INSERT INTO word (word) VALUES ('delete-all')")
    texts = connection.execute(f"SELECT product, {TEXT} FROM {LISTED} ORDER BY product")
    connection.executemany("INSERT INTO word (rowid, words) VALUES (?, ?)", ((n, index_words(t)) for n, t in texts))
    near.rebuild(connection)
    connection.execute("DELETE FROM evidence_count")
    connection.execute(f"INSERT INTO evidence_count {EXPECTED_EVIDENCE}")
