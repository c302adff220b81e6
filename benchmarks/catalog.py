"""The color filter over generated products: a page with its counts, while 500 products/s are being tagged.

    SAEKDONG_PRODUCTS=10000000 SAEKDONG_BENCH_FOLDER=/big python benchmarks/run.py catalog

One million products by default; SAEKDONG_BENCH_FOLDER keeps them for another run. Labels, categories and words are as
uneven as a shop's, with one to three labels per product. The writer is another process; two thirds of its writes are
products tagged again with other labels, in the order of their feed, the rest are new.
"""

import json
import multiprocessing
import os
import resource
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np

from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.query import Query
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.color import STARTER
from saekdong.photo import DominantColor
from tools import table

PRODUCTS = int(os.environ.get("SAEKDONG_PRODUCTS", "1000000"))
QUERIES = 2000
RATE, BATCH = 500, 50
LABELS = np.array([18, 14, 10, 5, 2, 3, 6, 8, 9, 2, 3, 6, 6, 8]) / 100
TOPS, MIDDLES, LEAVES = 16, 8, 5
THINGS = ("머그", "셔츠", "의자", "운동", "가방", "조명", "침대", "접시", "모자", "양말")
PARTS = ("컵", "세트", "커버", "화", "끈", "등", "보", "받침", "함", "장갑", "걸이", "대", "판", "봉", "띠")
NOUNS = [thing + part for part in PARTS for thing in THINGS]
BRANDS = [f"{a}{b}" for a in ("Ara", "Beom", "Chae", "Dal", "Eun", "Gaon") for b in ("home", "wear", "lab", "co")]
HOW = ("도자기", "면", "가죽", "원목", "스틸", "린넨", "울", "유리", "대나무", "실리콘")


