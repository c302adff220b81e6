"""Another model for the catalog: what it would change, promotion, rollback, and a kill at each of their steps."""

import shutil
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from artifacts import exchanged
from saekdong.catalog.contract import Store
from saekdong.catalog.photo_results import photo_result
from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.database import Database
from saekdong.errors import SaekdongError
from saekdong.feature_store import FeatureStore, PhotoFeatures
from saekdong.fetch import Mark
from saekdong.loop import Lineage, Loop
from saekdong.model.artifact import Artifact, pack
from saekdong.registry.promotion import Promoter
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.tagging import Tagger, starter
from stores import OpenStore, labels_of

LABELS = ["red", "navy", "green"]
CONTENT = {label: jpeg(draw(plain(COLORS[label][0]), "mug")) for label in LABELS}


@cache
def packed(artifact: Artifact) -> bytes:
    return pack(artifact)


OLD, NEW = starter(), exchanged("red", "green")


def fill(store: Store, features: FeatureStore, artifact: Artifact) -> None:
    tagger = Tagger(artifact)
    run = store.begin("feed")
    products = []
    for n, label in enumerate([*LABELS, "red", "green"]):
        result = photo_result(tagger, artifact.id, f"{label}.jpg", Mark(), CONTENT[label])
        features.put([result.features])
        products.append((Product(f"p{n}", category="Cups > Mugs", photos=(f"{label}.jpg",)), [result]))
    store.put(products, run, TaggingModel("shop@1", artifact.id, "2026-01-01", packed(artifact)))
    store.finish(run)


class Shop:
    """A catalog of mugs, of three colors, and two more; its versions are `shop@1`, the champion, and `shop@2`."""

    def __init__(self, folder: Path, open_store: OpenStore) -> None:
        self.store, self.loop = open_store(folder), Loop.open(folder / "loop.db")
        self.features = FeatureStore.open(folder / "features.db")
        self.promoter = Promoter(self.loop, self.store, self.features)

    def begin(self) -> None:
        fill(self.store, self.features, OLD)
        old, self.new = (
            self.loop.register("mina", "shop", each.id, packed(each), Lineage({"kind": "test"})) for each in (OLD, NEW)
        )
        self.loop.alias("mina", "champion", old, "first")

    def labels(self) -> dict[str, tuple[str, ...]]:
        return {f"p{n}": tuple(labels_of(self.store, f"p{n}")) for n in range(len(LABELS) + 2)}

    def models(self) -> dict[str, str]:
        return {facts.id: facts.photos[0].model for facts in self.store.facts()}

    def close(self) -> None:
        for each in (self.store, self.loop, self.features):
            each.close()


@pytest.fixture
def shop(tmp_path, open_store):
    shop = Shop(tmp_path, open_store)
    shop.begin()
    yield shop
    shop.close()


REDS = [f"p{n}" for n, label in enumerate([*LABELS, "red", "green"]) if label == "red"]


def test_the_difference_is_what_decoding_with_the_new_model_gives(shop):
    difference = shop.promoter.diff(shop.new, least=-1)
    assert difference.flows["red", "green"] == difference.flows["green", "red"] == 2
    assert set(difference.examples["red", "green"]) == set(REDS)
    shop.promoter.promote(shop.new, "mina", "test", least=-1)
    tagger = Tagger(NEW)
    for n, label in enumerate([*LABELS, "red", "green"]):
        result = photo_result(tagger, NEW.id, "", Mark(), CONTENT[label])
        decoded = tagger.shown(np.array(list(result.shares.values())))
        assert labels_of(shop.store, f"p{n}") == [tag.label for tag in decoded]
    assert shop.store.differences() == 0


def test_a_label_changes_only_if_the_new_model_is_surer(shop):
    surer = shop.promoter.diff(shop.new, least=1.1)
    assert surer.flows.total() == 0
    assert surer.kept == 4
    assert shop.promoter.diff(shop.new, least=-1).flows.total() == 4


def test_people_have_the_last_word(shop):
    shop.store.correct(REDS[0], ["red"], "mina")
    assert shop.promoter.diff(shop.new, least=-1).corrected == 1
    shop.promoter.promote(shop.new, "mina", "test", least=-1)
    assert labels_of(shop.store, REDS[0]) == ["red"]


def test_products_that_keep_their_tags_are_not_tagged_again_by_the_next_add(shop):
    shop.promoter.promote(shop.new, "mina", "test", least=-1)
    model = shop.store.model()
    assert (model.id, model.name) == (NEW.id, "shop@2")
    assert set(shop.models().values()) == {OLD.id, NEW.id} <= model.current


def test_rollback_restores_every_tag_and_model(shop):
    before, models = shop.labels(), shop.models()
    shop.promoter.promote(shop.new, "mina", "test", least=-1)
    assert shop.labels() != before
    shop.promoter.roll_back("jun", "worse")
    assert shop.labels() == before
    assert shop.models() == models
    assert shop.store.model().id == OLD.id
    assert [alias.version for alias in shop.loop.aliases("champion")] == ["shop@1", "shop@2", "shop@1"]
    assert shop.store.differences() == 0


