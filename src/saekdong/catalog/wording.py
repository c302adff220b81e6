"""What the words of a feed mean in a catalog, how much each column is trusted, and the tags that follow.

The rule is a function of what is stored of a product (the shares of its photos, its title and color), the shop's own
words, the labels of the catalog's model, and the trust in each column. Trust in turn follows from how often the words
of all products agree with their photos, in whole numbers that are added up, and in coarse steps. So a catalog ends with
the same tags in whatever order its products came.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from saekdong._version import __version__
from saekdong.catalog.product_tags import Shares, mean_shares, shown_labels
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.color import Vocabulary
from saekdong.errors import SaekdongError
from saekdong.model.artifact import unpack
from saekdong.tagging import Tag
from saekdong.tagging.feed_words import (
    COLUMNS,
    MOST_TRUST,
    PRIOR_TRUST,
    Column,
    FeedText,
    Trust,
    WordAgreement,
    fuse,
    fused_shares,
    is_named,
    named_labels,
    to_probabilities,
    trust_key,
)
from saekdong.words import ColorWords
from saekdong.words.lexicon import word_key

OwnWords = Mapping[str, str]
"""The shop's own color words, and the id of the label that each means; "" if it is not a color."""


_Names = Mapping[Column, NDArray[np.bool_]]
"""For each column that names a color, whether it names each label, (L,)."""


@cache
def _key(column: Column, columns: tuple[Column, ...]) -> str:
    """Return the trust's key of a column of a product that names colors in `columns`."""
    return trust_key(column, dict.fromkeys(columns, np.zeros(0)))


_COMBINED: tuple[tuple[Column, ...], ...] = (("title",), ("color",), COLUMNS)
KEYS = tuple(dict.fromkeys(_key(column, named) for named in _COMBINED for column in named))
"""The columns alone and beside each other, by each of which trust is measured."""

_PARTS = re.compile(r"[,/|;&+()\[\]\n]| - ")
_LONGEST_WORD = 40
_TRUST_STEPS = 40
_CERTAIN_STEPS = 20


