"""Looks at a shop day by day: what comes in, alarms with their reasons, and a kill at each step."""

import hashlib
import shutil
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from saekdong.catalog.products import PhotoResult, Product
from saekdong.database import Database
from saekdong.fetch import Mark
from saekdong.loop import Judgment, NewItem
from saekdong.monitoring.watching import Watch
from saekdong.tagging import starter
from watched_shop import WatchedShop, look_of


@pytest.fixture(scope="module")
def begun(tmp_path_factory, open_store_of_module) -> Path:
    """The folder of a shop with a normal: 100 batches."""
    folder = tmp_path_factory.mktemp("shop")
    shop = WatchedShop(folder, open_store_of_module)
    shop.add(100)
    shop.watch.look()
    shop.close()
    return folder


@pytest.fixture(scope="module", params=["sqlite"])
def open_store_of_module(request):
    from stores import STORES

    return STORES[request.param]


@pytest.fixture
def shop(begun, tmp_path, open_store_of_module):
    shutil.copytree(begun, tmp_path / "shop")
    shop = WatchedShop(tmp_path / "shop", open_store_of_module)
    shop.count = 1000
    shop.next_day()
    yield shop
    shop.close()


def test_the_first_look_makes_the_normal_and_compares_nothing(tmp_path, open_store):
    (tmp_path / "new").mkdir()
    shop = WatchedShop(tmp_path / "new", open_store)
    shop.add(10)
    look = shop.watch.look()
    assert (look.products, look.batches, look.is_compared, look.has_normal) == (50, 10, False, False)
    assert not shop.watch.set_normal("mina", "too few products")
    shop.close()


def test_quiet_days_raise_no_alarm(shop):
    for _ in range(5):
        shop.add(8)
        look = shop.watch.look()
        assert (look.products, look.is_compared, look.alarms) == (40, True, ())
        shop.next_day()
    assert shop.sent == []


def test_warm_light_in_one_feed_is_found_explained_and_delivered_once(shop):
    opened = []
    for _ in range(8):
        shop.add(6)
        shop.add(6, "spring.csv", warm=True)
        opened += shop.watch.look().opened
        shop.next_day()
    alarms = shop.loop.alarms()
    assert len(alarms) == len(opened) == len(set(shop.sent)) >= 1
    photo = next(alarm for alarm in alarms if alarm.kind == "photo")
    assert photo.evidence["en"].startswith("the whole shop, since 2026-11-")
    assert photo.evidence["ko"].startswith("가게 전체, 2026-11-")
    assert {product.split("-")[0] for product in photo.evidence["products"]}
    moved = list(shop.store.facts(photo.evidence["moved"]))
    assert sum(each.feed == "spring.csv" for each in moved) > len(moved) / 2
    assert next(iter(photo.evidence["feeds"])) == "spring.csv"
    assert len(photo.evidence["photos"]) == 12
    (proof,) = [draw for draw in shop.loop.draws("segment") if draw.about["alarm"] == photo.number]
    assert 20 <= len(shop.loop.items(proof.number)) <= 40


def test_a_second_look_on_the_same_day_finds_the_same(shop):
    shop.add(6)
    first = shop.watch.look()
    shop.add(6)
    assert shop.watch.look() == first
    shop.next_day()
    assert shop.watch.look().products == 30


def test_a_new_normal_ends_its_alarms_and_its_products_are_not_compared_with_it(shop):
    shop.add(25, "spring.csv", warm=True)
    assert shop.watch.look().opened
    shop.next_day()
    shop.add(12, "spring.csv", warm=True)
    assert shop.watch.set_normal("mina", "a new lamp")
    assert shop.loop.alarms(open_only=True) == []
    assert shop.watch.look().products == 0
    shop.next_day()
    shop.add(3, "spring.csv", warm=True)
    assert shop.watch.look().products == 15


def test_corrections_and_another_title_are_not_new_products(shop):
    shop.store.correct("1-0", ["red"], "mina")
    run = shop.store.begin("autumn.csv")
    shop.store.put([(Product("2-0", "another title", "Cups", photos=("/photos/2-0.jpg",), group="item 2"), [])], run)
    assert shop.watch.look().products == 0


def test_a_placeholder_of_earlier_days_is_shared(shop):
    digest = hashlib.sha256(b"1-0").hexdigest()
    _, _, shares = look_of(0, False)
    run = shop.store.begin("autumn.csv")
    for n in range(30):
        result = PhotoResult("/photos/none.jpg", Mark(digest=digest), starter().id, shares)
        shop.store.put([(Product(f"none {n}", photos=("/photos/none.jpg",), group=f"g{n}"), [result])], run)
    look = shop.watch.look()
    assert look.products == 30
    shared = [alarm for alarm in shop.loop.alarms() if alarm.cause == "shared"]
    assert [alarm.kind for alarm in shared] == ["photo"]
    assert "the same photo" in shared[0].evidence["en"]


