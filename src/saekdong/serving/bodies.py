"""Colors in JSON and JSON Lines bodies, in the shapes that common clients send.

`csv_bodies` reads CSV, `npy_bodies` NumPy's arrays.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saekdong.entrance.errors import RequestError
from saekdong.serving.long_json import parse_long

Colors = NDArray[np.uint8]

LONG_BODY = 1 << 18
"""JSON of more bytes is parsed piece by piece."""

EXPECTED = "expected r, g and b, whole numbers from 0 to 255"

_DECODER = json.JSONDecoder()
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_NAMES = (".r", ".g", ".b")
_FEATURES = (".features[0]", ".features[1]", ".features[2]")
_ITEMS = ("[0]", "[1]", "[2]")
_SHAPES = 'expected {"r", "g", "b"}, [r, g, b], a list of these, or {"instances": [{"features": [r, g, b]}, ...]}'


def parse_json(body: bytes) -> Any:
    """Parse a JSON body.

    Long lists of colors, in long bodies, are returned as arrays, uint8 (N, 3).

    Raises:
        RequestError: 400, it is not JSON; 413, it has too many values.
    """
    if len(body) > LONG_BODY:
        return _long_json(body)
    try:
        text = body.decode()
        content, end = _DECODER.raw_decode(text)
        if end == len(text):
            return content
    except (ValueError, RecursionError):
        pass
    return _any_json(body)


def _long_json(body: bytes) -> Any:
    try:
        return parse_long(body.decode(json.detect_encoding(body)), lambda some: instance_colors(some, "{}"))
    except (ValueError, RecursionError) as error:
        raise _not_json(error) from error


def _any_json(body: bytes) -> Any:
    """Parse JSON with white space around it, a byte order mark or in UTF-16, or report what is wrong with it."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _not_json(error) from error


def _not_json(error: Exception) -> RequestError:
    where = f"line {error.lineno}, column {error.colno}: " if isinstance(error, json.JSONDecodeError) else ""
    why = error.msg if isinstance(error, json.JSONDecodeError) else "it cannot be read"
    return RequestError(400, "not-json", f"the body is not JSON: {where}{why}")


def single_color(content: Any) -> tuple[int, int, int] | None:
    """Return the color of exactly `{"r", "g", "b"}`; None for anything else, which `json_colors` reads or refuses.

    Most requests are of this form, so it is checked first and without NumPy.
    """
    if type(content) is dict and len(content) == 3:
        r, g, b = content.get("r"), content.get("g"), content.get("b")
        if type(r) is type(g) is type(b) is int and 0 <= r <= 255 and 0 <= g <= 255 and 0 <= b <= 255:
            return r, g, b
    return None


def json_colors(content: Any) -> Colors:
    """Return the colors of a JSON request.

    Args:
        content: parsed JSON: a color, a list of colors, columns `{"r": [...], "g": [...], "b": [...]}`, or one of
            these wrapped as `instances`, `inputs`, `dataframe_records` or `dataframe_split`. A color is `{"r", "g",
            "b"}`, with names in either case and others beside them, `{"features": [r, g, b]}` or `[r, g, b]`.

    Returns:
        uint8, (N, 3); (3,) if the body is one color that is not in a list or a wrapper.

    Raises:
        RequestError: 422, a field is missing or wrong; the message names it.
    """
    if isinstance(content, np.ndarray):
        return content
    if isinstance(content, dict):
        for name, read in _WRAPPERS.items():
            if name in content:
                return read(content[name], name)
        if _has_columns(content):
            return _columns(content, "the body")
        return np.array(_color(content, "the body"), dtype=np.uint8)
    if isinstance(content, list):
        if content and not any(isinstance(item, list | dict) for item in content):
            return np.array(_color(content, "the body"), dtype=np.uint8)
        return instance_colors(content, "the body[{}]")
    raise RequestError(422, "no-color", _SHAPES)


def instance_colors(instances: Iterable[Any], name: str) -> Colors:
    """Return the colors of a list of them, uint8 (N, 3).

    Args:
        instances: parsed JSON.
        name: what errors call an instance; {} stands for its number.

    Raises:
        RequestError: 422, one is not a color.
    """
    return stacked(_color(instance, name.format(number)) for number, instance in enumerate(instances))


def stacked(colors: Iterable[Sequence[int]]) -> Colors:
    """Return colors as an array, uint8 (N, 3): some at a time, for no other thread runs while NumPy reads a list."""
    remaining = iter(colors)
    parts: list[Colors] = []
    while some := list(islice(remaining, 4096)):
        parts.append(np.array(some, dtype=np.uint8))
    return np.concatenate(parts) if parts else np.empty((0, 3), np.uint8)


