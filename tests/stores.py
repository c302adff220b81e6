"""The stores that the tests of the contract run against, by name, and products to put into them."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from saekdong.catalog.contract import Store
from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.color import STARTER
from saekdong.photo import DominantColor

OpenStore = Callable[[Path], Store]
"""Opens the catalog in a folder, made if there is none, with the starter's labels."""


def open_sqlite(folder: Path) -> SqliteStore:
    return SqliteStore.open(folder / "catalog.db", STARTER)


STORES: dict[str, OpenStore] = {"sqlite": open_sqlite}


def assert_intact(folder: Path) -> None:
    """Check the files of a store, if it keeps any."""
    for path in folder.glob("*.db"):
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def put(store: Store, product: Product, *results: PhotoResult, feed: str = "feed") -> int:
    run = store.begin(feed)
    store.put([(product, results)], run)
    return run


def labels_of(store: Store, product_id: str) -> list[str]:
    shown = store.get(product_id)
    assert shown is not None
    return [tag.label for tag in shown.tags]


def fill(store: Store, count: int = 300) -> None:
    """Put products of two labels and three colors each."""
    rng = np.random.default_rng(0)
    batch = []
    for n in range(count):
        rgb, share = rng.integers(0, 256, (3, 3)).tolist(), float(rng.random())
        palette = tuple(DominantColor(*color, 0.3, 0.3) for color in rgb)
        chosen = rng.choice(STARTER.ids, 2, replace=False).tolist()
        photo = PhotoResult("a", shares=dict(zip(chosen, (share, 1 - share), strict=True)), palette=palette)
        category = ["A", "A > B", "C"][n % 3]
        batch.append((Product(f"p{n}", "머그컵 mug", category, float(rng.integers(1, 99)), photos=("a",)), [photo]))
    run = store.begin("feed")
    store.put(batch, run)
    store.finish(run)


def fill_often(name: str, folder: Path) -> None:
    """Put the same products again and again, in a process of its own."""
    store = STORES[name](folder)
    for _ in range(10):
        fill(store, 30)
    store.close()


def without_words(old: sqlite3.Connection) -> None:
    """Remove what version 8 of SQLite's schema brought, and the index that came later."""
    for index in ("listing_stamp", "listing_conflict", "listing_untagged"):
        old.execute(f"DROP INDEX {index}")
    for column in ("sources", "evidence", "conflict", "stamp"):
        old.execute(f"ALTER TABLE listing DROP COLUMN {column}")
    for table in ("evidence_count", "wording"):
        old.execute(f"DROP TABLE {table}")
