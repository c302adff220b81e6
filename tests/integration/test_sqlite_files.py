"""The catalog's file: damage, other versions, a writer that holds it, and when it is on the disk."""

import gzip
import json
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from saekdong.catalog.products import PhotoResult, Product, feed_name
from saekdong.catalog.query import Query
from saekdong.catalog.sqlite.model_rows import read_model_state
from saekdong.catalog.sqlite.schema import FACET_INDEXES, STEPS
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.color import STARTER
from saekdong.database import StoreError
from saekdong.errors import SaekdongError
from saekdong.fetch import Mark
from saekdong.photo import DominantColor
from stores import fill, labels_of, open_sqlite, put, without_words


@pytest.fixture
def store(tmp_path):
    with open_sqlite(tmp_path) as store:
        yield store


TRUNCATED = """
import os, sqlite3, sys
from pathlib import Path
from saekdong.database.connections import connect
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


@pytest.mark.parametrize(
    ("table", "damage"),
    [
        ("facet", "DELETE FROM facet WHERE color = 1"),
        ("facet_count", "UPDATE facet_count SET n = 7 WHERE level = 3"),
        ("word", "INSERT INTO word (rowid, words) VALUES (99, 'ghost')"),
        ("near_product", "INSERT INTO near_product VALUES (1, 1)"),
        ("near_color", "UPDATE near_color SET n = n + 1"),
        ("near_cell", "DELETE FROM near_cell"),
        ("evidence_count", "UPDATE evidence_count SET n = n + 1"),
    ],
)
def test_rebuild_mends_what_was_broken_from_outside(store, table, damage):
    photo = PhotoResult("a.jpg", shares={"navy": 0.6, "white": 0.4}, palette=(DominantColor(31, 42, 82, 0.9, 0.6),))
    put(store, Product("1", "머그", price=3.5, photos=("a.jpg",)), photo)
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


def test_a_store_that_fails_says_so_without_sqlites_errors(store):
    put(store, Product("1"))
    breaker = sqlite3.connect(store.path)
    breaker.execute("CREATE TRIGGER stop BEFORE UPDATE ON product BEGIN SELECT RAISE(ABORT, 'the disk is broken'); END")
    breaker.commit()
    with pytest.raises(StoreError, match="the disk is broken"):
        store.correct("1", ["navy"], "Mina")
    assert labels_of(store, "1") == []
    breaker.execute("DROP TABLE category_above")
    breaker.commit()
    breaker.close()
    with pytest.raises(StoreError, match="category_above"):
        store.find(Query())
    assert store.get("1") is not None, "the reader is not given back"


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
    without_words(old)
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


def _doubtful(store: SqliteStore) -> list[str]:
    return [each.product.product.id for each in store.doubtful()]


def test_an_older_catalog_gets_its_order_and_loses_other_beside_labels(store):
    for each, shares in (
        ("sure", {"navy": 0.9}),
        ("pair", {"navy": 0.41, "red": 0.40}),
        ("tie", {"navy": 0.5, "red": 0.5}),
    ):
        put(store, Product(each, photos=("a.jpg",)), PhotoResult("a.jpg", shares=shares))
    put(store, Product("near", photos=("a.jpg",)), PhotoResult("a.jpg", shares={"navy": 0.4, "red": 0.38}))
    store.correct("sure", ["navy", "white"], "Mina")
    store.correct("pair", ["other"], "Mina")
    store.correct("tie", ["mint"], "Mina")
    before = _doubtful(store)
    store.close()
    old = sqlite3.connect(store.path)
    without_words(old)
    old.execute("DROP INDEX listing_doubt")
    old.execute("ALTER TABLE listing DROP COLUMN margin")
    for table in ("model", "feed"):
        old.execute(f"DROP TABLE {table}")
    old.execute("PRAGMA user_version = 3")
    old.execute("UPDATE product SET correction = ? WHERE id = 'sure'", (json.dumps(["navy", "other", "white"]),))
    old.commit()
    old.close()
    opened = SqliteStore.open(store.path, STARTER)
    assert _doubtful(opened) == before == ["near"]
    assert [tag.label for tag in opened.get("sure").tags] == ["navy", "white"]
    assert [tag.label for tag in opened.get("pair").tags] == ["other"]
    assert opened.differences() == 0
    opened.close()


def test_a_reader_does_not_wait_for_a_writer(store):
    put(store, Product("1", photos=("a.jpg",)), PhotoResult("a.jpg", shares={"navy": 1.0}))
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE product SET title = 'not yet'")
    begun = time.monotonic()
    assert store.get("1").product.title == ""
    assert store.find(Query(("navy",))).total == 1
    assert time.monotonic() - begun < 30, "it waited for the writer's lock"
    other.execute("ROLLBACK")
    other.close()


@pytest.fixture(params=["catalog-1", "catalog-0.1.0"])
def old_catalog(request, tmp_path):
    """A catalog that an earlier Saekdong made: by the first version of the schema, or Saekdong 0.1.0."""
    packed = Path(__file__).parents[1] / "fixtures" / f"{request.param}.db.gz"
    path = tmp_path / "catalog.db"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    return path


def test_what_an_earlier_saekdong_knows_of_models_is_read_without_changing_its_catalog(old_catalog):
    content = old_catalog.read_bytes()
    state = read_model_state(old_catalog)
    assert (state.model, state.has_tags, dict(state.products)) == (None, True, {"m1": 3})
    assert state.is_bound
    assert old_catalog.read_bytes() == content


def test_a_catalog_of_an_earlier_saekdong_opens_with_all_that_it_holds(old_catalog):
    with open_sqlite(old_catalog.parent) as store:
        assert store.differences() == 0
        mug = store.get("mug")
        assert mug.product == Product(
            "mug",
            "머그컵",
            "Home > Mugs",
            9900,
            "KRW",
            "https://shop.example/mug",
            "mugs",
            "네이비",
            ("a.jpg", "b.jpg"),
        )
        assert [(tag.label, tag.share) for tag in mug.tags] == [("navy", 0.6), ("white", 0.4)]
        assert mug.errors == {"b.jpg": ("damaged", "cut short")}
        assert (mug.palette[0], mug.models) == (DominantColor(31, 42, 82, 0.8, 0.6), ("m1",))
        assert store.get("gone").gone
        assert {each: labels_of(store, each) for each in ("shirt", "plain", "cup")} == {
            "shirt": ["green", "mint"],
            "plain": ["other"],
            "cup": ["navy"],
        }
        assert store.find(Query(("navy",), text="머그", category="Home", price_min=1)).total == 1
        assert store.nearest((31, 42, 82), Query(("mint",))).products[0].product.product.id == "shirt"
        assert {each.product.id for each in store.variants("mugs")} == {"mug", "cup"}
        assert [each.product.product.id for each in store.worklist("failed")] == ["mug"]
        assert store.model() is None
        assert [(model.name, count) for model, count in store.models()] == [("unknown", 3)]


def test_a_run_goes_on_with_a_catalog_of_an_earlier_saekdong(old_catalog):
    feed = feed_name("https://me:secret@shop.example/feed.csv?token=secret")
    with open_sqlite(old_catalog.parent) as store:
        assert store.feed_counts() == {feed: 4}
        assert store.get("cup").product.link == ""
        assert store.known(["mug"])["mug"].photos["a.jpg"].mark == Mark("etag", "", 5, 7, "ab")
        run = store.begin(feed)
        store.touch(["mug"], run)
        assert store.finish(run) == 3
        assert store.differences() == 0
    assert b"token=secret" not in old_catalog.read_bytes()


def test_the_words_of_a_catalog_of_an_earlier_saekdong_are_applied_by_the_next_run(old_catalog):
    with open_sqlite(old_catalog.parent) as store:
        before = store.get("mug").tags
        assert {tag.source for tag in before} == {"photo"}
        assert {tag.source for tag in store.get("shirt").tags} == {"person"}
        assert store.column_words()[0].named == 0
        store.fuse_again()
        mug = store.get("mug")
        assert [(tag.label, tag.source) for tag in mug.tags] == [("navy", "color")]
        assert mug.product.color == "네이비"
        assert {tag.source for tag in store.get("shirt").tags} == {"person"}
        assert {words.key: words.named for words in store.column_words()}["color"] > 0
        assert store.differences() == 0