def test_photos_without_stored_features_keep_their_tags_and_are_counted(shop):
    (facts,) = shop.store.facts([REDS[0]])
    shop.features.forget([facts.photos[0].digest])
    difference = shop.promoter.promote(shop.new, "mina", "test", least=-1).difference
    assert difference.missing == 1 + len(REDS[1:])  # the two red mugs are the same photo
    assert labels_of(shop.store, REDS[0]) == ["red"]


class Killed(BaseException):
    """The process is killed."""


@contextmanager
def killed_after(monkeypatch, writes: int):
    """Kill whatever writes a database for the time after so many, once that write is on the disk."""
    writing, left = Database.writing, [writes]

    @contextmanager
    def killing(database, **how):
        with writing(database, **how) as connection:
            yield connection
        left[0] -= 1
        if not left[0]:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Database, "writing", killing)
        yield left


@pytest.mark.parametrize("backward", [False, True])
def test_a_kill_at_any_step_leaves_a_job_that_goes_on(tmp_path, open_store, monkeypatch, backward):
    monkeypatch.setattr("saekdong.registry.promotion._AT_ONCE", 1)

    def work(promoter: Promoter, version) -> None:
        if backward:
            promoter.roll_back("jun", "worse")
        else:
            promoter.promote(version, "mina", "test", least=-1)

    base, whole = tmp_path / "base", tmp_path / "whole"
    base.mkdir()
    first = Shop(base, open_store)
    first.begin()
    if backward:
        first.promoter.promote(first.new, "mina", "test", least=-1)
    first.close()
    shutil.copytree(base, whole)
    shop = Shop(whole, open_store)
    work(shop.promoter, first.new)
    expected = shop.labels(), shop.models(), [alias.version for alias in shop.loop.aliases("champion")]
    shop.close()
    step, is_killed = 0, True
    while is_killed:
        step += 1
        folder = tmp_path / f"step {step}"
        shutil.copytree(base, folder)
        shop = Shop(folder, open_store)
        with killed_after(monkeypatch, step) as left:
            try:
                work(shop.promoter, first.new)
                is_killed = left[0] <= 0
            except Killed:
                is_killed = True
        shop.close()
        again = Shop(folder, open_store)
        again.promoter.resume()
        found = again.labels(), again.models(), [alias.version for alias in again.loop.aliases("champion")]
        assert found == expected
        assert again.promoter.job.unfinished() is None
        assert again.store.differences() == 0
        again.close()
    assert step > 7


def test_a_second_promotion_waits_for_the_first(shop, monkeypatch):
    with killed_after(monkeypatch, 2), pytest.raises(Killed):
        shop.promoter.promote(shop.new, "mina", "test")
    with pytest.raises(SaekdongError, match=r"the promotion of shop@2 has not ended.*continue it with"):
        shop.promoter.promote(shop.loop.version("shop@1"), "mina", "test")
    with pytest.raises(SaekdongError, match="has not ended"):
        shop.promoter.roll_back("mina", "test")


def test_there_is_nothing_to_roll_back_to_at_first(shop):
    with pytest.raises(SaekdongError, match="there is no earlier champion"):
        shop.promoter.roll_back("mina", "test")
    assert shop.promoter.resume() is None


def test_products_with_one_photo_and_no_words_are_compared_as_all_others(tmp_path, open_store, monkeypatch):
    shop = Shop(tmp_path, open_store)
    shop.begin()
    rng, tagger, ids = np.random.default_rng(3), Tagger(OLD), OLD.vocabulary.ids
    (facts,) = shop.store.facts(["p0"])
    row = shop.features.read([facts.photos[0].digest])[facts.photos[0].digest]
    products, run = [], shop.store.begin("random")
    for n in range(60):
        stored = np.clip(row + rng.normal(0, 0.1, row.shape), 0, 1).astype(np.float16)
        digest = f"{n:064x}"
        shop.features.put([PhotoFeatures(digest, stored.tobytes(), b"")])
        shares = tagger.shares_of(stored.astype(np.float32)[None])[0].tolist()
        result = PhotoResult(f"{n}.jpg", Mark(digest=digest), OLD.id, dict(zip(ids, shares, strict=True)))
        title = "navy mug" if n % 3 == 0 else ""
        products.append((Product(f"r{n}", title, photos=(f"{n}.jpg",)), [result]))
    shop.store.put(products, run, TaggingModel("shop@1", OLD.id, "2026-01-01", packed(OLD)))
    fast = list(shop.promoter.retagging(shop.new, -1).retags())
    slow = shop.promoter.retagging(shop.new, -1)
    monkeypatch.setattr(slow, "_same_labels", False)
    assert [(each.product.id, each.after, each.shares) for each in slow.retags()] == [
        (each.product.id, each.after, each.shares) for each in fast
    ]
    assert len(fast) > 30
    shop.close()
