"""Titles as shops write them, in Korean and English: the right color words are found, and no others."""

from pathlib import Path

import pytest

from saekdong.words import find_color_words

TITLES = Path(__file__).parent / "data" / "titles.txt"
LINES = [line for line in TITLES.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("line", LINES)
def test_the_color_words_of_a_title_are_found(line):
    title, _, words = line.partition(" =>")
    assert [word.text for word in find_color_words(title)] == [word for word in words.strip().split(";") if word]


def test_there_are_some_hundred_titles():
    assert len(LINES) > 250
