"""Languages of texts for people: Korean and English."""

import os
import unicodedata
from collections.abc import Iterator
from typing import Literal

Lang = Literal["en", "ko"]
LANGS: tuple[Lang, ...] = ("en", "ko")
_MOST_MARKS = 30


def composed(text: str) -> str:
    r"""Return a text in NFC: its letters composed, which macOS decomposes in Korean file names.

    Of marks that follow one letter, only the first 30 are kept, as in Unicode's stream-safe format (UAX 15), because
    the time of normalization grows with the square of their number.

    Example:
        >>> composed("\u1112\u1161\u11ab"), len(composed("e" + "\u0301" * 100_000))
        ('한', 30)
    """
    if text.isascii():
        return text
    if len(text) > _MOST_MARKS:
        marks = list(map(unicodedata.combining, text))
        if len(marks) - marks.count(0) > _MOST_MARKS:
            text = "".join(_few_marks(text, marks))
    return unicodedata.normalize("NFC", text)


def _few_marks(text: str, marks: list[int]) -> Iterator[str]:
    count = 0
    for letter, mark in zip(text, marks, strict=True):
        count = count + 1 if mark else 0
        if count <= _MOST_MARKS:
            yield letter


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun, in English.

    Example:
        >>> counted(1, "product"), counted(1200, "product"), counted(0, "category", "categories")
        ('1 product', '1,200 products', '0 categories')
    """
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def locale_lang() -> Lang:
    """Return the language of the process's locale: `ko` for a Korean one, otherwise `en`.

    Reads LC_ALL, LC_MESSAGES and LANG in POSIX's order of precedence.

    Example:
        >>> locale_lang() in LANGS
        True
    """
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(variable):
            return "ko" if value.lower().startswith("ko") else "en"
    return "en"
