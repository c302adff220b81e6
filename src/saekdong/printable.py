r"""Make text from outside safe to show: characters that a terminal or page would interpret become escapes.

They are control characters (an escape sequence changes the terminal's title or its colors), marks that reorder text
(`photo\u202egpj.exe`), line separators, and bytes of file names that are not UTF-8.
"""

import json
import re
from typing import Any

_MARKS = "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
_UNPRINTABLE = re.compile(f"[\x00-\x1f\x7f-\x9f{_MARKS}\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_IN_CELLS = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_MARKS}]")


def printable(text: str) -> str:
    r"""Return a text with unprintable characters as escapes.

    Example:
        >>> printable("a\x1b[31m\u202eb"), printable("a\udcffb"), printable("머그 컵")
        ('a\\x1b[31m\\u202eb', 'a\\xffb', '머그 컵')
    """
    return _UNPRINTABLE.sub(_escape, text)


def printable_cell(text: str) -> str:
    """Return a table's cell with unprintable characters as escapes, except tabs, line ends and bytes of file names."""
    return _IN_CELLS.sub(_escape, text)


def is_printable(text: str) -> bool:
    r"""Return whether a text has no unprintable character.

    Example:
        >>> is_printable("머그.jpg"), is_printable("mug\n.jpg")
        (True, False)
    """
    return not _UNPRINTABLE.search(text)


def without_unprintable(text: str) -> str:
    r"""Return a text with blanks for control characters and line separators, and without marks that reorder it.

    Example:
        >>> without_unprintable("a\x9bb\u202ec")
        'a bc'
    """
    text = _CONTROLS.sub(" ", text)
    return text if text.isascii() else _UNPRINTABLE.sub("", text.encode("utf-8", "replace").decode())


def printable_json(content: Any, *, indent: int | None = None) -> str:
    r"""Return a value as JSON in which unprintable characters are escapes, and all other letters are unchanged.

    Example:
        >>> printable_json({"색": "a\u202eb"})
        '{"색": "a\\u202eb"}'
    """
    text = json.dumps(content, ensure_ascii=False, indent=indent)
    return _UNPRINTABLE.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00  # how Python represents a byte of a file name
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
