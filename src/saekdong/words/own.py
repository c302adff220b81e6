"""The shop's own color words, the table `[words]` of saekdong.toml."""

import unicodedata
from collections.abc import Mapping

from saekdong.color import Vocabulary
from saekdong.errors import SaekdongError
from saekdong.words.lexicon import word_key

MOST_OWN = 10_000
_MOST_WORD = 100


def check_own_words(table: object, vocabulary: Vocabulary) -> dict[str, str]:
    """Return a shop's own color words and the id of the label that each means, or "" if it is not a color.

    Args:
        table: the words and labels as written: a label's id, name or alias.
        vocabulary: the shop's labels.

    Raises:
        SaekdongError: it is not a table of texts, a word is invalid or means two labels, or there is no such label.

    Example:
        >>> from saekdong.color import STARTER
        >>> check_own_words({"오트밀": "베이지", "Red Tape": ""}, STARTER)
        {'오트밀': 'beige', 'Red Tape': ''}
    """
    if not isinstance(table, Mapping) or len(table) > MOST_OWN:
        raise SaekdongError("[words] is not a table of words", fix='write a word and its label: "오트밀" = "beige"')
    words: dict[str, str] = {}
    meanings: dict[str, str] = {}
    for word, name in table.items():
        label = _label(word, name, vocabulary)
        if meanings.setdefault(word_key(word), label) != label:
            raise SaekdongError(f"[words]: {word!r} has two labels", fix="keep one of its spellings")
        words[word] = label
    return words


def _label(word: str, name: object, vocabulary: Vocabulary) -> str:
    if not word_key(word) or len(word) > _MOST_WORD or any(unicodedata.category(each) in ("Cc", "Cs") for each in word):
        raise SaekdongError(f"[words]: {word[:40]!r} is not a word", fix=f"use letters, at most {_MOST_WORD}")
    if not isinstance(name, str):
        raise SaekdongError(f"[words]: {word!r} has {name!r}, which is not a label", fix='write a label\'s id, or ""')
    if not name:
        return ""
    label = vocabulary.find(name)
    if label is None:
        near = vocabulary.nearest_word(name)
        hint = f"did you mean {near!r}? " if near else ""
        raise SaekdongError(
            f"[words]: {word!r} = {name!r}: {name!r} is not a label",
            fix=f"{hint}use one of {', '.join(vocabulary.ids[:40])}",
        )
    return label.id
