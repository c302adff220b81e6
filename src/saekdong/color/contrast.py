"""How much two colors differ in lightness: WCAG 2.2's contrast ratio."""

import numpy as np

from saekdong.color.notation import parse_color, to_hex
from saekdong.color.spaces import from_lab, to_space
from saekdong.color.srgb import linear_light

LEAST_FOR_PARTS = 3.0
"""What WCAG 2.2 asks of buttons, frames and focus rings against what is beside them (1.4.11)."""

_LUMINANCE = (0.2126, 0.7152, 0.0722)


def contrast_ratio(one: str, other: str) -> float:
    """Return the contrast of two colors, 1 to 21.

    Args:
        one: a color in any notation that `parse_color` reads.
        other: the same.

    Source: WCAG 2.2, "contrast ratio" and "relative luminance".

    Example:
        >>> contrast_ratio("#000000", "#ffffff"), round(contrast_ratio("#777777", "#ffffff"), 2)
        (21.0, 4.48)
    """
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def with_contrast(color: str, ground: str, least: float = LEAST_FOR_PARTS) -> str:
    """Return a color, darker or lighter as far as it takes to reach a contrast to a ground.

    Args:
        color: what is changed; its hue and chroma are kept if sRGB has them.
        ground: what it is seen on; the color moves away from it.
        least: the contrast, at most 4.5.

    Example:
        >>> with_contrast("#f4cf3a", "#ffffff"), with_contrast("#c8202f", "#ffffff")
        ('#af9100', '#c8202f')
    """
    lab = to_space(np.array([parse_color(color)], dtype=np.uint8), "lab")[0]
    step = 1 if _luminance(ground) < 0.18 else -1
    while contrast_ratio(color, ground) < least:
        lab = lab + np.array([step, 0, 0])
        color = to_hex(tuple(int(channel) for channel in np.clip(np.rint(from_lab(lab[None])[0]), 0, 255)))
    return color


def _luminance(color: str) -> float:
    return float(linear_light(np.array(parse_color(color), dtype=np.uint8)) @ np.array(_LUMINANCE))
