"""Color spaces: sRGB colors to other coordinates, vectorized.

All functions take sRGB as 0-255 in an array (..., 3) and return float64. White is D65 for the 2 degree observer,
x = 0.3127, y = 0.3290 (IEC 61966-2-1), and the matrices are derived from it and the primaries at full precision, so
that white comes out with a* = b* = 0.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from saekdong.color.cam16 import cam16_ucs
from saekdong.color.srgb import RGB_TO_XYZ, WHITE, XYZ_TO_RGB, encode_gamma, linear_light

Array = NDArray[np.float64]

_EPSILON = 216 / 24389
_KAPPA = 24389 / 27

# Ottosson 2020, "A perceptual color space for image processing", the matrices from XYZ.
_OKLAB_LMS = np.array(
    [
        [0.8189330101, 0.3618667424, -0.1288597137],
        [0.0329845436, 0.9293118715, 0.0361456387],
        [0.0482003018, 0.2643662691, 0.6338517070],
    ]
)
_OKLAB_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _rgb(rgb: NDArray[np.generic]) -> Array:
    return rgb.astype(np.float64)


def _lab(rgb: NDArray[np.generic]) -> Array:
    return _lab_of_xyz(linear_light(rgb) @ RGB_TO_XYZ.T)


def _lab_linear(rgb: NDArray[np.generic]) -> Array:
    return _lab_of_xyz((rgb.astype(np.float64) / 255) @ RGB_TO_XYZ.T)


def _lab_of_xyz(xyz: Array) -> Array:
    """Return CIELAB of XYZ (Y = 1 for white): L* 0-100 (CIE 15:2018)."""
    ratio = xyz / WHITE
    f = np.where(ratio > _EPSILON, np.cbrt(ratio), (_KAPPA * ratio + 16) / 116)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _oklab(rgb: NDArray[np.generic]) -> Array:
    return np.cbrt(linear_light(rgb) @ (_OKLAB_LMS @ RGB_TO_XYZ).T) @ _OKLAB_LAB.T


def _lch(rgb: NDArray[np.generic]) -> Array:
    lab = _lab(rgb)
    a, b = lab[..., 1], lab[..., 2]
    return np.stack([lab[..., 0], np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360], axis=-1)


def _luv(rgb: NDArray[np.generic]) -> Array:
    """Return CIELUV (CIE 15:2018)."""
    xyz = linear_light(rgb) @ RGB_TO_XYZ.T
    y = xyz[..., 1]
    lightness = np.where(y > _EPSILON, 116 * np.cbrt(y) - 16, _KAPPA * y)
    mixed = xyz @ np.array([1.0, 15.0, 3.0])
    divisor = np.where(mixed == 0, 1, mixed)
    white = WHITE @ np.array([1.0, 15.0, 3.0])
    u = 13 * lightness * (4 * xyz[..., 0] / divisor - 4 * WHITE[0] / white)
    v = 13 * lightness * (9 * y / divisor - 9 * WHITE[1] / white)
    return np.stack([lightness, u, v], axis=-1)


def _hsv(rgb: NDArray[np.generic]) -> Array:
    """Return hue 0-360, saturation 0-1 and value 0-1 (Smith 1978); the hue of grays is 0."""
    scaled = rgb.astype(np.float64) / 255
    red, green, blue = scaled[..., 0], scaled[..., 1], scaled[..., 2]
    value, spread = scaled.max(axis=-1), np.ptp(scaled, axis=-1)
    divisor = np.where(spread == 0, 1, spread)
    sixth = np.select(
        [value == red, value == green],
        [(green - blue) / divisor, (blue - red) / divisor + 2],
        (red - green) / divisor + 4,
    )
    hue = np.where(spread == 0, 0, sixth * 60 % 360)
    return np.stack([hue, spread / np.where(value == 0, 1, value), value], axis=-1)


def _cam16_ucs(rgb: NDArray[np.generic]) -> Array:
    return cam16_ucs(linear_light(rgb) @ RGB_TO_XYZ.T)


@dataclass(frozen=True)
class Space:
    """A color space: its channels' names and the conversion from sRGB 0-255, (..., 3) to (..., 3)."""

    channels: tuple[str, str, str]
    convert: Callable[[NDArray[np.generic]], Array]