@dataclass(frozen=True, slots=True)
class FeedWord:
    """A color word of a product.

    Attributes:
        column: where it stands.
        word: as it is written.
        weights: how likely it means each label, in falling order; empty if that is not known.
        is_own: whether it is one of the shop's own words.
    """

    column: Column
    word: str
    weights: Mapping[str, float] = field(default_factory=dict)
    is_own: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that it can mean, the most probable first."""
        return tuple(self.weights)


@dataclass(frozen=True, slots=True)
class FusedProduct:
    """What photos and words together say of a product.

    Attributes:
        tags: those worth displaying, in the order of display.
        evidence: what the words of each column and the photos say of the trust in the column; empty without words.
        conflict: how sure words and photos are of different colors, 0 to 1; None if they agree.
        stamp: of the wording: differs if another one would, or could, give other values.
    """

    tags: tuple[Tag, ...]
    evidence: str
    conflict: float | None
    stamp: int


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """How often a column names a color, and how often the photo agrees.

    Attributes:
        key: the column, with another one if both name colors: see `trust_key`.
        products: how many products the catalog has, without those that are gone.
        named: for how many of them it names a color.
        compared: how many of these have a photo that was tagged.
        agreeing: for how many of these it names the photo's first label.
        trust: how much it is trusted, 0 to 1.
    """

    key: str
    products: int
    named: int
    compared: int
    agreeing: int
    trust: float


@dataclass(frozen=True, slots=True)
class ProductReading:
    """What feed and photos say of a product.

    Attributes:
        id: the product's.
        text: the feed's words.
        shares: the share of each label by its photos; empty without a result.
    """

    id: str
    text: FeedText
    shares: Shares


class Wording:
    """Fuses photos and words of a catalog's products.

    Args:
        vocabulary: the labels of the catalog's model.
        own: the shop's own words.
        trust: how much each column is trusted, by `trust_key`; None if it was never measured.
    """

    def __init__(self, vocabulary: Vocabulary, own: OwnWords, trust: Trust | None) -> None:
        self.vocabulary, self.own = vocabulary, own
        self._ids = vocabulary.ids
        self._codes = {label: code for code, label in enumerate(self._ids)}
        self.trust: Trust = dict.fromkeys(KEYS, PRIOR_TRUST) | dict(trust or {})

    @cached_property
    def stamps(self) -> tuple[int, int]:
        """The stamps of products without color words, which do not depend on trust, and of those with some."""
        words = json.dumps([__version__, self.vocabulary.to_list(), sorted(self.own.items())])
        return _digest(words), _digest(words + json.dumps(sorted(self.trust.items())))

    @cached_property
    def words(self) -> ColorWords:
        """The color words of the shop, its labels and the dictionary."""
        return ColorWords(self.vocabulary, self.own)

    @cached_property
    def _own_keys(self) -> frozenset[str]:
        return frozenset(map(word_key, self.own))

    def named(self, text: FeedText) -> list[FeedWord]:
        """Return the color words of a product that mean a label."""
        return [word for column in COLUMNS for word in self._found(column, getattr(text, column)) if word.weights]

    def unknown(self, text: FeedText) -> list[FeedWord]:
        """Return the parts of a product's color column in which no word means a label."""
        parts = map(str.strip, _PARTS.split(text.color))
        return [
            FeedWord("color", part, is_own=word_key(part) in self._own_keys)
            for part in parts
            if _is_word(part) and not any(word.weights for word in self._found("color", part))
        ]

    def main_labels(self, text: FeedText) -> list[str]:
        """Return the label that each color word means most, of the color column, or of the title if it has none."""
        words = self.named(text)
        chosen = [word for word in words if word.column == "color"] or words
        return list(dict.fromkeys(word.labels[0] for word in chosen))

    def fuse(self, photos: Sequence[Shares | None], text: FeedText) -> FusedProduct:
        """Return the tags of a product by its photos and words.

        Args:
            photos: the shares of each photo in order; None for one without a result.
            text: the words.
        """
        mean = mean_shares(photos)
        named = named_labels(self.words, text)
        shares = self._coded(mean)
        if not named or shares is None:
            tags = tuple(Tag(label, share) for label, share in shown_labels(mean).items())
            return FusedProduct(tags, "", None, self.stamps[bool(named)])
        fused = fuse(shares, named, self.trust)
        tags = tuple(
            Tag(label, share, fused.sources.get(self._codes.get(label, -1), "photo"))
            for label, share in shown_labels(dict(zip(self._ids, fused.shares.tolist(), strict=True))).items()
        )
        probabilities = to_probabilities(shares) if mean else None
        names = {column: is_named(weights) for column, weights in named.items()}
        conflict = None if probabilities is None else self._conflict(mean, probabilities, names)
        return FusedProduct(tags, self._evidence(probabilities, names), conflict, self.stamps[1])

    def labels(self, photos: Sequence[Shares | None], text: FeedText) -> Shares:
        """Return the labels of the tags of `fuse` with their shares, in the order of display, in half the time."""
        mean = mean_shares(photos)
        named = named_labels(self.words, text)
        shares = self._coded(mean)
        if not named or shares is None:
            return shown_labels(mean)
        return shown_labels(dict(zip(self._ids, fused_shares(shares, named, self.trust).tolist(), strict=True)))

    def measured(self, evidence: Mapping[str, int]) -> Trust:
        """Return the trust that follows from the evidence of a catalog, in coarse steps.

        Args:
            evidence: how many products have each `FusedProduct.evidence`.
        """
        sums = _sums(evidence)
        return {key: _coarse(sums[key].agreement().trust) for key in KEYS}

    def _found(self, column: Column, text: str) -> Iterator[FeedWord]:
        for word in self.words.find(text, is_color=column == "color"):
            weights = self.words.weights(word)
            order = np.argsort(-weights, kind="stable")
            named = {self._ids[code]: round(float(weights[code]), 4) for code in order if weights[code] > 0}
            yield FeedWord(column, word.text, named, word_key(word.text) in self._own_keys)

    def _coded(self, shares: Shares) -> NDArray[np.float64] | None:
        """Return the shares in the vocabulary's order (L,); None if another model gave some."""
        if not shares.keys() <= self._codes.keys():
            return None
        return np.array([shares.get(label, 0.0) for label in self._ids])

    def _conflict(self, mean: Shares, probabilities: NDArray[np.float64], names: _Names) -> float | None:
        """Return how sure words and photos are of different colors; None if the photos may show what words name."""
        displayed = [self._codes[label] for label in shown_labels(mean) if label in self._codes]
        sure = [
            self.trust[_key(column, tuple(names))] * float(probabilities.max() - probabilities[named].max())
            for column, named in names.items()
            if not named[displayed].any()
        ]
        return max(0.0, *sure) if sure else None

    def _evidence(self, probabilities: NDArray[np.float64] | None, names: _Names) -> str:
        """Return for each column its name, the photo's first label, how certain that is, and the labels it names."""
        first, certain = "", 0
        if probabilities is not None:
            first = self._ids[int(probabilities.argmax())]
            certain = round(_CERTAIN_STEPS * float(probabilities.max()))
        return " ".join(
            f"{column}:{first}:{certain}:{','.join(self._ids[code] for code in np.flatnonzero(named))}"
            for column, named in names.items()
        )


