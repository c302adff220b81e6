"""How colors are written."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_SHORT = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])", re.IGNORECASE)
_HEX = re.compile(r"#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", re.IGNORECASE)
_NUMBERS = re.compile(r"(?:rgb\(\s*)?([^\s,()]+)[\s,]\s*([^\s,()]+)[\s,]\s*([^\s,()]+?)\s*\)?", re.IGNORECASE)


def parse_color(text: str) -> tuple[int, int, int]:
    """Read a color: `#495474`, `495474`, `#abc`, `73,84,116`, `73 84 116` or `rgb(73, 84, 116)`.

    Returns:
        R, G and B, 0-255.

    Raises:
        ValueError: it is written otherwise, or a channel is no whole number from 0 to 255.

    Example:
        >>> parse_color("#495474"), parse_color("rgb(73, 84, 116)")
        ((73, 84, 116), (73, 84, 116))
    """
    written = text.strip()
    if found := _HEX.fullmatch(written):
        return _triple([int(pair, 16) for pair in found.groups()])
    if found := _SHORT.fullmatch(written):
        return _triple([17 * int(digit, 16) for digit in found.groups()])
    if found := _NUMBERS.fullmatch(written):
        return _triple([_channel(part, written) for part in found.groups()])
    raise ValueError(f"{written!r} is no color; write it as '#495474' or 73,84,116")


def to_hex(rgb: Sequence[float] | NDArray[np.generic]) -> str:
    """Write a color as `#rrggbb`; channels are rounded.

    Example:
        >>> to_hex((73, 84, 116))
        '#495474'
    """
    red, green, blue = (round(float(channel)) for channel in rgb)
    return f"#{red:02x}{green:02x}{blue:02x}"


def _channel(part: str, written: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,9}", part, re.ASCII):
        raise ValueError(
            f"{part!r} in {written!r} is not a whole number; write a color as '#495474' or 73,84,116"
        )
    value = int(part)
    if not 0 <= value <= 255:
        raise ValueError(f"{part} in {written!r} is outside 0-255")
    return value


def _triple(channels: list[int]) -> tuple[int, int, int]:
    red, green, blue = channels
    return red, green, blue
