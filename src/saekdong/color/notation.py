"""Read and write colors as text."""

import re

import numpy as np
from numpy.typing import ArrayLike

_HEX = re.compile(r"#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", re.IGNORECASE)
_SHORT_HEX = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])", re.IGNORECASE)
_RGB_CALL = re.compile(r"rgb\s*\((.*)\)", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*,\s*|\s+")
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")
_ACCEPTED = "write a color as '#495474', '495474', '#abc', '73,84,116', '73 84 116' or 'rgb(73, 84, 116)'"
_LONGEST_SHOWN = 40


def parse_color(text: str) -> tuple[int, int, int]:
    """Read a color: `#495474`, `495474`, `#abc`, `73,84,116`, `73 84 116` or `rgb(73, 84, 116)`.

    Upper and lower case are the same, and blanks at the ends do not matter. `#abc` is short for `#aabbcc`.

    Returns:
        R, G and B, 0-255.

    Raises:
        ValueError: another notation, or a channel that is not a whole number from 0 to 255; the message is one line
            that quotes the input and lists the accepted notations.

    Example:
        >>> parse_color("#495474"), parse_color("rgb(73, 84, 116)")
        ((73, 84, 116), (73, 84, 116))
    """
    written = text.strip()
    if found := _HEX.fullmatch(written):
        red, green, blue = (int(pair, 16) for pair in found.groups())
    elif found := _SHORT_HEX.fullmatch(written):
        red, green, blue = (17 * int(digit, 16) for digit in found.groups())
    else:
        red, green, blue = (_channel(part, written) for part in _parts(written))
    return red, green, blue


def to_hex(rgb: ArrayLike) -> str:
    """Write a color as `#rrggbb`.

    Args:
        rgb: R, G and B, 0-255, shape (3,); rounded to the nearest whole number.

    Raises:
        ValueError: not three numbers that round to 0-255.

    Example:
        >>> to_hex((73, 84, 116))
        '#495474'
    """
    rounded = np.rint(np.asarray(rgb, dtype=np.float64))
    if rounded.shape != (3,) or not ((rounded >= 0) & (rounded <= 255)).all():
        raise ValueError(f"a color is three numbers from 0 to 255, not {_shown(str(rgb))}")
    return "#" + bytes(rounded.astype(np.uint8)).hex()


def _parts(written: str) -> list[str]:
    call = _RGB_CALL.fullmatch(written)
    parts = _SEPARATOR.split((call[1] if call else written).strip())
    if len(parts) != 3 or not all(parts):
        raise ValueError(f"{_shown(written)} is not a color; {_ACCEPTED}")
    return parts


def _channel(part: str, written: str) -> int:
    if not _WHOLE.fullmatch(part):
        raise ValueError(f"{_shown(part)} in {_shown(written)} is not a whole number; {_ACCEPTED}")
    if not 0 <= int(part) <= 255:
        raise ValueError(f"{part} in {_shown(written)} is outside 0-255; {_ACCEPTED}")
    return int(part)


def _shown(text: str) -> str:
    """Return the text quoted, on one line and not too long."""
    return repr(text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "...")
