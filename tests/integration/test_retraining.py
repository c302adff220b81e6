"""Retraining: answers become a challenger, from stored features; the audit's do not teach while they measure."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from artifacts import exchanged
from promoted_shop import Killed, killed_after
from saekdong.catalog.photo_results import photo_result
from saekdong.catalog.products import Product
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.cli.app import run
from saekdong.color import STARTER, Label, Vocabulary
from saekdong.errors import SaekdongError
from saekdong.feature_store import FeatureStore
from saekdong.fetch import Mark
from saekdong.loop import Judgment, Lineage, Loop, NewItem
from saekdong.model.artifact import pack, unpack
from saekdong.registry.retraining import ENOUGH_ANSWERS, Retraining
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.tagging import Tagger, starter
from saekdong.tagging.photo_model import PhotoModel
from saekdong.tagging.relabeling import relabel

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


CRIMSON = Label("crimson", "crimson", "진홍", "#be142d")
SHOP = Vocabulary((*(label for label in STARTER if label.id in ("navy", "green", "white")), CRIMSON))
"""Green and navy stay, red is crimson now, which the starter does not know; the others are left out."""


def test_a_changed_vocabulary_is_a_reason_and_answers_teach_the_new_labels(opened):
    champion = opened.loop.version("champion")
    assert opened.reason(champion, STARTER) == ""
    why = opened.reason(champion, SHOP)
    assert why.startswith("the labels changed: + crimson, - black")
    for n, (label, _, _) in enumerate(PHOTOS):
        answer(opened, n, "crimson" if label == "red" else label)
    retrained = opened.retrain(champion, "mina", why, vocabulary=SHOP)
    assert opened.reason(champion, SHOP) == "", "the challenger has them"
    made = unpack(opened.loop.packed(retrained.version))
    assert made.vocabulary == SHOP
    assert (str(retrained.version), retrained.version.lineage.recipe["labels"]) == ("shop@2", list(SHOP.ids))
    assert len(retrained.version.lineage.photos) == len(PHOTOS)
    tagger = Tagger(made)
    for n, (label, _, _) in enumerate(PHOTOS):
        (facts,) = opened.store.facts([f"p{n}"])
        rows = opened.features.read([facts.photos[0].digest])
        first = tagger.shown(tagger.shares_of(next(iter(rows.values()))[None])[0])[0].label
        assert first == ("crimson" if label == "red" else label)
    assert [str(made.predict(rgb)) for rgb in ((31, 42, 82), (250, 250, 250), (190, 20, 45))] == [
        "navy",
        "white",
        "crimson",
    ]
    # The next one, of the same labels, begins at the same root.
    assert opened.retrain(retrained.version, "mina").version == retrained.version


def test_other_labels_in_the_settings_are_a_reason_for_the_command(base, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "shop"
    shutil.copytree(base, folder)
    for shop in open_shop(folder):
        for n, (label, _, _) in enumerate(PHOTOS):
            answer(shop, n, "crimson" if label == "red" else label)
    tables = "".join(
        f'[[labels]]\nid = "{label.id}"\nen = "{label.en}"\nko = "{label.ko}"\nswatch = "{label.swatch}"\n'
        for label in SHOP
    )
    (folder / "saekdong.toml").write_text(tables, encoding="utf-8")
    monkeypatch.setenv("SAEKDONG_WORKSPACE", str(folder))
    assert run(["retrain", "--if-needed", "--format", "json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["reason"].startswith("the labels changed: + crimson, - black")
    assert "registered as shop@2, the challenger" in told.err
    assert run(["retrain", "--if-needed"]) == 0
    assert "there is no reason to retrain" in capsys.readouterr().err
    with Loop.beside(folder / "catalog.db") as loop:
        (event,) = [event for event in loop.events() if event.what == "retrain"]
        assert (event.details["version"], event.details["verdict"]) == ("shop@2", "better")


def test_relabeling_keeps_what_stays_and_takes_what_the_starter_knows():
    without = relabel(exchanged("red", "green"), SHOP)
    again = relabel(without, STARTER)
    model, back, known = PhotoModel.of(without), PhotoModel.of(again), PhotoModel.of(starter())
    assert not model.matrix[:, SHOP.ids.index("crimson")].any()
    navy, red = STARTER.ids.index("navy"), STARTER.ids.index("red")
    assert np.array_equal(back.matrix[:, navy], known.matrix[:, navy])
    assert np.allclose(back.matrix[:, red], known.matrix[:, red]), "red is the starter's again"
    assert len(back.centers) == len(known.centers)
    assert pack(relabel(exchanged("red", "green"), SHOP)) == pack(without)
    with pytest.raises(SaekdongError, match="learned from colors alone"):
        relabel(replace(starter(), tagger=None, kernel=None), SHOP)


@pytest.mark.slow
def test_retraining_killed_at_any_write_is_the_same_when_it_is_run_again(base, tmp_path, monkeypatch):
    prepared = tmp_path / "prepared"
    shutil.copytree(base, prepared)
    for shop in open_shop(prepared):
        for n in range(len(PHOTOS)):
            answer(shop, n)
    expected, step, is_killed = None, 0, True
    while is_killed:
        folder = tmp_path / f"step {step}"
        shutil.copytree(prepared, folder)
        with killed_after(monkeypatch, step) as left:  # step 0 is not killed
            for shop in open_shop(folder):
                try:
                    shop.retrain(shop.loop.version("champion"), "mina")
                    is_killed = step == 0 or left[0] <= 0
                except Killed:
                    pass
        for shop in open_shop(folder):
            assert str(shop.loop.version("champion")) == "shop@1"
            shop.retrain(shop.loop.version("champion"), "mina")
            versions = [(str(each), each.model) for each in shop.loop.versions()]
            found = versions, str(shop.loop.version("challenger")), len(shop.loop.runs("retrain", open_only=True))
            expected = expected or found
            assert found == expected
            assert shop.loop.first_broken_event() is None
        step += 1
    assert step > 4


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
