"""A photo's features: a few hundred numbers that say what it looks like, whatever its size.

How much of the product, of the middle, of the border and of what draws attention each of 64 color cells takes, and what
people would call the colors of the product, of its upper, middle and lower part, and of what draws attention. Square
roots of shares, as Hellinger's distance compares them.

Version 3 appends to these features of version 2 four other views of what people would call the product: with the ground
made white, by the pixels that differ from the ground, by each pixel's first name alone, and by the vivid pixels.
"""

from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from saekdong.photo.survey import SURVEY_BITS, SURVEY_LABELS, survey_codes, survey_names, survey_shares
from saekdong.photo.weights import border_pixels, center_weights, channel_codes, code_lab

SIDE = 64
"""The length that a photo's longer side is shrunk to before its features are taken."""

VERSION = 3
"""Counts up when features change: a taught artifact holds numbers for one version of them."""

CELLS = 64
_HISTOGRAMS = (1.0, 0.5, 0.5, 0.5)  # how much the product, the middle, the border and attention weigh
_VOTES = (1.0, 0.5, 0.5, 0.5, 0.7, 0.5)  # the product, the middle, attention; the product's thirds from above
_VIEWS = 0.5  # how much the views of version 3 weigh
_FIRST = CELLS * len(_HISTOGRAMS) + len(_VOTES) * len(SURVEY_LABELS) + 4
LENGTH = _FIRST + 4 * len(SURVEY_LABELS) + 1
"""How many features a photo has."""
LENGTHS = {2: _FIRST, VERSION: LENGTH}
"""How many features each version has that models may be taught on: version 2 is the beginning of version 3."""
INTERCEPT = _FIRST - 1
"""The place of the feature that is always 1."""
_DARKEST_GROUND, _MOST_TINT = 150, 25  # a ground is made white if all channels are above, and differ by less
_WHITE, _LEAST_GAIN, _MOST_GAIN = 245.0, 0.9, 1.5
_NEAR, _FAR = 8.0, 20.0  # in Lab: up to here a color is the ground's, or gray; so much more and it is not
_BITS = 5
_FLOOR = 1e-3  # of the middle, mixed into every weighting: none is ever empty


