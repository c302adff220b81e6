"""The catalog's store: what is put, known, corrected and gone; several writers; what a killed one leaves."""

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.query import MATCHES, SORTS, Query
from saekdong.catalog.sqlite import SqliteStore
from saekdong.catalog.sqlite.coded_query import CodedQuery
from saekdong.catalog.sqlite.indexed import (
    Indexed,
    best_share_query,
    count_conditions,
    gather_query,
    order_queries,
    set_query,
)
from saekdong.catalog.sqlite.listing import price_buckets, spans
from saekdong.catalog.sqlite.records import read_products
from saekdong.catalog.sqlite.schema import FACET_INDEXES, STEPS
from saekdong.catalog.sqlite.searched import SEARCH
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import STARTER
from saekdong.errors import SaekdongError
from saekdong.fetch import Mark
from saekdong.photo import DominantColor

UNKNOWN = Mark()


@pytest.fixture
def store(tmp_path):
    store = SqliteStore.open(tmp_path / "catalog.db", STARTER)
    yield store
    store.close()


TRUNCATED = """
import os, sqlite3, sys
from pathlib import Path
from saekdong.catalog.sqlite.connections import connect
path = Path(sys.argv[1])
connection = connect(path)
connection.execute("BEGIN")
connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
os.truncate(path, 8192)
try:
    connection.execute("SELECT sum(length(title)) FROM product").fetchone()
except sqlite3.DatabaseError as error:
    print("error:", error)
"""


def test_a_catalog_whose_disk_fails_is_an_error_and_not_the_end_of_the_process(store, tmp_path):
    for number in range(300):
        put(store, Product(f"mug-{number}", "머그컵" * 60, "Home > Mugs", 9000.0, photos=("a.jpg",)))
    store.close()
    command = [sys.executable, "-c", TRUNCATED, tmp_path / "catalog.db"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout[:6]) == (0, "error:"), run


def changes(store: SqliteStore, since: int = 0) -> list[TaggedProduct]:
    with store.snapshot(since) as found:
        return list(found.products)


def result(place: str = "a.jpg", model: str = "m1", mark: Mark = UNKNOWN, **shares: float) -> PhotoResult:
    return PhotoResult(place, mark, model, shares, (DominantColor(31, 42, 82, 0.9, 0.6),))


def put(store: SqliteStore, product: Product, *results: PhotoResult, feed: str = "feed") -> int:
    run = store.begin(feed)
    store.put([(product, results)], run)
    return run


def labels(store: SqliteStore, product_id: str) -> list[str]:
    shown = store.get(product_id)
    assert shown is not None
    return [tag.label for tag in shown.tags]


def test_a_product_comes_back_as_it_was_put(store):
    product = Product("1", "머그컵", "Home>Mugs", 9900, "KRW", "https://shop/1", "g", "네이비", ("a.jpg", "b.jpg"))
    put(store, product, result("a.jpg", navy=0.6, white=0.4), PhotoResult("b.jpg", error=("damaged", "cut short")))
    shown = store.get("1")
    assert shown.product == Product(
        "1", "머그컵", "Home > Mugs", 9900, "KRW", "https://shop/1", "g", "네이비", ("a.jpg", "b.jpg")
    )
    assert [(tag.label, tag.share) for tag in shown.tags] == [("navy", 0.6), ("white", 0.4)]
    assert shown.palette == (DominantColor(31, 42, 82, 0.9, 0.6),)
    assert shown.models == ("m1",)
    assert shown.errors == {"b.jpg": ("damaged", "cut short")}
    assert [each.product.id for each in store.variants("g")] == ["1"]
    assert store.get("2") is None


def test_the_first_photo_counts_double(store):
    product = Product("1", photos=("a.jpg", "b.jpg"))
    put(store, product, result("a.jpg", navy=1.0), result("b.jpg", red=1.0))
    assert [(tag.label, tag.share) for tag in store.get("1").tags] == [("navy", 0.6667)]


def test_a_correction_wins_survives_tagging_and_can_be_taken_back(store):
    product = Product("1", photos=("a.jpg",))
    put(store, product, result(navy=1.0))
    store.correct("1", ["green", "mint"], "Mina")
    assert labels(store, "1") == ["green", "mint"]
    put(store, product, result(model="m2", red=1.0))
    assert labels(store, "1") == ["green", "mint"]
    assert store.get("1").corrected_by == "Mina"
    assert store.find(Query(("mint",))).total == 1
    store.correct("1", None, "Mina")
    assert labels(store, "1") == ["red"]
    assert store.get("1").corrected_by is None


@pytest.mark.parametrize("wrong", [["purplish"], [], ["navy", "other"]])
def test_a_correction_uses_the_shops_labels(store, wrong):
    put(store, Product("1"))
    with pytest.raises(SaekdongError, match="label"):
        store.correct("1", wrong, "Mina")
    with pytest.raises(SaekdongError, match="no product 'x'"):
        store.correct("x", ["navy"], "Mina")


