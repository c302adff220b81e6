"""Text search: words by their beginnings, Korean anywhere in a word, and nothing typed breaks it."""

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saekdong.catalog.sqlite.words import index_words, match_expression

TITLES = {
    1: "네이비 머그컵 350ml",
    2: "도자기머그 세트",
    3: "Navy Mug (large)",
    4: "컵받침, 원목",
    5: "Café crème",
    6: "マグカップ 青",
}


@pytest.fixture(scope="module")
def table() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("""CREATE VIRTUAL TABLE word USING fts5(words, content='', prefix='1 2', tokenize="ascii")""")
    for number, title in TITLES.items():
        connection.execute("INSERT INTO word (rowid, words) VALUES (?, ?)", (number, index_words(title)))
    return connection


def search(table: sqlite3.Connection, text: str) -> set[int]:
    return {row for (row,) in table.execute("SELECT rowid FROM word WHERE word MATCH ?", (match_expression(text),))}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("컵", {1, 4}),
        ("머그", {1, 2}),
        ("머그컵", {1}),
        ("기머", {2}),
        ("그", {1, 2}),
        ("nav", {3}),
        ("NAVY mug", {3}),
        ("vy", set()),
        ("머그 350", {1}),
        ("cafe creme", {5}),
        ("カップ", {6}),
        ("青", {6}),
        ("컵 도자기", set()),
        ("(large)", {3}),
    ],
)
def test_words_are_found(table, text, found):
    assert search(table, text) == found


@given(st.text(max_size=30))
@settings(max_examples=300)
def test_whatever_is_typed_is_a_query_or_nothing(table, text):
    if match_expression(text):
        search(table, text)


@given(st.text("가나다라마바사", min_size=1, max_size=8), st.data())
@settings(max_examples=200)
def test_any_part_of_a_korean_word_finds_it(word, data):
    start = data.draw(st.integers(0, len(word) - 1))
    part = word[start : data.draw(st.integers(start + 1, len(word)))]
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE word USING fts5(words, content='', tokenize='ascii')")
    connection.execute("INSERT INTO word (rowid, words) VALUES (1, ?)", (index_words(f"x {word} y"),))
    assert search(connection, part) == {1}
    connection.close()