def photo_features(
    pixels: NDArray[np.uint8],
    alpha: NDArray[np.uint8] | None,
    product: NDArray[np.float32],
    attention: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Return a photo's features.

    Args:
        pixels: sRGB, uint8 (H, W, 3), the longer side 64 pixels.
        alpha: opacity, uint8 (H, W), or None.
        product: how much each pixel is the product, by `product_weights`, (H, W).
        attention: how much each pixel draws attention by its color, by `Clusters.attention`, (H*W,), summing to 1.

    Returns:
        float32 (LENGTH,), of values that float16 can hold.
    """
    height, width = pixels.shape[:2]
    product = product.ravel()
    middle, border = center_weights(height, width), border_pixels(height, width)
    if alpha is not None and (alpha >= 128).any():
        middle = middle * (alpha.ravel() >= 128)
    total = middle.sum()
    weights = np.stack([product * middle, middle, attention * total])
    code = survey_codes(pixels)
    counts = _count_cells(color_cells().take(code).astype(np.intp), weights, border)
    votes = _count_votes(survey_shares(code), weights.astype(np.float32), height)
    extent = 0.5 * np.array([product.mean(), weights[0].sum() / total, product[border].mean()])
    views = _count_views(pixels, code, weights[0], middle, border)
    return as_stored(np.concatenate([counts, votes, extent, [1.0], views])).astype(np.float32)


def as_stored(features: NDArray[np.floating]) -> NDArray[np.float16]:
    """Return features as they are stored: float16, so that a stored photo gets the same tags as one read again."""
    return features.astype(np.float16)


def _count_cells(cell: NDArray[np.intp], weights: NDArray[np.float64], border: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return how much of the product, the middle, the border and attention each cell takes, (4 * 64,)."""
    product, middle, attention = (np.bincount(cell, row, CELLS) for row in weights)
    at_border = np.bincount(cell[border], minlength=CELLS).astype(np.float64)
    counts = np.stack([product, middle, at_border, attention])
    return _roots(counts, counts.sum(axis=1), _HISTOGRAMS)


def _count_votes(chances: NDArray[np.float32], weights: NDArray[np.float32], height: int) -> NDArray[np.float64]:
    """Return what people would call the product, the middle, attention, and the product's thirds, (6 * labels,)."""
    width = len(chances) // height
    parts = [slice(first * width, last * width) for first, last in pairwise(_thirds(height))]
    thirds = np.stack([weights[:, part] @ chances[part] for part in parts])
    masses = np.stack([weights[:, part].sum(axis=1) for part in parts])
    votes, mass = (np.concatenate([each.sum(axis=0), each[:, 0]]) for each in (thirds, masses))
    return _roots(votes, mass, _VOTES)


def _count_views(
    pixels: NDArray[np.uint8],
    code: NDArray[np.int32],
    product: NDArray[np.float64],
    middle: NDArray[np.float64],
    border: NDArray[np.intp],
) -> NDArray[np.float64]:
    """Return what people would call the product in other views, by every other pixel of every other row."""
    height, width = pixels.shape[:2]
    some = pixels[::2, ::2].reshape(-1, 3).T.copy()  # channels apart: NumPy's inner loops are as long as the photo
    code = code.reshape(height, width)[::2, ::2].ravel()
    product, middle = (each.reshape(height, width)[::2, ::2].ravel() for each in (product, middle))
    ground = _median(pixels.reshape(-1, 3).take(border, axis=0).T.copy())
    lab, vivid = _coordinates()
    color = channel_codes(some, _BITS)
    apart = lab.take(color, axis=1)
    apart -= lab.take(channel_codes(ground, _BITS), axis=1)
    apart *= apart
    far = (np.sqrt(apart[0] + apart[1] + apart[2]) - _NEAR) * (1 / _FAR)
    weight = product + _FLOOR * middle
    weights = np.stack(
        [weight, (np.minimum(np.maximum(far, 0), 1) + _FLOOR) * middle, weight * vivid.take(color)]
    ).astype(np.float32)
    mass, far_mass, vivid_mass = weights.sum(axis=1, dtype=np.float64)
    votes, far_votes, vivid_votes = (weights @ survey_shares(code)).astype(np.float64)
    seen, vividness = votes / mass, vivid_mass / mass
    rows = [
        _votes_on_white(some, ground, weights[0], seen),
        far_votes / far_mass,
        np.bincount(survey_names().take(code), weight, len(SURVEY_LABELS)) / mass,
        (vivid_votes / mass + _FLOOR * seen) / (vividness + _FLOOR),
        [vividness],
    ]
    views: NDArray[np.float64] = _VIEWS * np.sqrt(np.concatenate(rows))
    return views


def _median(channels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the median of each channel, (3, N) to (3, 1); `np.median` takes twice the time."""
    middle = channels.shape[1] // 2
    median: NDArray[np.uint8] = np.partition(channels, middle, axis=1)[:, middle : middle + 1]
    return median


def _votes_on_white(
    channels: NDArray[np.uint8], ground: NDArray[np.uint8], weight: NDArray[np.float32], votes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what people would call pixels, (3, N), if their ground, where it is pale and nearly gray, were white."""
    darkest, brightest = int(ground.min()), int(ground.max())
    if darkest <= _DARKEST_GROUND or brightest - darkest >= _MOST_TINT:
        return votes
    gain = np.minimum(np.maximum(_WHITE / ground, _LEAST_GAIN), _MOST_GAIN).astype(np.float32)
    white = channels * gain
    np.minimum(white, np.float32(255), out=white)
    code = channel_codes(white.astype(np.uint8), SURVEY_BITS)
    named: NDArray[np.float64] = (weight @ survey_shares(code)) / weight.sum(dtype=np.float64)
    return named


@cache
def _coordinates() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return where each 15-bit color is in Lab, float32 (3, 32768), and how vivid it is, 0 to 1, (32768,)."""
    lab = code_lab()
    vivid = np.clip((np.hypot(lab[:, 1], lab[:, 2]) - _NEAR) / _FAR, 0, 1)
    return lab.T.astype(np.float32, order="C"), vivid.astype(np.float32)


def _roots(sums: NDArray[np.floating], masses: NDArray[np.floating], scales: tuple[float, ...]) -> NDArray[np.float64]:
    """Return the scaled square roots of the sums' shares; a little of the middle, the second row, goes into each."""
    shares = (sums + _FLOOR * sums[1]) / (masses + _FLOOR * masses[1])[:, None]
    roots: NDArray[np.float64] = np.array(scales)[:, None] * np.sqrt(shares)
    return roots.ravel()


@lru_cache(maxsize=64)
def _thirds(height: int) -> tuple[int, ...]:
    """Return the rows at which a photo's upper, middle and lower third begin, and where they end."""
    y = np.linspace(-1, 1, height)
    return 0, int((y < -1 / 3).sum()), int((y <= 1 / 3).sum()), height


def survey_votes(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return what people would call the product's pixels, out of photos' features: (N, D) to (N, 14)."""
    start = CELLS * len(_HISTOGRAMS)
    roots = features[:, start : start + len(SURVEY_LABELS)].astype(np.float64)
    votes: NDArray[np.float64] = (roots / _VOTES[0]) ** 2
    return votes


@cache
def color_cells() -> NDArray[np.uint8]:
    """Return which of the 64 cells each 18-bit color belongs to, uint8 (262144,)."""
    with (files("saekdong.photo") / "data" / "cells.npz").open("rb") as file, np.load(file) as arrays:
        cells: NDArray[np.uint8] = arrays["cells"]
    return cells