SPACES: Mapping[str, Space] = {
    "rgb": Space(("R", "G", "B"), _rgb),
    "linear-rgb": Space(("R linear", "G linear", "B linear"), linear_light),
    "lab": Space(("L*", "a*", "b*"), _lab),
    "lab-linear": Space(("L* (linear)", "a* (linear)", "b* (linear)"), _lab_linear),
    "oklab": Space(("L ok", "a ok", "b ok"), _oklab),
    "lch": Space(("L*", "C*", "h"), _lch),
    "luv": Space(("L*", "u*", "v*"), _luv),
    "hsv": Space(("hue", "saturation", "value"), _hsv),
    "cam16-ucs": Space(("J'", "a'", "b'"), _cam16_ucs),
}
"""The color spaces by name.

rgb: sRGB as it is, 0-255.
linear-rgb: linear light, 0-1.
lab: CIELAB of sRGB.
lab-linear: CIELAB of R, G, B / 255 taken as linear light, without removing the sRGB gamma. This is what R's
    `colorspace::RGB()` means, and so what the hands-on trains on. It is not a color's CIELAB: middle gray
    (128, 128, 128) has L* 76 here and 54 in `lab`, so dark colors are spread out and light ones pressed together.
oklab: Ottosson 2020; L 0-1.
lch: CIELAB in polar form: lightness, chroma, hue in degrees 0-360.
luv: CIELUV.
hsv: hue in degrees 0-360, saturation and value 0-1.
cam16-ucs: Li et al. 2017; see `saekdong.color.cam16` for the viewing conditions.
"""


def to_space(colors: ArrayLike, space: str) -> Array:
    """Convert sRGB colors to a color space.

    Args:
        colors: sRGB 0-255, whole or not, shape (..., 3); uint8 is fastest.
        space: a name in `SPACES`, or several joined by `+`, whose channels then stand side by side.

    Returns:
        float64, shape (..., 3 x the number of spaces).

    Raises:
        ValueError: no such space, another shape, or a value outside 0-255.

    Example:
        >>> to_space([[255, 0, 0]], "lab").round(2)
        array([[53.24, 80.09, 67.2 ]])
        >>> to_space([[255, 0, 0]], "rgb+hsv")
        array([[255.,   0.,   0.,   0.,   1.,   1.]])
    """
    rgb = _checked(np.asarray(colors))
    parts = [SPACES[name].convert(rgb) for name in _names(space)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)


def channels(space: str) -> tuple[str, ...]:
    """Return the names of the channels that `to_space` gives.

    Example:
        >>> channels("lab+lch")
        ('L*', 'a*', 'b*', 'L*', 'C*', 'h')
    """
    return tuple(channel for name in _names(space) for channel in SPACES[name].channels)


def from_lab(lab: ArrayLike) -> Array:
    """Return sRGB 0-255, not rounded, of CIELAB (..., 3); colors outside sRGB are clipped channel by channel.

    Example:
        >>> from_lab([53.24, 80.09, 67.2]).round()
        array([255.,   0.,   0.])
    """
    values = np.asarray(lab, dtype=np.float64)
    y = (values[..., 0] + 16) / 116
    f = np.stack([y + values[..., 1] / 500, y, y - values[..., 2] / 200], axis=-1)
    cubed = f**3
    ratio = np.where(cubed > _EPSILON, cubed, (116 * f - 16) / _KAPPA)
    linear = (ratio * WHITE) @ XYZ_TO_RGB.T
    return 255 * encode_gamma(np.clip(linear, 0, 1))


def _names(space: str) -> list[str]:
    names = [name.strip() for name in space.split("+")]
    for name in names:
        if name not in SPACES:
            near = difflib.get_close_matches(name, SPACES, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise ValueError(f"there is no color space {name!r}; {hint}choose from {', '.join(SPACES)}")
    return names


def _checked(rgb: NDArray[np.generic]) -> NDArray[np.generic]:
    if rgb.ndim == 0 or rgb.shape[-1] != 3:
        raise ValueError(f"colors have the shape {rgb.shape}; give (..., 3)")
    if rgb.dtype == np.uint8:
        return rgb
    values: Array = rgb.astype(np.float64)
    if not ((values >= 0) & (values <= 255)).all():
        raise ValueError("a color channel is outside 0-255")
    return values
