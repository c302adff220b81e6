"""Feeds into a catalog: what is done, what is not done again, and what goes wrong."""

import os
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

import poison
from photo_server import serving
from saekdong.catalog.contract import Store
from saekdong.catalog.feeds import FeedError, open_feed
from saekdong.catalog.ingest import adding
from saekdong.catalog.ingest.adding import add
from saekdong.catalog.ingest.batches import load_tagger
from saekdong.catalog.ingest.recording import Counts
from saekdong.catalog.ingest.resources import Resources
from saekdong.catalog.tagging_model import ModelChangedError, TaggingModel
from saekdong.errors import SaekdongError
from saekdong.feature_store import FeatureStore
from saekdong.fetch import fetcher as fetching
from saekdong.fetch.fetcher import Fetcher
from saekdong.model.identity import ModelId
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.tagging import Tagger, starter
from saekdong.work.pool import open_workers

STARTER_ID, OTHER = starter().id, ModelId("0" * 64)


def photo(label, shape="mug", number=0):
    return jpeg(draw(plain(COLORS[label][number]), shape))


@pytest.fixture(scope="module")
def workers():
    with open_workers(None, 2, partial(load_tagger, starter())) as workers:
        yield workers


@dataclass
class Shop:
    """A folder with a feed, a catalog, and what tagged how many photos."""

    folder: Path
    workers: object
    fetcher: Fetcher
    store: Store
    features: FeatureStore
    told: list = field(default_factory=list)
    tagged: list = field(default_factory=list)

    def add(self, place="feed.csv", model=STARTER_ID, stopping=lambda: False, advanced=lambda counts, share: None):  # noqa: ARG005
        self.told.clear()
        self.tagged.clear()
        spool = self.folder / "spool"
        spool.mkdir(exist_ok=True)
        model = TaggingModel("model", model, "2026-01-01")
        resources = Resources(self.store, model, self.workers, self.fetcher, spool, self.features)
        with open_feed(str(self.folder / place)) as feed:
            counts = add(feed, resources, self.told.append, advanced, stopping)
        assert list(spool.iterdir()) == []
        assert self.store.differences() == 0
        return counts

    def write(self, *rows, name="feed.csv"):
        (self.folder / name).write_text("\n".join(["id,title,photos,price", *rows]) + "\n")

    def first(self, product):
        return self.store.get(product).tags[0].label


@pytest.fixture
def shop(open_store, tmp_path, workers, monkeypatch):
    monkeypatch.setattr(fetching, "_FIRST_REST", 0.01)
    store = open_store(tmp_path)
    with (
        Fetcher(allow_private=True, connections=4) as fetcher,
        FeatureStore.beside(tmp_path / "catalog.db") as features,
    ):
        shop = Shop(tmp_path, workers, fetcher, store, features)
        take = adding._Run.take

        def taken(run, batch, results):
            shop.tagged += [
                task.place.rpartition("/")[2] for task, result in zip(batch, results, strict=True) if result
            ]
            take(run, batch, results)

        monkeypatch.setattr(adding._Run, "take", taken)
        yield shop
    store.close()


def test_features_of_tagged_photos_are_kept_and_give_the_same_shares(shop):
    for label in ("red", "navy"):
        (shop.folder / f"{label}.jpg").write_bytes(photo(label))
    shop.write("1,a,red.jpg,1", "2,b,navy.jpg,2", "3,c,missing.jpg,3")
    shop.add()
    photos = [
        shop.store.known([each])[each].photos[str(shop.folder / name)]
        for each, name in (("1", "red.jpg"), ("2", "navy.jpg"))
    ]
    kept = shop.features.read(each.mark.digest for each in photos)
    tagger = Tagger(starter())
    assert shop.features.count() == 2
    for number, each in zip("12", photos, strict=True):
        (shares,) = tagger.shares_of(kept[each.mark.digest][None])
        assert tagger.shown(shares)[0].label == shop.first(number)
    assert set(shop.features.statistics(each.mark.digest for each in photos)) == {each.mark.digest for each in photos}


