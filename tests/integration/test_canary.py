"""A version on trial in a part of the shop: by feed or by chance, promoted or taken back, killed at each write."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from promoted_shop import CONTENT, LABELS, NEW, OLD, Killed, Shop, killed_after, packed
from saekdong.catalog.photo_results import photo_result
from saekdong.catalog.products import Product
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.cli.app import run
from saekdong.errors import SaekdongError
from saekdong.fetch import Mark
from saekdong.loop import Judgment
from saekdong.registry.canary import CanaryTrial
from saekdong.registry.gate import Gate
from saekdong.tagging import Tagger
from stores import OpenStore


class Feeds(Shop):
    """Ten feeds of three mugs each."""

    def begin(self) -> None:
        super().begin()
        tagger = Tagger(OLD)
        for feed in range(1, 10):
            run = self.store.begin(f"feed {feed}")
            results = [photo_result(tagger, OLD.id, f"{label}.jpg", Mark(), CONTENT[label]) for label in LABELS]
            products = [
                (Product(f"f{feed}-{label}", photos=(f"{label}.jpg",)), [result])
                for label, result in zip(LABELS, results, strict=True)
            ]
            self.store.put(products, run, TaggingModel("shop@1", OLD.id, "2026-01-01", packed(OLD)))
            self.store.finish(run)

    def labels(self) -> dict[str, tuple[str, ...]]:
        return {each.id: tuple(each.labels) for each in self.store.facts()}

    @property
    def trial(self) -> CanaryTrial:
        return CanaryTrial(self.promoter)


@pytest.fixture
def shop(tmp_path: Path, open_store: OpenStore) -> Iterator[Feeds]:
    shop = Feeds(tmp_path, open_store)
    shop.begin()
    yield shop
    shop.close()


def test_only_the_feeds_of_a_canary_get_its_tags_and_people_compare(shop):
    before, models = shop.labels(), shop.models()
    shop.trial.begin(shop.new, 0.1, "mina", "careful", least=-1)
    canary = shop.trial.current()
    (feed,) = canary.feeds
    changed = {each for each, labels in shop.labels().items() if labels != before[each]}
    assert changed == {each.id for each in shop.store.facts() if each.feed == feed and before[each.id] != ("navy",)}
    assert changed
    assert (str(shop.loop.version("champion")), str(shop.loop.version("canary"))) == ("shop@1", "shop@2")
    model = shop.store.model()
    assert (model.id, NEW.id in model.current) == (OLD.id, True)
    items = shop.loop.items(purpose="difference")
    assert {item.item.product for item in items} == changed
    for item in shop.loop.next_items("jun", ["difference"], most=9):
        given = (item.item.about["challenger"],)
        shop.loop.answer("jun", Judgment("correct", item.item.product, given, (), item.item.photo, item=item.number))
    report = shop.trial.report()
    assert (report.asked, report.test.wins, report.test.losses) == (len(changed), len(changed), 0)
    assert report.to_json()["feeds"] == [feed]
    # The gate knows the answers too.
    (better, *_) = Gate(shop.promoter).judge(shop.new, least=-1).checks
    assert better.figures["wins"] == len(changed)
    shop.trial.end("mina", "not yet")
    assert (shop.labels(), shop.models()) == (before, models)
    assert shop.trial.current() is None
    assert shop.store.differences() == 0


def test_a_canary_of_the_whole_shop_hides_nothing_from_the_gate(shop):
    shop.trial.begin(shop.new, 0.99, "mina", "careful", least=-1)
    report = Gate(shop.promoter).judge(shop.new, least=-1)
    assert report.difference.flows.total() == 0
    better = report.checks[0]
    assert (better.name, better.passes) == ("better", False)


def test_a_shop_with_one_feed_has_a_canary_by_chance(tmp_path, open_store):
    shop = Shop(tmp_path, open_store)
    shop.begin()
    trial = CanaryTrial(shop.promoter)
    trial.begin(shop.new, 0.5, "mina", "careful", least=-1)
    canary = trial.current()
    assert canary.feeds == ()
    part = {each.id for each in shop.store.facts() if canary.has(each)}
    assert 0 < len(part) < 5
    assert {each for each, model in shop.models().items() if model == NEW.id} <= part
    shop.close()


def test_a_canary_is_promoted_whole_and_nothing_else_is_meanwhile(shop):
    shop.trial.begin(shop.new, 0.1, "mina", "careful", least=-1)
    other = shop.loop.version("shop@1")
    with pytest.raises(SaekdongError, match=r"shop@2 is on trial in a part of the shop.*take it back with"):
        shop.promoter.promote(other, "mina", "test")
    shop.trial.begin(shop.new, 0.1, "mina", "again", least=-1)
    assert len(shop.loop.items(purpose="difference")) == 2, "they are asked once"
    shop.promoter.promote(shop.new, "mina", "good", least=-1)
    assert shop.trial.current() is None
    with pytest.raises(SaekdongError, match="shop@2 is the champion already"):
        shop.trial.begin(shop.new, 0.1, "mina", "careful")
    assert {labels for each, labels in shop.labels().items() if each.endswith("red")} == {("green",)}
    assert shop.store.differences() == 0


@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.slow
def test_a_canary_killed_at_any_write_goes_on(tmp_path, open_store, monkeypatch, ends):
    monkeypatch.setattr("saekdong.registry.canary._AT_ONCE", 1)
    base = tmp_path / "base"
    base.mkdir()
    first = Feeds(base, open_store)
    first.begin()
    if ends:
        first.trial.begin(first.new, 0.2, "mina", "careful", least=-1)
    first.close()

    def work(shop: Feeds) -> None:
        if ends:
            shop.trial.end("mina", "not yet")
        else:
            shop.trial.begin(first.new, 0.2, "mina", "careful", least=-1)

    def state(shop: Feeds) -> tuple[object, ...]:
        products = [item.item.product for item in shop.loop.items(purpose="difference")]
        aliases = [(alias.name, alias.version) for alias in shop.loop.aliases()]
        return shop.labels(), shop.models(), aliases, products, shop.store.model().current

    shutil.copytree(base, tmp_path / "whole")
    whole = Feeds(tmp_path / "whole", open_store)
    work(whole)
    expected = state(whole)
    whole.close()
    step, is_killed = 0, True
    while is_killed:
        step += 1
        folder = tmp_path / f"step {step}"
        shutil.copytree(base, folder)
        shop = Feeds(folder, open_store)
        with killed_after(monkeypatch, step) as left:
            try:
                work(shop)
                is_killed = left[0] <= 0
            except Killed:
                is_killed = True
        shop.close()
        again = Feeds(folder, open_store)
        again.trial.resume()
        assert state(again) == expected
        assert again.trial.resume() is None
        again.close()
    assert step > 5


def test_a_canary_from_the_command_line(shop, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    before = shop.labels()
    assert run(["registry", "promote", "shop@2", "--canary", "all"]) == 2
    assert "all is not a part of the products; give one such as 10%" in capsys.readouterr().err
    start = ["registry", "promote", "shop@2", "--canary", "10%", "--least", "-1"]
    assert run(start) == 2
    assert "there is no terminal to ask on" in capsys.readouterr().err
    assert run([*start, "--yes", "--format", "json"]) == 0
    begun = json.loads(capsys.readouterr().out)
    assert (begun["canary"]["version"], begun["canary"]["products"], begun["changed"]) == ("shop@2", 3, 2)
    assert run(["registry", "canary"]) == 0
    told = capsys.readouterr()
    assert "0 for it, 0 against it; open" in told.out
    assert "next: saekdong registry promote shop@2, or saekdong registry rollback" in told.err
    assert run(["catalog", "model", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "shop@1"
    assert run(["registry", "rollback", "--yes"]) == 0
    assert "no version is on trial" in capsys.readouterr().err
    assert run(["registry", "canary", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"canary": None}
    assert str(shop.loop.version("champion")) == "shop@1"
    assert shop.labels() == before
