"""Another model for the catalog: what it would change, promotion, rollback, and a kill at each of their steps."""

import shutil

import numpy as np
import pytest

from promoted_shop import CONTENT, LABELS, NEW, OLD, Killed, Shop, killed_after, packed
from saekdong.catalog.photo_results import photo_result
from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.errors import SaekdongError
from saekdong.feature_store import PhotoFeatures
from saekdong.fetch import Mark
from saekdong.registry.promotion import Promoter
from saekdong.tagging import Tagger
from stores import labels_of


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
    two, unread = Product("two", photos=("1.jpg", "2.jpg")), Product("unread", photos=("none.jpg",))
    products += [(two, [products[1][1][0], products[2][1][0]]), (unread, [])]
    shop.store.put(products, run, TaggingModel("shop@1", OLD.id, "2026-01-01", packed(OLD)))
    shop.store.correct("r5", ["red"], "mina")
    shop.features.forget([f"{7:064x}"])
    glanced = [each for each in shop.store.glances() if each.digest]
    assert {each.id for each in shop.store.facts()} - {each.id for each in glanced} == {
        *("two", "unread", "r5"),
        *(f"r{n}" for n in range(0, 60, 3)),
    }
    for least, changed in ((-1, 30), (0.05, 5)):
        glancing, slow = (shop.promoter.retagging(shop.new, least) for _ in range(2))
        monkeypatch.setattr(slow, "_same_labels", False)
        fast = list(glancing.retags())
        assert [(each.product.id, each.after, each.shares) for each in slow.retags()] == [
            (each.product.id, each.after, each.shares) for each in fast
        ]
        assert len(fast) > changed
        assert glancing.difference == slow.difference
    assert (glancing.difference.products, glancing.difference.missing) == (67, 1)
    shop.close()
