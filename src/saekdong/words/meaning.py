"""From color words to a shop's labels."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from saekdong.color import STARTER, Vocabulary, ciede2000, to_space
from saekdong.color.notation import parse_color
from saekdong.words.finding import FoundWord, find_words
from saekdong.words.lexicon import Entry, Lexicon, Term, lexicon, word_key

MOST_DIFFERENT = 25.0
"""The CIEDE2000 difference up to which a word may mean a label because of the label's swatch."""

MOST_TURNED = 50.0
"""The difference in hue, in degrees, up to which it may, if neither color is nearly gray."""

_GRAYISH = 10.0

_NO_SWATCH = "#808080"
_MOST_STORED = 4096


class ColorWords:
    """Finds color words in texts, and says which of a shop's labels they may mean.

    The shop's own words come first, then the words of its labels, then the dictionary.

    Args:
        vocabulary: the shop's labels.
        own: the shop's own words and the id of the label that each means, "" if none; see `check_own_words`.

    Example:
        >>> words = ColorWords(STARTER, {"Red Tape": ""})
        >>> words.label(words.find("Red Tape Men Navy Blue Shirt")[0])
        'navy'
    """

    def __init__(self, vocabulary: Vocabulary = STARTER, own: Mapping[str, str] | None = None) -> None:
        self.vocabulary = vocabulary
        self._codes = {label: code for code, label in enumerate(vocabulary.ids)}
        self._own = {word_key(word): self._codes.get(label) for word, label in (own or {}).items()}
        self._names = {word_key(word): code for code, label in enumerate(vocabulary) for word in label.words()}
        self._by_starter = dict(_same_as_starter(vocabulary))
        self._swatches = dict(_swatches(vocabulary))
        self._lexicon = self._with_own(lexicon())
        self._weights: dict[tuple[str, str], NDArray[np.float64]] = {}

    def find(self, text: str, *, is_color: bool = False) -> tuple[FoundWord, ...]:
        """Return the words of a text that name a color; see `find_color_words`."""
        return find_words(self._lexicon, text, is_color=is_color) if text else ()

    def weights(self, word: FoundWord) -> NDArray[np.float64]:
        """Return how likely a word means each label, float64 (L,), summing to 1; all 0 if it means none of them."""
        key = (word_key(word.text), word.term.name)
        if key not in self._weights:
            if len(self._weights) >= _MOST_STORED:
                self._weights.clear()
            self._weights[key] = self._weigh(key[0], word.term)
        return self._weights[key]

    def label(self, word: FoundWord) -> str:
        """Return the id of the label that a word means most likely, or "" if it means none of them."""
        weights = self.weights(word)
        return self.vocabulary.ids[int(weights.argmax())] if weights.any() else ""

    def _with_own(self, words: Lexicon) -> Lexicon:
        """Return the dictionary with the words of the shop and of its labels."""
        further: dict[str, Entry] = {}
        for code, label in enumerate(self.vocabulary):
            for word in label.words():
                if not isinstance(words.entries.get(word_key(word)), Term):
                    further[word_key(word)] = Term(word, self.vocabulary[code].swatch, {}, (word,))
        for key, owner in self._own.items():
            known = words.entries.get(key)
            if owner is None:
                further[key] = "blocked"
            elif not isinstance(known, Term) or known.kind:
                further[key] = Term(key, self.vocabulary[owner].swatch, {}, (key,), "")
        return words.with_entries(further)

    def _weigh(self, key: str, term: Term) -> NDArray[np.float64]:
        weights = np.zeros(len(self.vocabulary))
        if (named := self._named(key, term)) is not None:
            weights[named] = 1.0
            return weights
        nearest = self._nearest(term.color)
        for starter_label, weight in term.labels.items():
            code = self._by_starter.get(starter_label, nearest)
            if code is not None:
                weights[code] += weight
        total = weights.sum()
        return weights / total if total else weights

    def _named(self, key: str, term: Term) -> int | None:
        """Return the code of the label that is called as a word is, or as another word for the same color."""
        if self._own.get(key) is not None:
            return self._own[key]
        keys = (key, word_key(term.name), *map(word_key, term.words))
        return next((self._names[each] for each in keys if each in self._names), None)

    def _nearest(self, color: str) -> int | None:
        """Return the code of the label whose swatch is most similar to a color, or None if none is similar."""
        if not self._swatches:
            return None
        codes = list(self._swatches)
        lab = to_space(np.array([parse_color(color)], dtype=np.uint8), "lab")[0]
        swatches = np.stack([self._swatches[code] for code in codes])
        differences = np.where(_same_hue(lab, swatches), ciede2000(lab, swatches), np.inf)
        best = int(differences.argmin())
        return codes[best] if differences[best] <= MOST_DIFFERENT else None


def _same_hue(lab: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which colors (N, 3) have the hue of a color (3,), or one of the two is nearly gray."""
    chroma, other_chroma = np.hypot(*lab[1:]), np.hypot(others[:, 1], others[:, 2])
    turned = np.degrees(np.arctan2(others[:, 2], others[:, 1]) - np.arctan2(lab[2], lab[1]))
    near: NDArray[np.bool_] = np.abs((turned + 180) % 360 - 180) <= MOST_TURNED
    return near | (np.minimum(chroma, other_chroma) < _GRAYISH)


def _same_as_starter(vocabulary: Vocabulary) -> Iterator[tuple[str, int]]:
    """Yield the starter's labels that mean the same as a label, each with that label's code; the first one counts."""
    for code, label in reversed(list(enumerate(vocabulary))):
        for word in label.words():
            if same := STARTER.find(word):
                yield same.id, code


def _swatches(vocabulary: Vocabulary) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Yield the labels' swatches in CIELAB, by code; without those that have none."""
    for code, label in enumerate(vocabulary):
        if label.swatch != _NO_SWATCH:
            yield code, to_space(np.array([parse_color(label.swatch)], dtype=np.uint8), "lab")[0]