def test_only_what_is_new_or_changed_is_tagged(shop):
    for label in ("red", "navy", "green"):
        (shop.folder / f"{label}.jpg").write_bytes(photo(label))
    shop.write("1,a,red.jpg,1", "2,b,navy.jpg,2", "3,c,green.jpg,3")
    assert shop.add() == Counts(new=3)
    assert [shop.first(each) for each in "123"] == ["red", "navy", "green"]
    assert shop.add() == Counts(unchanged=3)
    assert shop.tagged == []

    # A price alone needs no tagging; a photo that was only touched is read, and not tagged.
    shop.write("1,a,red.jpg,1", "2,b,navy.jpg,9", "3,c,green.jpg,3")
    os.utime(shop.folder / "green.jpg", ns=(1, 1))
    assert shop.add() == Counts(changed=1, unchanged=2)
    assert shop.tagged == []
    assert shop.store.get("2").product.price == 9
    known = shop.store.known(["3"])["3"].photos[str(shop.folder / "green.jpg")]
    assert (known.mark.mtime_ns, known.error) == (1, None)
    assert known.mark.digest

    (shop.folder / "red.jpg").write_bytes(photo("yellow"))
    shop.write("1,a,red.jpg,1", "2,b,navy.jpg navy2.jpg,9".replace(" ", "|"), "4,d,green.jpg,3")
    (shop.folder / "navy2.jpg").write_bytes(photo("navy", "bag"))
    assert shop.add() == Counts(new=1, changed=2, gone=1, tags_changed=1)
    assert sorted(shop.tagged) == ["green.jpg", "navy2.jpg", "red.jpg"]
    assert shop.first("1") == "yellow"
    assert shop.store.get("3").gone

    shop.write("1,a,red.jpg,1", "2,b,navy.jpg|navy2.jpg,9", "3,c,green.jpg,3", "4,d,green.jpg,3")
    assert shop.add() == Counts(new=1, unchanged=3)
    assert not shop.store.get("3").gone


def test_the_share_that_is_told_is_what_is_done_not_what_is_read(shop):
    names = [f"{number}.jpg" for number in range(40)]
    for number, name in enumerate(names):
        (shop.folder / name).write_bytes(photo("red") + bytes([number]))
    shop.write(*(f"{name},a,{name},1" for name in names))
    told = []
    shop.add(advanced=lambda counts, share: told.append((counts.products, share)))
    assert all(share == pytest.approx(products / 40) for products, share in told)
    assert told[-1] == (40, 1)
    assert len({products for products, _ in told}) > 2


def test_of_one_feed_there_is_one_run_at_a_time(shop):
    (shop.folder / "red.jpg").write_bytes(photo("red"))
    shop.write("1,a,red.jpg,1")
    shop.write("2,b,red.jpg,1", name="other.csv")
    others = []

    def advanced(*_):
        with pytest.raises(SaekdongError, match=r"another run is adding .*feed.csv; wait until it is done"):
            shop.add()
        others.append(shop.add("other.csv"))

    shop.add(advanced=advanced)
    assert others[0] == Counts(new=1)
    assert shop.add() == Counts(unchanged=1)
    assert not list(shop.folder.glob(".*.lock"))


def test_another_model_tags_all_again(shop):
    (shop.folder / "red.jpg").write_bytes(photo("red"))
    shop.write("1,a,red.jpg,1")
    shop.add()
    with pytest.raises(ModelChangedError, match=r"the catalog's model is now model \(\w{8}\), not model \(0{8}\)"):
        shop.add(model=OTHER)
    assert shop.store.get("1").models == (starter().id,)
    shop.store.set_model(TaggingModel("model", OTHER, "2026-01-02"))
    assert shop.add(model=OTHER) == Counts(changed=1)
    assert shop.tagged == ["red.jpg"]


def test_a_photo_of_several_products_is_tagged_once(shop):
    (shop.folder / "red.jpg").write_bytes(photo("red"))
    shop.write(*(f"{number},a,red.jpg,1" for number in range(50)))
    assert shop.add() == Counts(new=50)
    assert shop.tagged == ["red.jpg"]
    assert {shop.first(str(number)) for number in range(50)} == {"red"}


def test_bad_photos_are_told_and_not_tried_again_before_they_change(shop):
    (shop.folder / "bad.jpg").write_bytes(b"\xff\xd8\xff no photo")
    (shop.folder / "red.jpg").write_bytes(photo("red"))
    shop.write("1,a,bad.jpg,1", "2,b,none.jpg,1", "3,c,red.jpg|bad.jpg,1", "4,d,,1")
    assert shop.add() == Counts(new=4, errors=3, problems=1)
    assert {(problem.line, problem.product) for problem in shop.told} == {(2, "1"), (3, "2"), (4, "3"), (5, "4")}
    assert set(shop.store.get("1").errors.values()).pop()[0] == "damaged"
    assert shop.first("3") == "red"
    told = set(shop.told)
    assert shop.add() == Counts(unchanged=4, errors=3, problems=1)
    assert set(shop.told) == told
    # A file that was missing is looked for again.
    assert shop.tagged == ["none.jpg"]
    for name in ("bad.jpg", "none.jpg"):
        (shop.folder / name).write_bytes(photo("navy"))
    assert shop.add() == Counts(changed=3, unchanged=1, problems=1, tags_changed=2)
    assert shop.first("2") == "navy"


def test_a_photo_that_is_missing_later_keeps_its_colors(shop):
    (shop.folder / "share").mkdir()
    for label in ("red", "navy"):
        (shop.folder / "share" / f"{label}.jpg").write_bytes(photo(label))
    shop.write("1,a,share/red.jpg,1", "2,b,share/navy.jpg,1")
    assert shop.add() == Counts(new=2)
    # A missing network drive; its products are there, and it is reported.
    (shop.folder / "share").rename(shop.folder / "away")
    for _ in range(2):
        assert shop.add() == Counts(unchanged=2, errors=2)
        assert [shop.first(each) for each in "12"] == ["red", "navy"]
    (shop.folder / "away").rename(shop.folder / "share")
    assert shop.add() == Counts(unchanged=2)
    assert shop.tagged == []


