"""Color words in what a customer searches for: they become the filter, and the rest is searched."""

import re
from typing import NamedTuple

from saekdong.words import ColorWords, FoundWord

_JOINING = re.compile(
    r"(?<![^\s,/+&])(?:in|and|colou?r|colou?red|색상|색깔|컬러|색|계열|계통|톤)(?![^\s,/+&:])", re.IGNORECASE
)
"""Words that only join a color to the rest: "tee in navy", "색상: 남색"."""

_EDGES = ' ,/+&:·-"“”'


class SearchedColors(NamedTuple):
    """What a search says.

    Attributes:
        labels: ids of the labels that its color words mean, in the order of the words.
        text: the search without those words.
    """

    labels: tuple[str, ...]
    text: str


def is_quoted(text: str) -> bool:
    """Return whether a search is in quotes, so that its words are searched as they are."""
    return len(text) > 1 and text[0] in '"“' and text[-1] in '"”'


def split_colors(words: ColorWords, text: str) -> SearchedColors:
    """Return the labels and the remaining text of a search.

    Args:
        words: the shop's color words.
        text: what a customer typed; in quotes, no word is taken as a color.

    Example:
        >>> split_colors(ColorWords(), "남색 티셔츠"), split_colors(ColorWords(), '"Navy" tee in white').labels
        (SearchedColors(labels=('navy',), text='티셔츠'), ('navy', 'white'))
        >>> split_colors(ColorWords(), '"navy tee"')
        SearchedColors(labels=(), text='"navy tee"')
    """
    if is_quoted(text):
        return SearchedColors((), text)
    labels: list[str] = []
    kept: list[str] = []
    end = 0
    for word in words.find(text):
        if (label := words.label(word)) and not _is_also_a_product(words, word, text):
            labels.append(label)
            kept.append(text[end : word.start])
            end = word.end
    if not labels:
        return SearchedColors((), text)
    rest = _JOINING.sub(" ", " ".join([*kept, text[end:]]))
    parts = (part.strip(_EDGES) for part in rest.split())
    return SearchedColors(tuple(dict.fromkeys(labels)), " ".join(filter(None, parts)))


def named_color(words: ColorWords, text: str) -> str:
    """Return the id of the label that a search names if it is read as nothing but a color; otherwise "".

    Example:
        >>> named_color(ColorWords(), "커피"), named_color(ColorWords(), "머그")
        ('brown', '')
    """
    found = words.find(text, is_color=True)
    return words.label(found[0]) if len(found) == 1 else ""


def _is_also_a_product(words: ColorWords, word: FoundWord, text: str) -> bool:
    """Return whether a search is one word that names things as well, such as 커피, and is not a label of the shop."""
    is_all = word.text.strip(_EDGES) == text.strip(_EDGES)
    if word.text.endswith("색"):
        return False
    return is_all and word.term.kind in ("common", "material") and words.vocabulary.find(word.text) is None