def test_known_tells_what_a_runner_compares(store):
    mark = Mark("etag", "yesterday", 5, 7, "ab")
    product = Product("1", photos=("a.jpg", "b.jpg"))
    put(store, product, result("a.jpg", mark=mark, navy=1.0), PhotoResult("b.jpg", model="m1", error=("x", "y")))
    known = store.known(["1", "2"])
    assert list(known) == ["1"]
    assert known["1"].digest == product.digest()
    assert known["1"].photos["a.jpg"].mark == mark
    assert (known["1"].photos["a.jpg"].model, known["1"].photos["a.jpg"].error) == ("m1", None)
    assert known["1"].photos["b.jpg"].error == ("x", "y")


def test_a_failed_photo_keeps_its_tags_and_a_photo_without_news_its_result(store):
    product = Product("1", photos=("a.jpg",))
    put(store, product, result(navy=1.0))
    put(store, product, PhotoResult("a.jpg", error=("unavailable", "503")))
    assert labels(store, "1") == ["navy"]
    assert store.get("1").errors["a.jpg"] == ("unavailable", "503")
    put(store, Product("1", "new title", photos=("a.jpg",)))
    assert labels(store, "1") == ["navy"]
    put(store, Product("1", photos=("b.jpg",)))
    assert labels(store, "1") == []


def test_what_a_run_does_not_see_is_gone_from_its_own_feed_alone(store):
    run = store.begin("one")
    store.put([(Product(str(n)), []) for n in range(3)], run)
    put(store, Product("other"), feed="two")
    assert store.finish(run) == 0
    stopped = store.begin("one")
    store.touch(["0"], stopped)
    run = store.begin("one")
    assert run > stopped, "a stopped run is not continued"
    store.touch(["0"], run)
    store.put([(Product("1"), [])], run)
    assert store.finish(run) == 1
    assert store.get("2").gone
    assert store.known(["2"])["2"].gone
    assert store.find(Query(sort="newest")).total == 3
    put(store, Product("2"), feed="one")
    assert not store.get("2").gone
    assert store.differences() == 0


def test_changes_tell_each_product_once_gone_ones_too(store):
    run = store.begin("feed")
    store.put([(Product(str(n)), []) for n in range(5)], run)
    store.finish(run)
    seen = [each.product.id for each in changes(store)[:3]]
    assert seen == ["0", "1", "2"]
    last = changes(store)[-1].change
    assert store.version() == last
    run = store.begin("feed")
    store.touch(["0", "1", "2", "3"], run)
    store.finish(run)
    store.correct("1", ["red"], "x")
    assert [(each.product.id, each.gone) for each in changes(store, last)] == [("4", True), ("1", False)]


@pytest.mark.parametrize("price", [float("nan"), float("inf"), -1.0])
def test_a_price_that_is_none_is_kept_as_none(store, price):
    put(store, Product("1", price=price))
    assert store.get("1").product.price is None


@pytest.mark.parametrize(
    ("table", "damage"),
    [
        ("facet", "DELETE FROM facet WHERE color = 1"),
        ("facet_count", "UPDATE facet_count SET n = 7 WHERE level = 3"),
        ("word", "INSERT INTO word (rowid, words) VALUES (99, 'ghost')"),
        ("near_product", "INSERT INTO near_product VALUES (1, 1)"),
        ("near_color", "UPDATE near_color SET n = n + 1"),
        ("near_cell", "DELETE FROM near_cell"),
    ],
)
def test_rebuild_mends_what_was_broken_from_outside(store, table, damage):
    put(store, Product("1", "머그", price=3.5, photos=("a.jpg",)), result(navy=0.6, white=0.4))
    assert not any(store.check().values())
    breaker = sqlite3.connect(store.path)
    breaker.execute(damage)
    breaker.commit()
    breaker.close()
    assert [name for name, rows in store.check().items() if rows] == [table]
    store.rebuild()
    assert store.differences() == 0
    assert store.find(Query(("navy",), text="머그")).total == 1
    assert len(store.nearest((31, 42, 82)).products) == 1


def test_files_that_are_no_catalog_are_told(tmp_path):
    (tmp_path / "text.db").write_text("this is no database at all, but a text\n" * 100)
    with pytest.raises(SaekdongError, match="cannot open the catalog"):
        SqliteStore.open(tmp_path / "text.db", STARTER)
    newer = sqlite3.connect(tmp_path / "newer.db")
    newer.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    newer.close()
    with pytest.raises(SaekdongError, match="use the newer Saekdong"):
        SqliteStore.open(tmp_path / "newer.db", STARTER)


