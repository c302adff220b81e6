"""The review queue of a large catalog: from an answer to the next item, filling the queue, and many people at once.

SAEKDONG_PRODUCTS is the number of products, 500,000 by default. The answers come from one person, over the Python API,
each on the disk before the next item is read. Then eight processes pull and answer 10,000 items together, and those
that two of them got are counted.
"""

import hashlib
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from saekdong.catalog.contract import Store
from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.color import STARTER
from saekdong.feature_store import FeatureStore
from saekdong.fetch import Mark
from saekdong.loop import Loop, NewItem
from saekdong.review.queue import ReviewQueue
from tools import table

PRODUCTS = int(os.environ.get("SAEKDONG_PRODUCTS", "500000"))
ANSWERS, PULLS, PEOPLE = 500, 10_000, 8
_BATCH = 2000


def measure() -> Iterator[str]:
    """Yield the lines of the report."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("SAEKDONG_BENCH_FOLDER")) as place:
        folder = Path(place)
        with SqliteStore.open(folder / "catalog.db", STARTER) as store, Loop.beside(store.path) as loop:
            fill_store(store)
            with FeatureStore.beside(store.path) as features:
                queue = ReviewQueue(loop, store, features)
                begun = time.perf_counter()
                queue.draw()
                drawing = time.perf_counter() - begun
                _ask(loop, range(ANSWERS))
                waits = sorted(_answer(queue))
            _ask(loop, range(ANSWERS, ANSWERS + PULLS))
        with multiprocessing.get_context("spawn").Pool(PEOPLE) as pool:
            begun = time.perf_counter()
            items = [
                item for mine in pool.map(_pull, [(folder, f"person {n}") for n in range(PEOPLE)]) for item in mine
            ]
            pulling = time.perf_counter() - begun
    p50, p95 = (1000 * waits[int(len(waits) * share)] for share in (0.5, 0.95))
    yield from table(
        ("what", "asked for", "reached"),
        [
            (f"answer to next item, p50 / p95 ms, {PRODUCTS:,} products", "50 (p95)", f"{p50:.1f} / {p95:.1f}"),
            (f"items that two of {PEOPLE} processes got, of {len(items):,}", "0", len(items) - len(set(items))),
            ("answers a second of all of them", "-", f"{len(items) / pulling:.0f}"),
            ("filling the queue for a week, s", "-", f"{drawing:.1f}"),
        ],
    )


def digest_of(number: int) -> str:
    """Return the digest of a product's photo."""
    return hashlib.sha256(str(number).encode()).hexdigest()


def fill_store(store: Store) -> None:
    """Put PRODUCTS products with one photo and two labels."""
    random = np.random.default_rng(0)
    run = store.begin("feed")
    with store.bulk():
        rest = iter(range(PRODUCTS))
        while numbers := list(islice(rest, _BATCH)):
            firsts, share = random.integers(0, len(STARTER), len(numbers)), random.uniform(0.4, 1, len(numbers))
            store.put([_product(*each) for each in zip(numbers, firsts.tolist(), share.tolist(), strict=True)], run)
    store.finish(run)


def _product(number: int, first: int, share: float) -> tuple[Product, list[PhotoResult]]:
    shares = {STARTER[first].id: round(share, 4), STARTER[(first + 1) % len(STARTER)].id: round(1 - share, 4)}
    photo = PhotoResult(f"https://shop.example/{number}.jpg", Mark(digest=digest_of(number)), "model", shares)
    return Product(f"p{number}", f"Mug {number}", "Home > Mugs", photos=(photo.place,)), [photo]


def _ask(loop: Loop, numbers: range) -> None:
    step = max(1, PRODUCTS // (ANSWERS + PULLS))
    items = [NewItem(f"p{n * step}", digest_of(n * step), 1 / PRODUCTS, {"navy": 0.6}) for n in numbers]
    loop.draw("segment", items, "model", PRODUCTS)


def _answer(queue: ReviewQueue) -> Iterator[float]:
    """Answer all items as one person; yield the seconds from each answer to the next item."""
    items = queue.next("mina")
    while items:
        begun = time.perf_counter()
        queue.answer("mina", items[0].item, ["red"])
        items = queue.next("mina")
        yield time.perf_counter() - begun


def _pull(task: tuple[Path, str]) -> list[int]:
    folder, by = task
    done = []
    with (
        SqliteStore.open(folder / "catalog.db", STARTER) as store,
        Loop.beside(store.path) as loop,
        FeatureStore.beside(store.path) as features,
    ):
        queue = ReviewQueue(loop, store, features)
        while items := queue.next(by):
            done.append(items[0].item)
            queue.answer(by, items[0].item, ["red"])
    return done
