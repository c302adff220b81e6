"""Color words in titles and color columns: which are found, where they stand, and which labels they mean."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saekdong.color import STARTER, Vocabulary
from saekdong.errors import SaekdongError
from saekdong.words import ColorWords, check_own_words, find_color_words
from saekdong.words.lexicon import lexicon, terms, word_key


def found(text, **options):
    return [word.text for word in find_color_words(text, **options)]


def test_each_word_of_the_dictionary_names_one_color():
    seen = {}
    for term in terms():
        for word in term.words:
            assert seen.setdefault(word_key(word), term.name) == term.name
            assert lexicon().entries[word_key(word)] is term
        assert set(term.labels) <= set(STARTER.ids)


@pytest.mark.parametrize(
    "title",
    [
        "Red Tape Men Casual Shoes",
        "블루투스 이어폰",
        "그린조이 여성 티셔츠",
        "Black Friday Sale",
        "Orange County Tee",
        "Office Chair",
    ],
)
def test_words_that_are_no_colors_in_context_are_not_taken(title):
    assert found(title) == []


def test_common_words_need_a_sign_in_a_title_and_none_in_a_color_column():
    assert found("와인 선물 세트") == []
    assert found("와인 니트") == found("니트 (와인)") == found("와인", is_color=True) == ["와인"]


_TEXTS = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from([word for term in terms() for word in term.words]),
        st.sampled_from(["셔츠", "색상", "진", "연", " ", "/", ",", "-", "&", "dark", "Shirt", "블루투스", "\u0301"]),
    ),
    max_size=12,
).map("".join)


@given(_TEXTS, st.booleans())
def test_words_stand_in_the_text_in_order_and_apart(text, is_color):
    words = find_color_words(text, is_color=is_color)
    end = 0
    for word in words:
        assert end <= word.start < word.end <= len(text)
        assert word.text == text[word.start : word.end]
        end = word.end


@given(_TEXTS)
def test_the_same_words_are_found_however_the_letters_are_composed(text):
    text = unicodedata.normalize("NFC", text)
    apart = unicodedata.normalize("NFD", text)
    assert [word.term for word in find_color_words(text)] == [word.term for word in find_color_words(apart)]


def test_a_shops_own_words_come_first():
    words = ColorWords(STARTER, {"오트밀": "gray", "Red Tape": "red", "라즈베리밤": "pink", "블랙": ""})
    labels = {text: [words.label(word) for word in words.find(text)] for text in ("오트밀 니트", "Red Tape", "블랙")}
    assert labels == {"오트밀 니트": ["gray"], "Red Tape": ["red"], "블랙": []}
    assert [words.label(word) for word in words.find("라즈베리밤 립스틱")] == ["pink"]


def test_the_words_of_a_shops_labels_win_over_the_dictionary():
    shop = Vocabulary.from_list([{"id": "sky-blue", "swatch": "#9cc4e8"}, {"id": "wine", "aliases": ["버건디"]}])
    words = ColorWords(shop)
    named = {text: words.label(words.find(text)[0]) for text in ("스카이블루 니트", "maroon dress", "네이비 셔츠")}
    assert named == {"스카이블루 니트": "sky-blue", "maroon dress": "wine", "네이비 셔츠": ""}


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ([], "not a table"),
        ({"오트밀": "beeige"}, "did you mean 'beige'"),
        ({"오트밀": 3}, "not a label"),
        ({" - ": "beige"}, "not a word"),
        ({"off white": "white", "off-white": "beige"}, "two labels"),
    ],
)
def test_what_is_wrong_with_a_shops_words_is_reported(table, problem):
    with pytest.raises(SaekdongError, match=problem):
        check_own_words(table, STARTER)


def test_a_hostile_title_takes_time_in_proportion_to_its_length():
    # Calls of functions are counted, because time depends on the machine.
    for piece in ("연", "블랙", "red ", "redred", "진한", "dark ", "크림", "\u1100\u1161", "-", "ab"):
        short, long = (_calls(piece * (count // len(piece))) for count in (1000, 4000))
        assert long < 6 * short + 2000, piece


def _calls(text):
    count = 0

    def trace(*_):
        nonlocal count
        count += 1

    sys.setprofile(trace)
    try:
        find_color_words(text)
    finally:
        sys.setprofile(None)
    return count
