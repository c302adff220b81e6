"""Color spaces: from sRGB to other coordinates, and back from CIELAB.

White is D65 for the 2 degree observer, x = 0.3127, y = 0.3290 (IEC 61966-2-1). The matrices are derived from
it and the primaries at full precision, so that white has a* = b* = 0.

Internally, colors are (3, n), one row per channel, a block at a time, which is fast. Every step works element by
element, so the result for a color is the same, to the last bit, alone or among millions; a matrix product does not
guarantee that.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from saekdong.color.cam16 import cam16_ucs
from saekdong.color.srgb import RGB_TO_XYZ, WHITE, XYZ_TO_RGB, encode_gamma, linear_light

Array = NDArray[np.float64]
Colors = NDArray[np.uint8] | NDArray[np.float64]

_BLOCK = 8192
_EPSILON = (6 / 29) ** 3
_KAPPA = (29 / 3) ** 3
# Below this chroma a color is gray, and its hue would be rounding noise.
_GRAY = 1e-6

_XYZ_TO_LMS = np.array(
    [
        [0.8189330101, 0.3618667424, -0.1288597137],
        [0.0329845436, 0.9293118715, 0.0361456387],
        [0.0482003018, 0.2643662691, 0.6338517070],
    ]
)
_LMS_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_RGB_TO_LMS = _XYZ_TO_LMS @ RGB_TO_XYZ


def _mix(matrix: NDArray[np.floating], colors: Array) -> Array:
    """Return matrix @ colors, summed in one order, independent of the number of colors."""
    x, y, z = colors
    p, q, r = matrix.T[..., None]
    mixed: Array = p * x + q * y + r * z
    return mixed


def _xyz(rgb: Colors) -> Array:
    return _mix(RGB_TO_XYZ, linear_light(rgb))


def _rgb(rgb: Colors) -> Array:
    return rgb.astype(np.float64)


def _lab(rgb: Colors) -> Array:
    return _lab_of_xyz(_xyz(rgb))


def _lab_linear(rgb: Colors) -> Array:
    return _lab_of_xyz(_mix(RGB_TO_XYZ, rgb / 255))


def _lab_of_xyz(xyz: Array) -> Array:
    """Return CIELAB of XYZ, Y = 1 for white (CIE 15:2018, 8.2.1)."""
    ratio = xyz / WHITE[:, None]
    f = np.cbrt(ratio)
    dark = ratio <= _EPSILON
    f[dark] = (_KAPPA * ratio[dark] + 16) / 116
    x, y, z = f
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def _xyz_of_lab(lab: Array) -> Array:
    lightness, a, b = lab
    y = (lightness + 16) / 116
    f = np.stack([y + a / 500, y, y - b / 200])
    xyz: Array = np.where(f > 6 / 29, f * f * f, (116 * f - 16) / _KAPPA) * WHITE[:, None]
    return xyz


def _lch(rgb: Colors) -> Array:
    lightness, a, b = _lab(rgb)
    chroma = np.sqrt(a * a + b * b)
    hue = _positive(np.degrees(np.arctan2(b, a)))
    hue[chroma < _GRAY] = 0
    return np.stack([lightness, chroma, hue])


def _luv(rgb: Colors) -> Array:
    """Return CIELUV (CIE 15:2018, 8.2.2)."""
    x, y, z = _xyz(rgb)
    lightness = np.where(y > _EPSILON, 116 * np.cbrt(y) - 16, _KAPPA * y)
    total = x + 15 * y + 3 * z
    total[total == 0] = 1
    white = WHITE @ [1, 15, 3]
    u = 13 * lightness * (4 * x / total - 4 * WHITE[0] / white)
    v = 13 * lightness * (9 * y / total - 9 * WHITE[1] / white)
    return np.stack([lightness, u, v])


def _oklab(rgb: Colors) -> Array:
    """Return Oklab (Ottosson 2020, "A perceptual color space for image processing", from XYZ)."""
    return _mix(_LMS_TO_OKLAB, np.cbrt(_mix(_RGB_TO_LMS, linear_light(rgb))))


def _hsv(rgb: Colors) -> Array:
    """Return hue, saturation and value (Smith 1978, "Color gamut transform pairs")."""
    red, green, blue = scaled = rgb / 255
    value = scaled.max(axis=0)
    spread = value - scaled.min(axis=0)
    divisor = np.where(spread == 0, 1, spread)
    sixths = np.where(value == green, 2 + (blue - red) / divisor, 4 + (red - green) / divisor)
    np.copyto(sixths, (green - blue) / divisor, where=value == red)
    return np.stack([_positive(60 * sixths), spread / np.where(value == 0, 1, value), value])


def _positive(hue: Array) -> Array:
    """Bring hues from -180 to 360 degrees into the range from 0 up to, but not including, 360, in place."""
    hue[hue < 0] += 360
    # A hue a hair below zero rounds to 360.
    hue[hue >= 360] = 0
    return hue


def _cam16_ucs(rgb: Colors) -> Array:
    return cam16_ucs(_xyz(rgb))


@dataclass(frozen=True)
class Space:
    """A color space.

    Attributes:
        channels: the names of its channels.
        convert: the conversion from sRGB 0-255 (uint8 or float64), one row per channel, (3, n) to (3, n).
    """

    channels: tuple[str, str, str]
    convert: Callable[[Colors], Array]


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

rgb: sRGB unchanged, 0-255.
linear-rgb: linear light, 0-1.
lab: CIELAB of sRGB: L* 0-100, a* -86 to 98, b* -108 to 94.
lab-linear: CIELAB of R, G, B / 255 taken as linear light, without removing the sRGB gamma. This is what R's
    `colorspace::RGB()` means, and so what the hands-on trains on. It is not a color's CIELAB: middle gray
    (128, 128, 128) has L* 76 here and 54 in `lab`, so dark colors are spread out and light ones pressed
    together.
    R's white is rounded (0.95047, 1, 1.08883), so its own values differ by up to 0.02.
oklab: Ottosson 2020: L 0-1, a and b -0.4 to 0.4.
lch: CIELAB in polar form: lightness 0-100, chroma, and hue in degrees, 0 up to but not including 360; 0 for
    grays.
luv: CIELUV: L* 0-100.
hsv: hue in degrees, 0 up to but not including 360; 0 for grays; saturation and value 0-1.
cam16-ucs: Li et al. 2017; see `saekdong.color.cam16` for the viewing conditions.
"""


