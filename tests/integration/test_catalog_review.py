"""The review: what is in doubt comes first, what was corrected comes no more."""

import json
import sqlite3

import pytest

from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.review import NEAR_TIE
from saekdong.catalog.sqlite import SqliteStore
from saekdong.catalog.sqlite.doubt import COUNT, PAGE
from saekdong.color import STARTER

SHARES = {
    "sure": {"navy": 0.9, "red": 0.05},
    "near-2": {"navy": 0.40, "red": 0.38},
    "near-1": {"navy": 0.40, "red": 0.39},
    "pair": {"navy": 0.5, "red": 0.40},
    "other-2": {"navy": 0.15, "red": 0.1},
    "other-1": {"navy": 0.12, "red": 0.01},
    "tie": {"navy": 0.5, "red": 0.5},
    "untagged": None,
}
ORDER = ["other-1", "other-2", "tie", "near-1", "near-2"]


@pytest.fixture
def store(tmp_path):
    store = SqliteStore.open(tmp_path / "catalog.db", STARTER)
    run = store.begin("feed")
    store.put([(Product(each, photos=("a.jpg",)), [PhotoResult("a.jpg", shares=s)]) for each, s in SHARES.items()], run)
    store.finish(run)
    yield store
    store.close()


def ids(store: SqliteStore, *arguments: object) -> list[str]:
    return [each.product.product.id for each in store.doubtful(*arguments)]


def test_the_most_doubtful_come_first_and_the_sure_not_at_all(store):
    assert ids(store) == ORDER
    assert store.count_doubtful() == len(ORDER)
    assert NEAR_TIE == 0.05


def test_pages_go_on_behind_a_place_whatever_was_corrected_since(store):
    found = store.doubtful(limit=3)
    store.correct(found[0].product.product.id, ["navy"], "Mina")
    store.correct(found[2].product.product.id, ["other"], "Mina")
    assert ids(store, found[0].place) == [ORDER[1], *ORDER[3:]]
    assert ids(store, found[2].place) == ORDER[3:]
    assert ids(store) == [ORDER[1], *ORDER[3:]]
    for nonsense in ("x", "1-2", "1-2-3-4", f"{10**30}-0-0", "9223372036854775808-1-1"):
        assert ids(store, nonsense) == ids(store)


def test_a_correction_taken_back_a_new_tagging_and_a_gone_product_change_it(store):
    store.correct("tie", ["navy", "red"], "Mina")
    assert "tie" not in ids(store)
    store.correct("tie", None, "Mina")
    assert ids(store) == ORDER
    run = store.begin("feed")
    surely = PhotoResult("a.jpg", shares={"navy": 0.99})
    store.put([(Product("near-1", photos=("a.jpg",)), [surely])], run)
    store.finish(run)
    assert ids(store) == []


def test_the_order_is_read_from_an_index(store):
    with store._database.reading() as connection:
        plans = [
            " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", values))
            for query, values in ((PAGE, (1, 1, 1, 48)), (COUNT, ()))
        ]
    assert "USING COVERING INDEX listing_doubt" in plans[0]
    assert "USING COVERING INDEX listing_doubt" in plans[1]
    assert "TEMP B-TREE" not in plans[0]


def test_an_older_catalog_gets_its_order_and_loses_other_beside_labels(store):
    store.correct("sure", ["navy", "white"], "Mina")
    store.correct("pair", ["other"], "Mina")
    store.correct("tie", ["mint"], "Mina")
    before = ids(store)
    store.close()
    old = sqlite3.connect(store.path)
    old.execute("DROP INDEX listing_doubt")
    old.execute("ALTER TABLE listing DROP COLUMN margin")
    for table in ("model", "feed"):
        old.execute(f"DROP TABLE {table}")
    old.execute("PRAGMA user_version = 3")
    old.execute("UPDATE product SET correction = ? WHERE id = 'sure'", (json.dumps(["navy", "other", "white"]),))
    old.commit()
    old.close()
    opened = SqliteStore.open(store.path, STARTER)
    assert ids(opened) == before == [each for each in ORDER if each != "tie"]
    assert [tag.label for tag in opened.get("sure").tags] == ["navy", "white"]
    assert [tag.label for tag in opened.get("pair").tags] == ["other"]
    assert opened.differences() == 0
    opened.close()
