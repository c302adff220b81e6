"""A photo's statistics: a few numbers that say how it was taken, such as the color of its ground and its sharpness.

Monitoring compares them with those of earlier photos (`saekdong.evidence`). They cannot be computed from the features,
which are shares of coarse color cells: a white balance that is off by a few percent changes almost no cell.
"""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from saekdong.color import to_space
from saekdong.photo.weights import border_pixels, code_lab, color_codes

NAMES = (
    "ground_lightness",
    "ground_a",
    "ground_b",
    "product_lightness",
    "product_a",
    "product_b",
    "chroma",
    "contrast",
    "dark",
    "light",
    "detail",
    "ground_texture",
    "product_share",
    "aspect",
)
"""The names of the statistics, in their order.

ground_lightness, ground_a, ground_b: CIELAB of the ground's mean color at the border; NaN if it is transparent.
product_lightness, product_a, product_b: CIELAB of the product's mean color.
chroma: the mean CIELAB chroma of the product's pixels.
contrast: the standard deviation of luma, 0 to 50.
dark, light: the luma, 0 to 100, that 2% of the pixels are below, and that 2% are above.
detail: the mean difference in luma between a pixel and its neighbors, as a share of the contrast. Blur lowers it,
    noise raises it.
ground_texture: the standard deviation of the border's luma; NaN if it is transparent.
product_share: the mean product weight of a pixel, 0 to 1.
aspect: the logarithm of width / height.
"""

VERSION = 1
"""Counts up when a statistic changes: references hold statistics of one version."""

_LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32) * np.float32(100 / 255)
_BITS = 5
_END = 0.02
_FLOOR = 1e-3  # of every pixel, mixed into every weighting: none is ever empty
_TINY = 1e-9
_OPAQUE = 128
_LEAST_CONTRAST = 1.0  # a photo of one color has neither contrast nor detail


def photo_statistics(
    pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None, weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return a photo's statistics in the order of `NAMES`.

    Every other row of pixels is counted, which takes half the time.

    Args:
        pixels: sRGB, uint8 (H, W, 3), the longer side 64 pixels.
        alpha: opacity, uint8 (H, W); pixels below 128 count for nothing, unless all are. None if all are opaque.
        weights: how much each pixel is the product, 0 to 1, by `product_weights`, (H, W).

    Returns:
        float32 (K,); every value is within the range of float16.

    Example:
        >>> white = np.full((64, 48, 3), 255, dtype=np.uint8)
        >>> statistics = photo_statistics(white, None, np.zeros((64, 48), dtype=np.float32))
        >>> dict(zip(NAMES, statistics.round(2).tolist()))["ground_lightness"]
        100.0
    """
    height, width = weights.shape
    some, weight = np.ascontiguousarray(pixels[::2]), weights[::2].ravel()
    colors = some.reshape(-1, 3).astype(np.float32)
    luma = colors @ _LUMA
    border = border_pixels(*some.shape[:2])
    counted = None if alpha is None else alpha[::2].ravel() >= _OPAQUE
    if counted is None or not counted.any():
        counted = np.ones(luma.size, dtype=bool)
    visible = counted.astype(np.float32)
    product, ground = (weight + _FLOOR) * visible, ((1 + _FLOOR) - weight[border]) * visible[border]
    transparent = not counted[border].any()
    means = np.stack([_mean(colors[border], ground), _mean(colors, product)])
    lab = to_space(np.minimum(means, 255), "lab")  # rounding may exceed it
    contrast, texture = _deviation(luma, visible), _deviation(luma[border], ground)
    if transparent:
        lab[0] = texture = np.nan
    values = [
        _mean(_chroma().take(color_codes(some, _BITS)), product),
        contrast,
        *_ends(luma[counted]),
        _detail(luma.reshape(-1, width)) / max(contrast, _LEAST_CONTRAST),
        texture,
        weight.mean(),
        math.log(width / height),
    ]
    return np.concatenate([lab.ravel(), values]).astype(np.float32)


def _mean(values: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the weighted mean of values (N, ...), (...); 0 if no value has a weight."""
    total = max(float(weights.sum(dtype=np.float64)), _TINY)
    mean: NDArray[np.float64] = (weights @ values).astype(np.float64) / total
    return mean


def _deviation(values: NDArray[np.float32], weights: NDArray[np.float32]) -> float:
    """Return the weighted standard deviation."""
    apart = values - np.float32(_mean(values, weights))
    return math.sqrt(_mean(apart * apart, weights))


def _ends(luma: NDArray[np.float32]) -> tuple[float, float]:
    """Return the luma that 2% of the pixels are below, and that 2% are above."""
    place = int(_END * len(luma))
    ordered = np.partition(luma, (place, len(luma) - 1 - place))
    return float(ordered[place]), float(ordered[-1 - place])


def _detail(luma: NDArray[np.float32]) -> float:
    """Return the mean difference between a pixel and the mean of its left and right neighbors; 0 if none has two."""
    if luma.shape[1] < 3:
        return 0.0
    apart = luma[:, 1:-1] - (luma[:, :-2] + luma[:, 2:]) * np.float32(0.5)
    return float(np.abs(apart, out=apart).mean())


@cache
def _chroma() -> NDArray[np.float32]:
    """Return the chroma of each 15-bit color, float32 (32768,)."""
    lab = code_lab()
    chroma: NDArray[np.float32] = np.hypot(lab[:, 1], lab[:, 2]).astype(np.float32)
    return chroma
