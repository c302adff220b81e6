"""Whether the filter's tables are what follows from the products' listings."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import groupby

from saekdong.catalog.listing import expected_counts
from saekdong.catalog.near import expected_colors


def apart(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many rows of each table are not what follows from the listings."""
    cells: Counter[int] = Counter()

    def colors() -> Iterator[tuple[int, int, int]]:
        for cell, rgb, n in expected_colors(connection):
            cells[cell] += n
            yield rgb, cell, n

    found = connection.execute("SELECT rgb, cell, n FROM near_color ORDER BY 1, 2, 3")
    near_color = _alone(colors(), found)
    counts = set(connection.execute("SELECT category, level, bucket, labels, n FROM facet_count"))
    return {
        "facet": _unlike(connection, "SELECT * FROM facet", "SELECT * FROM facet_expected"),
        "facet_count": len(counts.symmetric_difference(expected_counts(connection))),
        "word": _unlike(connection, "SELECT rowid FROM word", "SELECT product FROM listing"),
        "near_product": _unlike(connection, "SELECT * FROM near_product", "SELECT * FROM near_expected"),
        "near_color": near_color,
        "near_cell": len(set(cells.items()).symmetric_difference(connection.execute("SELECT * FROM near_cell"))),
    }


def _alone(one: Iterable[tuple[int, ...]], other: Iterable[tuple[int, ...]]) -> int:
    """Return how many rows are in one of two sorted streams alone: there are too many colors for sets of them."""
    return sum(len(list(same)) == 1 for _, same in groupby(merge(one, other)))


def _unlike(connection: sqlite3.Connection, one: str, other: str) -> int:
    """Return how many rows are in the answer to one of two queries alone."""
    queries = (f"SELECT count(*) FROM ({here} EXCEPT {there})" for here, there in ((one, other), (other, one)))
    return sum(int(connection.execute(query).fetchone()[0]) for query in queries)