def test_a_photo_that_kills_its_worker_is_an_error_and_the_rest_is_tagged(shop, monkeypatch):
    for number in range(40):
        (shop.folder / f"{number}.jpg").write_bytes(photo("red") + str(number).encode())
    (shop.folder / "17.jpg").write_bytes(photo("red") + poison.POISON)
    shop.write(*(f"{number},a,{number}.jpg,1" for number in range(40)))
    monkeypatch.setattr(adding, "tag_batch", poison.tag_or_die)
    assert shop.add() == Counts(new=40, errors=1)
    assert [code for code, _ in shop.store.get("17").errors.values()] == ["crashed"]
    assert sum(bool(shop.store.get(str(number)).tags) for number in range(40)) == 39
    assert shop.add() == Counts(unchanged=40, errors=1)
    assert shop.tagged == []


def test_photos_at_addresses(shop):
    with serving() as server:
        for label in ("red", "navy"):
            server.photos[f"/versioned/{label}.jpg"] = photo(label)
        server.photos["/plain.jpg"] = photo("green")
        names = ("/versioned/red.jpg", "/versioned/navy.jpg", "/plain.jpg", "/none.jpg")
        shop.write(*(f"{number},a,{server.address}{name},1" for number, name in enumerate(names)))
        assert shop.add() == Counts(new=4, errors=1)
        assert [shop.first(each) for each in "012"] == ["red", "navy", "green"]
        assert shop.add() == Counts(unchanged=4, errors=1)
        # A server without versions sends it again; the content shows that it is the same.
        assert shop.tagged == []
        server.photos["/versioned/red.jpg"] = photo("yellow")
        assert shop.add() == Counts(changed=1, unchanged=3, errors=1, tags_changed=1)
        assert shop.tagged == ["red.jpg"]
        # It is gone, or its server is: what was known stays.
        del server.photos["/plain.jpg"]
        assert shop.add() == Counts(unchanged=4, errors=2)
        assert shop.first("2") == "green"
    assert shop.add() == Counts(unchanged=4, errors=4)
    assert shop.first("0") == "yellow"


def test_the_same_photo_by_another_version_is_known_by_that_next_time(shop):
    with serving() as server:
        place = f"{server.address}/plain.jpg"
        server.photos["/plain.jpg"] = photo("red")
        shop.write(f"1,a,{place},1")
        assert shop.add() == Counts(new=1)
        mark = shop.store.known(["1"])["1"].photos[place].mark
        shop.store.remember([("1", place, mark._replace(etag='"of another day"'))])
        assert shop.add() == Counts(unchanged=1)
        assert shop.tagged == []
        assert shop.store.known(["1"])["1"].photos[place].mark == mark


def test_a_feed_that_breaks_off_leaves_nothing_gone(shop):
    for label in ("red", "navy"):
        (shop.folder / f"{label}.jpg").write_bytes(photo(label))
    items = "".join(
        f"<item><id>{n}</id><image_link>{label}.jpg</image_link></item>" for n, label in enumerate(("red", "navy"))
    )
    (shop.folder / "feed.xml").write_text(f"<rss>{items}</rss>")
    assert shop.add("feed.xml") == Counts(new=2)
    (shop.folder / "feed.xml").write_text(f"<rss>{items[:70]}")
    with pytest.raises(FeedError, match=r"feed\.xml, line 1: "):
        shop.add("feed.xml")
    assert not shop.store.get("1").gone


def test_a_run_that_is_stopped_goes_on_where_it_stopped(shop):
    for number in range(200):
        (shop.folder / f"{number}.jpg").write_bytes(photo("red") + str(number).encode())
    shop.write(*(f"{number},a,{number}.jpg,1" for number in range(200)))
    first = shop.add(stopping=lambda: len(shop.tagged) >= 40)
    done = list(shop.tagged)
    assert 40 <= first.new == len(done) < 200
    second = shop.add()
    assert second == Counts(new=200 - first.new, unchanged=first.new)
    assert sorted(done + shop.tagged) == sorted(f"{number}.jpg" for number in range(200))


@pytest.mark.slow
def test_on_a_dask_cluster_that_does_not_see_the_files(shop):
    from distributed import LocalCluster

    for label in ("red", "navy"):
        (shop.folder / f"{label}.jpg").write_bytes(photo(label))
    shop.write("1,a,red.jpg,1", "2,b,navy.jpg,2", "3,c,none.jpg,2")
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        place = cluster.scheduler_address.replace("tcp://", "dask://")
        with open_workers(place, None, partial(load_tagger, starter())) as workers:
            assert not workers.shares_files
            shop.workers = workers
            assert shop.add() == Counts(new=3, errors=1)
    assert [shop.first(each) for each in "12"] == ["red", "navy"]
