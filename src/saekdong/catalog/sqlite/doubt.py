"""The review's queries: products in doubt, the most doubtful first. See `saekdong.catalog.review`."""

import sqlite3

from saekdong.catalog.review import MOST_COUNTED, Placed
from saekdong.catalog.sqlite.labels import CatalogLabels
from saekdong.catalog.sqlite.records import read_products
from saekdong.catalog.sqlite.schema import NEAR_TIE_PARTS

# Both read the partial index `listing_doubt` alone; they must name its condition.
_IN_DOUBT = f"FROM listing WHERE margin < {NEAR_TIE_PARTS}"
PAGE = f"""SELECT margin, share, product {_IN_DOUBT} AND (margin, share, product) > (?, ?, ?)
    ORDER BY margin, share, product LIMIT ?"""
COUNT = f"SELECT count(*) FROM (SELECT 1 {_IN_DOUBT} LIMIT {MOST_COUNTED + 1})"

_Key = tuple[int, int, int]
_START: _Key = (-1, -1, -1)
_LARGEST = (1 << 63) - 1  # SQLite's


def read_doubtful(connection: sqlite3.Connection, labels: CatalogLabels, after: str, limit: int) -> list[Placed]:
    """Return products in doubt after a place; see `Store.doubtful`."""
    rows = connection.execute(PAGE, (*_read_place(after), limit)).fetchall()
    products = read_products(connection, labels, [number for _, _, number in rows])
    return [Placed(products[row[2]], _write_place(row)) for row in rows]


def count_doubtful(connection: sqlite3.Connection) -> int:
    """Return how many products are in doubt, counted up to `MOST_COUNTED` + 1."""
    return int(connection.execute(COUNT).fetchone()[0])


def _write_place(key: _Key) -> str:
    return "-".join(map(str, key))


def _read_place(text: str) -> _Key:
    try:
        margin, share, product = (int(part) for part in text.split("-"))
    except ValueError:
        return _START
    return (margin, share, product) if max(margin, share, product) <= _LARGEST else _START
