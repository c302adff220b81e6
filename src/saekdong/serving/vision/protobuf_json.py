"""JSON read as protobuf reads it: a reader for each type of field, put together to messages.

Names in lowerCamelCase or snake_case, numbers as numbers or text, enumerations by name or number, bytes in either
alphabet of base64 with or without padding, null as if the field were missing, unknown fields refused.
https://protobuf.dev/programming-guides/json/
"""

import binascii
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from saekdong.entrance.errors import RequestError

Reader = Callable[[Any, str], Any]
"""Reads a JSON value; takes the value and where it is, as `requests[0].image`.

Raises:
    RequestError: 400, the value does not fit the type.
"""

_INTEGER = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_BLANKS = b" \t\r\n"
_MOST_SHOWN = 60


def camel_case(name: str) -> str:
    """Return a field's name in JSON.

    Example:
        >>> camel_case("gcs_image_uri")
        'gcsImageUri'
    """
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def message(fields: Mapping[str, Reader]) -> Reader:
    """Return the reader of a message; it gives a dictionary of the fields that are there, by their names in `fields`.

    Args:
        fields: each field's reader, by its name in snake_case.
    """
    known = {written: (name, read) for name, read in fields.items() for written in (name, camel_case(name))}

    def read_message(value: Any, where: str) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for key, given in json_object(value, where).items():
            if key not in known:
                place = f" at '{where}'" if where else ""
                unknown = f'Unknown name "{_ascii(key)}"{place}: Cannot find field.'
                raise invalid(f"Invalid JSON payload received. {unknown}")
            name, read = known[key]
            if given is not None:
                content[name] = read(given, f"{where}.{name}" if where else name)
        return content

    return read_message


def repeated(read: Reader) -> Reader:
    """Return the reader of a repeated field."""

    def read_all(value: Any, where: str) -> list[Any]:
        if not isinstance(value, list):
            raise _unfit(where, "TYPE_LIST", value)
        return [read(each, f"{where}[{number}]") for number, each in enumerate(value)]

    return read_all


def enumeration(numbers: Mapping[str, int]) -> Reader:
    """Return the reader of an enumeration; it gives a number, which need not be one of `numbers`."""

    def read_number(value: Any, where: str) -> int:
        if isinstance(value, str) and value in numbers:
            return numbers[value]
        if isinstance(value, str) and not _INTEGER.fullmatch(value):
            raise _unfit(where, "TYPE_ENUM", value)
        return int32(value, where)

    return read_number


def json_object(value: Any, where: str) -> dict[str, Any]:
    """Read a message whose fields do not matter."""
    if not isinstance(value, dict):
        raise _unfit(where, "TYPE_MESSAGE", value)
    return value


def text_map(value: Any, where: str) -> dict[str, str]:
    """Read a map of texts."""
    return {key: text(each, f"{where}[{_ascii(key)}]") for key, each in json_object(value, where).items()}


def text(value: Any, where: str) -> str:
    """Read a text."""
    if not isinstance(value, str) or _LONE_SURROGATE.search(value):
        raise _unfit(where, "TYPE_STRING", value)
    return value


def int32(value: Any, where: str) -> int:
    """Read a whole number of 32 bits; 3.0 and "3" are whole."""
    number = float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    if not is_number or not -(1 << 31) <= number < 1 << 31 or number != int(number):
        raise _unfit(where, "TYPE_INT32", value)
    return int(number)


def base64_bytes(value: Any, where: str) -> bytes:
    """Read bytes in base64: either alphabet, padded or not, on one line or several."""
    if not isinstance(value, str):
        raise _unfit(where, "TYPE_BYTES", value)
    try:
        letters = value.encode("ascii").translate(_STANDARD, _BLANKS).rstrip(b"=")
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4), strict_mode=True)
    except ValueError as error:
        why = f'Base64 decoding failed for "{_ascii(value)}"'
        raise invalid(f"Invalid value at '{where}' (TYPE_BYTES), {why}") from error


def invalid(message: str) -> RequestError:
    """Return the refusal of a request that is wrong in itself."""
    return RequestError(400, "invalid-argument", message)


def _unfit(where: str, kind: str, value: Any) -> RequestError:
    return invalid(f"Invalid value at '{where or 'the body'}' ({kind}), {_ascii(json.dumps(value))}")


def _ascii(value: str) -> str:
    return value[:_MOST_SHOWN].encode("ascii", "backslashreplace").decode()