@pytest.mark.parametrize(("version", "columns"), [(1, "product"), (2, "share, product")])
def test_a_catalog_of_an_earlier_version_is_brought_to_todays(store, version, columns):
    fill(store, 30)
    query = Query(("navy", "red"), "all", limit=2)
    before = store.find(query)
    store.close()
    old = sqlite3.connect(store.path)
    old.execute("DROP INDEX listing_doubt")
    old.execute("ALTER TABLE listing DROP COLUMN margin")
    old.execute("DROP INDEX facet_labels")
    old.execute(f"CREATE INDEX facet_labels ON facet (category, color, labels, {columns}, price)")
    old.execute("DROP TABLE model")
    old.execute("DROP TABLE feed")
    old.execute(f"PRAGMA user_version = {version}")
    old.close()
    opened = SqliteStore.open(store.path, STARTER)
    with opened._database.reading() as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
        (made,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'facet_labels'").fetchone()
    assert made == f"CREATE INDEX facet_labels ON {FACET_INDEXES['facet_labels']}"
    assert opened.find(query) == before
    opened.close()


def test_opening_at_once_makes_one_catalog(tmp_path):
    path, opened = tmp_path / "c.db", list[SqliteStore]()
    threads = [threading.Thread(target=lambda: opened.append(SqliteStore.open(path, STARTER))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 8
    put(opened[0], Product("1"))
    assert opened[7].get("1") is not None
    for store in opened:
        store.close()


def test_readers_see_one_moment_and_do_not_wait_for_a_writer(store):
    put(store, Product("1", photos=("a.jpg",)), result(navy=1.0))
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE product SET title = 'not yet'")
    begun = time.monotonic()
    assert store.get("1").product.title == ""
    assert store.find(Query(("navy",))).total == 1
    assert time.monotonic() - begun < 30, "it waited for the writer's lock"
    other.execute("ROLLBACK")
    other.close()
    with store._database.reading() as connection:
        before = connection.execute("SELECT count(*) FROM product").fetchone()
        put(store, Product("2"))
        assert connection.execute("SELECT count(*) FROM product").fetchone() == before


def test_a_write_that_fails_leaves_nothing(store):
    run = store.begin("feed")
    with pytest.raises(AttributeError):
        store.put([(Product("1"), []), (Product("2", photos=("a.jpg",)), [None])], run)
    assert store.get("1") is None
    put(store, Product("3"))
    assert store.differences() == 0


@pytest.mark.parametrize("durable", [False, True])
def test_a_correction_waits_for_the_disk_where_that_is_asked_for(tmp_path, durable):
    with SqliteStore.open(tmp_path / "catalog.db", STARTER, durable=durable) as store:
        put(store, Product("1"))
        statements = []
        store._database._writer.set_trace_callback(statements.append)
        store.correct("1", ["red"], "Kim")
        pragmas = [statement for statement in statements if "synchronous" in statement]
        assert pragmas == (["PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"] if durable else [])
        if durable:
            assert statements.index("BEGIN IMMEDIATE") > statements.index(pragmas[0])
            assert statements.index("COMMIT") < statements.index(pragmas[1])
        put(store, Product("2"))
        assert statements.count("PRAGMA synchronous = FULL") == durable


_WRITER = """
import sys, random
from pathlib import Path
from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.sqlite import SqliteStore
from saekdong.color import STARTER
from saekdong.fetch import Mark
from saekdong.photo import DominantColor

store = SqliteStore.open(Path(sys.argv[1]), STARTER)
run, rng = store.begin("feed"), random.Random(int(sys.argv[2]))
print("ready", flush=True)
while True:
    batch = []
    for _ in range(20):
        share = rng.random()
        rgb = [rng.randrange(256) for _ in range(3)]
        photo = PhotoResult("a", model="m", shares=dict(zip(rng.sample(STARTER.ids, 2), (share, 1 - share))),
                            palette=(DominantColor(*rgb, 0.9, 0.9),))
        category = rng.choice(["A", "A > B", "C > D > E"])
        batch.append((Product(str(rng.randrange(300)), rng.choice(["머그컵", "mug"]), category, rng.random() * 1000,
                              photos=("a",)), [photo]))
    store.put(batch, run)
    store.correct(batch[0][0].id, rng.sample(STARTER.ids, 2) if rng.random() < 0.7 else None, "Kim")
    if rng.random() < 0.2:
        store.finish(run)
        run = store.begin("feed")
"""


@pytest.mark.slow
def test_killed_writers_leave_the_counts_as_a_rebuild_makes_them(tmp_path):
    path = tmp_path / "catalog.db"
    SqliteStore.open(path, STARTER).close()
    rng = np.random.default_rng(0)
    for attempt in range(8):
        writers = [
            subprocess.Popen([sys.executable, "-c", _WRITER, path, str(2 * attempt + n)], stdout=subprocess.PIPE)
            for n in range(2)
        ]
        for writer in writers:
            assert writer.stdout.readline() == b"ready\n"
        time.sleep(rng.uniform(0.05, 0.6))
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
            writer.stdout.close()
        store = SqliteStore.open(path, STARTER)
        assert store.differences() == 0
        with store._database.reading() as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        store.close()
    store = SqliteStore.open(path, STARTER)
    assert store.find(Query(sort="newest")).total > 0
    store.close()


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(0, 1e9))
@settings(max_examples=500)
def test_the_steps_of_a_span_of_prices_hold_a_price_once_or_never(low, high, price):
    low, high = sorted((low, high))
    held = sum(
        level == its and first <= bucket <= last
        for its, bucket in price_buckets(price)
        for level, first, last in spans(low, high)
    )
    assert held == (low <= price <= high)


def fill(store: SqliteStore, count: int = 300) -> None:
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


def queries_of(
    store: SqliteStore, connection: sqlite3.Connection, query: Query
) -> list[tuple[str, tuple[object, ...]]]:
    wanted = CodedQuery.of(store._labels, connection, query)
    answer = Indexed(wanted)
    found: list[tuple[str, tuple[object, ...]]] = []
    for after in (None, (1.0, 5)):
        in_order = [set_query(wanted, 1, after)] if wanted.by_set else order_queries(wanted, after)
        found += [(text, (wanted.category, wanted.streams[0], *values)) for text, values in in_order]
    for way in answer.costs(query.limit):
        if way != "order":
            text, values = gather_query(wanted, way)
            found.append((text, (wanted.category, wanted.streams[0], *values)))
    for condition, values in count_conditions(wanted.low, wanted.high):
        text = f"SELECT sum(n) FROM facet_count WHERE category = ? AND {condition}"  # noqa: S608
        found += [(text, (wanted.category, *values))]
    found.append((best_share_query(wanted), (wanted.category, 5)))
    return found


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("match", MATCHES)
@pytest.mark.parametrize("prices", [(None, None), (0.0, 100.0)])
@pytest.mark.parametrize("labels", [("navy",), ("navy", "red")])
def test_every_query_searches_an_index_and_sorts_nothing(store, sort, match, prices, labels):
    fill(store, 50)
    store.correct("p0", ["navy", "red"], "x")
    with store._database.reading() as connection:
        query = Query(labels, match, "", "A", *prices, sort=sort)
        for text, values in queries_of(store, connection, query):
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", values)]
            assert all(step.startswith("SEARCH") or "LIST SUBQUERY" in step for step in plan), (text, plan)
            if "color = ?" in text:
                assert any("(category=? AND color=?" in step for step in plan), plan
            if "INDEXED BY facet_labels" in text and "AND labels" in text:
                assert any("(category=? AND color=? AND labels=?" in step for step in plan), plan
            if "labels = ?" in text:
                assert any("(category=? AND color=? AND labels=? AND (share,product)<" in step for step in plan), plan
            elif "(share, product) <" in text:
                assert any("(category=? AND color=? AND (share,product)<" in step for step in plan), plan
            if "product < ?" in text and sort == "newest":
                assert any("(category=? AND color=? AND product<?" in step for step in plan), plan


def test_other_queries_search_an_index_too(store):
    fill(store, 50)
    seen: list[str] = []
    with store._database.reading() as connection:
        connection.set_trace_callback(seen.append)
        CodedQuery.of(store._labels, connection, Query(("navy",), category="A")).shown_categories()
        read_products(connection, store._labels, [1, 2])
        connection.set_trace_callback(None)
        for text in seen:
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]
            scans = [step for step in plan if step.startswith("SCAN")]
            # Labels and sets are few and read whole.
            assert all(step.split()[1] in ("label", "label_set") for step in scans), (text, plan)
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {SEARCH}", ('"머그"',))]
    assert any("VIRTUAL TABLE INDEX" in step for step in plan)
    assert any(step.startswith("SEARCH listing USING INTEGER PRIMARY KEY") for step in plan)
    assert not any("TEMP B-TREE" in step for step in plan)


def test_two_processes_write_at_once(tmp_path):
    path: Path = tmp_path / "catalog.db"
    store = SqliteStore.open(path, STARTER)
    fill(store, 30)
    context = multiprocessing.get_context("spawn")
    writer = context.Process(target=_fill_again, args=(path,))
    writer.start()
    for _ in range(20):
        store.correct("p3", ["violet"], "Mina")
    writer.join()
    assert writer.exitcode == 0
    assert labels(store, "p3") == ["violet"]
    assert store.differences() == 0
    store.close()


def _fill_again(path: Path) -> None:
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    store = SqliteStore.open(path, STARTER)
    for _ in range(10):
        fill(store, 30)
    store.close()
