"""Color words in what customers search for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saekdong.color import STARTER, Label, Vocabulary
from saekdong.web.shop.color_words import named_color, split_colors
from saekdong.words import ColorWords

WORDS = ColorWords(STARTER)


@pytest.mark.parametrize(
    ("text", "labels", "rest"),
    [
        ("남색 티셔츠", ["navy"], "티셔츠"),
        ("navy tee", ["navy"], "tee"),
        ("Navy Blue TEE", ["navy"], "TEE"),
        ("빨간원피스", ["red"], "원피스"),
        ("네이비/화이트 스트라이프", ["navy", "white"], "스트라이프"),
        ("tee in navy", ["navy"], "tee"),
        ("색상: 네이비", ["navy"], ""),
        ("light blue shirt", ["blue"], "shirt"),
        ("검정색 가죽 자켓", ["black"], "가죽 자켓"),
        ("곤색", ["navy"], ""),
        ("와인색 니트", ["red"], "니트"),
        ("와인잔", [], "와인잔"),
        ("와인", [], "와인"),
        ("커피", [], "커피"),
        ("Old Navy tee", [], "Old Navy tee"),
        ("red tape", [], "red tape"),
        ("기타", [], "기타"),
        ('"navy tee"', [], '"navy tee"'),
        ("“남색 티셔츠”", [], "“남색 티셔츠”"),
        ("", [], ""),
    ],
)
def test_color_words_become_the_filter(text: str, labels: list[str], rest: str) -> None:
    found = split_colors(WORDS, text)
    assert (list(found.labels), found.text) == (labels, rest)


def test_a_shops_own_words_and_labels_come_first() -> None:
    vocabulary = Vocabulary((Label("oat", "oat", "오트", "#dcc9a8", ("귀리색",)), *STARTER))
    words = ColorWords(vocabulary, {"새벽": "navy", "블루": ""})
    assert split_colors(words, "오트 니트") == (("oat",), "니트")
    assert split_colors(words, "귀리색 니트").labels == ("oat",)
    assert split_colors(words, "새벽 셔츠").labels == ("navy",)
    assert split_colors(words, "블루 셔츠") == ((), "블루 셔츠")


def test_a_word_that_may_be_a_color_is_named_for_advice() -> None:
    assert named_color(WORDS, "와인") == "red"
    assert named_color(WORDS, "머그") == ""
    assert named_color(WORDS, "navy white") == ""


@given(st.text() | st.lists(st.sampled_from(["남색", "navy", "tee", '"', "/", " ", "in", "색", "와인"])).map(" ".join))
def test_any_search_is_split_without_losing_itself(text: str) -> None:
    found = split_colors(WORDS, text)
    assert set(found.labels) <= set(STARTER.ids)
    if not found.labels:
        assert found.text == text
