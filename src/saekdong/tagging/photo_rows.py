"""From labeled photos to rows of labeled colors, the hands-on's R, G, B, LABEL."""

import numpy as np
from numpy.typing import NDArray

from saekdong.color import to_hex
from saekdong.model.rows import Rows
from saekdong.photo.features import CELLS, color_cells
from saekdong.photo.survey import survey_codes, survey_shares
from saekdong.photo.weights import weigh_middle
from saekdong.tagging.described import DescribedPhotos
from saekdong.tagging.starter import starter_code

_MOST_COLORS = 4
_LEAST_SHARE = 0.1
HEADER = ("R", "G", "B", "COL", "LABEL", "WEIGHT", "SOURCE")


def product_colors(
    pixels: NDArray[np.uint8], product: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return up to four colors of a photo's product, the most frequent first.

    Args:
        pixels: sRGB, uint8 (H, W, 3), the longer side 64 pixels.
        product: how much each pixel is the product, by `product_weights`, (H, W).

    Returns:
        The mean colors of the product's most frequent color cells, uint8 (K, 3), and their shares, (K,).
    """
    weights = weigh_middle(product)
    cell = color_cells()[survey_codes(pixels)]
    share = np.bincount(cell, weights / weights.sum(), CELLS)
    order = np.argsort(-share, kind="stable")[:_MOST_COLORS]
    kept = order[(share[order] >= _LEAST_SHARE) | (order == order[0])]
    flat = pixels.reshape(-1, 3).astype(np.float64)
    means = [np.average(flat[cell == each], axis=0, weights=weights[cell == each]) for each in kept]
    return np.rint(means).astype(np.uint8), share[kept]


def photo_rows(described: DescribedPhotos) -> Rows:
    """Return labeled photos' product colors as rows, weighted by their shares.

    Each color of a photo with one label bears it. Where a photo has several, each goes to the label that people would
    rather call it, and the most frequent color to each label that they have no word for. A row's line is its photo's.
    """
    rows = [
        (photo.line, color, code, share)
        for (colors, shares), photo in zip(described.colors, described.photos, strict=True)
        for color, code, share in _labeled(colors, shares, sorted({c for one in photo.colors for c in one}), described)
    ]
    rgb = np.array([color for _, color, _, _ in rows], dtype=np.uint8)
    labels = [described.vocabulary.ids[code] for _, _, code, _ in rows]
    weight = np.array([share for _, _, _, share in rows])
    cells = [
        (*map(str, color), to_hex(color), label, f"{share:.4f}", "photo")
        for color, label, share in zip(rgb.tolist(), labels, weight, strict=True)
    ]
    return Rows(
        described.vocabulary,
        rgb,
        np.array([code for _, _, code, _ in rows], dtype=np.intp),
        weight,
        np.array(["photo"] * len(rows)),
        np.array([line for line, _, _, _ in rows], dtype=np.intp),
        HEADER,
        cells,
    )


def _labeled(
    colors: NDArray[np.uint8], shares: NDArray[np.float64], allowed: list[int], described: DescribedPhotos
) -> list[tuple[NDArray[np.uint8], int, float]]:
    """Give each color one of the allowed labels, and each of these a color."""
    chances = survey_shares(survey_codes(colors))
    named = [starter_code(described.vocabulary[code]) for code in allowed]
    fit = np.stack([np.full(len(colors), 0.05) if code is None else chances[:, code] for code in named], axis=1)
    best = fit.argmax(axis=1)
    rows = [(color, allowed[place], float(share)) for color, place, share in zip(colors, best, shares, strict=True)]
    left_out = sorted(set(range(len(allowed))) - set(best.tolist()))
    return rows + [(colors[int(fit[:, place].argmax())], allowed[place], float(shares[0]) / 4) for place in left_out]
