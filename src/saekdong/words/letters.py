"""A text's letters as they are compared, and where each of them stands in the text as written."""

import unicodedata
from typing import NamedTuple

from saekdong.lang import composed

_FULL_WIDTH = {0xFF01 + offset: 0x21 + offset for offset in range(94)} | {0x3000: " ", 0x2019: "'", 0x2018: "'"}
_MEDIAL_AND_FINAL = range(0x1160, 0x1200)  # Hangul letters that continue a syllable


class Letters(NamedTuple):
    """A text's letters, folded for comparison.

    Attributes:
        folded: NFC, lower case, full-width letters as ASCII.
        places: for each letter of `folded` and its end, the place in the text as written, 0 to its length.
    """

    folded: str
    places: "range | list[int]"


def fold(text: str) -> Letters:
    """Return a text's letters as they are compared.

    Example:
        >>> fold("ＮAVY").folded, list(fold("\u1100\u1161a").places)
        ('navy', [0, 2, 3])
    """
    if unicodedata.is_normalized("NFC", text):
        return Letters(_lower(text), range(len(text) + 1))
    folded: list[str] = []
    places: list[int] = []
    for start, end in _clusters(text):
        letters = _lower(composed(text[start:end]))
        folded.append(letters)
        places += [start] * len(letters)
    return Letters("".join(folded), [*places, len(text)])


def _lower(text: str) -> str:
    """Return a text in lower case, of equal length: letters with a longer lower case are kept."""
    plain = text.translate(_FULL_WIDTH)
    lower = plain.lower()
    return lower if len(lower) == len(plain) else "".join(low if len(low := c.lower()) == 1 else c for c in plain)


def _clusters(text: str) -> "list[tuple[int, int]]":
    """Return the bounds of the parts of a text that are composed each by itself."""
    starts = [place for place, letter in enumerate(text) if not place or not _continues(letter)]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def _continues(letter: str) -> bool:
    return unicodedata.combining(letter) != 0 or ord(letter) in _MEDIAL_AND_FINAL
