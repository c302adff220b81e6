"""The sRGB color space: its gamma, its primaries, its white (IEC 61966-2-1)."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_PRIMARIES = np.array([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]])
_WHITE_XY = np.array([[0.3127, 0.3290]])


def _xyz(xy: Array) -> Array:
    """Return XYZ at Y = 1 of chromaticities (N, 2)."""
    x, y = xy.T
    return np.stack([x / y, np.ones_like(x), (1 - x - y) / y], axis=-1)


WHITE = _xyz(_WHITE_XY)[0]
"""XYZ of D65 white, Y = 1."""

RGB_TO_XYZ = _xyz(_PRIMARIES).T * np.linalg.solve(_xyz(_PRIMARIES).T, WHITE)
"""Linear sRGB to XYZ, for column vectors."""

XYZ_TO_RGB = np.linalg.inv(RGB_TO_XYZ)


def decode_gamma(encoded: Array) -> Array:
    """Return linear light, 0-1, of gamma-encoded sRGB, 0-1 (IEC 61966-2-1).

    Example:
        >>> decode_gamma(np.array([0.0, 0.5, 1.0])).round(4)
        array([0.   , 0.214, 1.   ])
    """
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def encode_gamma(linear: Array) -> Array:
    """Return gamma-encoded sRGB, 0-1, of linear light, 0-1 (IEC 61966-2-1)."""
    return np.where(linear <= 0.04045 / 12.92, linear * 12.92, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)


_LINEAR = decode_gamma(np.arange(256) / 255)


def linear_light(rgb: NDArray[np.generic]) -> Array:
    """Return linear light, 0-1, of sRGB 0-255; whole numbers of type uint8 are looked up."""
    return (
        _LINEAR.take(rgb.astype(np.uint8, copy=False))
        if rgb.dtype == np.uint8
        else decode_gamma(rgb.astype(np.float64) / 255)
    )
