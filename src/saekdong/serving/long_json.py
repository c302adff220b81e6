"""Long JSON bodies, parsed piece by piece, so that other threads can run in between.

`json` parses a whole text in one call, during which no other thread runs: 25 MB keep the event loop, and every other
client, waiting for seconds, and so does freeing the millions of values that such a text can hold.
"""

import json
from collections.abc import Callable, Iterator
from json.decoder import JSONArray, JSONObject  # type: ignore[attr-defined]
from json.scanner import py_make_scanner  # type: ignore[attr-defined]
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saekdong.entrance.errors import RequestError

MOST_VALUES = 1 << 19
"""Values beside colors and numbers in lists: far above what any client sends."""

_WINDOW = 1 << 14
_DECODER = json.JSONDecoder()

_Scan = Callable[[str, int], tuple[Any, int]]
_Convert = Callable[[list[Any]], NDArray[np.uint8]]


def parse_long(text: str, convert: _Convert) -> Any:
    """Parse JSON; long lists of colors become arrays.

    Args:
        text: the JSON.
        convert: returns some of a list's values as colors, uint8 (N, 3); it raises RequestError if they are none.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.
        RequestError: 413, it has too many values that are not colors.
    """
    return _LongDecoder(convert).decode(text)


class _LongDecoder(json.JSONDecoder):
    """Parses lists some values at a time with the fast decoder, and everything else with the module's Python code."""

    def __init__(self, convert: _Convert) -> None:
        super().__init__()
        self._convert = convert
        self._count = 0
        self.parse_array, self.parse_object = self._array, self._object
        self.scan_once = py_make_scanner(self)

    def _array(self, start: tuple[str, int], scan_once: _Scan) -> tuple[Any, int]:
        text, at = start
        colors: list[NDArray[np.uint8]] = []
        values: list[Any] = []
        for piece, end in _pieces(text, at):
            self._take(piece, colors, values)
            at = end
        rest, end = JSONArray((text, at), self._counted(scan_once))
        if not rest and (colors or values):
            raise json.JSONDecodeError("Expecting value", text, at)
        if not colors:
            return values + rest if values else rest, end
        self._take(rest, colors, values)
        return (values if values else np.concatenate(colors)), end

    def _take(self, piece: list[Any], colors: list[NDArray[np.uint8]], values: list[Any]) -> None:
        """Add values to a list's colors, or to its values if it has others."""
        if not values and isinstance(piece[0], list | dict):
            try:
                colors.append(self._convert(piece))
            except RequestError:
                # Not colors, so it stays as it is, and so does what came before.
                for some in colors:
                    values += some.tolist()
            else:
                return
        if isinstance(piece[0], int | float):
            self._count += sum(not isinstance(value, int | float) for value in piece)
        else:
            self._count += len(piece)
        self._check()
        values += piece

    def _object(self, start: tuple[str, int], strict: bool, scan_once: _Scan, *others: Any) -> tuple[Any, int]:
        found: tuple[Any, int] = JSONObject(start, strict, self._counted(scan_once), *others)
        return found

    def _counted(self, scan_once: _Scan) -> _Scan:
        def scan(text: str, at: int) -> tuple[Any, int]:
            self._count += 1
            self._check()
            return scan_once(text, at)

        return scan

    def _check(self) -> None:
        if self._count > MOST_VALUES:
            raise RequestError(413, "too-many", f"the body has more than {MOST_VALUES:,} values that are not colors")


def _pieces(text: str, at: int) -> Iterator[tuple[list[Any], int]]:
    """Yield the next values of a list, some at a time, and where the ones after them begin.

    A piece ends at a comma; if what stands before it is JSON, the comma is one of the list itself. It ends before the
    list's last value, and before a value that is long.
    """
    cuts = ["},", "],", ","]
    while True:
        window = text[at : at + _WINDOW]
        for cut in cuts:
            end = window.rfind(cut) + len(cut) - 1
            values = _values(window[:end]) if end >= len(cut) else []
            if values:
                cuts.remove(cut)
                cuts.insert(0, cut)
                at += end + 1
                yield values, at
                break
        else:
            return


def _values(text: str) -> list[Any]:
    try:
        values: list[Any] = _DECODER.decode(f"[{text}]")
    except (ValueError, RecursionError):
        return []
    return values
