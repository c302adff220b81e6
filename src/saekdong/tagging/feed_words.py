"""Fuse what a photo shows with what the feed says: color words of titles and color columns.

The photo gives each label a probability, and a word names labels that it may mean. How far a column of the feed is
trusted is measured without labels: from how often its words and the photos agree. Agreement by chance is trust 0, and
that of words that are always right is trust 1; the latter is below 100%, because photos are not always right either.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from saekdong.errors import SaekdongError
from saekdong.model.intervals import wilson
from saekdong.tagging.tagger import DOUBTFUL, Source, Tag, Tagger
from saekdong.words import ColorWords

Column = Literal["title", "color"]
COLUMNS: tuple[Column, ...] = ("title", "color")
"""The columns of a feed that name colors."""

Shares = NDArray[np.float64]
Named = Mapping[Column, Shares]
"""For each column that names a color, the weights of the labels that its words may mean, (L,), summing to 1."""

Trust = Mapping[str, float]
"""How far each column is trusted, 0 to 1, by `trust_key`."""

PRIOR_TRUST = 0.9
"""The trust in a column that was not measured."""

MOST_TRUST = 0.995

LEAST_TRUST = 0.15
"""A column below this trust is not used: so little may be chance."""

_PRIOR_PRODUCTS = 10
_PRIOR_GAIN = 0.6  # what true words agree with photos more often than chance does, in a typical feed
_LATER_WORD = 0.4  # the weight of each further word: Black-Grey is black rather than gray
_NAMED = 0.15  # of the first label's weight, that a word also names
_SURE = 1.5
# From shares to probabilities of the first label; fitted to photos of shops that the starter never saw. Squared shares
# take 0.01 and 1.2; shares before they were squared took 0.05 and 2.5 and gave the same tags.
_SHARE_OFFSET, _SHARE_POWER = 0.01, 1.2
_SECOND_COLOR = 0.02  # how rarely the words of a fully trusted column leave out a color of the product
_STEPS = 1000


class FeedText(NamedTuple):
    """What a feed says about a product in words.

    Attributes:
        title: its title.
        color: the value of its color column or option.
        category: its category.
    """

    title: str = ""
    color: str = ""
    category: str = ""


def named_labels(words: ColorWords, text: FeedText) -> Named:
    """Return the labels that the words of each column may mean, without the columns that name none.

    Example:
        >>> named = named_labels(ColorWords(), FeedText("Puma Men Black-Grey Shirt"))
        >>> [round(float(weight), 2) for weight in named["title"] if weight]
        [0.71, 0.29]
    """
    texts: dict[Column, str] = {"title": text.title, "color": text.color}
    named = {column: _weights(words, texts[column], column) for column in COLUMNS}
    return {column: weights for column, weights in named.items() if weights is not None}


def is_named(weights: Shares) -> NDArray[np.bool_]:
    """Return whether a column names each label, (L,), of the weights that `named_labels` gives."""
    names: NDArray[np.bool_] = weights > _NAMED * weights.max()
    return names


def _weights(words: ColorWords, text: str, column: Column) -> Shares | None:
    """Return the weights of the labels that a text names, each color once, the earlier ones more; None if none."""
    total = np.zeros(len(words.vocabulary))
    seen: set[bytes] = set()
    for word in words.find(text, is_color=column == "color"):
        weights = words.weights(word)
        if weights.any() and weights.tobytes() not in seen:
            total += weights * _LATER_WORD ** len(seen)
            seen.add(weights.tobytes())
    return total / total.sum() if seen else None


@dataclass(frozen=True)
class WordAgreement:
    """How often the words of a column and the photos agree, in whole numbers that can be added.

    Attributes:
        products: how many products have both.
        agreeing: for how many of them the words name the photo's first label.
        certain: the sum of the probabilities of the photos' first labels, in thousandths.
        first: how many photos have each label first, (L,).
        named: how many products' words name each label, (L,).
    """

    products: int
    agreeing: int
    certain: int
    first: tuple[int, ...]
    named: tuple[int, ...]

    @classmethod
    def none(cls, labels: int) -> Self:
        """Return the agreement of no products."""
        return cls(0, 0, 0, (0,) * labels, (0,) * labels)

    @classmethod
    def of(cls, shares: Shares, weights: Shares) -> Self:
        """Return the agreement of one product.

        Args:
            shares: the photo's share of each label, (L,).
            weights: those of the labels that the column names, (L,).
        """
        probabilities = to_probabilities(shares)
        names = is_named(weights)
        first = int(probabilities.argmax())
        certain = round(_STEPS * float(probabilities[first]))
        firsts = tuple(int(code == first) for code in range(len(shares)))
        return cls(1, int(names[first]), certain, firsts, tuple(map(int, names)))

    def __add__(self, other: "WordAgreement") -> "WordAgreement":
        """Return the agreement of the products of both."""
        return WordAgreement(
            self.products + other.products,
            self.agreeing + other.agreeing,
            self.certain + other.certain,
            tuple(map(sum, zip(self.first, other.first, strict=True))),
            tuple(map(sum, zip(self.named, other.named, strict=True))),
        )

    @property
    def expected(self) -> float:
        """For how many products words that are always right would name the photo's first label."""
        return self.certain / _STEPS

    @property
    def by_chance(self) -> float:
        """For how many products words would name it if they were shuffled among the products."""
        return sum(a * b for a, b in zip(self.first, self.named, strict=True)) / max(self.products, 1)

    @property
    def trust(self) -> float:
        """How far the column is trusted: 0 if it agrees as by chance, near 1 if it agrees as true words would.

        Ten products of an unknown feed's typical agreement are counted in, so that few products change little.
        """
        gain = self.agreeing - self.by_chance + PRIOR_TRUST * _PRIOR_GAIN * _PRIOR_PRODUCTS
        true_gain = self.expected - self.by_chance + _PRIOR_GAIN * _PRIOR_PRODUCTS
        return _clipped(gain / true_gain) if true_gain > 0 else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% interval of the trust by Wilson's interval of the agreement, without the prior."""
        true_gain = self.expected - self.by_chance
        if not self.products or true_gain <= 0:
            return 0.0, 1.0
        agreement = wilson(self.agreeing, self.products)
        low, high = (bound * self.products - self.by_chance for bound in (agreement.low, agreement.high))
        return _clipped(low / true_gain), _clipped(high / true_gain)

    def to_json(self) -> dict[str, Any]:
        """Return the counts, and the figures that people read."""
        low, high = self.interval
        return {
            "products": self.products,
            "agreeing": self.agreeing,
            "certain": self.certain,
            "first": list(self.first),
            "named": list(self.named),
            "expected": round(self.expected, 1),
            "by_chance": round(self.by_chance, 1),
            "trust": round(self.trust, 3),
            "interval": [round(low, 3), round(high, 3)],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the agreement that `to_json` wrote.

        Raises:
            SaekdongError: it is of another form.
        """
        try:
            products, agreeing, certain = (int(stored[name]) for name in ("products", "agreeing", "certain"))
            first, named = (tuple(map(int, stored[name])) for name in ("first", "named"))
        except (KeyError, TypeError, ValueError) as error:
            raise SaekdongError("the measured trust cannot be read", fix="measure it again") from error
        return cls(products, agreeing, certain, first, named)


def trust_key(column: Column, named: Named) -> str:
    """Return the name by which the trust in a column is known: `title`, or `title with color` if both name colors.

    A feed often mixes products of several sources, and those with a color column are written by other hands.
    """
    others = [other for other in COLUMNS if other in named and other != column]
    return " with ".join([column, *others])


def agreements(shares: Shares, named: Named) -> dict[str, WordAgreement]:
    """Return one product's agreement of each column with the photo, by `trust_key`; none without a photo."""
    if not shares.any():
        return {}
    return {trust_key(column, named): WordAgreement.of(shares, weights) for column, weights in named.items()}


def measure_trust(products: Iterable[tuple[Shares, Named]]) -> dict[str, WordAgreement]:
    """Return how far each column that names colors agrees with the photos, by `trust_key`.

    Args:
        products: the share of each label by the photo, (L,), and the labels that each column names.
    """
    measured: dict[str, WordAgreement] = {}
    for product in products:
        add_agreements(measured, *product)
    return measured


def add_agreements(measured: dict[str, WordAgreement], shares: Shares, named: Named) -> None:
    """Add one product to what was measured of others."""
    for key, one in agreements(shares, named).items():
        measured[key] = measured[key] + one if key in measured else one


@dataclass(frozen=True, eq=False)
class Fused:
    """What photo and words say together.

    Attributes:
        shares: each label's share, (L,), summing to 1.
        sources: where each label with words behind it comes from, by code; the others come from the photo.
    """

    shares: Shares
    sources: Mapping[int, Source]

    def tags(self, tagger: Tagger) -> list[Tag]:
        """Return the tags worth showing, each with its source."""
        codes = {label: code for code, label in enumerate(tagger.vocabulary.ids)}
        return [
            Tag(tag.label, tag.share, self.sources.get(codes.get(tag.label, -1), "photo"))
            for tag in tagger.shown(self.shares)
        ]


def fuse(shares: Shares, named: Named, trust: Trust | None = None) -> Fused:
    """Return what photo and words say together: the words decide which of the photo's plausible labels comes first.

    Columns are taken by trust. One that names a label that another column named before says nothing new, because both
    were mostly written by the same hand.

    Args:
        shares: each label's share by the photo, (L,); all 0 without a photo.
        named: the labels that the columns name.
        trust: how far each column is trusted, by `trust_key`; `PRIOR_TRUST` if it was not measured.

    Example:
        >>> words = ColorWords()
        >>> shares = np.full(14, 0.01)
        >>> shares[[0, 8]] = 0.5, 0.38
        >>> fused = fuse(shares, named_labels(words, FeedText("Navy shirt")))
        >>> words.vocabulary.ids[fused.shares.argmax()]
        'navy'
    """
    trust = trust or {}
    return Fused(fused_shares(shares, named, trust), _sources(named, trust))


def fused_shares(shares: Shares, named: Named, trust: Trust) -> Shares:
    """Return the shares of `fuse` alone, (L,)."""
    probabilities = to_probabilities(shares)
    first_probability, kept = probabilities.copy(), np.ones(len(shares))
    used = np.zeros(len(shares))
    sureness = 0.0
    for column in _by_trust(named, trust):
        weights, trusted = named[column], _trusted(column, named, trust)
        if (used * weights).any():
            continue
        lift = trusted * weights * len(weights)
        right = float(probabilities @ lift / (probabilities @ lift + 1 - trusted))
        first_probability *= lift + 1 - trusted
        left = (1 - trusted) / (1 - trusted + trusted * _SECOND_COLOR)
        denied = 1 - np.minimum(1, _SURE * weights / weights.max())
        kept *= 1 - right * denied * (1 - left)
        used += weights
        sureness = max(sureness, right)
    fused = shares * kept
    if used.any():
        first = int(first_probability.argmax())
        least = DOUBTFUL * fused.sum() if sureness > 0.5 else 0.0
        fused[first] = max(fused[first], 1.001 * shares.max(), least, 1e-6)
    total = fused.sum()
    return fused / total if total else fused


def _sources(named: Named, trust: Trust) -> dict[int, Source]:
    """Return the most trusted column that names each label, by code."""
    sources: dict[int, Source] = {}
    for column in _by_trust(named, trust):
        for code in np.flatnonzero(is_named(named[column])):
            sources.setdefault(int(code), column)
    return sources


def _by_trust(named: Named, trust: Trust) -> list[Column]:
    """Return the columns that are trusted, from the most trusted on; of equals the color column first."""
    trusted = [column for column in named if _trusted(column, named, trust) >= LEAST_TRUST]
    return sorted(trusted, key=lambda column: (-_trusted(column, named, trust), column))


def _trusted(column: Column, named: Named, trust: Trust) -> float:
    return _clipped(trust.get(trust_key(column, named), PRIOR_TRUST))


def to_probabilities(shares: Shares) -> Shares:
    """Return how probable each label is to be a photo's first one, (L,), summing to 1."""
    sharpened = (shares + _SHARE_OFFSET) ** _SHARE_POWER
    probabilities: Shares = sharpened / sharpened.sum()
    return probabilities


def _clipped(trust: float) -> float:
    return min(max(trust, 0.0), MOST_TRUST)
