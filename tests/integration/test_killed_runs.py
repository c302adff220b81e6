"""A run over a feed that is killed after any of its writes, and what the next run makes of it."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from saekdong.catalog.feeds import FeedError, open_feed
from saekdong.catalog.ingest.adding import add
from saekdong.catalog.ingest.recording import Counts
from saekdong.catalog.ingest.resources import Resources
from saekdong.catalog.products import API_FEED, PhotoResult, Product
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.color import STARTER
from saekdong.feature_store import FeatureStore
from saekdong.fetch import Mark
from saekdong.fetch.fetcher import Fetcher
from saekdong.model.identity import ModelId

MODEL = TaggingModel("model", ModelId("a1" * 32), "2026-01-01")

_VICTIM = """
import os, shutil, signal, sys
from contextlib import contextmanager
from pathlib import Path
from test_killed_runs import run
from saekdong.catalog.sqlite import runs, wording_rows
from saekdong.database import Database
from saekdong.model.identity import ModelId

folder, base = Path(sys.argv[1]), Path(sys.argv[2])
runs._REMOVED_AT_ONCE = wording_rows._FUSED_AT_ONCE = 1
writing, step, left = Database.writing, 0, 0

@contextmanager
def killing(database, **how):
    global left
    with writing(database, **how) as connection:
        yield connection
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

Database.writing = killing
status = signal.SIGKILL
while status:
    assert status == signal.SIGKILL
    step, left = step + 1, step + 1
    work = folder / f"step-{step}"
    shutil.copytree(base, work)
    if not (child := os.fork()):
        run(work)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
"""


class NoWorkers:
    """Workers that have nothing to tag: all photos are known."""

    jobs, shares_files = 1, True

    def submit(self, *work):
        raise AssertionError(work)


def run(folder: Path, items=None) -> Counts:
    """Add the feed beside the catalog's folder; `items` instead of what it holds."""
    with (
        SqliteStore.open(folder / "catalog.db", STARTER) as store,
        Fetcher(allow_private=True) as fetcher,
        open_feed(str(folder.parent / "feed.csv")) as feed,
        FeatureStore.beside(store.path) as features,
    ):
        resources = Resources(store, MODEL, NoWorkers(), fetcher, folder, features)
        counts = add(replace(feed, items=items or feed.items), resources, print)
        assert store.differences() == 0
        return counts


def write(folder: Path, **prices: int) -> None:
    (folder / "feed.csv").write_text(
        "id,photos,price\n" + "".join(f"{name},,{price}\n" for name, price in prices.items())
    )


def left_in(folder: Path) -> set[str]:
    with SqliteStore.open(folder / "catalog.db", STARTER) as store, store._database.reading() as connection:
        return {name for (name,) in connection.execute("SELECT id FROM product WHERE NOT gone")}


def broken():
    raise FeedError("feed.csv breaks off")
    yield


@pytest.fixture
def killed(tmp_path) -> list[Path]:
    """Return copies of a catalog, each left by a run that was killed one write later; the last one was not killed."""
    (tmp_path / "base").mkdir()
    write(tmp_path, changed=1, same=1, later=1, a=1, b=1, c=1)
    assert run(tmp_path / "base").new == 6
    write(tmp_path, changed=2, same=1, later=1)
    return kill_at_each_write(tmp_path)


def kill_at_each_write(folder: Path) -> list[Path]:
    """Return copies of the catalog in `base`, each left by a run killed one write later; the last was not killed."""
    subprocess.run(
        [sys.executable, "-c", _VICTIM, folder, folder / "base"],
        check=True,
        cwd=Path(__file__).parent,
        stdout=subprocess.DEVNULL,
        timeout=120,
    )
    shutil.rmtree(folder / "base")
    return sorted(folder.glob("step-*"), key=lambda path: int(path.name[5:]))


def test_the_run_after_a_killed_one_removes_all_that_the_feed_no_longer_lists(tmp_path, killed):
    assert len(killed) > 6
    write(tmp_path, changed=2, same=1)
    for folder in killed:
        run(folder)
        assert left_in(folder) == {"changed", "same"}, folder.name


