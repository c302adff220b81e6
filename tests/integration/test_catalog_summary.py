"""`saekdong catalog show` and `stats`: one product in full, and the catalog in figures."""

import json

import pytest

from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.cli.app import run
from saekdong.model.identity import ModelId
from saekdong.workspace import Workspace
from shops import small_catalog


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = small_catalog(tmp_path)
    store.set_model(TaggingModel("first", ModelId.stored("a1"), "2026-01-01T00:00:00+00:00"))
    broken = PhotoResult("b.jpg", model="a1", error=("damaged", "cut short"))
    store.put([(Product("broken", photos=("b.jpg", "c.jpg")), [broken])], store.begin("other.csv"))
    store.close()
    return Workspace(tmp_path)


def shown(capsys, *arguments: str) -> dict[str, object]:
    assert run(["catalog", *arguments, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_product_is_shown_with_what_the_model_and_a_person_say(shop, capsys):
    assert shop.catalog_file.exists()
    product = shown(capsys, "show", "corrected")
    assert (product["title"], product["category"], product["price"]) == ("Mug", "Home > Kitchen", 12.5)
    assert product["tags"] == [
        {"label": "red", "share": 0.5, "source": "person"},
        {"label": "blue", "share": 0.5, "source": "person"},
    ]
    assert (product["tags_from"], product["correction"]["by"]) == ("correction", "Kim")
    assert product["model_tags"] == [{"label": "black", "share": 0.9}]
    assert product["photos"] == [{"photo": "corrected.jpg", "model": {"name": "first", "id": "a1"}, "error": None}]
    assert shown(capsys, "show", "gone")["gone"]
    broken = shown(capsys, "show", "broken")
    assert broken["tags"] == []
    assert broken["photos"][0]["error"] == {"code": "damaged", "message": "cut short"}
    assert broken["photos"][1]["model"] is None


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            ("red", "tags, corrected by Kim", "the photos say: black 90%", "12.50 USD", "first (a1)"),
        ),
        ("ko", ("빨강", "파랑", "the photos say: 검정 90%")),
    ],
)
@pytest.mark.usefixtures("shop")
def test_a_product_is_shown_to_people_in_their_language(capsys, lang, words):
    assert run(["catalog", "show", "corrected", "--lang", lang]) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in words), out
    assert run(["catalog", "show", "broken"]) == 0
    assert "b.jpg (damaged: cut short)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("asked", "near"),
    [("MUG-1", "mug-1"), ("mug-2", "mug-1"), ("shirt", "shirt:red"), ("correctd", "corrected"), ("%", "catalog stats")],
)
@pytest.mark.usefixtures("shop")
def test_an_unknown_id_is_an_error_with_ids_like_it(capsys, asked, near):
    assert run(["catalog", "show", asked]) == 2
    error = capsys.readouterr().err
    assert f"the catalog has no product {asked!r}" in error
    assert near in error


def test_the_catalog_in_figures(shop, capsys):
    stats = shown(capsys, "stats")
    figures = {name: stats[name] for name in ("products", "gone", "untagged", "corrections", "photos", "errors")}
    assert figures == {"products": 7, "gone": 1, "untagged": 1, "corrections": 1, "photos": 8, "errors": 1}
    assert stats["labels"] == {"blue": 2, "red": 2, "white": 2, "navy": 1, "other": 1}
    assert stats["feeds"] == {"shop.csv": 6, "other.csv": 1}
    assert stats["model"] == {"name": "first", "id": "a1", "since": "2026-01-01T00:00:00+00:00"}
    assert stats["models"] == [{"name": "first", "id": "a1", "products": 7}]
    assert stats["bytes"] >= shop.catalog_file.stat().st_size
    assert run(["catalog", "stats", "--lang", "ko"]) == 0
    out = capsys.readouterr().out
    assert "남색" in out
    assert "other.csv" in out
    with shop.catalog() as store:
        assert store.label_counts("shop.csv") == stats["labels"]
        assert store.label_counts("none") == {}
        assert store.stats().products == 7


def test_without_a_catalog_there_is_nothing_to_show(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for arguments in (["show", "1"], ["stats"]):
        assert run(["catalog", *arguments]) == 2
        assert "there is no catalog" in capsys.readouterr().err
