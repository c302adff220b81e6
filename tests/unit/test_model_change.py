"""What another model would change: who is compared, what is counted, how sure the share is."""

from concurrent.futures import Future
from pathlib import Path

import pytest

from saekdong.catalog.contract import Store
from saekdong.catalog.ingest.batches import load_tagger
from saekdong.catalog.ingest.model_change import compare
from saekdong.catalog.ingest.resources import Resources
from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.feature_store import FeatureStore
from saekdong.fetch.fetcher import Fetcher
from saekdong.model.identity import ModelId
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.tagging import starter


class Here:
    """Works in this process."""

    jobs, shares_files = 1, True

    def submit(self, function, batch):
        future = Future()
        future.set_result(function(batch))
        return future

    def renew(self):
        """Nothing dies here."""

    def close(self):
        """Nothing is open."""


@pytest.fixture
def resources(open_store, tmp_path):
    load_tagger(starter())
    with open_store(tmp_path) as store, Fetcher() as fetcher, FeatureStore.beside(tmp_path / "catalog.db") as features:
        yield Resources(store, TaggingModel("new", ModelId("0" * 64), ""), Here(), fetcher, tmp_path, features)


def fill(store: Store, folder: Path, **products: list[str]) -> None:
    """Put products of a red photo each, that an earlier model tagged with these labels; `none` has no such file."""
    (folder / "red.jpg").write_bytes(jpeg(draw(plain(COLORS["red"][0]), "mug")))
    batch = []
    for product, labels in products.items():
        places = {"none": "none.jpg", "posted": "sha256:1"}
        photo = PhotoResult(
            places.get(product, str(folder / "red.jpg")), shares={label: 1 / len(labels) for label in labels}
        )
        batch.append((Product(product, photos=(photo.place,)), [photo]))
    store.put(batch, store.begin("feed"))


def test_what_would_change_is_counted_and_nothing_is_written(resources, tmp_path):
    fill(resources.store, tmp_path, same=["red"], moved=["navy"], more=["red", "pink"], none=["navy"], posted=["navy"])
    fill(resources.store, tmp_path, corrected=["navy"])
    resources.store.correct("corrected", ["green"], "Mina")
    version = resources.store.version()
    change = compare(resources)
    assert (change.products, change.corrected, change.fixed) == (4, 1, 1)
    assert (change.compared, change.unread, change.relabeled) == (3, 1, 2)
    assert change.moves == {("navy", "red"): 1}
    assert change.moved == 1
    assert not change.is_sample
    assert change.interval() == (change.share, change.share) == (1 / 3, 1 / 3)
    assert resources.store.version() == version
    assert [tag.label for tag in resources.store.get("moved").tags] == ["navy"]


def test_a_sample_is_the_same_each_time_and_has_an_interval(resources, tmp_path):
    fill(resources.store, tmp_path, **{f"p{n}": ["navy" if n % 2 else "red"] for n in range(40)})
    seen = []
    change = compare(resources, 10, lambda done, total: seen.append((done, total)))
    assert (change.products, change.compared) == (40, 10)
    assert change.is_sample
    assert change == compare(resources, 10)
    low, high = change.interval()
    assert low < change.share < high
    assert seen == [(10, 10)]
    assert compare(resources, None).moved == 20


def test_an_empty_catalog_changes_nothing(resources):
    change = compare(resources)
    assert (change.compared, change.moved, change.share) == (0, 0, 0.0)