@dataclass
class _Sums:
    """The evidence of a column, added up."""

    named: int = 0
    compared: int = 0
    agreeing: int = 0
    certain: int = 0
    first: Counter[str] = field(default_factory=Counter)
    names: Counter[str] = field(default_factory=Counter)

    def agreement(self) -> WordAgreement:
        """Return the sums as the agreement that trust is measured from."""
        labels = sorted({*self.first, *self.names})
        certain = self.certain * 1000 // _CERTAIN_STEPS
        first, named = (tuple(counts[label] for label in labels) for counts in (self.first, self.names))
        return WordAgreement(self.compared, self.agreeing, certain, first, named)


def _sums(evidence: Mapping[str, int]) -> dict[str, _Sums]:
    sums = {key: _Sums() for key in KEYS}
    for text, count in evidence.items():
        parts = [part.split(":") for part in text.split()]
        named = tuple(column for column in COLUMNS if any(column == part[0] for part in parts))
        for column, (_, first, certain, names) in zip(named, parts, strict=True):
            labels, of_column = names.split(","), sums[_key(column, named)]
            of_column.named += count
            if first:
                of_column.compared += count
                of_column.agreeing += count * (first in labels)
                of_column.certain += count * int(certain)
                of_column.first[first] += count
                of_column.names.update(dict.fromkeys(labels, count))
    return sums


def column_words(evidence: Mapping[str, int], trust: Trust) -> tuple[ColumnWords, ...]:
    """Return how often each column names a color, and how often the photo agrees.

    Args:
        evidence: how many products have each `FusedProduct.evidence`.
        trust: how much each column is trusted.
    """
    products, sums = sum(evidence.values()), _sums(evidence)
    return tuple(
        ColumnWords(key, products, each.named, each.compared, each.agreeing, trust[key]) for key, each in sums.items()
    )


def labels_of(model: TaggingModel | None, fallback: Vocabulary) -> Vocabulary:
    """Return the labels that a model gives, or the fallback if its artifact is not there or cannot be used."""
    try:
        return unpack(model.packed).vocabulary if model and model.packed else fallback
    except SaekdongError:
        return fallback


def _coarse(trust: float) -> float:
    return min(round(trust * _TRUST_STEPS) / _TRUST_STEPS, MOST_TRUST)


def _is_word(part: str) -> bool:
    return 0 < len(part) <= _LONGEST_WORD and any(letter.isalpha() for letter in part)


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest())
