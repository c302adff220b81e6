"""Colors in and out of request bodies: JSON, JSON Lines and CSV."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saekdong.hosting.errors import RequestError

Colors = NDArray[np.uint8]

_DECODER = json.JSONDecoder()
_CSV_CHANNEL = rb"[ \t]*([0-9]{1,3})(?:\.0*)?[ \t]*"
_CSV_COLOR = re.compile(b",".join([_CSV_CHANNEL] * 3) + rb"\r?")
_EXPECTED = "expected r, g and b, whole numbers from 0 to 255"


def parse_json(body: bytes) -> Any:
    """Parse a JSON body.

    Raises:
        RequestError: 400, it is not JSON.
    """
    try:
        text = body.decode()
        content, end = _DECODER.raw_decode(text)
        if end == len(text):
            return content
    except (ValueError, RecursionError):
        pass
    return _any_json(body)


def _any_json(body: bytes) -> Any:
    """Parse JSON with white space around it, a byte order mark or in UTF-16, or tell what is wrong with it."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        where = f"line {error.lineno}, column {error.colno}: " if isinstance(error, json.JSONDecodeError) else ""
        why = error.msg if isinstance(error, json.JSONDecodeError) else "it cannot be read"
        raise RequestError(400, "not-json", f"the body is not JSON: {where}{why}") from error


def instances_of(content: Any) -> list[Any]:
    """Return the instances of a JSON request `{"instances": [...]}`.

    Raises:
        RequestError: 422, there are none.
    """
    instances = content.get("instances") if isinstance(content, dict) else None
    if not isinstance(instances, list):
        raise RequestError(422, "no-color", 'expected {"r", "g", "b"} or {"instances": [{"features": [r, g, b]}, ...]}')
    return instances


def color_of(content: Mapping[str, Any]) -> list[Any]:
    """Return the color of a JSON request `{"r", "g", "b"}`.

    Raises:
        RequestError: 422, it is no color.
    """
    r, g, b = content.get("r"), content.get("g"), content.get("b")
    if type(r) is type(g) is type(b) is int and 0 <= r <= 255 and 0 <= g <= 255 and 0 <= b <= 255:
        return [r, g, b]
    return _color(content, "the body", 0)


def colors_of(instances: Sequence[Any], name: str = "instances[{}]") -> Colors:
    """Return the colors of JSON instances, uint8 (N, 3): `{"features": [r, g, b]}`, `{"r", "g", "b"}` or a list.

    Args:
        instances: parsed JSON.
        name: how an instance is named in errors; {} stands for its number.

    Raises:
        RequestError: 422, one is no color.
    """
    return np.array([_color(each, name, number) for number, each in enumerate(instances)], dtype=np.uint8).reshape(
        -1, 3
    )


def _color(instance: Any, name: str, number: int) -> list[int]:
    where = name.format(number)
    names = [".features[0]", ".features[1]", ".features[2]"]
    if isinstance(instance, dict) and "features" in instance:
        values = instance["features"]
    elif isinstance(instance, dict):
        names = [".r", ".g", ".b"]
        values = [instance.get(channel) for channel in "rgb"]
    else:
        values = instance
    if not isinstance(values, list) or len(values) != 3:
        raise RequestError(422, "no-color", f"{where}: {_EXPECTED}")
    for value, channel in zip(values, names, strict=True):
        if not _is_channel(value):
            raise RequestError(422, "bad-value", f"{where}{channel} is {_shown(value)}; {_EXPECTED}")
    return [int(value) for value in values]


def _is_channel(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 255 and value == int(value)


def _shown(value: Any) -> str:
    return "missing" if value is None else json.dumps(value)[:40]


def lines_of(body: bytes) -> list[Any]:
    """Parse a JSON Lines body; blank lines are passed over.

    Raises:
        RequestError: 400, a line is not JSON.
    """
    parsed = []
    for number, line in enumerate(body.splitlines(), start=1):
        if line.strip():
            try:
                parsed.append(parse_json(line))
            except RequestError as error:
                raise RequestError(400, error.code, f"line {number} is not JSON") from error
    return parsed


def csv_colors(body: bytes) -> Colors:
    """Return the colors of a CSV body without a header, uint8 (N, 3); `73,84,116` a line.

    Whole numbers may be written as floats (`73.0`), as data frames are.

    Raises:
        RequestError: 422, a line is no color.
    """
    text = body.removeprefix(b"\xef\xbb\xbf")
    colors = _plain_csv(text)
    return _any_csv(text) if colors is None else colors


def _plain_csv(text: bytes) -> Colors | None:
    """Parse lines of three short numbers and nothing else, all at once; None where there is anything else."""
    text = text.replace(b"\r\n", b"\n")
    text = text if text.endswith(b"\n") else text + b"\n"
    letters = np.frombuffer(text, dtype=np.uint8)
    ends = np.flatnonzero(letters < 48)
    lengths = np.diff(ends, prepend=-1) - 1
    digits = letters - np.uint8(48)
    if len(ends) % 3 or lengths.min() < 1 or lengths.max() > 3 or (digits[letters >= 48] > 9).any():
        return None
    parted = letters[ends].reshape(-1, 3)
    if (parted[:, :2] != 44).any() or (parted[:, 2] != 10).any():
        return None
    values = digits[ends - 1].astype(np.uint16)
    values += np.where(lengths > 1, digits[ends - 2], 0).astype(np.uint16) * 10
    values += np.where(lengths > 2, digits[ends - 3], 0).astype(np.uint16) * 100
    return None if values.max() > 255 else values.astype(np.uint8).reshape(-1, 3)


def _any_csv(text: bytes) -> Colors:
    colors = []
    for number, line in enumerate(text.split(b"\n"), start=1):
        if not line.strip():
            continue
        found = _CSV_COLOR.fullmatch(line)
        values = [int(value) for value in found.groups()] if found else []
        if not values or max(values) > 255:
            shown = line[:40].decode("utf-8", "replace").strip()
            raise RequestError(422, "bad-value", f"line {number} is {shown!r}; {_EXPECTED}, no header")
        colors.append(values)
    return np.array(colors, dtype=np.uint8).reshape(-1, 3)


def to_json(content: Any) -> bytes:
    """Write JSON."""
    return json.dumps(content, ensure_ascii=False).encode()
