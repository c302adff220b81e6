"""The difference between two colors as people see it."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def ciede2000(lab1: ArrayLike, lab2: ArrayLike) -> Array:
    """Return the CIEDE2000 color difference, with the weights k_L = k_C = k_H = 1.

    Source: Sharma, Wu and Dalal 2005, "The CIEDE2000 color-difference formula: implementation notes,
    supplementary test data, and mathematical observations".

    Args:
        lab1: CIELAB, L* 0-100, shape (..., 3).
        lab2: the same, broadcast against `lab1`.

    Returns:
        The differences, 0 and up, shape (...); NaN if a color is NaN. About 1 is just visible side by side;
        the formula is meant for differences below 5.

    Raises:
        ValueError: another shape, or shapes that do not broadcast.

    Example:
        >>> float(ciede2000([50, 2.6772, -79.7751], [50, 0, -82.7485]).round(4))
        2.0425
    """
    lightness1, a1, b1 = _channels(lab1)
    lightness2, a2, b2 = _channels(lab2)
    boost = 1.5 - 0.5 * _share((_radius(a1, b1) + _radius(a2, b2)) / 2)
    chroma1, hue1 = _polar(boost * a1, b1)
    chroma2, hue2 = _polar(boost * a2, b2)
    chroma = (chroma1 + chroma2) / 2
    step, hue = _step_and_mean(hue1, hue2)
    by_lightness = (lightness2 - lightness1) / _lightness_weight((lightness1 + lightness2) / 2)
    by_chroma = (chroma2 - chroma1) / (1 + 0.045 * chroma)
    # A gray has no meaningful hue, but its chroma of 0 makes this 0, and with it every term that uses the hue.
    by_hue = 2 * np.sqrt(chroma1 * chroma2) * np.sin(np.radians(step / 2))
    by_hue /= 1 + 0.015 * chroma * _hue_weight(hue)
    rotation = -2 * _share(chroma) * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    difference: Array = np.sqrt(by_lightness**2 + by_chroma**2 + by_hue**2 + rotation * by_chroma * by_hue)
    return difference


def _channels(lab: ArrayLike) -> tuple[Array, Array, Array]:
    values = np.asarray(lab, dtype=np.float64)
    if values.ndim == 0 or values.shape[-1] != 3:
        raise ValueError(f"CIELAB colors must have the shape (..., 3), not {values.shape}")
    return values[..., 0], values[..., 1], values[..., 2]


def _share(chroma: Array) -> Array:
    """Return sqrt(C^7 / (C^7 + 25^7)): 0 for grays, towards 1 for vivid colors."""
    seventh = (chroma * chroma * chroma) ** 2 * chroma
    share: Array = np.sqrt(seventh / (seventh + 25.0**7))
    return share


def _radius(a: Array, b: Array) -> Array:
    radius: Array = np.sqrt(a * a + b * b)
    return radius


def _polar(a: Array, b: Array) -> tuple[Array, Array]:
    return _radius(a, b), np.degrees(np.arctan2(b, a)) % 360


def _step_and_mean(hue1: Array, hue2: Array) -> tuple[Array, Array]:
    """Return the step from one hue to the other, the short way around, and the hue midway, in degrees."""
    step = hue2 - hue1
    total = hue1 + hue2
    wraps = np.abs(step) > 180
    short = np.where(wraps, step - 360 * np.sign(step), step)
    mean = np.where(wraps, total + np.where(total < 360, 360, -360), total) / 2
    return short, mean


def _lightness_weight(lightness: Array) -> Array:
    offset = (lightness - 50) ** 2
    weight: Array = 1 + 0.015 * offset / np.sqrt(20 + offset)
    return weight


def _hue_weight(hue: Array) -> Array:
    weight: Array = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    return weight
