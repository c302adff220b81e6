"""The catalog for other systems: each file as its receiver documents it."""

import csv
import io
import json

import pytest
from pyarrow import parquet

from saekdong.catalog.exports import FORMATS, Wanted, snapshot
from saekdong.catalog.exports.commerce import google_color
from saekdong.catalog.exports.search import document, key
from saekdong.cli.catalog_export import RECEIVERS
from saekdong.color import STARTER
from shops import product, small_catalog, tagged

ODD = "머그 '컵'\\2"
ALL = ["mug-1", ODD, "shirt:red", "shirt:blue", "doubtful", "corrected"]


@pytest.fixture
def store(tmp_path):
    catalog = small_catalog(tmp_path)
    yield catalog
    catalog.close()


def export(store, name, lang="en", since=None):
    file = io.BytesIO()
    with snapshot(store, since) as found:
        FORMATS[name].write(found.products, Wanted(STARTER, lang, since is not None, store.variants), file)
    return file.getvalue()


def lines(store, name, lang="en", since=None):
    return [json.loads(line) for line in export(store, name, lang, since).decode().splitlines()]


def rows(store, name, lang="en", delimiter=","):
    return list(csv.DictReader(io.StringIO(export(store, name, lang).decode()), delimiter=delimiter))


def test_the_command_offers_every_format():
    assert tuple(FORMATS) == RECEIVERS


def test_tables_hold_all_that_is_there(store):
    found = {row["id"]: row for row in rows(store, "csv", "ko")}
    assert list(found) == ALL
    assert found["mug-1"]["labels"] == "navy;white"
    assert found["mug-1"]["names"] == "남색;흰색"
    assert found["mug-1"]["shares"] == "0.6;0.4"
    assert found["mug-1"]["colors"] == "#1f2a52;#f7f6f2"
    assert (found["corrected"]["labels"], found["corrected"]["corrected"]) == ("red;blue", "true")
    assert (found["doubtful"]["labels"], found["doubtful"]["names"]) == ("other", "")


def test_json_lines_and_parquet_tell_the_same(store, tmp_path):
    file = tmp_path / "tags.parquet"
    file.write_bytes(export(store, "parquet"))
    told = parquet.read_table(file).to_pylist()
    assert [row["id"] for row in told] == ALL
    for row, line in zip(told, lines(store, "jsonl"), strict=True):
        assert row.pop("shares") == pytest.approx(line.pop("shares"))
        assert row == line


def test_changes_tell_what_is_gone_and_begin_after_the_last(store):
    since = store.version()
    assert lines(store, "jsonl", since=since) == []
    store.correct("mug-1", ["mint"], "Lee")
    run = store.begin("shop.csv")
    store.touch([each for each in ALL if each != "doubtful"], run)
    store.finish(run)
    told = [(line["id"], line["labels"], line["gone"]) for line in lines(store, "jsonl", since=since)]
    assert told[0] == ("mug-1", ["mint"], False)
    assert [(name, gone) for name, _, gone in told[1:]] == [("doubtful", True)]
    assert "doubtful" not in [line["id"] for line in lines(store, "jsonl")]
    assert lines(store, "meilisearch", since=since)[1] == {"id": "doubtful", "gone": True}
    assert lines(store, "elasticsearch", since=since)[2] == {"delete": {"_index": "products", "_id": "doubtful"}}


def test_an_export_is_of_one_moment(store):
    with snapshot(store) as found:
        first = next(found.products)
        store.correct(ALL[-1], ["green"], "Lee")
        rest = list(found.products)
    assert [shown.product.id for shown in (first, *rest)] == ALL
    assert [tag.label for tag in rest[-1].tags] == ["red", "blue"]
    assert found.last == store.version() - 1


def test_google_gets_up_to_three_colors_in_the_feeds_language(store):
    told = {row["id"]: row["color"] for row in rows(store, "google", "ko", "\t")}
    assert told["mug-1"] == "남색/흰색"
    assert "doubtful" not in told
    assert google_color(["a", "b", "c", "d"]) == "a/b/c"
    long = google_color(["x" * 60, "y" * 39, "z" * 39])
    assert [len(part) for part in long.split("/")] == [40, 39]


def test_shopify_gets_a_handles_colors_together(store):
    told = rows(store, "shopify")
    by_handle = {row["URL handle"]: row["Color (product.metafields.custom.color)"] for row in told}
    assert len(told) == len(by_handle)
    assert by_handle["shirt"] == "red; blue"
    assert by_handle["mug-1"] == "navy; white"
    assert {row["URL handle"]: row["Title"] for row in told}["shirt"] == "Shirt"


def test_woocommerce_gets_an_attribute_by_id_or_sku(store):
    run = store.begin("woo")
    store.put([tagged(product("17"), navy=0.5, white=0.5)], run)
    told = rows(store, "woocommerce")
    assert list(told[0]) == [
        "ID", "SKU", "Attribute 1 name", "Attribute 1 value(s)", "Attribute 1 visible", "Attribute 1 global"
    ]  # fmt: skip
    assert list(told[0].values()) == ["", "mug-1", "Color", "navy, white", "1", "1"]
    assert list(told[-1].values())[:2] == ["17", ""]


@pytest.mark.parametrize("name", ["meilisearch", "typesense"])
def test_documents_have_ids_that_engines_take(store, name):
    told = lines(store, name)
    assert [line["product_id"] for line in told] == ALL
    assert len({line["id"] for line in told}) == len(ALL)
    for line in told:
        assert len(line["id"].encode()) <= 511  # Meilisearch
        assert set(line["id"]) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    assert told[0]["category"] == ["Home", "Home > Kitchen"]
    assert "price" in told[0]
    assert "price" not in told[1]
    assert key(key(ODD)) != key(ODD)


def test_a_bulk_body_is_an_action_and_a_document_in_turn(store):
    told = lines(store, "opensearch")
    assert [next(iter(action)) for action in told[::2]] == ["index"] * len(ALL)
    assert [action["index"]["_id"] for action in told[::2]] == [line["id"] for line in told[1::2]]
    assert export(store, "opensearch").endswith(b"\n")


def test_indexes_know_every_field_of_a_document(store):
    fields = set(document(store.get("mug-1"), Wanted(STARTER, "en", False, store.variants)))
    mapped = set(FORMATS["elasticsearch"].settings()["mappings"]["properties"])
    assert fields == mapped
    typed = {field["name"]: field for field in FORMATS["typesense"].settings()["fields"]}
    assert set(typed) <= fields
    assert typed["labels"] == {"name": "labels", "type": "string[]", "facet": True}
    assert not typed[FORMATS["typesense"].settings()["default_sorting_field"]].get("optional")
    settings = FORMATS["meilisearch"].settings()
    named = {name.partition(".")[0] for part in list(settings.values())[:3] for name in part}
    assert named <= fields


def test_a_label_that_the_vocabulary_has_no_more_keeps_its_id(store):
    file = io.BytesIO()
    with snapshot(store) as found:
        FORMATS["google"].write(found.products, Wanted(STARTER.only(["red"]), "ko", False, store.variants), file)
    assert "mug-1\tnavy/white" in file.getvalue().decode()
