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
        float32 (H, W). All zero only if nothing separates the product from the ground (a photo of one color).
    """
    height, width = pixels.shape[:2]
    cell = cells().take(color_codes(pixels, 5))
    border = border_pixels(height, width)
    opaque = None if alpha is None else alpha.ravel() >= _OPAQUE
    likely = _likely_product(cell, border, center_weights(height, width), opaque)
    reached = _reached((likely < _GROUND).take(cell).reshape(height, width), border)
    outside, inside = (likely * _REACHED).astype(np.float32), np.maximum(likely, _ENCLOSED).astype(np.float32)
    weights = np.where(reached, outside.take(cell), inside.take(cell))
    if opaque is not None:
        weights *= opaque
    return weights.reshape(height, width)


def weigh_middle(product: Weights) -> NDArray[np.float64]:
    """Return how much each pixel counts for the product's colors: the middle of the product most, never all zero.

    Args:
        product: how much each pixel is the product, by `product_weights`, (H, W).

    Returns:
        float64 (H*W,).
    """
    middle = center_weights(*product.shape)
    return product.ravel() * middle + 1e-3 * middle


def center_weights(height: int, width: int) -> NDArray[np.float64]:
    """Return how much the middle of a photo counts more than its edge, float64 (H*W,), 1 in the middle."""
    return _center(height, width)


def border_pixels(height: int, width: int) -> NDArray[np.intp]:
    """Return which pixels are the photo's border, one in twenty of its side wide, as places in (H*W,)."""
    return _border(height, width)


def color_codes(pixels: Pixels, bits: int) -> NDArray[np.int32]:
    """Return each pixel's color as a number, the upper `bits` of each channel, int32 (H*W,).

    A product of floats, exact below 2**24, takes half the time of shifts.
    """
    places = np.array([1 << 2 * bits, 1 << bits, 1], dtype=np.float32)
    code: NDArray[np.int32] = ((pixels.reshape(-1, 3) >> (8 - bits)).astype(np.float32) @ places).astype(np.int32)
    return code


@cache
def code_lab() -> NDArray[np.float64]:
    """Return the CIELAB coordinates of each 15-bit color, float64 (32768, 3)."""
    steps = np.arange(32) * 8 + 3.5
    return to_space(np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3), "lab")


def channel_codes(channels: NDArray[np.uint8], bits: int) -> NDArray[np.int32]:
    """Return what `color_codes` does, of channels apart: uint8 (3, N) to int32 (N,)."""
    red, green, blue = (channels >> (8 - bits)).astype(np.int32)
    code: NDArray[np.int32] = (red << 2 * bits) | (green << bits) | blue
    return code


def _likely_product(
    cell: NDArray[np.uint16], border: NDArray[np.intp], middle: NDArray[np.float64], opaque: NDArray[np.bool_] | None
) -> NDArray[np.float64]:
    """Compare how frequent each cell's color is in the middle and at the border: 0 (ground) to 1, for each cell."""
    if opaque is not None:
        middle, border = middle * opaque, border[opaque[border]]
    used = np.flatnonzero(np.bincount(cell))
    nearest, nearness = neighbors()
    near, counted, edge = nearest.take(used, axis=0), nearness.take(used, axis=0), cell[border]
    counts = np.bincount(cell, middle, len(nearest)), np.bincount(edge, minlength=len(nearest))
    product, ground = ((count.take(near) * counted).sum(axis=1) / (count.sum() + 1e-9) for count in counts)
    ratio = np.zeros(used[-1] + 1)
    ratio[used] = product / (product + ground + 1e-9)
    at_edge = np.sort(ratio[edge])
    least = max(float(at_edge[len(at_edge) // 2]) if len(at_edge) else 0.0, 0.35) + 0.08
    likely: NDArray[np.float64] = np.minimum(np.maximum((ratio - least) / 0.35, 0), 1)
    return likely


def _reached(like_ground: NDArray[np.bool_], border: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which ground-like pixels (H, W) the border reaches over ground-like pixels, (H*W,).

    The pixels are the bits of an integer, so one operation grows the whole area by a pixel: half the time of labeling
    all areas, and SciPy need not be imported (0.6 s).
    """
    height, width = like_ground.shape
    row = width + 1  # a column that is never ground keeps the ends of rows apart
    edge = np.zeros(like_ground.size, dtype=bool)
    edge[border] = True
    ground = _bits(like_ground)
    reached, grown = 0, _bits(edge.reshape(height, width)) & ground
    while grown != reached:
        reached = grown
        grown = (reached | reached << 1 | reached >> 1 | reached << row | reached >> row) & ground
    content = np.frombuffer(reached.to_bytes(height * row // 8 + 1, "little"), dtype=np.uint8)
    pixels = np.unpackbits(content, count=height * row, bitorder="little").reshape(height, row)
    return pixels[:, :width].ravel().astype(bool)


def _bits(mask: NDArray[np.bool_]) -> int:
    """Return a mask (H, W) as an integer of W + 1 bits a row."""
    height, width = mask.shape
    rows = np.zeros((height, width + 1), dtype=bool)
    rows[:, :width] = mask
    return int.from_bytes(np.packbits(rows, bitorder="little").tobytes(), "little")


@cache
def cells() -> NDArray[np.uint16]:
    """Return the Lab cell of each 15-bit color, uint16 (32768,)."""
    return _cells()[0]


@cache
def neighbors() -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return each Lab cell's neighbors, and how much their pixels count for it, both (cells, most neighbors).

    Where a cell has fewer of them, the rest count for nothing.
    """
    nearness = np.array([_nearness(center) for center in _cells()[1]])
    most = int(np.count_nonzero(nearness, axis=1).max())
    nearest = np.argpartition(-nearness, most, axis=1)[:, :most]
    return nearest, np.take_along_axis(nearness, nearest, axis=1)


def _nearness(center: NDArray[np.float64]) -> NDArray[np.float32]:
    squared = ((_cells()[1] - center) ** 2).sum(axis=1)
    nearness: NDArray[np.float32] = np.exp(-squared / (2 * _SMOOTH**2)).astype(np.float32)
    nearness[nearness < 0.05] = 0
    return nearness


@cache
def _cells() -> tuple[NDArray[np.uint16], NDArray[np.float64]]:
    lab = code_lab()
    _, cell = np.unique(np.floor(lab / _CELL), axis=0, return_inverse=True)
    counts = np.bincount(cell.ravel())
    centers = np.stack([np.bincount(cell.ravel(), channel) / counts for channel in lab.T], axis=1)
    return cell.ravel().astype(np.uint16), centers


@lru_cache(maxsize=64)
def _center(height: int, width: int) -> NDArray[np.float64]:
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None]
    weights: NDArray[np.float64] = np.exp(-(y**2 + x**2) / (2 * _CENTER**2)).ravel()
    return weights


@lru_cache(maxsize=64)
def _border(height: int, width: int) -> NDArray[np.intp]:
    inner = np.zeros((height, width), dtype=bool)
    rows, columns = max(1, height // _BORDER), max(1, width // _BORDER)
    inner[rows : height - rows, columns : width - columns] = True
    return np.flatnonzero(~inner)
