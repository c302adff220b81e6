"""Names, passwords, tokens and signatures in addresses: fetched with, never shown, stored only if needed again."""

import json
import os
import sqlite3
import stat

import pytest

from photo_server import serving
from saekdong.catalog.exports.export_options import ExportOptions
from saekdong.catalog.exports.search import document
from saekdong.catalog.products import Product, feed_name
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.color import STARTER
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.web.api.schemas import ProductOut
from saekdong.web.site.views import usable_photos
from stores import without_words

SECRET = "S3cr3t"  # noqa: S105


@pytest.fixture
def server():
    with serving() as server:
        yield server


def test_a_feed_with_secrets_shows_and_stores_none_that_is_not_needed(saekdong, server, tmp_path):
    content = jpeg(draw(plain(COLORS["navy"][0])))
    feed = f"/feed.csv?token={SECRET}"
    server.photos[feed] = f"id,photos\n1,red.jpg\n2,a.jpg?sig={SECRET}\n3,none.jpg?X-Amz-Signature={SECRET}\n".encode()
    server.photos["/red.jpg"] = server.photos[f"/a.jpg?sig={SECRET}"] = content
    address = f"{server.address.replace('//', f'//me:{SECRET}@')}{feed}"

    added = saekdong("catalog", "add", address, "--format", "json", "--jobs", "1")
    assert (added.returncode, json.loads(added.stdout)[0]["errors"]) == (1, 1)
    # The feed's name and password are sent for its photos.
    assert "Authorization" in server.headers_of["/red.jpg"]
    shown = [saekdong("catalog", "show", "2", "--format", form).stdout for form in ("json", "table")]
    errors = (tmp_path / "catalog.errors.csv").read_text()
    for text in (added.stdout, added.stderr, errors, *shown, saekdong("catalog", "stats").stdout):
        assert SECRET not in text
    assert "none.jpg?X-Amz-Signature=***" in errors

    stored = sqlite3.connect(tmp_path / "catalog.db")
    for query in ("SELECT * FROM product", "SELECT * FROM run", "SELECT * FROM feed"):
        assert SECRET not in str(stored.execute(query).fetchall())
    places = [place for (place,) in stored.execute("SELECT place FROM photo")]
    stored.close()
    paths = ("red.jpg", f"a.jpg?sig={SECRET}", f"none.jpg?X-Amz-Signature={SECRET}")
    assert set(places) == {f"{server.address}/{path}" for path in paths}
    # Another token is another feed; the same one is not.
    assert "unchanged" in saekdong("catalog", "add", address, "--format", "json", "--jobs", "1").stdout


def test_a_refused_feed_keeps_its_secrets(saekdong):
    told = saekdong("catalog", "add", f"http://me:{SECRET}@127.0.0.1:1/feed.csv?token={SECRET}").stderr
    assert SECRET not in told
    assert "127.0.0.1" in told


def test_evaluating_photos_shows_no_secret(saekdong, server, write):
    write(f"photo,labels\n{server.address}/none.jpg?sig={SECRET},navy\n", "photos.csv")
    run = saekdong("evaluate", "starter", "photos.csv", "--allow-private", "--errors", "wrong.csv")
    assert "none.jpg?sig=***: there is nothing" in run.stderr
    assert SECRET not in run.stderr + run.stdout


def test_what_people_see_of_a_product_has_no_secret(tmp_path):
    places = (
        f"https://cdn.kr/1.jpg?Signature={SECRET}",
        f"https://me:{SECRET}@cdn.kr/2.jpg",
        "https://cdn.kr/3.jpg?w=8",
    )
    with SqliteStore.open(tmp_path / "catalog.db", STARTER) as store:
        store.put([(Product("1", photos=places), [])], store.begin("feed"))
        shown = store.get("1")
        assert SECRET not in ProductOut.of(shown).model_dump_json()
        # A page and a search index hand the address to every visitor.
        assert usable_photos(shown) == [2]
        assert document(shown, ExportOptions(STARTER, "en", False, store.variants))["photo"] == places[2]
        assert set(store.known(["1"])["1"].photos) == set(places)


def test_an_older_catalog_loses_the_secrets_of_its_feeds_and_links_that_run(tmp_path):
    path, feed = tmp_path / "catalog.db", f"https://me:{SECRET}@shop.kr/feed.csv?token={SECRET}"
    with SqliteStore.open(path, STARTER) as store:
        links = {"1": "javascript:alert(1)", "2": "https://shop.kr/2", "3": "/products/3", "4": "HTTP://shop.kr/4"}
        run = store.begin(feed)
        store.put([(Product(number, link=link), []) for number, link in links.items()], run)
        version = store.version()
    old = sqlite3.connect(path)
    without_words(old)
    old.execute("ALTER TABLE model DROP COLUMN accepts")
    old.execute("PRAGMA user_version = 6")
    old.close()
    with SqliteStore.open(path, STARTER) as store:
        assert store.version() == version + 1
        assert [store.get(number).product.link for number in links] == ["", *list(links.values())[1:]]
        assert not store.has_other_feeds(feed_name(feed))
    assert SECRET not in str(
        sqlite3.connect(path).execute("SELECT feed FROM run UNION SELECT feed FROM product").fetchall()
    )


def test_feeds_are_told_apart_by_their_queries_but_not_by_their_passwords():
    names = [
        feed_name(f"https://{user}shop.kr/feed?{query}") for user, query in (("", "a=1"), ("", "a=2"), ("me:x@", "a=1"))
    ]
    assert names[0] == names[2] != names[1]
    assert feed_name(names[0]) == names[0]


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o027])
def test_a_new_catalog_is_read_by_its_owner_only(tmp_path, mask):
    before = os.umask(mask)
    try:
        with SqliteStore.open(tmp_path / "catalog.db", STARTER) as store:
            store.put([(Product("1"), [])], store.begin("feed"))
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("catalog.db*")}
            assert modes == dict.fromkeys(("catalog.db", "catalog.db-wal", "catalog.db-shm"), 0o600)
    finally:
        os.umask(before)
    (tmp_path / "catalog.db").chmod(0o660)
    with SqliteStore.open(tmp_path / "catalog.db", STARTER):
        assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("catalog.db*")} == {0o660}
