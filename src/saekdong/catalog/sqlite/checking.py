"""Compare the filter's tables with what follows from the products' listings."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import groupby

from saekdong.catalog.sqlite.listing import EXPECTED_EVIDENCE, expected_counts
from saekdong.catalog.sqlite.near import expected_colors


def mismatches(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many rows of each table are not what follows from the listings."""
    counts = connection.execute("SELECT category, level, bucket, labels, n FROM facet_count ORDER BY 1, 2, 3, 4, 5")
    colors = connection.execute("SELECT rgb, cell, n FROM near_color ORDER BY 1, 2, 3")
    cells: Counter[int] = Counter()
    return {
        "facet": _unlike(connection, "SELECT * FROM facet", "SELECT * FROM facet_expected"),
        "facet_count": _alone(expected_counts(connection), counts),
        "word": _unlike(connection, "SELECT rowid FROM word", "SELECT product FROM listing"),
        "near_product": _unlike(connection, "SELECT * FROM near_product", "SELECT * FROM near_expected"),
        "near_color": _alone(_tallied(expected_colors(connection), cells), colors),
        "evidence_count": _unlike(connection, "SELECT * FROM evidence_count", EXPECTED_EVIDENCE),
        "near_cell": len(set(cells.items()).symmetric_difference(connection.execute("SELECT * FROM near_cell"))),
    }


def _tallied(colors: Iterable[tuple[int, int, int]], cells: Counter[int]) -> Iterator[tuple[int, int, int]]:
    """Yield rows of `near_color`, the color first, and add them up by their cells."""
    for cell, rgb, n in colors:
        cells[cell] += n
        yield rgb, cell, n


def _alone(one: Iterable[tuple[float, ...]], other: Iterable[tuple[float, ...]]) -> int:
    """Return how many rows are in one of two sorted streams alone: there are too many for sets of them."""
    return sum(len(list(same)) == 1 for _, same in groupby(merge(one, other)))


def _unlike(connection: sqlite3.Connection, one: str, other: str) -> int:
    """Return how many rows are in the answer to one of two queries alone."""
    queries = (f"SELECT count(*) FROM ({here} EXCEPT {there})" for here, there in ((one, other), (other, one)))
    return sum(int(connection.execute(query).fetchone()[0]) for query in queries)
