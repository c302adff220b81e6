"""The queries of conflicts between words and photos, the surest first. See `saekdong.catalog.conflicts`."""

import sqlite3

from saekdong.catalog.conflicts import MOST_COUNTED, WordConflict
from saekdong.catalog.product_tags import Shares, mean_shares
from saekdong.catalog.products import NOWHERE
from saekdong.catalog.sqlite.labels import CatalogLabels
from saekdong.catalog.sqlite.listing import SCALE
from saekdong.catalog.sqlite.records import read_places, read_products, read_shares, read_text
from saekdong.catalog.wording import Wording

# Both read the partial index `listing_conflict` alone; they must name its condition.
_IN_CONFLICT = "FROM listing WHERE conflict IS NOT NULL"
PAGE = f"""SELECT conflict, product {_IN_CONFLICT} AND (conflict < ?1 OR conflict = ?1 AND product > ?2)
    ORDER BY conflict DESC, product LIMIT ?3"""
COUNT = f"SELECT count(*) FROM (SELECT 1 {_IN_CONFLICT} LIMIT {MOST_COUNTED + 1})"

_Key = tuple[int, int]
_LARGEST = (1 << 63) - 1  # SQLite's
_START: _Key = (_LARGEST, 0)


def read_conflicts(
    connection: sqlite3.Connection, labels: CatalogLabels, wording: Wording, after: str, limit: int
) -> list[WordConflict]:
    """Return products in conflict after a place; see `Store.conflicts`."""
    rows = connection.execute(PAGE, (*_read_place(after), limit)).fetchall()
    products = read_products(connection, labels, [number for _, number in rows])
    return [
        WordConflict(
            products[number],
            wording.named(read_text(connection, number)),
            _falling(mean_shares(read_shares(connection, number))),
            sure / SCALE,
            next((place for place in read_places(connection, number) if not place.startswith(NOWHERE)), None),
            f"{sure}-{number}",
        )
        for sure, number in rows
    ]


def count_conflicts(connection: sqlite3.Connection) -> int:
    """Return how many products are in conflict, counted up to `MOST_COUNTED` + 1."""
    return int(connection.execute(COUNT).fetchone()[0])


def _falling(shares: Shares) -> Shares:
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def _read_place(text: str) -> _Key:
    try:
        sure, product = (int(part) for part in text.split("-"))
    except ValueError:
        return _START
    return (sure, product) if max(sure, product) <= _LARGEST else _START
