"""Corrections are recorded as answers, and the catalog follows them."""

import pytest

from saekdong.catalog.products import PhotoResult, Product
from saekdong.color import ChoiceError
from saekdong.errors import SaekdongError
from saekdong.fetch import Mark
from saekdong.loop import Loop
from saekdong.review.corrections import correct, reconcile, undo
from stores import labels_of, put


@pytest.fixture
def loop(tmp_path):
    with Loop.open(tmp_path / "loop.db") as opened:
        yield opened


@pytest.fixture
def store(open_store, tmp_path):
    with open_store(tmp_path) as store:
        for product in "123":
            result = PhotoResult("a", Mark(digest="d" + product), "m1", {"navy": 0.7, "black": 0.3})
            put(store, Product(product, photos=("a",)), result, feed=product)
        yield store


def test_a_correction_is_an_answer_with_what_the_person_saw(loop, store):
    correct(loop, store, "1", ["black"], "mina")
    correct(loop, store, "2", ["navy"], "mina")
    correct(loop, store, "3", ["other"], "jun")
    said = [answer.said for answer in loop.answers()]
    assert [each.kind for each in said] == ["correct", "confirm", "other"]
    assert (said[0].shown, said[0].photo, said[0].model) == (("navy",), "d1", "m1")
    assert labels_of(store, "1") == ["black"]
    correct(loop, store, "1", None, "mina")
    assert labels_of(store, "1") == ["navy"]
    assert loop.correction("1") is None


def test_undo_gives_the_catalog_the_labels_before(loop, store):
    correct(loop, store, "1", ["black"], "mina")
    correct(loop, store, "1", ["red"], "mina")
    assert undo(loop, store, "mina").said.given == ("red",)
    assert labels_of(store, "1") == ["black"]
    undo(loop, store, "mina")
    assert labels_of(store, "1") == ["navy"]
    assert undo(loop, store, "mina") is None


def test_what_cannot_be_corrected_is_not_recorded(loop, store):
    with pytest.raises(SaekdongError, match="there is no product 9"):
        correct(loop, store, "9", ["black"], "mina")
    with pytest.raises(ChoiceError):
        correct(loop, store, "1", ["no such label"], "mina")
    assert loop.answers() == []


def test_corrections_of_an_older_catalog_become_answers_once(loop, store):
    store.correct("1", ["black"], "mina")
    store.correct("2", ["other"], "jun")
    assert [reconcile(loop, store) for _ in range(3)] == [0, 0, 0]
    assert [(answer.by, answer.said.product, answer.said.kind) for answer in loop.answers()] == [
        ("mina", "1", "correct"),
        ("jun", "2", "other"),
    ]


def test_a_catalog_that_missed_an_answer_follows(loop, store):
    for product in "12":
        correct(loop, store, product, ["black"], "mina")
    store.correct("1", None, "")  # as if the process had been killed before the catalog followed
    loop.undo("mina")
    assert reconcile(loop, store) == 2
    assert [labels_of(store, product) for product in "12"] == [["black"], ["navy"]]
    assert reconcile(loop, store) == 0


def test_a_catalog_made_again_gets_its_corrections_back(loop, store, open_store, tmp_path):
    correct(loop, store, "1", ["black"], "mina")
    (tmp_path / "new").mkdir()
    with open_store(tmp_path / "new") as again:
        assert reconcile(loop, again) == 0
        put(again, Product("1", photos=("a",)), PhotoResult("a", Mark(digest="d1"), "m1", {"navy": 1.0}))
        assert reconcile(loop, again) == 1
        assert labels_of(again, "1") == ["black"]
