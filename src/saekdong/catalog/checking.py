"""Whether the filter's tables are what follows from the products' listings."""

import sqlite3
from collections import Counter

from saekdong.catalog.listing import expected_counts
from saekdong.catalog.near import expected_colors


def apart(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many rows of each table are not what follows from the listings."""
    colors = set(expected_colors(connection))
    cells: Counter[int] = Counter()
    for cell, _, n in colors:
        cells[cell] += n
    counts = set(connection.execute("SELECT category, level, bucket, labels, n FROM facet_count"))
    return {
        "facet": _unlike(connection, "SELECT * FROM facet", "SELECT * FROM facet_expected"),
        "facet_count": len(counts.symmetric_difference(expected_counts(connection))),
        "word": _unlike(connection, "SELECT rowid FROM word", "SELECT product FROM listing"),
        "near_product": _unlike(connection, "SELECT * FROM near_product", "SELECT * FROM near_expected"),
        "near_color": len(colors.symmetric_difference(connection.execute("SELECT * FROM near_color"))),
        "near_cell": len(set(cells.items()).symmetric_difference(connection.execute("SELECT * FROM near_cell"))),
    }


def _unlike(connection: sqlite3.Connection, one: str, other: str) -> int:
    """Return how many rows are in the answer to one of two queries alone."""
    queries = (f"SELECT count(*) FROM ({here} EXCEPT {there})" for here, there in ((one, other), (other, one)))
    return sum(int(connection.execute(query).fetchone()[0]) for query in queries)
