"""CAM16-UCS: a uniform color space on the color appearance model CAM16.

Source: Li et al. 2017, "Comprehensive color solutions: CAM16, CAT16, and CAM16-UCS".

The viewing conditions are those of sRGB (IEC 61966-2-1) as colour-science and coloraide take them: D65 white,
an ambient light of 64 lux, so an adapting luminance L_A = 0.2 * 64 / pi = 4.07 cd/m2, a background Y_b = 20,
and an average surround. Adaptation to the white is partial (D = 0.83), so grays are not quite at a' = b' = 0.
"""

import numpy as np
from numpy.typing import NDArray

from saekdong.color.srgb import WHITE

Array = NDArray[np.float64]

_M16 = np.array(
    [
        [0.401288, 0.650173, -0.051461],
        [-0.250268, 1.204414, 0.045854],
        [-0.002079, 0.048952, 0.953127],
    ]
)
_ADAPTING_LUMINANCE = 0.2 * 64 / np.pi
_BACKGROUND = 20 / 100
# The surround "average": F, c, N_c.
_F, _C, _N_C = 1.0, 0.69, 1.0

_K4 = (1 / (5 * _ADAPTING_LUMINANCE + 1)) ** 4
_F_L = _K4 * _ADAPTING_LUMINANCE + 0.1 * (1 - _K4) ** 2 * np.cbrt(5 * _ADAPTING_LUMINANCE)
_N_BB = 0.725 * _BACKGROUND**-0.2
_Z = 1.48 + np.sqrt(_BACKGROUND)
_D = _F * (1 - np.exp((-_ADAPTING_LUMINANCE - 42) / 92) / 3.6)
_ADAPTATION = _D / (_M16 @ WHITE) + 1 - _D

_TO_CONES = _M16 * _ADAPTATION[:, None] * _F_L
"""XYZ to adapted cone responses, times F_L."""

_CHROMA_SCALE = (1.64 - 0.29**_BACKGROUND) ** 0.73
_COS_2, _SIN_2 = np.cos(2.0), np.sin(2.0)


def cam16_ucs(xyz: Array) -> Array:
    """Return CAM16-UCS of XYZ colors within the sRGB gamut.

    Args:
        xyz: shape (3, n), one row per channel, Y = 1 for white.

    Returns:
        J' (0-100), a' and b' (about -50 to 50), shape (3, n).

    Example:
        >>> cam16_ucs(WHITE[:, None]).round(2).ravel()
        array([100.  ,  -1.9 ,  -1.08])
    """
    red, green, blue = _compressed(xyz)
    a = red - (12 * green - blue) / 11
    b = (red + green - 2 * blue) / 9
    radius = np.sqrt(a * a + b * b)
    lightness = ((2 * red + green + blue / 20) / _WHITE_RESPONSE) ** (_C * _Z)
    chroma = _chroma(a, b, radius, red + green + 1.05 * blue, lightness)
    stretch = np.log1p(0.0228 * _F_L**0.25 * chroma) / 0.0228 / np.where(radius == 0, 1, radius)
    return np.stack([170 * lightness / (1 + 0.7 * lightness), stretch * a, stretch * b])


def _compressed(xyz: Array) -> Array:
    """Return the compressed cone responses, without the 0.1 that cancels out in everything made of them."""
    x, y, z = xyz
    # No cone response to a color within sRGB is negative, so the model's sign and modulus are left out.
    strength = np.stack([(p * x + q * y + r * z).clip(0) for p, q, r in _TO_CONES]) ** 0.42
    compressed: Array = 400 * strength / (strength + 27.13)
    return compressed


def _chroma(a: Array, b: Array, radius: Array, total: Array, lightness: Array) -> Array:
    """Return the chroma C; `lightness` is J / 100."""
    # radius * (cos(hue + 2) + 3.8) / 4, the eccentricity, with the cosine of the sum written out.
    eccentric = (a * _COS_2 - b * _SIN_2 + 3.8 * radius) / 4
    t = 50000 / 13 * _N_C * _N_BB * eccentric / (total + 0.305)
    chroma: Array = _CHROMA_SCALE * t**0.9 * np.sqrt(lightness)
    return chroma


_WHITE_RESPONSE = float(np.array([2, 1, 0.05]) @ _compressed(WHITE[:, None])[:, 0])