def _list(content: Any, name: str) -> Colors:
    if isinstance(content, np.ndarray):
        return content
    if not isinstance(content, list):
        raise RequestError(422, "no-color", f"{name} is not a list; {_SHAPES}")
    return instance_colors(content, f"{name}[{{}}]")


def _list_or_columns(content: Any, name: str) -> Colors:
    return _columns(content, name) if isinstance(content, dict) else _list(content, name)


def _split(content: Any, name: str) -> Colors:
    """Read a data frame as pandas writes it with `orient="split"`: the names of the columns apart from the rows."""
    rows = content.get("data") if isinstance(content, dict) else None
    titles = content.get("columns", [0, 1, 2]) if isinstance(content, dict) else None
    if not isinstance(rows, list | np.ndarray) or not isinstance(titles, list):
        raise RequestError(
            422, "no-color", f'{name}: expected {{"columns": ["r", "g", "b"], "data": [[r, g, b], ...]}}'
        )
    places = _places(titles, f"{name}.columns")
    if isinstance(rows, np.ndarray):
        if len(titles) == 3:
            return rows[:, places]
        rows = rows.tolist()
    colors = []
    for number, row in enumerate(rows):
        where = f"{name}.data[{number}]"
        if not isinstance(row, list) or len(row) != len(titles):
            raise RequestError(
                422, "no-color", f"{where}: expected a list of {len(titles)} values, one for each column"
            )
        colors.append(_channels([row[place] for place in places], where, [f"[{place}]" for place in places]))
    return np.array(colors, dtype=np.uint8).reshape(-1, 3)


def _places(titles: Sequence[Any], name: str) -> list[int]:
    """Return where r, g and b stand among a data frame's columns; numbered columns stand in that order."""
    if list(titles) == [0, 1, 2]:
        return [0, 1, 2]
    titles = [title.strip().lower() if isinstance(title, str) else "" for title in titles]
    for channel in "rgb":
        if titles.count(channel) != 1:
            raise RequestError(422, "no-color", f"{name}: expected one column each of r, g and b")
    return [titles.index(channel) for channel in "rgb"]


_WRAPPERS: dict[str, Callable[[Any, str], Colors]] = {
    "instances": _list,
    "inputs": _list_or_columns,
    "dataframe_records": _list,
    "dataframe_split": _split,
}


def _has_columns(content: Mapping[str, Any]) -> bool:
    return "features" not in content and any(isinstance(_value(content, channel), list) for channel in "rgb")


def _columns(content: Mapping[str, Any], name: str) -> Colors:
    columns = [_value(content, channel) for channel in "rgb"]
    for channel, column in zip("rgb", columns, strict=True):
        if not isinstance(column, list):
            raise RequestError(422, "bad-value", f"{name}.{channel} is {_shown(column)}; expected a list of numbers")
        if len(column) != len(columns[0]):
            problem = f"{name}.{channel} has {len(column)} values, and r has {len(columns[0])}"
            raise RequestError(422, "bad-value", f"{problem}; expected lists of the same length")
    return stacked(
        _channels(values, name, [f".{channel}[{number}]" for channel in "rgb"])
        for number, values in enumerate(zip(*columns, strict=True))
    )


def _color(instance: Any, where: str) -> list[int]:
    values, names = instance, _ITEMS
    if isinstance(instance, dict):
        if "features" not in instance:
            return _channels([_value(instance, channel) for channel in "rgb"], where, _NAMES)
        values, names = instance["features"], _FEATURES
    if not isinstance(values, list) or len(values) != 3:
        raise RequestError(422, "no-color", f"{where}{'.features' if names is _FEATURES else ''}: {EXPECTED}")
    return _channels(values, where, names)


def _value(content: Mapping[str, Any], channel: str) -> Any:
    return content[channel] if channel in content else content.get(channel.upper())


def _channels(values: Sequence[Any], where: str, names: Sequence[str]) -> list[int]:
    for value, name in zip(values, names, strict=True):
        if not _is_channel(value):
            raise RequestError(422, "bad-value", f"{where}{name} is {_shown(value)}; {EXPECTED}")
    return [int(value) for value in values]


def _is_channel(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 255 and value == int(value)


def _shown(value: Any) -> str:
    return "missing" if value is None else json.dumps(value)[:40]


def lines_of(body: bytes) -> Iterator[Any]:
    """Yield the values of a JSON Lines body; blank lines are skipped.

    Raises:
        RequestError: 400, a line is not JSON.
    """
    for number, line in enumerate(_LINE.finditer(body), start=1):
        if line[0].strip():
            try:
                yield parse_json(line[0].strip())
            except RequestError as error:
                raise RequestError(400, error.code, f"line {number} is not JSON") from error


def to_json(content: Any) -> bytes:
    """Write JSON."""
    return json.dumps(content, ensure_ascii=False).encode()
