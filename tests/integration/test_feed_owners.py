"""A product belongs to one feed: a second feed of the same ids is noticed; and what adding reports at its end."""

import json
import sqlite3
from pathlib import Path

import pytest

from saekdong.catalog.products import API_FEED, Product
from saekdong.cli.app import run
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.tagging import starter
from saekdong.workspace import Workspace


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A workspace with five products of the feed a.csv, all of one red photo."""
    monkeypatch.chdir(tmp_path)
    Path("red.jpg").write_bytes(jpeg(draw(plain(COLORS["red"][0]), "mug")))
    write("a.csv", *"12345")
    assert add("a.csv") == 0
    return Workspace(Path())


def write(name: str, *ids: str) -> None:
    Path(name).write_text("\n".join(["id,group,photos", *(f"{each},g,red.jpg" for each in ids)]) + "\n")


def add(*arguments: str) -> int:
    return run(["catalog", "add", *arguments, "--jobs", "1"])


def owners(shop: Workspace) -> dict[str, str]:
    with sqlite3.connect(shop.catalog_file) as connection:
        rows = dict(connection.execute("SELECT id, feed FROM product WHERE NOT gone ORDER BY id"))
    connection.close()
    return {product: Path(feed).name for product, feed in rows.items()}


def test_a_second_feed_of_the_same_ids_is_refused_whole(shop, capsys):
    before = owners(shop)
    write("b.csv", *"23459", "new")
    capsys.readouterr()
    assert add("b.csv") == 2
    message = capsys.readouterr().err.splitlines()[-1]
    a, b = Path("a.csv").absolute(), Path("b.csv").absolute()
    assert message == (
        f"saekdong: {a} has 4 products of {b} already: 2, 3, 4, ...; "
        f"if this is a newer file of that feed, add --as {a}; "
        "if it is another shop's, set its ids apart with --id-prefix"
    )
    assert owners(shop) == before == dict.fromkeys("12345", "a.csv")


def test_a_newer_file_of_a_feed_is_added_as_that_feed(shop, capsys):
    write("b.csv", *"2345", "new")
    capsys.readouterr()
    assert add("b.csv", "--as", "a.csv", "--format", "jsonl") == 0
    counts = json.loads(capsys.readouterr().out)
    assert (counts["new"], counts["unchanged"], counts["gone"]) == (1, 4, 1)
    assert owners(shop) == dict.fromkeys(("2", "3", "4", "5", "new"), "a.csv")


def test_another_shops_ids_are_set_apart(shop):
    write("b.csv", "1", "2")
    assert add("b.csv", "--id-prefix", "b-") == 0
    assert owners(shop) == {**dict.fromkeys("12345", "a.csv"), "b-1": "b.csv", "b-2": "b.csv"}
    with shop.catalog() as store:
        assert (store.get("b-1").product.group, store.get("1").product.group) == ("b-g", "g")
    assert add("b.csv", "--id-prefix", "b-") == 0
    assert add("a.csv") == 0


def test_what_a_feed_dropped_or_the_api_posted_belongs_to_the_feed_that_lists_it(shop):
    write("a.csv", *"123")
    assert add("a.csv") == 0
    with shop.catalog() as store:
        store.put([(Product("9", photos=("red.jpg",)), [])], store.begin(API_FEED))
    write("b.csv", *"459")
    assert add("b.csv") == 0
    assert owners(shop) == {**dict.fromkeys("123", "a.csv"), **dict.fromkeys("459", "b.csv")}


@pytest.mark.usefixtures("shop")
def test_adding_ends_with_labels_others_and_the_model(capsys):
    Path("red.jpg").write_bytes(jpeg(draw(plain(COLORS["navy"][0]), "mug")))
    capsys.readouterr()
    assert add("a.csv", "--lang", "ko") == 0
    out = capsys.readouterr().out
    assert "남색" in out
    assert f"0 products tagged as other; model starter ({starter().id.short})" in out
    Path("red.jpg").write_bytes(jpeg(draw(plain(COLORS["green"][0]), "mug")))
    assert add("a.csv", "--format", "csv") == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "new,changed,unchanged,gone,errors,problems,tags_changed,other,model",
        f"0,5,0,0,0,0,5,0,starter ({starter().id.short})",
    ]


def test_what_is_written_ahead_stays_small_while_another_process_reads(tmp_path):
    with Workspace(tmp_path).catalog() as reader, Workspace(tmp_path).catalog() as store:
        ahead = tmp_path / "catalog.db-wal"
        products = [[(Product(f"{n}-{m}", "a title " * 20), []) for m in range(500)] for n in range(20)]
        number = store.begin("feed")
        with store.bulk():
            for batch in products:
                store.put(batch, number)
                assert reader.get(batch[0][0].id)
            assert ahead.stat().st_size > 4 << 20
        assert ahead.stat().st_size == 0
        for batch in products:
            store.put([(Product(each.id, "another title"), []) for each, _ in batch], number)
            assert ahead.stat().st_size < 16 << 20
