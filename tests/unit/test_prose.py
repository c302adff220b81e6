"""The prose of the code: comments, docstrings and messages use plain technical English."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [path for folder in ("src", "scripts", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))]

WORDS = {
    r"(?:tells?|told|telling)": "report, print, return or say",
    r"mend(?:s|ed|ing)?": "fix",
    r"anew": "again",
    r"pass(?:es|ed)? over": "ignore or skip",
    r"no more(?=[.,;:])|(?:not|nobody|nothing) \w+ any more": "no longer",
    r"parted": "separated or split",
    r"nobody": "a passive, such as 'is not used'",
    r"whoever": "the user who",
    r"otherwise than": "differently from",
    r"(?<!each\s)of which": "a sentence of its own",
    r"cut short": "truncated or interrupted",
    r"turn(?:s|ed)? back": "roll back",
    r"lets? go of": "release",
    r"hopeful": "optimistic",
    r"(?<!there\s)is no(?! longer)": "is not a",
    r"where there (?:is|are)": "if there is",
    r"(?:None|False|True|nothing|empty|only|alone|\d) where (?:it|they|there|none|no|the|a|nothing)": "if",
    r"(?<=[,;]\s)else": "otherwise",
}
"""Patterns of words, a blank for any white space, and what to write instead."""
PATTERN = re.compile(
    rf"(?<![\w'/-])(?:{'|'.join(f'({words})' for words in WORDS)})\b".replace(" ", r"\s+"), re.IGNORECASE
)
BETTER = list(WORDS.values())
NAMES = re.compile(r"(?:^|_)(?:told|mend|mendable)(?:$|_)")
TEXTS = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}


def problems(source: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the words and the better words of each problem in Python source."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME and NAMES.search(token.string):
            yield token.start[0], token.string, "a noun for what it is, such as message or reason"
        if token.type in TEXTS:
            for match in PATTERN.finditer(token.string):
                line = token.start[0] + token.string.count("\n", 0, match.start())
                yield line, " ".join(match[0].split()), BETTER[(match.lastindex or 0) - 1]


def test_comments_docstrings_and_messages_are_plain_english():
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {words!r}; write {better}"
        for path in FILES
        for line, words, better in problems(path.read_text())
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('"""Tell whether it is there."""', ["Tell"]),
        ("# What is wrong is told in one line.", ["told"]),
        ('"""The errors that a person can mend."""', ["mend"]),
        ('fix = f"{path} is no address"', ["is no"]),
        ('"""Return the price, or None where there is none."""', ["None where there"]),
        ('"""Return the name, wherever it is; where there is none, the id."""', ["where there is"]),
        ('"""Words parted\n    by blanks."""', ["parted"]),
        ('help="Fit the tagger anew."', ["anew"]),
        ('"""Skip what nobody waits for any more, whoever asked."""', ["nobody", "whoever"]),
        ("# An address, of which the end is kept", ["of which"]),
        ("told = 1", ["told"]),
        ('"""Return the language, else English."""', ["else"]),
        ('"""There is no other, it is no longer used, no more than once, and each of which is kept."""', []),
    ],
)
def test_words_that_have_a_plainer_one_are_found(source, words):
    assert [found for _, found, _ in problems(source)] == words


def test_the_line_of_the_words_is_reported():
    assert [line for line, _, _ in problems('"""First.\n\nWords are parted.\n"""\n')] == [3]