def measure() -> Iterator[str]:
    """Yield the times of a mix of queries as a table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(os.environ.get("SAEKDONG_BENCH_FOLDER", folder)) / f"catalog-{PRODUCTS}.db"
        begun = time.perf_counter()
        if not path.is_file():
            build(path, PRODUCTS)
        size = path.stat().st_size / (1 << 30)
        yield f"{PRODUCTS:,} products, {size:.1f} GB, built in {time.perf_counter() - begun:.0f} s.\n"
        store = SqliteStore.open(path, STARTER)
        yield from table(("state", "kind", "queries", "p50 ms", "p99 ms", "worst ms"), _alone(store))
        yield ""
        yield from table(("state", "kind", "queries", "p50 ms", "p99 ms", "worst ms"), _beside_writer(store, path))
        store.close()
        yield f"\nMost memory of the reader: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB."


def _alone(store: SqliteStore) -> Iterator[tuple[object, ...]]:
    yield from _rows("alone", _times(store, QUERIES // 4, seed=1))


def _beside_writer(store: SqliteStore, path: Path) -> Iterator[tuple[object, ...]]:
    context = multiprocessing.get_context("spawn")
    written, stop = context.Value("q", 0), context.Event()
    writer = context.Process(target=_write, args=(path, written, stop))
    writer.start()
    while not written.value:
        time.sleep(0.1)
    first, begun = written.value, time.perf_counter()
    times = _times(store, QUERIES, seed=2)
    rate = (written.value - first) / (time.perf_counter() - begun)
    stop.set()
    writer.join()
    yield from _rows(f"beside {rate:.0f} writes/s", times)


def _rows(state: str, times: dict[str, list[float]]) -> Iterator[tuple[object, ...]]:
    pages = [each for kind, some in times.items() if kind != "near" for each in some]
    for kind, some in {"page and counts": pages, **times}.items():
        p50, p99 = np.percentile(some, [50, 99]) * 1000
        yield state, kind, len(some), f"{p50:.1f}", f"{p99:.1f}", f"{max(some) * 1000:.1f}"


def _times(store: SqliteStore, count: int, seed: int) -> dict[str, list[float]]:
    """Return the seconds of each query, by kind."""
    rng = np.random.default_rng(seed)
    times: dict[str, list[float]] = {}
    for _ in range(count):
        kind, query = _query(rng)
        begun = time.perf_counter()
        page = store.find(query)
        times.setdefault(kind, []).append(time.perf_counter() - begun)
        if os.environ.get("SAEKDONG_BENCH_SLOW") and times[kind][-1] > 0.06:
            print(round(times[kind][-1] * 1000), kind, query, page.total)
    for color in rng.integers(0, 256, (count // 10, 3)).tolist():
        begun = time.perf_counter()
        store.nearest(color)
        times.setdefault("near", []).append(time.perf_counter() - begun)
    return times


def _query(rng: np.random.Generator) -> tuple[str, Query]:
    """Return the queries of customers, each with its kind."""
    kind = str(rng.choice(["label", "any", "all", "category", "price", "text"], p=[0.3, 0.16, 0.08, 0.16, 0.16, 0.14]))
    labels: tuple[str, ...] = ()
    if kind not in ("category", "text") or rng.random() < 0.4:
        count = {"any": rng.integers(2, 4), "all": 2}.get(kind, 1)
        labels = tuple(np.array(STARTER.ids)[rng.choice(14, count, replace=False, p=LABELS)].tolist())
    category = _category(_leaf(rng, 1)[0], int(rng.integers(1, 4))) if kind == "category" or rng.random() < 0.4 else ""
    low = float(rng.choice([5_000, 10_000, 19_900, 30_000]))
    price = (low, low * float(rng.choice([1.2, 2, 5]))) if kind == "price" or rng.random() < 0.1 else (None, None)
    text = ""
    if kind == "text":
        noun = NOUNS[int(rng.choice(len(NOUNS), p=_often()))]
        text = str(rng.choice([noun, noun[:2], noun[-1], f"{rng.choice(HOW)} {noun}", f"{rng.choice(BRANDS)} {noun}"]))
    sort = str(rng.choice(["share", "newest", "price", "price-desc"], p=[0.55, 0.2, 0.15, 0.1]))
    match = "all" if kind == "all" else "any"
    return kind, Query(labels, match, text, category, *price, sort=sort)  # type: ignore[arg-type]


def build(path: Path, count: int) -> None:
    """Make a catalog of generated products: products, photos and listings in order, the rest by `rebuild`."""
    store = SqliteStore.open(path, STARTER)
    run = store.begin("generated")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -2097152")

    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO label VALUES (?, ?)", enumerate(STARTER.ids, start=1))
    _insert_categories(connection)
    sets = {"": 0}
    rng = np.random.default_rng(0)
    for start in range(0, count, 100_000):
        _insert_products(connection, rng, start, min(100_000, count - start), run, sets)
    rows = [(number, labels) for labels, number in sets.items() if number]
    connection.executemany("INSERT INTO label_set VALUES (?, ?)", rows)
    connection.execute("COMMIT")
    connection.close()
    store.rebuild()
    store.finish(run)
    store.close()


def _insert_categories(connection: sqlite3.Connection) -> None:
    numbers = {"": 0}
    for leaf in range(TOPS * MIDDLES * LEAVES):
        for depth in (1, 2, 3):
            path = _category(leaf, depth)
            if path not in numbers:
                parent = numbers[path.rpartition(" > ")[0]]
                numbers[path] = len(numbers)
                connection.execute("INSERT INTO category VALUES (?, ?, ?)", (numbers[path], parent, path))
                above = "SELECT ?1, above FROM category_above WHERE category = ?2 UNION SELECT ?1, ?1"
                connection.execute(f"INSERT INTO category_above {above}", (numbers[path], parent))


def _category(leaf: int, depth: int) -> str:
    names = (f"부문 {leaf // (MIDDLES * LEAVES)}", f"분류 {leaf // LEAVES % MIDDLES}", f"Kind {leaf % LEAVES}")
    return " > ".join(names[:depth])


def _leaf(rng: np.random.Generator, count: int) -> list[int]:
    tops = np.minimum(rng.zipf(1.6, count) - 1, TOPS - 1)
    rest = rng.integers(0, MIDDLES * LEAVES, count)
    return (tops * MIDDLES * LEAVES + rest).tolist()  # type: ignore[no-any-return]


def _insert_products(
    connection: sqlite3.Connection, rng: np.random.Generator, start: int, count: int, run: int, sets: dict[str, int]
) -> None:
    numbers = dict(connection.execute("SELECT path, number FROM category").fetchall())
    products, photos, listings = [], [], []
    for place, product, tags, palette in _generate(rng, start, count):
        number, codes = place + 1, " ".join(map(str, sorted(code for code, _ in tags)))
        category = numbers[product.category]
        products.append(
            (number, product.id, number, "generated", run, 0, product.digest(), product.title, category, product.price,
             "KRW", product.link, "", "", None, None, None)
        )  # fmt: skip
        dots = [(color.red, color.green, color.blue, color.score, color.pixel_fraction) for color in palette]
        shares = json.dumps({STARTER.ids[code - 1]: share / 10_000 for code, share in tags})
        photos.append((number, 0, product.photos[0], "", "", 0, 0, "", "m", shares, json.dumps(dots), None, None))
        colors = dict.fromkeys(color.red << 16 | color.green << 8 | color.blue for color in palette)
        labels = sets.setdefault(codes, len(sets))
        margin = tags[0][1] - (tags[1][1] if len(tags) > 1 else 0)
        listings.append(
            (
                number,
                category,
                product.price,
                labels,
                tags[0][1],
                json.dumps(tags),
                json.dumps([*colors]),
                margin,
                "",
                "",
                None,
                0,
            )
        )
    for name, rows, width in (("product", products, 17), ("photo", photos, 13), ("listing", listings, 12)):
        connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * width)})", rows)  # noqa: S608


def _generate(
    rng: np.random.Generator, start: int, count: int
) -> Iterator[tuple[int, Product, list[tuple[int, int]], tuple[DominantColor, ...]]]:
    """Yield places, products, tags (code and share in 10,000) and palettes."""
    leaves = _leaf(rng, count)
    prices = (np.round(np.exp(rng.normal(10.2, 0.9, count)), -3) - rng.choice([0, 100, 500, 10], count)).tolist()
    nouns = rng.choice(len(NOUNS), count, p=_often()).tolist()
    brands, hows = rng.integers(0, len(BRANDS), count).tolist(), rng.integers(0, len(HOW), count).tolist()
    amounts = rng.choice([1, 2, 3], count, p=[0.6, 0.32, 0.08]).tolist()
    labels = rng.choice(14, (count, 3), p=LABELS).tolist()
    shares = rng.beta(6, 3, count).tolist()
    spread = rng.normal(rng.choice([60, 128, 220], (count, 2, 1)), 40, (count, 2, 3))
    colors = np.clip(spread, 0, 255).astype(int).tolist()
    for i in range(count):
        title = f"{BRANDS[brands[i]]} {HOW[hows[i]]} {NOUNS[nouns[i]]} {start + i}"
        price = max(prices[i], 1000.0) if i % 50 else None
        place = f"https://photos.example/{start + i}.jpg"
        product = Product(str(start + i), title, _category(leaves[i], 3), price, "KRW", place[:-4], photos=(place,))
        own = list(dict.fromkeys(labels[i][: amounts[i]]))
        tags = [(code + 1, int(10_000 * shares[i] * 0.9**rank / len(own))) for rank, code in enumerate(own)]
        yield start + i, product, tags, tuple(DominantColor(*rgb, 0.5, 0.4) for rgb in colors[i])


def _often() -> np.ndarray:
    """Return how often each noun is used: the first in 5% of the products, the last in 0.2%."""
    weights = 1 / np.arange(5, len(NOUNS) + 5)
    return weights / weights.sum()  # type: ignore[no-any-return]


def _write(path: Path, written: "Synchronized[int]", stop: Event) -> None:
    """Put products at an even rate until it is stopped."""
    store = SqliteStore.open(path, STARTER)
    run, rng = store.begin("later"), np.random.default_rng()
    new, at = int(time.time()) * 1000, int(rng.integers(PRODUCTS))
    due = time.perf_counter()
    while not stop.is_set():
        again = (at + np.arange(BATCH)) % PRODUCTS
        batch = []
        for place, product, tags, palette in _generate(rng, new, BATCH):
            if place % 3 and (shown := store.get(str(again[place - new]))):
                product = shown.product
            shares = {STARTER.ids[code - 1]: share / 10_000 for code, share in tags}
            batch.append((product, [PhotoResult(product.photos[0], model="n", shares=shares, palette=palette)]))
        store.put(batch, run)
        new, at = new + BATCH, at + BATCH
        written.value += BATCH
        due += BATCH / RATE
        time.sleep(max(0.0, due - time.perf_counter()))
    store.close()
