"""Lists of products that staff work through, the newest in the catalog first; see `saekdong.catalog.review`."""

import sqlite3

from saekdong.catalog.review import MOST_COUNTED, Placed, Worklist
from saekdong.catalog.sqlite.labels import CatalogLabels
from saekdong.catalog.sqlite.records import read_products

# Each reads a partial index; the text must name its condition.
FAILED = """SELECT DISTINCT photo.product FROM photo
    JOIN product ON product.number = photo.product
    WHERE error_code IS NOT NULL AND NOT gone AND correction IS NULL AND photo.product < ?
    ORDER BY photo.product DESC LIMIT ?"""
UNTAGGED = "SELECT product FROM listing WHERE tags = '[]' AND product < ? ORDER BY product DESC LIMIT ?"
CORRECTED = """SELECT number FROM product WHERE correction IS NOT NULL AND NOT gone AND number < ?
    ORDER BY number DESC LIMIT ?"""
_QUERIES: dict[Worklist, str] = {"failed": FAILED, "untagged": UNTAGGED, "corrected": CORRECTED}
_LARGEST = (1 << 63) - 1  # SQLite's


def read_worklist(
    connection: sqlite3.Connection, labels: CatalogLabels, kind: Worklist, after: str, limit: int
) -> list[Placed]:
    """Return products of a list after a place; see `Store.worklist`."""
    before = int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else _LARGEST
    numbers = [number for (number,) in connection.execute(_QUERIES[kind], (before, limit))]
    products = read_products(connection, labels, numbers)
    return [Placed(products[number], str(number)) for number in numbers]


def count_worklist(connection: sqlite3.Connection, kind: Worklist) -> int:
    """Return how many products a list has, counted up to `MOST_COUNTED` + 1."""
    query = f"SELECT count(*) FROM ({_QUERIES[kind]})"
    return int(connection.execute(query, (_LARGEST, MOST_COUNTED + 1)).fetchone()[0])
