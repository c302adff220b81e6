"""Retraining: answers become a challenger, from stored features; the audit's do not teach while they measure."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import pytest

from artifacts import exchanged
from saekdong.catalog.photo_results import photo_result
from saekdong.catalog.products import Product
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.color import STARTER
from saekdong.errors import SaekdongError
from saekdong.feature_store import FeatureStore
from saekdong.fetch import Mark
from saekdong.loop import Judgment, Lineage, Loop, NewItem
from saekdong.model.artifact import pack
from saekdong.registry.retraining import ENOUGH_ANSWERS, Retraining
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.tagging import Tagger

SHAPES = ("mug", "shirt", "bag", "shoe")
PHOTOS = [(label, shape, n) for label in ("red", "green", "navy") for shape in SHAPES for n in range(2)]
NOW = datetime(2026, 11, 1, tzinfo=UTC)


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    """A catalog whose model calls red green and green red, with features of all photos."""
    folder = tmp_path_factory.mktemp("shop")
    wrong = exchanged("red", "green")
    packed, tagger = pack(wrong), Tagger(wrong)
    with (
        SqliteStore.open(folder / "catalog.db", STARTER) as store,
        FeatureStore.beside(store.path) as features,
        Loop.beside(store.path) as loop,
    ):
        results = [
            photo_result(tagger, wrong.id, f"{n}.jpg", Mark(), jpeg(draw(plain(COLORS[label][color]), shape)))
            for n, (label, shape, color) in enumerate(PHOTOS)
        ]
        features.put(result.features for result in results)
        products = [(Product(f"p{n}", photos=(f"{n}.jpg",)), [result]) for n, result in enumerate(results)]
        store.put(products, store.begin("feed"), TaggingModel("shop@1", wrong.id, "2026-01-01", packed))
        loop.alias("mina", "champion", loop.register("mina", "shop", wrong.id, packed, Lineage({"kind": "test"})), "")
    return folder


@pytest.fixture
def opened(base, tmp_path) -> Iterator[Retraining]:
    shutil.copytree(base, tmp_path / "shop")
    yield from open_shop(tmp_path / "shop")


def open_shop(folder: Path) -> Iterator[Retraining]:
    with (
        SqliteStore.open(folder / "catalog.db", STARTER) as store,
        FeatureStore.beside(store.path) as features,
        Loop.beside(store.path, Clock()) as loop,
    ):
        yield Retraining(loop, store, features)


def answer(shop: Retraining, n: int, *labels: str, kind: str = "correct", item: int | None = None) -> None:
    (facts,) = shop.store.facts([f"p{n}"])
    said = Judgment(kind, f"p{n}", labels or (PHOTOS[n][0],), tuple(facts.labels), facts.photos[0].digest, item=item)
    shop.loop.answer("mina", said)


def taught(shop: Retraining) -> int:
    return len(shop.lesson(STARTER, shop.loop.last_answer()).digests)


def test_answers_become_a_challenger_and_the_same_ones_the_same_bytes(opened, base, tmp_path):
    made = []
    shutil.copytree(base, tmp_path / "again")
    for shop in chain([opened], open_shop(tmp_path / "again")):
        for n in range(len(PHOTOS)):
            answer(shop, n)
        retrained = shop.retrain(shop.loop.version("champion"), "mina")
        version = shop.loop.version("challenger")
        assert version == retrained.version
        made.append(shop.loop.packed(version))
        lineage = version.lineage
        assert (str(version), version.parent, lineage.answers) == ("shop@2", "shop@1", len(PHOTOS))
        assert len(lineage.photos) == len(PHOTOS)
        assert lineage.recipe["root"] == "shop@1"
        assert lineage.figures["verdict"] == "better"
        before, after = retrained.judged.comparison.scores
        assert after.figures()["top1"] > before.figures()["top1"]
    assert made[0] == made[1]
    # The next one does not learn from what this one learned already.
    assert str(opened.root(opened.loop.version("challenger"))) == "shop@1"
    assert opened.retrain(opened.loop.version("challenger"), "mina").version == opened.loop.version("shop@2")


def test_the_last_answer_teaches_unless_it_names_no_label(opened):
    answer(opened, 0, "navy")
    answer(opened, 0, "red")
    answer(opened, 1, kind="confirm")
    answer(opened, 2, "other", kind="other")
    answer(opened, 3, kind="skip")
    lesson = opened.lesson(STARTER, opened.loop.last_answer())
    assert len(lesson.digests) == 2
    assert lesson.truth[0] == {frozenset({STARTER.ids.index("red")})}
    answer(opened, 0, kind="remove")
    assert taught(opened) == 1
    opened.features.forget(lesson.digests)
    assert opened.lesson(STARTER, opened.loop.last_answer()).without_features == 1
    with pytest.raises(SaekdongError, match="teaching needs at least 10"):
        opened.retrain(opened.loop.version("champion"), "mina")
    assert opened.loop.runs("retrain") == []


def test_an_audit_s_answers_teach_only_after_twelve_weeks(opened):
    (facts,) = opened.store.facts(["p0"])
    items = [NewItem("p0", facts.photos[0].digest, 0.5, {"green": 1.0})]
    draw_number = opened.loop.draw("audit", items, "model", 10)
    (item,) = opened.loop.items(draw_number)
    answer(opened, 0, item=item.number)
    answer(opened, 0)  # also if it is corrected elsewhere
    answer(opened, 1)
    assert taught(opened) == 1
    opened.loop.clock.now = NOW + timedelta(weeks=12, days=1)
    assert taught(opened) == 2


def test_there_is_a_reason_after_fifty_answers_an_alarm_or_ninety_days(opened):
    champion = opened.loop.version("champion")
    opened.loop.clock.now = datetime.now(UTC)
    assert opened.reason(champion) == ""
    opened.loop.clock.now += timedelta(days=91)
    assert opened.reason(champion) == ""
    answer(opened, 0)
    assert opened.reason(champion) == "91 days since the last model"
    opened.loop.clock.now -= timedelta(days=90)
    opened.loop.raise_alarm("mix", "navy", "shop", {})
    assert opened.reason(champion) == ""
    for n in range(ENOUGH_ANSWERS):
        said = Judgment("correct", f"q{n}", ("red",), (), f"{n:064x}")
        opened.loop.answer("mina", said)
    assert opened.reason(champion) == "51 new teaching answers"
    opened.loop.raise_alarm("model", "accuracy", "shop", {})
    assert opened.reason(champion).startswith("alarm 2: ")