def to_space(rgb: ArrayLike, space: str) -> Array:
    """Convert sRGB colors to a color space.

    Args:
        rgb: sRGB 0-255, shape (..., 3), whole or not; whole numbers of an integer type are fastest.
        space: a name in `SPACES`, or several joined by `+`, whose channels then stand side by side.

    Returns:
        float64, shape (..., 3 x the number of spaces), in the units that `SPACES` lists.

    Raises:
        ValueError: an unknown space, values that are not numbers, another shape, or a value outside 0-255 or NaN.

    Example:
        >>> to_space([[255, 0, 0]], "lab").round(2)
        array([[53.24, 80.09, 67.2 ]])
        >>> to_space([[255, 0, 0]], "rgb+hsv")
        array([[255.,   0.,   0.,   0.,   1.,   1.]])
    """
    parts = [SPACES[name] for name in _names(space)]
    colors = _checked(np.asarray(rgb))
    flat = colors.reshape(-1, 3)
    out = np.empty((len(flat), 3 * len(parts)))
    for start in range(0, len(flat), _BLOCK):
        block = flat[start : start + _BLOCK].T.copy()
        for at, part in enumerate(parts):
            out[start : start + _BLOCK, 3 * at : 3 * at + 3] = part.convert(block).T
    return out.reshape(*colors.shape[:-1], out.shape[1])


def channels(space: str) -> tuple[str, ...]:
    """Return the names of the channels of `to_space`'s result.

    Raises:
        ValueError: an unknown space, or one named twice.

    Example:
        >>> channels("lab+lch")
        ('L*', 'a*', 'b*', 'L*', 'C*', 'h')
    """
    return tuple(channel for name in _names(space) for channel in SPACES[name].channels)


def from_lab(lab: ArrayLike) -> Array:
    """Return sRGB of CIELAB colors, the way back from `to_space(rgb, "lab")`.

    Args:
        lab: CIELAB, D65 white, L* 0-100, shape (..., 3).

    Returns:
        sRGB 0-255, not rounded, of the same shape; colors outside sRGB are clipped channel by channel.

    Raises:
        ValueError: another shape, or a value that is not finite.

    Example:
        >>> from_lab([53.24, 80.09, 67.2]).round()
        array([255.,   0.,   0.])
    """
    values = np.asarray(lab, dtype=np.float64)
    _check_shape(values)
    if not np.isfinite(values).all():
        raise ValueError("CIELAB values must be finite numbers")
    linear = _mix(XYZ_TO_RGB, _xyz_of_lab(values.reshape(-1, 3).T))
    return (255 * encode_gamma(linear.clip(0, 1))).T.reshape(values.shape)


def _names(space: str) -> list[str]:
    names = [name.strip() for name in space.split("+")]
    for name in names:
        if name not in SPACES:
            near = difflib.get_close_matches(name.lower(), SPACES, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            known = ", ".join(SPACES)
            raise ValueError(f"there is no color space {name!r}; {hint}choose from {known}, or join some by +")
    if len(set(names)) < len(names):
        raise ValueError(f"{space!r} names a color space twice; leave one out")
    return names


def _checked(rgb: NDArray[np.generic]) -> Colors:
    """Return the colors as uint8 if their type is an integer one, otherwise as float64."""
    _check_shape(rgb)
    if rgb.dtype == np.uint8:
        return rgb.astype(np.uint8, copy=False)
    if rgb.dtype.kind not in "iuf":
        raise ValueError(f"color channels must be numbers from 0 to 255, not {rgb.dtype}")
    values = rgb.astype(np.float64)
    if values.size and not (values.min() >= 0 and values.max() <= 255):
        wrong = values[~((values >= 0) & (values <= 255))][0]
        raise ValueError(f"color channels must be from 0 to 255; got {wrong:g}")
    return values if rgb.dtype.kind == "f" else rgb.astype(np.uint8)


def _check_shape(colors: NDArray[np.generic]) -> None:
    if colors.ndim == 0 or colors.shape[-1] != 3:
        raise ValueError(f"colors must have the shape (..., 3), not {colors.shape}")
