"""JSON of files that may come from anywhere, parsed within bounds."""

import json
from typing import Any

_MOST_PARTS = 500_000


def parse_stored(text: str, kind: type = dict) -> Any:
    """Return the value of a JSON text.

    Args:
        text: JSON; some megabytes of it can be a gigabyte of small values, so that they are counted first.
        kind: what the value must be.

    Raises:
        ValueError: it is not JSON, has too many parts, or is of another kind.

    Example:
        >>> parse_stored('{"a": 1}')
        {'a': 1}
        >>> parse_stored("[1]")
        Traceback (most recent call last):
        ValueError: it is not a JSON object
    """
    if sum(map(text.count, "[{:,")) > _MOST_PARTS:
        raise ValueError(f"it has more than {_MOST_PARTS:,} parts")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not JSON") from error
    if type(value) is not kind:
        raise ValueError(f"it is not a JSON {'object' if kind is dict else 'list'}")
    return value