def test_a_removal_that_was_begun_is_finished_also_by_a_feed_that_breaks_off(killed):
    begun = [folder for folder in killed if not {"a", "b", "c"} <= left_in(folder)]
    assert len(begun) > 2
    for folder in begun:
        with pytest.raises(FeedError, match="breaks off"):
            run(folder, broken())
        assert left_in(folder) == {"changed", "same", "later"}, folder.name
    for folder in set(killed) - set(begun):
        with pytest.raises(FeedError, match="breaks off"):
            run(folder, broken())
        assert "later" in left_in(folder)


def test_what_a_killed_run_left_to_remove_is_counted_by_the_next(killed):
    for folder in killed:
        before = len(left_in(folder))
        assert run(folder).gone == before - 3, folder.name


def test_a_posted_product_that_a_feed_lists_unchanged_is_removed_with_it(tmp_path):
    (tmp_path / "shop").mkdir()
    with SqliteStore.open(tmp_path / "shop" / "catalog.db", STARTER) as store:
        store.put([(Product("posted", price=1), [])], store.begin(API_FEED), MODEL)
        assert store.begin(API_FEED) == store.begin(API_FEED)
    write(tmp_path, posted=1)
    assert run(tmp_path / "shop") == Counts(unchanged=1, problems=1)
    write(tmp_path, other=1)
    assert run(tmp_path / "shop") == Counts(new=1, gone=1, problems=1)


def write_titles(folder: Path, titles: dict[str, str]) -> None:
    rows = "".join(f"{name},{folder / 'a.jpg'},{title}\n" for name, title in titles.items())
    (folder / "feed.csv").write_text(f"id,photos,title\n{rows}")


def tags_in(folder: Path) -> dict[str, object]:
    with SqliteStore.open(folder / "catalog.db", STARTER) as store, store.snapshot() as found:
        return {each.product.id: each.tags for each in found.products} | {"": store.column_words()}


def test_tags_after_a_killed_run_and_the_next_are_those_of_a_run_that_was_not_killed(tmp_path):
    (tmp_path / "base").mkdir()
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"never read: it is unchanged")
    mark = Mark(size=photo.stat().st_size, mtime_ns=photo.stat().st_mtime_ns, digest="d")
    colors = {"black": "블랙", "red": "레드", "green": "그린"}
    titles = {f"{label}-{number}": f"{word} 컵" for label, word in colors.items() for number in range(4)}
    with SqliteStore.open(tmp_path / "base" / "catalog.db", STARTER) as store:
        results = [
            (Product(name, title, photos=(str(photo),)), [PhotoResult(str(photo), mark, MODEL.id, {name[:-2]: 1.0})])
            for name, title in titles.items()
        ]
        open_one = {"black": 0.6, "navy": 0.3, "gray": 0.1}
        results.append((Product("open", photos=(str(photo),)), [PhotoResult(str(photo), mark, MODEL.id, open_one)]))
        store.put(results, store.begin(str(tmp_path / "feed.csv")), MODEL)
    write_titles(tmp_path, titles | {"open": "네이비 컵"})
    run(tmp_path / "base")
    before = tags_in(tmp_path / "base")
    assert before["open"][0].label == "navy"
    # Most titles name another color than the photos now, so words lose their trust, and all are fused again.
    wrong = dict(zip(titles, [*list(titles.values())[4:], *list(titles.values())[:4]], strict=True))
    write_titles(tmp_path, wrong | {"open": "네이비 컵"})
    folders = kill_at_each_write(tmp_path)
    assert len(folders) > len(titles)
    after = tags_in(folders[-1])
    assert after["open"][0].label == "black"
    assert [folder.name for folder in folders if tags_in(folder) == after] != [folder.name for folder in folders]
    for folder in folders:
        run(folder)
        assert tags_in(folder) == after, folder.name
