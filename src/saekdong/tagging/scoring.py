"""How well photos are tagged."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saekdong.tagging.tagger import product_shares, shown_codes

Truth = Sequence[frozenset[frozenset[int]]]
"""Each photo's colors; a color is the set of label codes that name it as well."""

PhotoTags = Sequence[Sequence[int]]
"""The codes of each photo's tags, the first one first; none if the photo is `other`."""


@dataclass(frozen=True)
class LabelTags:
    """How well one label is given.

    Attributes:
        code: the label's.
        photos: how many products have it among their colors.
        found: how many of these got it, or another label that names the same color as well.
        given: how many photos got it as a tag.
        right: how many of these have it among their colors.
    """

    code: int
    photos: int
    found: int
    given: int
    right: int

    @property
    def precision(self) -> float:
        """The share of its tags that are right; 0 if no photo got it."""
        return round(self.right / max(self.given, 1), 4)

    @property
    def recall(self) -> float:
        """The share of its products that got it, or another label that names the color as well; 0 if it has none."""
        return round(self.found / max(self.photos, 1), 4)


@dataclass(frozen=True)
class TagScore:
    """How well tags agree with the products' colors.

    Attributes:
        photos: how many.
        top1: the share of the photos whose first tag is one of the product's colors.
        precision: the share of the tags that are one of the product's colors.
        recall: the share of the products' colors that a tag names.
        f1: the harmonic mean of the two.
        labels: each label's precision, recall and count, in the vocabulary's order, those that occur.
    """

    photos: int
    top1: float
    precision: float
    recall: float
    f1: float
    labels: tuple[LabelTags, ...] = ()

    def figures(self) -> dict[str, float]:
        """Return top1, precision, recall and f1 by name."""
        return {name: getattr(self, name) for name in FIGURES}


FIGURES = ("top1", "precision", "recall", "f1")


def score_tags(tags: PhotoTags, truth: Truth) -> TagScore:
    """Compare tags with the photos' colors, all photos together (micro-averaged)."""
    top1, precision, recall, f1 = micro_scores(count_tags(tags, truth).sum(axis=0))
    return TagScore(
        len(truth), round(top1, 4), round(precision, 4), round(recall, 4), round(f1, 4), label_scores(tags, truth)
    )


def count_tags(tags: PhotoTags, truth: Truth) -> NDArray[np.int64]:
    """Count each photo's right tags.

    Returns:
        int64 (N, 6): 1 for the photo; 1 if its first tag is one of its colors; its tags (1 if it has none, for
        `other` is a tag too); those that are right; its colors; those that a tag names.
    """
    counts = np.empty((len(truth), 6), dtype=np.int64)
    for photo, (codes, colors) in enumerate(zip(tags, truth, strict=True)):
        allowed = allowed_codes(colors)
        counts[photo] = (
            1,
            bool(codes) and codes[0] in allowed,
            max(1, len(codes)),
            sum(code in allowed for code in codes),
            len(colors),
            sum(bool(color & set(codes)) for color in colors),
        )
    return counts


def micro_scores(totals: NDArray[np.integer]) -> tuple[float, float, float, float]:
    """Return top1, precision, recall and f1 from the sums of the columns of `count_tags`, (6,)."""
    top1, precision, recall, f1 = (float(figure) for figure in figures_of(totals))
    return top1, precision, recall, f1


def figures_of(totals: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return what `micro_scores` does for many sums at once: (..., 6) to (..., 4)."""
    photos, top, given, right, wanted, hit = np.moveaxis(totals.astype(np.float64), -1, 0)
    precision, recall = right / given, hit / wanted
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return np.stack([top / photos, precision, recall, f1], axis=-1)


def allowed_codes(colors: frozenset[frozenset[int]]) -> frozenset[int]:
    """Return the codes of every label that names one of a product's colors."""
    return frozenset().union(*colors)


def label_scores(tags: PhotoTags, truth: Truth) -> tuple[LabelTags, ...]:
    """Count photos and tags by label, in the vocabulary's order, the labels that occur."""
    photos, found, given, right = (Counter[int]() for _ in range(4))
    for codes, colors in zip(tags, truth, strict=True):
        allowed = allowed_codes(colors)
        given.update(codes)
        right.update(code for code in codes if code in allowed)
        photos.update(allowed)
        found.update({code for color in colors if color & set(codes) for code in color})
    return tuple(
        LabelTags(code, photos[code], found[code], given[code], right[code]) for code in sorted(photos | given)
    )


def tagged(scores: NDArray[np.floating], votes: NDArray[np.float64]) -> list[list[int]]:
    """Return the codes of the tags that photos get, as `Tagger.shares_of` gives their shares.

    Args:
        scores: of each label, by `PhotoModel.scores`, (N, L).
        votes: what share of each product people would give each label, by `people_votes`, (N, L).
    """
    return [shown_codes(row) for row in product_shares(scores, votes)]
