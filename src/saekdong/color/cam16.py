"""CAM16-UCS: a uniform space on the color appearance model CAM16 (Li et al. 2017).

Viewing conditions: D65 white fully adapted to, an adapting luminance of 64 / pi / 5 cd/m2 (a display of 64 lux, a
fifth of its white), a background of 20%, and an average surround.
"""

import numpy as np
from numpy.typing import NDArray

from saekdong.color.srgb import WHITE

Array = NDArray[np.float64]

_LUMINANCE = 64 / np.pi / 5
_BACKGROUND = 20.0
_F, _C, _NC = 1.0, 0.69, 1.0

_M16 = np.array(
    [[0.401288, 0.650173, -0.051461], [-0.250268, 1.204414, 0.045854], [-0.002079, 0.048952, 0.953127]]
)
# Post-adaptation cone responses to a (red-green), b (yellow-blue), the achromatic sum and the chroma divisor.
_OPPONENT = np.array([[1, -12 / 11, 1 / 11], [1 / 9, 1 / 9, -2 / 9], [2, 1, 1 / 20], [1, 1, 21 / 20]])

_K = 1 / (5 * _LUMINANCE + 1)
_FL = 0.2 * _K**4 * 5 * _LUMINANCE + 0.1 * (1 - _K**4) ** 2 * np.cbrt(5 * _LUMINANCE)
_N = _BACKGROUND / 100
_NBB = 0.725 * _N**-0.2
_Z = 1.48 + np.sqrt(_N)
_WHITE_CONES = 100 * _M16 @ WHITE
_DEGREE = 1.0
_ADAPT = _DEGREE * 100 / _WHITE_CONES + 1 - _DEGREE


def _compress(cones: Array) -> Array:
    strength = (_FL * np.abs(cones) / 100) ** 0.42
    return np.sign(cones) * 400 * strength / (strength + 27.13)


_WHITE_ACHROMATIC = float(_OPPONENT[2] @ _compress(_ADAPT * _WHITE_CONES)) * _NBB


def cam16_ucs(xyz: Array) -> Array:
    """Return J' (0-100), a' and b' of XYZ (Y = 1 for white), (..., 3) to (..., 3).

    Example:
        >>> cam16_ucs(WHITE).round(6) + 0.0
        array([100.,   0.,   0.])
    """
    a, b, achromatic, divisor = np.moveaxis(_compress(_ADAPT * (100 * xyz @ _M16.T)) @ _OPPONENT.T, -1, 0)
    lightness = 100 * np.maximum(achromatic * _NBB / _WHITE_ACHROMATIC, 0) ** (_C * _Z)
    hue = np.arctan2(b, a)
    eccentricity = (np.cos(hue + 2) + 3.8) / 4
    t = 50000 / 13 * _NC * _NBB * eccentricity * np.hypot(a, b) / (divisor + 0.305)
    chroma = t**0.9 * np.sqrt(lightness / 100) * (1.64 - 0.29**_N) ** 0.73
    colorfulness = np.log1p(0.0228 * chroma * _FL**0.25) / 0.0228
    uniform = 1.7 * lightness / (1 + 0.007 * lightness)
    return np.stack([uniform, colorfulness * np.cos(hue), colorfulness * np.sin(hue)], axis=-1)
