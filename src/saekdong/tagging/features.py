"""What a photo looks like to the tagger: a few hundred numbers, whatever its size.

How much of the product, of the middle, of the border and of what draws attention each of 64 color cells takes, and what
people would call the colors of the product, of its upper, middle and lower part, and of what draws attention. Square
roots of shares, as Hellinger's distance compares them.
"""

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from saekdong.photo.palette import Clusters, cluster_colors
from saekdong.photo.weights import border_mask, center_weights, product_weights
from saekdong.tagging.starter import starter

SIDE = 64
"""The length that a photo's longer side is shrunk to before it is described."""

VERSION = 2
"""Counts up when features change: a taught artifact holds numbers for one version of them."""

CELLS = 64
_HISTOGRAMS = (1.0, 0.5, 0.5, 0.5)  # how much the product, the middle, the border and attention weigh
_VOTES = (1.0, 0.5, 0.5, 0.5, 0.7, 0.5)  # the product, the middle, attention; the product's thirds from above
_FLOOR = 1e-3  # of the middle, mixed into every weighting: none is ever empty


def describe_photo(
    pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None, clusters: Clusters | None = None
) -> NDArray[np.float32]:
    """Return a photo's features.

    Args:
        pixels: sRGB, uint8 (H, W, 3), the longer side 64 pixels.
        alpha: opacity, uint8 (H, W), or None.
        clusters: the photo's, where they are known already.

    Returns:
        float32 (D,), the last of them 1.
    """
    height, width = pixels.shape[:2]
    product = product_weights(pixels, alpha).ravel()
    attention = (clusters or cluster_colors(pixels, alpha)).attention()
    weights = _weightings(product, attention, height, width, alpha)
    code = codes(pixels)
    cell, chances = color_cells()[code], survey(code)
    shares = [scale * np.sqrt(np.bincount(cell, row, CELLS)) for scale, row in zip(_HISTOGRAMS, weights, strict=False)]
    votes = np.array(_VOTES)[:, None] * np.sqrt(weights[[0, 1, 3, 4, 5, 6]].astype(np.float32) @ chances)
    border = border_mask(height, width)
    extent = 0.5 * np.array([product.mean(), product @ weights[1], product[border].mean()])
    return np.concatenate([*shares, votes.ravel(), extent, [1.0]]).astype(np.float32)


def survey_votes(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return what people would call the product's pixels, out of photos' features: (N, D) to (N, 14)."""
    start = CELLS * len(_HISTOGRAMS)
    roots = features[:, start : start + len(starter().vocabulary)].astype(np.float64)
    votes: NDArray[np.float64] = (roots / _VOTES[0]) ** 2
    return votes


def codes(pixels: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return each pixel's color as 18 bits, 6 of each channel, int32 (H*W,)."""
    sixth = (pixels >> 2).astype(np.int32)
    code: NDArray[np.int32] = (sixth[..., 0] << 12) | (sixth[..., 1] << 6) | sixth[..., 2]
    return code.ravel()


def _weightings(
    product: NDArray[np.float32],
    attention: NDArray[np.float64],
    height: int,
    width: int,
    alpha: NDArray[np.uint8] | None,
) -> NDArray[np.float64]:
    """Return the weightings under which colors are counted, (7, H*W), each summing to 1."""
    middle = center_weights(height, width)
    if alpha is not None and (alpha >= 128).any():
        middle = middle * (alpha.ravel() >= 128)
    y = np.repeat(np.linspace(-1, 1, height), width)
    central = product * middle
    parts = [central * part for part in (y < -1 / 3, np.abs(y) <= 1 / 3, y > 1 / 3)]
    border = border_mask(height, width).astype(np.float64)
    weights = np.stack([central, middle, border, attention * middle.sum(), *parts]) + _FLOOR * middle
    normed: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return normed


@cache
def color_cells() -> NDArray[np.uint8]:
    """Return which of the 64 cells each 18-bit color belongs to, uint8 (262144,)."""
    with (files("saekdong.tagging") / "data" / "cells.npz").open("rb") as file, np.load(file) as arrays:
        cells: NDArray[np.uint8] = arrays["cells"]
    return cells


def survey(code: NDArray[np.integer]) -> NDArray[np.float32]:
    """Return what people call 18-bit colors: the share of each starter label, float32 (N, 14).

    Taken as the starter codes it, a byte each, which stays in the processor's cache; they sum to 1 within a percent.
    """
    roots = starter().table.grid.reshape(-1, len(starter().vocabulary))[code]
    shares: NDArray[np.float32] = roots.astype(np.float32) ** 2 / np.float32(255**2)
    return shares
