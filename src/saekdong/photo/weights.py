"""How much each pixel of a product photo is the product.

Softly: a hard mask eats white products on pale ground. Colors that are frequent at the border and not in the middle
are ground; ground-colored pixels that the border cannot reach (the inside of a cup, print on a shirt) are product.
"""

from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from saekdong.color import to_space

Pixels = NDArray[np.uint8]
Weights = NDArray[np.float32]

_OPAQUE = 128
_BORDER = 20  # of the side's length, one part
_CENTER = 0.45  # standard deviation of the middle, where the photo reaches from -1 to 1
_CELL = (6.0, 10.0, 10.0)  # of L*, a*, b*
_SMOOTH = 4.0  # how far a color counts for its neighbors in Lab, standard deviation
_GROUND = 0.3  # below this a pixel looks like ground
_REACHED = 0.2  # what remains of such a pixel when the border reaches it
_ENCLOSED = 0.7  # what every other pixel has at least


def product_weights(pixels: Pixels, alpha: NDArray[np.uint8] | None = None) -> Weights:
    """Return how much each pixel is the product, 0 to 1.

    Args:
        pixels: sRGB, uint8 (H, W, 3); a photo shrunk to about a hundred pixels a side.
        alpha: opacity, uint8 (H, W); pixels below 128 are outside the product.

    Returns:
        float32 (H, W). All zero only where nothing tells the product from the ground (a photo of one color).
    """
    height, width = pixels.shape[:2]
    cell = cells()[codes(pixels)]
    border, middle = border_mask(height, width), center_weights(height, width)
    opaque = None if alpha is None else alpha.ravel() >= _OPAQUE
    likely = _likely_product(cell, border, middle, opaque)
    weights = np.where(
        _reached(likely < _GROUND, border, height, width), likely * _REACHED, np.maximum(likely, _ENCLOSED)
    )
    if opaque is not None:
        weights *= opaque
    return weights.reshape(height, width).astype(np.float32)


def center_weights(height: int, width: int) -> NDArray[np.float64]:
    """Return how much the middle of a photo counts more than its edge, float64 (H*W,), 1 in the middle."""
    return _center(height, width)


def border_mask(height: int, width: int) -> NDArray[np.bool_]:
    """Return which pixels are the photo's border, one in twenty of its side wide, bool (H*W,)."""
    return _border(height, width)


def codes(pixels: Pixels) -> NDArray[np.int32]:
    """Return each pixel's color as 15 bits, 5 of each channel, int32 (H*W,)."""
    fifth = (pixels >> 3).astype(np.int32)
    code: NDArray[np.int32] = (fifth[..., 0] << 10) | (fifth[..., 1] << 5) | fifth[..., 2]
    return code.ravel()


def _likely_product(
    cell: NDArray[np.int32], border: NDArray[np.bool_], middle: NDArray[np.float64], opaque: NDArray[np.bool_] | None
) -> NDArray[np.float64]:
    """Compare how frequent each pixel's color is in the middle and at the border, 0 (ground) to 1."""
    at_border, in_middle = border.astype(np.float64), middle
    if opaque is not None:
        at_border, in_middle = at_border * opaque, in_middle * opaque
    used = np.flatnonzero(np.bincount(cell))
    frequency = np.stack([np.bincount(cell, weight)[used] for weight in (in_middle, at_border)], axis=1)
    product, ground = ((nearness()[np.ix_(used, used)] @ frequency) / (frequency.sum(axis=0) + 1e-9)).T
    ratio = np.zeros(used[-1] + 1)
    ratio[used] = product / (product + ground + 1e-9)
    edge = np.sort(ratio[cell[border if opaque is None else border & opaque]])
    least = max(float(edge[len(edge) // 2]) if len(edge) else 0.0, 0.35) + 0.08
    likely: NDArray[np.float64] = np.minimum(np.maximum((ratio - least) / 0.35, 0), 1)[cell]
    return likely


def _reached(like_ground: NDArray[np.bool_], border: NDArray[np.bool_], height: int, width: int) -> NDArray[np.bool_]:
    """Return which ground-like pixels hang together with ground-like pixels of the border."""
    from scipy import ndimage

    areas, count = ndimage.label(like_ground.reshape(height, width))
    reaches = np.zeros(count + 1, dtype=bool)
    reaches[areas.ravel()[border]] = True
    reaches[0] = False
    reached: NDArray[np.bool_] = reaches[areas.ravel()]
    return reached


@cache
def cells() -> NDArray[np.int32]:
    """Return the Lab cell of each 15-bit color, int32 (32768,)."""
    return _cells()[0]


@cache
def nearness() -> NDArray[np.float32]:
    """Return how much each Lab cell's pixels count for each other cell's, symmetric."""
    centers = _cells()[1]
    squared = ((centers[:, None] - centers[None]) ** 2).sum(axis=-1)
    near: NDArray[np.float32] = np.exp(-squared / (2 * _SMOOTH**2)).astype(np.float32)
    near[near < 0.05] = 0
    return near


@cache
def _cells() -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    steps = np.arange(32) * 8 + 3.5
    lab = to_space(np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3), "lab")
    _, cell = np.unique(np.floor(lab / _CELL), axis=0, return_inverse=True)
    counts = np.bincount(cell.ravel())
    centers = np.stack([np.bincount(cell.ravel(), channel) / counts for channel in lab.T], axis=1)
    return cell.ravel().astype(np.int32), centers


@lru_cache(maxsize=64)
def _center(height: int, width: int) -> NDArray[np.float64]:
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None]
    weights: NDArray[np.float64] = np.exp(-(y**2 + x**2) / (2 * _CENTER**2)).ravel()
    return weights


@lru_cache(maxsize=64)
def _border(height: int, width: int) -> NDArray[np.bool_]:
    inner = np.zeros((height, width), dtype=bool)
    rows, columns = max(1, height // _BORDER), max(1, width // _BORDER)
    inner[rows : height - rows, columns : width - columns] = True
    return ~inner.ravel()
