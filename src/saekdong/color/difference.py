"""How different two colors look."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

_25_TO_7 = 25.0**7


def ciede2000(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """Return the CIEDE2000 difference of CIELAB colors, all weights 1.

    Source: Sharma, Wu and Dalal 2005, "The CIEDE2000 color-difference formula: implementation notes, supplementary
    test data, and mathematical observations".

    Args:
        first, second: CIELAB, shapes (..., 3), broadcast against each other.

    Returns:
        The differences, shape (...). About 1 can just be seen side by side; it is meant for differences below 5.

    Example:
        >>> float(ciede2000([50, 2.6772, -79.7751], [50, 0, -82.7485]).round(4))
        2.0425
    """
    lightness_1, a_1, b_1 = np.moveaxis(np.asarray(first, dtype=np.float64), -1, 0)
    lightness_2, a_2, b_2 = np.moveaxis(np.asarray(second, dtype=np.float64), -1, 0)
    boost = 1.5 - 0.5 * _of_25((np.hypot(a_1, b_1) + np.hypot(a_2, b_2)) / 2)
    chroma_1, hue_1 = _polar(boost * a_1, b_1)
    chroma_2, hue_2 = _polar(boost * a_2, b_2)
    lightness, chroma = (lightness_1 + lightness_2) / 2, (chroma_1 + chroma_2) / 2
    hue_step, hue = _hues(hue_1, hue_2, chroma_1 * chroma_2 == 0)
    hue_part = 2 * np.sqrt(chroma_1 * chroma_2) * np.sin(np.radians(hue_step / 2))
    by_lightness = (lightness_2 - lightness_1) / _lightness_weight(lightness)
    by_chroma = (chroma_2 - chroma_1) / (1 + 0.045 * chroma)
    by_hue = hue_part / (1 + 0.015 * chroma * _hue_weight(hue))
    turn = -np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2)))) * 2 * _of_25(chroma)
    squared = by_lightness**2 + by_chroma**2 + by_hue**2 + turn * by_chroma * by_hue
    difference: NDArray[np.float64] = np.sqrt(np.maximum(squared, 0))
    return difference


def _of_25(chroma: NDArray[np.float64]) -> NDArray[np.float64]:
    seventh = chroma**7
    share: NDArray[np.float64] = np.sqrt(seventh / (seventh + _25_TO_7))
    return share


def _polar(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360


def _hues(
    first: NDArray[np.float64], second: NDArray[np.float64], gray: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the step from the first hue to the second, the short way around, and the hue midway, in degrees."""
    step = second - first
    wraps = np.abs(step) > 180
    short = np.where(wraps, step - 360 * np.sign(step), step)
    total = first + second
    midway = np.where(wraps, np.where(total < 360, total + 360, total - 360), total) / 2
    return np.where(gray, 0, short), np.where(gray, total, midway)


def _lightness_weight(lightness: NDArray[np.float64]) -> NDArray[np.float64]:
    offset = (lightness - 50) ** 2
    weight: NDArray[np.float64] = 1 + 0.015 * offset / np.sqrt(20 + offset)
    return weight


def _hue_weight(hue: NDArray[np.float64]) -> NDArray[np.float64]:
    weight: NDArray[np.float64] = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    return weight
