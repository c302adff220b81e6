"""The color words of a feed: how often each occurs, which label it means, and which of them a person must decide."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from saekdong.catalog.wording import FeedWord, ProductReading, Wording
from saekdong.model.intervals import Interval, wilson
from saekdong.tagging.feed_words import FeedText
from saekdong.words.lexicon import word_key

Origin = Literal["own", "dictionary", "photos", ""]
"""Where a word's label is from: the shop's own words, the dictionary, the photos of its products, or nowhere."""

Doubt = Literal["", "unknown", "ambiguous", "photos disagree"]
"""Why a person must decide about a word, if so."""

MOST_WORDS = 20_000
"""How many different words are counted; a column of free text has more, which are left out."""

_LEAST_PHOTOS = 5
_NEAR = 0.65


@dataclass(frozen=True, slots=True)
class ListedWord:
    """A color word of a feed.

    Attributes:
        word: as it is written most often.
        count: how many products have it.
        labels: what it means, the most probable first; empty if that is not known.
        origin: where the labels are from.
        sure: of the products with this word alone and a tagged photo, the share whose photo shows `label`, with its
            95% interval; None without such a product.
        photos: how many products that is.
        seen: the label that most of these photos show; empty without one.
        doubt: why a person must decide.
    """

    word: str
    count: int
    labels: tuple[str, ...]
    origin: Origin
    sure: Interval | None
    photos: int
    seen: str
    doubt: Doubt

    @property
    def label(self) -> str:
        """The label that it means most probably; empty if that is not known."""
        return next(iter(self.labels), "")


@dataclass
class _Counted:
    """What was counted of a word."""

    count: int = 0
    spellings: Counter[str] = field(default_factory=Counter)
    weights: Mapping[str, float] = field(default_factory=dict)
    is_own: bool = False
    seen: Counter[str] = field(default_factory=Counter)


class WordList:
    """Counts the color words of products.

    Args:
        wording: what words mean.

    Attributes:
        products: how many products were counted.
        named: how many of them have a color word.
        left_out: how many words were left out because there are more than `MOST_WORDS`.
    """

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._words: dict[str, _Counted] = {}
        self.products = self.named = self.left_out = 0

    def count(self, text: FeedText) -> None:
        """Count the words of a product."""
        self.products += 1
        words = self._words_of(text)
        self.named += any(word.weights for word in words.values())
        for key, word in words.items():
            if counted := self._counted(key, word):
                counted.count += 1
                counted.spellings[word.word] += 1

    def learn(self, reading: ProductReading) -> None:
        """Note what the photos of a product of the catalog show, if the product has one color word alone."""
        words = self._words_of(reading.text) if reading.shares else {}
        if len(words) == 1:
            ((key, _),) = words.items()
            if counted := self._words.get(key):
                counted.seen[max(reading.shares, key=lambda label: reading.shares[label])] += 1

    def words(self) -> list[ListedWord]:
        """Return the words, the most frequent first, and the shop's own words that no product has."""
        listed = [_listed(counted) for counted in self._words.values()]
        listed += [
            ListedWord(word, 0, (label,) if label else (), "own", None, 0, "", "")
            for word, label in self._wording.own.items()
            if word_key(word) not in self._words
        ]
        return sorted(listed, key=lambda word: (-word.count, word.word))

    def _words_of(self, text: FeedText) -> dict[str, FeedWord]:
        found: dict[str, FeedWord] = {}
        for word in (*self._wording.named(text), *self._wording.unknown(text)):
            found.setdefault(word_key(word.word), word)
        found.pop("", None)
        return found

    def _counted(self, key: str, word: FeedWord) -> _Counted | None:
        counted = self._words.get(key)
        if counted is None:
            if len(self._words) >= MOST_WORDS:
                self.left_out += 1
                return None
            counted = self._words[key] = _Counted(weights=word.weights, is_own=word.is_own)
        return counted


def _listed(counted: _Counted) -> ListedWord:
    photos = counted.seen.total()
    seen, most = next(iter(counted.seen.most_common(1)), ("", 0))
    is_clear = photos >= _LEAST_PHOTOS and wilson(most, photos).low > 0.5
    labels, origin, doubt = tuple(counted.weights), _origin(counted), _doubt(counted, is_clear, seen)
    if origin != "own" and is_clear and (not labels or (doubt == "" and seen in _close(counted.weights)[1:])):
        labels, origin = (seen,), "photos"
    if doubt in ("unknown", "ambiguous") and origin == "photos":
        doubt = ""
    agreeing = counted.seen[labels[0]] if labels else most
    return ListedWord(
        counted.spellings.most_common(1)[0][0],
        counted.count,
        labels,
        origin,
        wilson(agreeing, photos) if photos else None,
        photos,
        seen,
        doubt,
    )


def _origin(counted: _Counted) -> Origin:
    return "own" if counted.is_own else "dictionary" if counted.weights else ""


def _doubt(counted: _Counted, is_clear: bool, seen: str) -> Doubt:
    """Return why a person must decide about a word."""
    if not counted.weights:
        return "" if is_clear or counted.is_own else "unknown"
    near = _close(counted.weights)
    if is_clear and seen not in counted.weights:
        return "photos disagree"
    return "" if counted.is_own or is_clear or len(near) == 1 else "ambiguous"


def _close(weights: Mapping[str, float]) -> list[str]:
    """Return the labels that are about as probable as the first."""
    most = max(weights.values(), default=0.0)
    return [label for label, weight in weights.items() if weight >= _NEAR * most]
