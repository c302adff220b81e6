"""Products in the order of their changes, for exports."""

import sqlite3
from collections.abc import Iterator

from saekdong.catalog.snapshot import Snapshot
from saekdong.catalog.sqlite.labels import CatalogLabels
from saekdong.catalog.sqlite.records import read_products
from saekdong.catalog.stored_products import TaggedProduct

_AT_ONCE = 1000


def read_snapshot(connection: sqlite3.Connection, labels: CatalogLabels, since: int | None, gone: bool) -> Snapshot:
    """Return all products, or those that changed after `since`; see `Store.snapshot`.

    The products are read from the connection while they are taken.
    """
    condition = "NOT gone" if since is None and not gone else "TRUE"
    count, last = connection.execute(
        f"SELECT sum(change > ? AND {condition}), coalesce(max(change), 0) FROM product", (since or 0,)
    ).fetchone()

    def read(after: int) -> Iterator[TaggedProduct]:
        query = f"SELECT number, change FROM product WHERE change > ? AND {condition} ORDER BY change LIMIT {_AT_ONCE}"
        while rows := connection.execute(query, (after,)).fetchall():
            yield from read_products(connection, labels, [number for number, _ in rows]).values()
            after = rows[-1][1]

    return Snapshot(count or 0, last, read(since or 0))
