"""Labeled photos as the taggers learn from them: their features, their product's colors and their labels."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from saekdong.color import Vocabulary
from saekdong.photo import Source

NamedColor = frozenset[int]


@dataclass(frozen=True)
class LabeledPhoto:
    """A photo, its line in the file, and its colors, each a set of the codes of labels that name it as well."""

    line: int
    source: Source
    colors: frozenset[NamedColor]


@dataclass(frozen=True, eq=False)
class DescribedPhotos:
    """Photos' features and colors.

    Attributes:
        name: the file that lists them.
        vocabulary: the labels.
        photos: the photos that could be read.
        features: float32 (N, D).
        colors: each photo's product colors, the frequent first: sRGB (K, 3) and their shares of the product (K,).
        failed: what could not be read, a line each.
        digests: the SHA-256 of each photo's file, hexadecimal.
    """

    name: str
    vocabulary: Vocabulary
    photos: list[LabeledPhoto]
    features: NDArray[np.float32]
    colors: list[tuple[NDArray[np.uint8], NDArray[np.float64]]]
    failed: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)

    @property
    def truth(self) -> list[frozenset[NamedColor]]:
        """Each photo's colors, sets of codes of labels."""
        return [photo.colors for photo in self.photos]