def test_an_alarm_closes_after_quiet_days(shop):
    shop.loop.raise_alarm("photo", "ground_b", "shop", {"en": "", "ko": "", "moved": []})
    for _ in range(16):
        shop.next_day()
    assert len(shop.watch.look().closed) == 1


def test_accuracy_proven_below_the_goal_is_an_alarm(shop):
    items = [
        NewItem(f"{n % 100 + 1}-0", "", 1 / 500, {"red": 0.8}, {"confidence": 0.8, "mean_confidence": 0.8})
        for n in range(150)
    ]
    shop.loop.draw("audit", items, starter().id, 500)
    for item in shop.loop.next_items("mina", ["audit"], most=150):
        right = item.number % 2
        labels = ("red",) if right else ("blue",)
        shop.loop.answer("mina", Judgment("correct", item.item.product, labels, ("red",), item=item.number))
    accuracy = shop.watch.accuracy()
    assert accuracy.once.low < 0.5 < accuracy.once.high
    watch = Watch(shop.loop, shop.store, shop.features, starter(), goal=0.8, deliver=shop.watch.deliver)
    (number,) = watch.look().opened
    (alarm,) = shop.loop.alarms()
    assert (alarm.number, alarm.kind) == (number, "model")
    assert "below the goal of 80%" in alarm.evidence["en"]


def test_a_feed_that_is_no_longer_read_is_an_alarm_and_one_read_often_on_a_day_is_not(shop, monkeypatch):
    monkeypatch.setattr("saekdong.catalog.sqlite.runs.now", lambda: shop.now.isoformat(timespec="seconds"))
    for _ in range(9):
        shop.store.finish(shop.store.begin("once.csv"))
    for _ in range(6):
        shop.add(1, "daily.csv")
        shop.store.finish(shop.store.begin("daily.csv"))
        assert shop.watch.look().opened == ()
        shop.next_day()
    for _ in range(2):
        shop.next_day()
    (number,) = shop.watch.look().opened
    (alarm,) = shop.loop.alarms()
    assert (alarm.number, alarm.kind, alarm.segment) == (number, "service", "feed daily.csv")
    assert "feed daily.csv was not read since 2026-11-08" in alarm.evidence["en"]
    assert shop.sent == [number]
    shop.next_day()
    shop.store.finish(shop.store.begin("daily.csv"))
    assert shop.watch.look().closed == (number,)


def test_two_looks_on_one_korean_morning_are_one_day(shop):
    seoul = replace(shop.watch, zone=ZoneInfo("Asia/Seoul"))
    shop.now = shop.now.replace(hour=23, minute=30)  # half past eight in Seoul, and before midnight in UTC
    shop.add(3)
    first = seoul.look()
    assert first.day == "2026-11-04"
    shop.now += timedelta(hours=1)
    shop.add(3)
    assert seoul.look() == first
    shop.now += timedelta(hours=15)
    shop.add(1)
    later = seoul.look()
    assert (later.day, later.products) == ("2026-11-05", 20)


def test_a_clock_that_is_set_back_repeats_no_day_and_loses_no_product(shop):
    shop.add(2)
    first = shop.watch.look()
    shop.now -= timedelta(days=10)
    shop.add(3)
    earlier = shop.watch.look()
    assert (earlier.day < first.day, earlier.products) == (True, 15)
    assert shop.watch.look() == earlier
    shop.now += timedelta(days=10)
    assert shop.watch.look() == first
    shop.next_day()
    shop.add(1)
    assert shop.watch.look().products == 5


class Killed(BaseException):
    """The process is killed."""


def test_a_look_killed_at_any_write_is_continued(begun, tmp_path, open_store, monkeypatch):
    def prepared(name: str) -> WatchedShop:
        shutil.copytree(begun, tmp_path / name)
        shop = WatchedShop(tmp_path / name, open_store)
        shop.count = 1000
        shop.next_day()
        shop.add(25, "spring.csv", warm=True)
        return shop

    whole = prepared("whole")
    expected = whole.watch.look()
    raised = [(each.number, each.cause, each.evidence) for each in whole.loop.alarms()]
    assert raised
    whole.close()
    writing, step, is_killed = Database.writing, 0, True
    while is_killed:
        step += 1
        shop, left = prepared(f"step {step}"), [step]

        @contextmanager
        def killing(database, left=left, **how):
            with writing(database, **how) as connection:
                yield connection
            left[0] -= 1
            if not left[0]:
                raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(Database, "writing", killing)
            try:
                shop.watch.look()
                is_killed = False
            except Killed:
                pass
        again = shop.watch.look()
        assert (again.products, again.alarms, again.levels) == (expected.products, expected.alarms, expected.levels)
        assert [(each.number, each.cause, each.evidence) for each in shop.loop.alarms()] == raised
        assert len(shop.loop.draws("segment")) == sum(each.kind == "photo" for each in shop.loop.alarms())
        shop.close()
    assert step > 4
