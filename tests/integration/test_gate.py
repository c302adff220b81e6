"""The gate: a challenger becomes the champion only if people, asked blind, find it better, and nothing breaks."""

import json
from pathlib import Path

import pytest

from artifacts import exchanged
from saekdong.catalog.photo_results import photo_result
from saekdong.catalog.products import Product
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.cli.app import run
from saekdong.feature_store import FeatureStore
from saekdong.fetch import Mark
from saekdong.loop import Judgment, Lineage, NewItem
from saekdong.model.artifact import pack
from saekdong.registry.gate import Gate
from saekdong.registry.promotion import Promoter
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.tagging import Tagger, starter
from saekdong.workspace import Workspace

CHANGED, OTHERS = 14, 66
WRONG = exchanged("red", "green")
PACKED = {}


def packed(artifact) -> bytes:
    return PACKED.setdefault(artifact.id, pack(artifact))


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A shop of 14 red and 66 navy mugs whose champion calls red green; the challenger is right."""
    monkeypatch.chdir(tmp_path)
    workspace = Workspace(Path())
    with (
        workspace.catalog() as store,
        FeatureStore.beside(store.path) as features,
        workspace.loop() as loop,
    ):
        tagger, results = Tagger(WRONG), {}
        for label in ("red", "navy"):
            content = jpeg(draw(plain(COLORS[label][0]), "mug"))
            results[label] = photo_result(tagger, WRONG.id, f"{label}.jpg", Mark(), content)
        features.put(result.features for result in results.values())
        labels = ["red"] * CHANGED + ["navy"] * OTHERS
        products = [(Product(f"p{n}", photos=(f"{label}.jpg",)), [results[label]]) for n, label in enumerate(labels)]
        store.put(products, store.begin("feed"), TaggingModel("shop@1", WRONG.id, "2026-01-01", packed(WRONG)))
        for alias, model in (("champion", WRONG), ("challenger", starter())):
            loop.alias("mina", alias, loop.register("mina", "shop", model.id, packed(model), Lineage({})), "test")
        yield Gate(Promoter(loop, store, features))


def marks(gate: Gate) -> dict[str, bool]:
    report = gate.judge(gate.promoter.loop.version("challenger"), least=-1)
    return {check.name: check.passes for check in report.checks}


def ask(gate: Gate) -> list:
    loop = gate.promoter.loop
    gate.ask(loop.version("challenger"), least=-1)
    return loop.items(purpose="difference", state="open")


def answer(gate: Gate, items, *labels: str) -> None:
    for item in items:
        said = Judgment("correct", item.item.product, labels, (), item.item.photo, item=item.number)
        gate.promoter.loop.answer("mina", said)


def test_people_who_see_no_tag_find_the_challenger_better(shop):
    items = ask(shop)
    assert len(items) == CHANGED
    assert all(item.is_blind for item in items)
    assert {item.item.about["challenger"] for item in items} == {"red"}
    assert ask(shop) == items  # a second call asks nothing twice
    assert marks(shop) == {"better": False, "accuracy": True, "recall": False, "products": True, "artifact": True}
    answer(shop, items[:4], "red")
    assert not marks(shop)["better"]
    answer(shop, items[4:], "red")
    assert all(marks(shop).values())


@pytest.mark.parametrize("given", ["green", "navy"])
def test_a_challenger_that_is_not_better_does_not_pass(shop, given):
    answer(shop, ask(shop), given)
    found = marks(shop)
    assert not found["better"]
    assert found["recall"] == (given == "navy")


def test_answers_count_though_they_became_corrections(shop):
    items = ask(shop)
    answer(shop, items, "green")
    for item in items:
        shop.promoter.store.correct(item.item.product, ["green"], "mina")
    report = shop.judge(shop.promoter.loop.version("challenger"), least=-1)
    assert report.difference.flows.total() == 0
    assert [check.name for check in report.checks if not check.passes] == ["better", "recall"]


def test_the_goal_is_checked_on_the_audit(shop):
    gate, loop = Gate(shop.promoter, 0.8), shop.promoter.loop
    assert not marks(gate)["accuracy"]
    (facts,) = shop.promoter.store.facts(["p0"])
    about = {"confidence": 0.7, "mean_confidence": 0.7}
    items = [NewItem(f"p{n}", facts.photos[0].digest, 1 / 80, {"green": 1.0}, about) for n in range(40)]
    loop.draw("audit", items, WRONG.id, 80)
    audit = loop.items(purpose="audit")
    answer(gate, audit[:20], "red")
    assert marks(gate)["accuracy"]
    answer(gate, audit[20:], "navy")
    assert not marks(gate)["accuracy"]


def test_promote_refuses_without_the_gate_unless_it_is_forced_with_a_reason(shop, capsys):
    assert run(["registry", "gate", "challenger", "--least", "-1"]) == 1
    assert "✗" in capsys.readouterr().out
    assert run(["registry", "promote", "challenger", "--least", "-1", "--yes"]) == 2
    assert "shop@2 does not pass the gate" in capsys.readouterr().err
    assert run(["registry", "promote", "challenger", "--least", "-1", "--yes", "--force"]) == 2
    assert "--force needs a reason" in capsys.readouterr().err
    assert str(shop.promoter.loop.version("champion")) == "shop@1"
    assert (
        run(
            [
                "registry",
                "promote",
                "challenger",
                "--least",
                "-1",
                "--yes",
                "--force",
                "--why",
                "new shop",
                "--by",
                "mina",
            ]
        )
        == 0
    )
    (event,) = [event for event in shop.promoter.loop.events() if event.what == "gate"]
    assert (event.by, event.details["forced"], event.details["why"]) == ("mina", True, "new shop")
    assert str(shop.promoter.loop.version("champion")) == "shop@2"


def test_promote_goes_on_once_the_gate_is_passed(shop, capsys):
    assert run(["registry", "gate", "challenger", "--least", "-1", "--ask"]) == 1
    assert f"{CHANGED} products added to the review queue" in capsys.readouterr().err
    answer(shop, shop.promoter.loop.items(purpose="difference"), "red")
    assert run(["registry", "gate", "challenger", "--least", "-1", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["passes"], report["checks"][0]["figures"]["wins"]) == (True, 9)
    assert run(["registry", "promote", "challenger", "--least", "-1", "--yes"]) == 0
    assert shop.promoter.store.get("p0").tags[0].label == "red"
