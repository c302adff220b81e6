"""`saekdong review` on the command line: a week of questions, answered by two people."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from queues import fill_shop, main_label, open_features
from saekdong.cli.app import run
from stores import OpenStore, labels_of


@pytest.fixture
def shop(tmp_path: Path, open_store: OpenStore, monkeypatch) -> Iterator[None]:
    """A workspace with a catalog, as the current folder; mina is the system's user."""
    monkeypatch.setenv("LOGNAME", "mina")
    monkeypatch.delenv("SAEKDONG_WORKSPACE", raising=False)
    with open_store(tmp_path) as store, open_features(tmp_path) as features:
        fill_shop(store, features)
    with contextlib.chdir(tmp_path):
        yield


@pytest.fixture
def review(capsys, shop):  # noqa: ARG001
    """Run a command of the group; return what it printed as JSON, its messages and its exit code."""

    def review(*arguments: str, lang: str = "en") -> tuple[object, str, int]:
        code = run(["--lang", lang, "review", *arguments])
        printed = capsys.readouterr()
        is_json = printed.out.lstrip().startswith(("{", "["))
        return json.loads(printed.out) if is_json else printed.out, printed.err, code

    return review


def ask(review, *options: str) -> dict[str, object]:
    item, _, _ = review("next", "--format", "json", *options)
    return item


def test_a_week_of_answers(review, open_store, tmp_path):
    added, _, _ = review("draw", "--audit", "4", "--teach", "4", "--suspect", "0", "--rare", "1", "--format", "json")
    assert [each["purpose"] for each in added] == ["audit", "teach", "suspect", "rare"]
    audited = ask(review)
    assert (audited["purpose"], audited["labels"]) == ("audit", None)
    assert ask(review, "--by", "jun")["item"] != audited["item"]
    assert review("answer", str(audited["item"]), "9", "흰색")[1:] == (
        f"saekdong: answer 1 to item {audited['item']} is recorded\n",
        0,
    )
    with open_store(tmp_path) as store:
        assert labels_of(store, audited["product"]) == ["navy", "white"]
        assert store.get(audited["product"]).corrected_by == "mina"
    undone, _, _ = review("undo", "--format", "json")
    assert (undone["product"], undone["item"]) == (audited["product"], audited["item"])
    with open_store(tmp_path) as store:
        assert labels_of(store, audited["product"])[0] == main_label(store, audited["product"])
    assert review("undo")[1] == "saekdong: mina has no answer to undo\n"


def test_right_other_and_skip(review):
    review("draw", "--audit", "0", "--teach", "3", "--suspect", "0", "--rare", "0")
    for option in ("--right", "--other", "--skip"):
        assert review("answer", str(ask(review)["item"]), option)[2] == 0
    assert review("next")[1] == "saekdong: nothing to ask; fill the queue with 'saekdong review draw'\n"
    figures, _, _ = review("stats", "--format", "json")
    assert figures["items"] == {"teach": {"answered": 2, "skipped": 1}}
    assert figures["people"] == {"mina": 2}


def test_an_item_is_shown_with_the_shops_labels_and_their_numbers(review):
    review("draw", "--audit", "0", "--suspect", "0", "--rare", "0")
    shown, _, _ = review("next", lang="ko")
    assert "https://shop.example/" in shown
    assert "14" in shown
    assert "베이지" in shown


def test_stats_are_shown_as_a_table(review):
    review("draw", "--audit", "30", "--teach", "0", "--suspect", "0", "--rare", "0")
    for _ in range(2):
        review("answer", str(ask(review)["item"]), "navy")
    shown, _, _ = review("stats")
    assert "accuracy, by the audit" in shown
    assert "answers by mina" in shown
    assert "too few answers" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["answer", "1"], "give either LABELS, --right, --other or --skip"),
        (["answer", "1", "navy", "--skip"], "give either LABELS, --right, --other or --skip"),
        (["answer", "99", "navy"], "there is no item 99"),
        (["answer", "1", "no-such-color"], "'no-such-color' is not a label"),
        (["answer", "1", "15"], "'15' is not a label"),
    ],
)
def test_what_cannot_be_answered_is_refused(review, arguments, message):
    review("draw", "--audit", "1", "--teach", "0", "--suspect", "0", "--rare", "0")
    _, error, code = review(*arguments)
    assert message in error
    assert code == 2
