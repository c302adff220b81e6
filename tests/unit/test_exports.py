"""The catalog for other systems: each file as its receiver documents it."""

import csv
import io
import json
from dataclasses import replace

import pytest
from pyarrow import parquet

from saekdong.catalog.exports import FORMATS, ExportOptions
from saekdong.catalog.exports.commerce import google_color
from saekdong.catalog.exports.search import document, key
from saekdong.cli.catalog.export import RECEIVERS
from saekdong.color import STARTER
from shops import product, small_catalog, tagged

ODD = "머그 '컵'\\2"
ALL = ["mug-1", ODD, "shirt:red", "shirt:blue", "doubtful", "corrected"]


@pytest.fixture
def store(open_store, tmp_path):
    catalog = small_catalog(tmp_path, open_store)
    yield catalog
    catalog.close()


def write(store, name, lang="en", since=None):
    file = io.BytesIO()
    with store.snapshot(since, gone=FORMATS[name].removes) as found:
        written = FORMATS[name].write(
            found.products, ExportOptions(STARTER, lang, since is not None, store.variants), file
        )
    return file.getvalue(), written


def export(store, name, lang="en", since=None):
    return write(store, name, lang, since)[0]


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
    documents = lines(store, "meilisearch", since=since)
    assert [(each["id"], each["gone"]) for each in documents] == [("mug-1", False), ("doubtful", True)]
    assert lines(store, "elasticsearch", since=since)[2] == {"delete": {"_index": "products", "_id": "doubtful"}}


def test_an_export_is_of_one_moment(store):
    with store.snapshot() as found:
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


def test_shopifys_own_colors_are_handles_of_its_taxonomy(store):
    run = store.begin("more")
    store.put([tagged(product("odd"), mint=0.5, navy=0.45, violet=0.4, green=0.38)], run)
    told = {
        row["URL handle"]: row["Color (product.metafields.shopify.color-pattern)"]
        for row in rows(store, "shopify-color-pattern")
    }
    assert told["shirt"] == "red; blue"
    assert told["odd"] == "green; navy; purple"


def test_woocommerce_gets_a_meta_field_by_id_or_sku_and_keeps_other_attributes(store):
    run = store.begin("woo")
    store.put([tagged(product("17"), navy=0.5, white=0.5)], run)
    told = rows(store, "woocommerce")
    assert list(told[0]) == ["ID", "SKU", "Meta: saekdong_color"]
    assert list(told[0].values()) == ["", "mug-1", "navy, white"]
    assert list(told[-1].values()) == ["17", "", "navy, white"]


def test_google_takes_no_id_over_50_letters(store):
    run = store.begin("more")
    store.put([tagged(product(letter * length), navy=0.9) for letter, length in (("가", 50), ("나", 51))], run)
    content, written = write(store, "google")
    assert "가" * 50 in content.decode()
    assert "나" not in content.decode()
    assert written.left_out["an id over 50 letters, which Google refuses"] == 1


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_an_export_says_how_many_lines_it_wrote_and_why_fewer(store, name):
    content, written = write(store, name)
    if name in ("csv", "google", "shopify", "shopify-color-pattern", "woocommerce"):
        assert written.lines == len(list(csv.reader(io.StringIO(content.decode())))) - 1
    elif name not in ("parquet", "postgresql"):
        assert written.lines == len(content.splitlines())
    reasons = {
        "google": {"no color": 1},
        "woocommerce": {"no color": 1},
        "shopify": {"no color": 1, "a variant, whose colors are on its product's line": 1},
        "shopify-color-pattern": {"no color": 1, "a variant, whose colors are on its product's line": 1},
    }
    assert {reason: count for reason, count in written.left_out.items() if count} == reasons.get(name, {})


@pytest.mark.parametrize("name", ["meilisearch", "typesense", "elasticsearch", "opensearch"])
def test_a_full_export_removes_products_that_are_gone_from_an_index(store, name):
    told = lines(store, name)
    if name in ("meilisearch", "typesense"):
        assert [each["product_id"] for each in told if each["gone"]] == ["gone"]
    else:
        assert {"delete": {"_index": "products", "_id": "gone"}} in told


@pytest.mark.parametrize("name", ["meilisearch", "typesense", "elasticsearch", "opensearch"])
def test_no_document_names_a_file_of_this_machine(store, name):
    run = store.begin("web")
    photos = ("/srv/photos/1.jpg", "https://shop.example/1.jpg")
    store.put([tagged(replace(product("web"), photos=photos), navy=0.9)], run)
    told = [each for each in lines(store, name) if "product_id" in each]
    assert {each["product_id"]: each["photo"] for each in told if each["photo"]} == {"web": photos[1]}


@pytest.mark.parametrize("name", ["meilisearch", "typesense"])
def test_documents_have_ids_that_engines_take(store, name):
    told = [line for line in lines(store, name) if not line["gone"]]
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
    told = [line for line in lines(store, "opensearch") if "delete" not in line]
    assert [next(iter(action)) for action in told[::2]] == ["index"] * len(ALL)
    assert [action["index"]["_id"] for action in told[::2]] == [line["id"] for line in told[1::2]]
    assert export(store, "opensearch").endswith(b"\n")


def test_indexes_know_every_field_of_a_document(store):
    fields = set(document(store.get("mug-1"), ExportOptions(STARTER, "en", False, store.variants)))
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
    with store.snapshot() as found:
        FORMATS["google"].write(found.products, ExportOptions(STARTER.only(["red"]), "ko", False, store.variants), file)
    assert "mug-1\tnavy/white" in file.getvalue().decode()
