"""The kernel: from a small photo's pixels to all that its tags and its palette are made of.

`describe_photo` is pure, takes and returns arrays, and knows no file and no model. Code compiled for the machine may
take its place; the arrays that tests/unit/test_kernel.py compares are the contract, NumPy is the reference.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saekdong.photo.features import photo_features
from saekdong.photo.palette import COLORS, Palette, cluster_colors
from saekdong.photo.weights import product_weights


@dataclass(frozen=True, eq=False)
class PhotoDescription:
    """What a photo's tags and palette are made of.

    Attributes:
        features: what the photo looks like, float32 (LENGTH,); they mean the same while `features.VERSION` does.
        palette: the dominant colors in falling order of score.
        weights: how much each pixel is the product, 0 to 1, float32 (H, W).
    """

    features: NDArray[np.float32]
    palette: Palette
    weights: NDArray[np.float32]


def describe_photo(
    pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None, colors: int = COLORS
) -> PhotoDescription:
    """Return a photo's features, its palette and the weights of its pixels.

    Args:
        pixels: sRGB, uint8 (H, W, 3), the longer side 64 pixels.
        alpha: opacity, uint8 (H, W), or None.
        colors: how many colors the palette has at most.
    """
    weights = product_weights(pixels, alpha)
    clusters = cluster_colors(pixels, alpha)
    features = photo_features(pixels, alpha, weights, clusters.attention())
    return PhotoDescription(features, clusters.palette(colors), weights)
