"""Damage to valid inputs: bytes that are flipped, cut, doubled and overwritten, mostly in headers."""

import copy
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

_NUMBERS = (0, 1, 127, 255, 32767, 65535, 10_000, 100_000, (1 << 31) - 1, (1 << 32) - 1, (1 << 63) - 1)
_FIELD = re.compile(rb"[^\s,;\t<>{}\[\]\"'&=|:]+")


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Return binary content damaged in one to eight ways, in half of the cases within its first 200 bytes."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        if changed:
            _damage(changed, rng)
    return bytes(changed)


def _damage(content: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(content) if rng.random() < 0.5 else min(200, len(content)))
    length = rng.choice((1, 2, 4, 8, 12, 100))
    match rng.randrange(8):
        case 0 | 1:
            content[at] = rng.randrange(256)
        case 2:
            size = rng.choice((2, 3, 4, 8))
            value = rng.choice(_NUMBERS) % (1 << 8 * size)
            content[at : at + size] = value.to_bytes(size, rng.choice(("little", "big")))
        case 3:
            source = rng.randrange(len(content))
            content[at:at] = content[source : source + length]
        case 4:
            del content[at : at + (length if rng.random() < 0.8 else len(content))]
        case 5:
            content[at:at] = rng.randbytes(length)
        case 6:
            content[at:at] = content[at : at + length] * rng.choice((1, 10, 10_000))
        case _:
            content[at:at] = rng.choice((b"\xff", b"\0", b"\1a")) * rng.choice((10, 1000, 200_000))


def rewritten(words: Sequence[bytes]) -> Callable[[bytes, random.Random], bytes]:
    """Return what damages text: half of its changes exchange a word for one of `words`, the others are of bytes."""

    def damage(content: bytes, rng: random.Random) -> bytes:
        changed = content
        for _ in range(rng.choice((1, 1, 2, 3, 8))):
            changed = _reworded(changed, words, rng) if rng.random() < 0.5 else damaged(changed, rng)
        return changed

    return damage


def _reworded(content: bytes, words: Sequence[bytes], rng: random.Random) -> bytes:
    start = rng.randrange(len(content) + 1)
    field = _FIELD.search(content, start) or _FIELD.search(content)
    word = rng.choice(words) * rng.choice((1, 1, 1, 1, 1, 1, 2, 1000))
    if field is None or rng.random() < 0.3:
        return content[:start] + word + content[start:]
    return content[: field.start()] + word + content[field.end() :]


_VALUES = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        1e308,
        float("nan"),
        float("inf"),
        10**400,
        1 << 63,
        "",
        "x",
        "\ud800",
        "\0",
        "머그",
    ),
    *("x" * 3000, [], {}, [[]], [None], {"": None}, {"id": "x"}, [{"met": False}], ["x", "x"], "1", "#ffffff", "other"),
)


def restructured(content: bytes, rng: random.Random) -> bytes:
    """Return JSON some of whose values are others, of other kinds, missing, or stand elsewhere."""
    root = [json.loads(content)]
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        places = list(_places(root))
        holder, key = rng.choice(places)
        if rng.random() < 0.15 and holder is not root:
            del holder[key]
        elif rng.random() < 0.15:
            source, other = rng.choice(places)
            holder[key] = copy.deepcopy(source[other])
        else:
            holder[key] = copy.deepcopy(rng.choice(_VALUES))
    return json.dumps(root[0]).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container in a value with each of its keys."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])
