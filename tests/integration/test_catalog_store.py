"""Every store: what is put, known, corrected and gone; several writers; what a killed one leaves."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from saekdong.catalog.contract import Store
from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.query import Query
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.errors import SaekdongError
from saekdong.fetch import Mark
from saekdong.photo import DominantColor
from stores import assert_intact, fill, fill_often, labels_of, put

UNKNOWN = Mark()


@pytest.fixture
def store(open_store, tmp_path):
    with open_store(tmp_path) as store:
        yield store


def changes(store: Store, since: int = 0) -> list[TaggedProduct]:
    with store.snapshot(since) as found:
        return list(found.products)


def result(place: str = "a.jpg", model: str = "m1", mark: Mark = UNKNOWN, **shares: float) -> PhotoResult:
    return PhotoResult(place, mark, model, shares, (DominantColor(31, 42, 82, 0.9, 0.6),))


def test_a_product_comes_back_as_it_was_put(store):
    product = Product("1", "머그컵", "Home>Mugs", 9900, "KRW", "https://shop/1", "g", "네이비", ("a.jpg", "b.jpg"))
    put(store, product, result("a.jpg", navy=0.6, white=0.4), PhotoResult("b.jpg", error=("damaged", "cut short")))
    shown = store.get("1")
    assert shown.product == Product(
        "1", "머그컵", "Home > Mugs", 9900, "KRW", "https://shop/1", "g", "네이비", ("a.jpg", "b.jpg")
    )
    assert [(tag.label, tag.source) for tag in shown.tags] == [("navy", "color"), ("white", "photo")]
    assert shown.palette == (DominantColor(31, 42, 82, 0.9, 0.6),)
    assert shown.models == ("m1",)
    assert shown.errors == {"b.jpg": ("damaged", "cut short")}
    assert [each.product.id for each in store.variants("g")] == ["1"]
    assert store.get("2") is None


def test_groups_have_the_main_labels_of_their_variants(store):
    for name, group, label in (("1", "g", "navy"), ("2", "g", "white"), ("3", "g", "navy"), ("4", "", "red")):
        put(store, Product(name, group=group, photos=("a.jpg",)), result(**{label: 0.9, "black": 0.1}))
    put(store, Product("5", group="h"))
    assert store.group_labels(["g", "h", "", "none"]) == {"g": ("navy", "white")}


def test_a_color_of_the_second_photo_alone_is_not_shown(store):
    product = Product("1", photos=("a.jpg", "b.jpg"))
    put(store, product, result("a.jpg", navy=1.0), result("b.jpg", red=1.0))
    assert [(tag.label, tag.share) for tag in store.get("1").tags] == [("navy", 0.7143)]


def test_a_correction_wins_survives_tagging_and_can_be_taken_back(store):
    product = Product("1", photos=("a.jpg",))
    put(store, product, result(navy=1.0))
    store.correct("1", ["green", "mint"], "Mina")
    assert labels_of(store, "1") == ["green", "mint"]
    put(store, product, result(model="m2", red=1.0))
    assert labels_of(store, "1") == ["green", "mint"]
    assert store.get("1").corrected_by == "Mina"
    assert store.find(Query(("mint",))).total == 1
    store.correct("1", None, "Mina")
    assert labels_of(store, "1") == ["red"]
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
    assert labels_of(store, "1") == ["navy"]
    assert store.get("1").errors["a.jpg"] == ("unavailable", "503")
    put(store, Product("1", "new title", photos=("a.jpg",)))
    assert labels_of(store, "1") == ["navy"]
    put(store, Product("1", photos=("b.jpg",)))
    assert labels_of(store, "1") == []


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


def test_opening_at_once_makes_one_catalog(open_store, tmp_path):
    opened: list[Store] = []
    threads = [threading.Thread(target=lambda: opened.append(open_store(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 8
    put(opened[0], Product("1"))
    assert opened[7].get("1") is not None
    for store in opened:
        store.close()


def test_a_snapshot_is_of_one_moment_whatever_is_written_meanwhile(store):
    put(store, Product("1"))
    with store.snapshot() as before:
        put(store, Product("2"))
        assert [shown.product.id for shown in before.products] == ["1"]
    assert (before.count, before.last) == (1, store.version() - 1)


def test_a_write_that_fails_leaves_nothing(store):
    run = store.begin("feed")
    with pytest.raises(AttributeError):
        store.put([(Product("1"), []), (Product("2", photos=("a.jpg",)), [None])], run)
    assert store.get("1") is None
    put(store, Product("3"))
    assert store.differences() == 0


_WRITER = """
import random, sys
from pathlib import Path
from saekdong.catalog.products import PhotoResult, Product
from saekdong.color import STARTER
from saekdong.photo import DominantColor
from stores import STORES

store = STORES[sys.argv[1]](Path(sys.argv[2]))
run, rng = store.begin("feed"), random.Random(int(sys.argv[3]))
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
def test_killed_writers_leave_the_counts_as_a_rebuild_makes_them(store_name, open_store, tmp_path):
    open_store(tmp_path).close()
    rng = np.random.default_rng(0)
    path = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for attempt in range(8):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", _WRITER, store_name, tmp_path, str(2 * attempt + n)],
                stdout=subprocess.PIPE,
                env=path,
            )
            for n in range(2)
        ]
        for writer in writers:
            assert writer.stdout.readline() == b"ready\n"
        time.sleep(rng.uniform(0.05, 0.6))
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
            writer.stdout.close()
        with open_store(tmp_path) as store:
            assert store.differences() == 0
            assert_intact(tmp_path)
    with open_store(tmp_path) as store:
        assert store.find(Query(sort="newest")).total > 0


def test_two_processes_write_at_once(store_name, store, tmp_path):
    fill(store, 30)
    writer = multiprocessing.get_context("spawn").Process(target=fill_often, args=(store_name, tmp_path))
    writer.start()
    for _ in range(20):
        store.correct("p3", ["violet"], "Mina")
    writer.join()
    assert writer.exitcode == 0
    assert labels_of(store, "p3") == ["violet"]
    assert store.differences() == 0
