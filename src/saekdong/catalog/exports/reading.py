"""The products that an export writes, all as they were at one moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from saekdong.catalog.sqlite.records import Shown
from saekdong.catalog.sqlite.store import Store

_AT_ONCE = 1000


@dataclass(frozen=True)
class Snapshot:
    """Products as they were at one moment.

    Attributes:
        count: how many there are.
        last: the number of the last change; a later export goes on after it.
        products: in the order of their changes.
    """

    count: int
    last: int
    products: Iterator[Shown]


@contextmanager
def snapshot(store: Store, since: int | None = None, *, gone: bool = False) -> Iterator[Snapshot]:
    """Lend all products of a catalog, or those that changed after the change `since`.

    Args:
        store: the catalog.
        since: the number of a change; None for all products.
        gone: lend all products that are gone as well; among changes they always are.
    """
    chosen = "NOT gone" if since is None and not gone else "TRUE"
    with store.reading() as connection:
        count, last = connection.execute(
            f"SELECT sum(change > ? AND {chosen}), coalesce(max(change), 0) FROM product",
            (since or 0,),
        ).fetchone()

        def read(after: int) -> Iterator[Shown]:
            query = f"SELECT number, change FROM product WHERE change > ? AND {chosen} ORDER BY change LIMIT {_AT_ONCE}"
            while rows := connection.execute(query, (after,)).fetchall():
                yield from store.shown(connection, [number for number, _ in rows]).values()
                after = rows[-1][1]

        yield Snapshot(count or 0, last, read(since or 0))
