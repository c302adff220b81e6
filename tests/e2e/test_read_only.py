"""Who may read a catalog but not write it can export it, check it, and look at it in the studio."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from mounts import run_mounted
from ports import free_port
from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.color import STARTER
from saekdong.samples import drawings

pytestmark = pytest.mark.slow

BROWSE = """
import sys, httpx
from waiting import until_answered
address = f"http://127.0.0.1:{sys.argv[1]}"
until_answered(f"{address}/static/site/icon.svg")
page = httpx.get(f"{address}/desk/product?id=1", headers={"Accept-Language": "ko"}).text
print("읽기 전용" in page, "<form class" in page.split("<main")[1], httpx.get(f"{address}/photo?id=1&n=0").status_code)
pages = ("", "/products", "/models", "/training", "/data", "/inference", "/notebooks")
print(*{httpx.get(f"{address}/desk{page}").status_code for page in pages})
print(httpx.get(f"{address}/api/products/1").json()["tags"][0]["label"])
answer = httpx.put(f"{address}/api/products/1/correction", json={"labels": ["red"], "by": "x"})
print(answer.status_code, answer.json()["error"]["code"])
"""

READ_AND_WRITE = """
import sys
from pathlib import Path
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.color import STARTER
from saekdong.errors import SaekdongError

def labels(store): return [tag.label for tag in store.get("1").tags]

first = SqliteStore.open_to_read(Path("catalog.db"), STARTER)
try:
    with first.snapshot():
        writer = SqliteStore.open(Path(sys.argv[1]) / "catalog.db", STARTER)
        writer.correct("1", ["pink"], "x")
        writer.close()
    print("not noticed")
except SaekdongError as error:
    print(error)
print("then", labels(first))
first.close()
reader = SqliteStore.open_to_read(Path("catalog.db"), STARTER)
print(reader.is_read_only, labels(reader))
writer = SqliteStore.open(Path(sys.argv[1]) / "catalog.db", STARTER)
writer.correct("1", ["red"], "x")
print("while a writer has it open", labels(reader))
writer.correct("1", ["mint"], "x")
print("after another write", labels(reader))
writer.close()
print("after the writer is gone", labels(reader))
for write in (lambda: reader.correct("1", ["red"], "x"), lambda: reader.begin("feed")):
    try:
        write()
    except SaekdongError as error:
        print(error)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A shop's folder with a catalog, and the folder `view`, where it is mounted read-only."""
    (tmp_path / "view").mkdir()
    folder = tmp_path / "shop"
    folder.mkdir()
    drawings.draw(drawings.plain((31, 42, 82)), "shirt").save(folder / "a.jpg")
    store = SqliteStore.open(folder / "catalog.db", STARTER)
    run = store.begin("feed")
    store.put([(Product("1", "Shirt", photos=("a.jpg",)), [PhotoResult("a.jpg", shares={"navy": 0.9})])], run)
    store.finish(run)
    store.close()
    return folder


def mounted(shop: Path, commands: list[list[str]]):
    view = shop.parent / "view"
    return run_mounted(f"mount --bind {shop} {view} && mount -o remount,ro,bind {view}", view, commands)


def test_readers_need_no_right_to_write(shop):
    before = sorted(shop.iterdir())
    export, corrections, check, stats, show, repair, add = mounted(
        shop,
        [
            ["catalog", "export", "--to", "jsonl"],
            ["catalog", "corrections"],
            ["catalog", "check", "--format", "json"],
            ["catalog", "stats", "--format", "json"],
            ["catalog", "show", "1", "--format", "json"],
            ["catalog", "check", "--repair"],
            ["catalog", "add", "."],
        ],
    )
    assert json.loads(export.stdout)["labels"] == ["navy"], export.stderr
    assert (corrections.returncode, corrections.stdout) == (0, "photo,labels\n")
    assert check.returncode == 0, check.stderr
    assert json.loads(stats.stdout)["products"] == 1, stats.stderr
    assert json.loads(show.stdout)["title"] == "Shirt", show.stderr
    for run in (repair, add):
        assert run.returncode == 2
        assert "check the path and your rights to it" in run.stderr or "cannot write" in run.stderr
        assert "unexpected" not in run.stderr
    assert sorted(shop.iterdir()) == before


def test_a_catalog_whose_writer_was_killed_is_read_with_all_that_it_wrote(shop):
    writer = SqliteStore.open(shop / "catalog.db", STARTER)
    writer.correct("1", ["pink"], "x")
    assert (shop / "catalog.db-wal").stat().st_size
    for name in ("catalog.db", "catalog.db-wal", "catalog.db-shm"):
        shutil.copy(shop / name, shop.parent)
    writer.close()
    for name in ("catalog.db", "catalog.db-wal", "catalog.db-shm"):
        shutil.move(shop.parent / name, shop / name)
    commands = [
        ["catalog", "export", "--to", "jsonl"],
        ["catalog", "show", "1", "--format", "json"],
        ["catalog", "stats", "--format", "json"],
        ["catalog", "check", "--format", "json"],
        ["catalog", "corrections"],
        ["catalog", "model"],
        ["tag", "a.jpg", "--format", "json"],
    ]
    export, show, stats, check, corrections, *_ = runs = mounted(shop, commands)
    assert [run.returncode for run in runs] == [0] * len(runs), [run.stderr for run in runs]
    assert json.loads(export.stdout)["labels"] == ["pink"]
    assert json.loads(show.stdout)["tags"][0]["label"] == "pink"
    assert json.loads(stats.stdout)["products"] == 1
    assert json.loads(check.stdout)
    assert corrections.stdout == "photo,labels\na.jpg,pink\n"
    # Without the index of the changes nothing is guessed.
    (shop / "catalog.db-shm").unlink()
    for run in mounted_again(shop, commands[:6]):
        assert run.returncode == 2
        assert "its changes cannot be read without writing" in run.stderr
        assert "copy it with catalog.db-wal to a folder that you may write" in run.stderr


def mounted_again(shop: Path, commands: list[list[str]]):
    shutil.rmtree(shop.parent / "view-runs")
    return mounted(shop, commands)


def test_the_studio_shows_and_corrects_nothing(shop):
    port = str(free_port())
    tests = Path(__file__).parents[1]
    studio = f"{sys.executable} -m saekdong studio --port {port} & pid=$!"
    browse = f"PYTHONPATH=$PYTHONPATH:{tests} {sys.executable} -c '{BROWSE}' {port}"
    (run,) = mounted(shop, [["sh", "-c", f"{studio}; {browse}; code=$?; kill $pid; wait $pid; exit $code"]])
    assert run.returncode == 0, run.stderr
    assert run.stdout == "True False 200\n200\nnavy\n403 read-only\n"
    assert "saekdong: you may not write catalog.db; nothing can be corrected" in run.stderr


def test_what_others_write_meanwhile_is_seen_or_said(shop):
    (run,) = mounted(shop, [["sh", "-c", f"{sys.executable} -c '{READ_AND_WRITE}' {shop}"]])
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == [
        "catalog.db was written while it was read; run this again",
        "then ['pink']",
        "True ['pink']",
        "while a writer has it open ['red']",
        "after another write ['mint']",
        "after the writer is gone ['mint']",
        *["you may read catalog.db, but not write it; ask its owner for the right"] * 2,
    ]
