"""How well photos are tagged."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saekdong.tagging.tagger import shown_codes, to_shares

Truth = Sequence[frozenset[frozenset[int]]]
"""Each photo's colors; a color is the set of label codes that name it as well."""

Tags = Sequence[Sequence[int]]
"""The codes of each photo's tags, the first one first; none where the photo is `other`."""


@dataclass(frozen=True)
class LabelTags:
    """How well one label is given.

    Attributes:
        code: the label's.
        photos: how many products have it among their colors.
        precision: the share of its tags that are right; 0 where it was given to none.
        recall: the share of its products that got it, or another label that names the color as well.
    """

    code: int
    photos: int
    precision: float
    recall: float


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


def score_tags(tags: Tags, truth: Truth) -> TagScore:
    """Compare tags with the photos' colors, all photos together (micro-averaged)."""
    allowed = [{code for color in colors for code in color} for colors in truth]
    top = sum(bool(codes) and codes[0] in own for codes, own in zip(tags, allowed, strict=True))
    given = sum(max(1, len(codes)) for codes in tags)
    right = sum(code in own for codes, own in zip(tags, allowed, strict=True) for code in codes)
    wanted = sum(len(colors) for colors in truth)
    hit = sum(bool(color & set(codes)) for codes, colors in zip(tags, truth, strict=True) for color in colors)
    precision, recall = right / given, hit / wanted
    f1 = 2 * precision * recall / max(precision + recall, 1e-12)
    top1 = top / len(truth)
    return TagScore(
        len(truth), round(top1, 4), round(precision, 4), round(recall, 4), round(f1, 4), _by_label(tags, truth)
    )


def _by_label(tags: Tags, truth: Truth) -> tuple[LabelTags, ...]:
    photos, found, given, right = (Counter[int]() for _ in range(4))
    for codes, colors in zip(tags, truth, strict=True):
        allowed = {code for color in colors for code in color}
        given.update(codes)
        right.update(code for code in codes if code in allowed)
        photos.update(allowed)
        found.update({code for color in colors if color & set(codes) for code in color})
    return tuple(
        LabelTags(
            code,
            photos[code],
            round(right[code] / max(given[code], 1), 4),
            round(found[code] / max(photos[code], 1), 4),
        )
        for code in sorted(photos | given)
    )


def tagged(scores: NDArray[np.floating]) -> list[list[int]]:
    """Return the codes of the tags worth showing, of each label's score in each photo, (N, L)."""
    return [shown_codes(row) for row in to_shares(scores)]
