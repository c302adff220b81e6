"""How much work a HEIC or AVIF makes of its decoding, read from its boxes (ISO/IEC 23008-12, 14496-12)."""

import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_MOST_BOXES = 10_000
_MOST_DEPTH = 8
_MOST_ENTRIES = 100_000
_ENDLESS = 1 << 62


@dataclass
class HeifWork:
    """What a file's items ask for.

    Attributes:
        loaded: bytes of all items together; items may share bytes, and name them many times.
        pixels: pixels of all coded images that the main image is made of, each as often as it is used: tiles of a grid,
            layers, and its alpha.
    """

    loaded: int
    pixels: int


@dataclass
class _Items:
    """What is known of items by their numbers."""

    main: int = 0
    loaded: int = 0
    parts: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    auxiliary: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    properties: dict[int, list[int]] = field(default_factory=dict)


def heif_work(content: bytes) -> HeifWork:
    """Return how much work a file asks for.

    Raises:
        ValueError: its boxes are truncated, or too many.
    """
    items = _Items()
    try:
        for kind, body in _boxes(memoryview(content)):
            if kind == b"meta":
                _read_meta(body[4:], items, len(content))
    except (struct.error, IndexError) as error:
        raise ValueError("its boxes are truncated") from error
    costs: dict[int, int] = {}
    # Without a main item there is nothing to decode but the frames of a film.
    shown = (items.main, *items.auxiliary) if items.main else ()
    pixels = sum(_pixels(number, items, costs, 0) for number in shown)
    return HeifWork(items.loaded, pixels)


def _boxes(content: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    at = count = 0
    while at + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, at + 8)
            head = 16
        size = size or len(content) - at
        count += 1
        if size < head or count > _MOST_BOXES:
            raise ValueError("its boxes are malformed")
        yield kind, content[at + head : at + size]
        at += size


def _read_meta(meta: memoryview, items: _Items, total: int) -> None:
    for kind, body in _boxes(meta):
        if kind == b"pitm":
            (items.main,) = struct.unpack_from(">I" if body[0] else ">H", body, 4)
        elif kind == b"iloc":
            items.loaded += _loaded(body, total)
        elif kind == b"iref":
            _read_references(body, items)
        elif kind == b"iprp":
            for inner, properties in _boxes(body):
                if inner == b"ipco":
                    items.sizes += [_size(name, each) for name, each in _boxes(properties)]
                elif inner == b"ipma":
                    _read_associations(properties, items)


def _loaded(body: memoryview, total: int) -> int:
    """Return the bytes of all extents of an `iloc` box; one without a length is the whole file."""
    version, offset, length = body[0], body[4] >> 4, body[4] & 15
    base, index = body[5] >> 4, body[5] & 15 if version else 0
    wide = "I" if version == 2 else "H"
    (count,) = struct.unpack_from(f">{wide}", body, 6)
    at = 6 + struct.calcsize(f">{wide}")
    loaded = entries = 0
    for _ in range(count):
        at += struct.calcsize(f">{wide}") + (2 if version else 0) + 2 + base
        (extents,) = struct.unpack_from(">H", body, at)
        at += 2
        entries += 1 + extents
        if entries > _MOST_ENTRIES or at > len(body):
            raise ValueError("it has too many items, or they are truncated")
        for _ in range(extents):
            at += index + offset
            loaded += int.from_bytes(body[at : at + length], "big") if length else total
            at += length
    return loaded


def _read_references(body: memoryview, items: _Items) -> None:
    wide = "I" if body[0] else "H"
    entries = 0
    for kind, reference in _boxes(body[4:]):
        item, count = struct.unpack_from(f">{wide}H", reference)
        entries += 1 + count
        if entries > _MOST_ENTRIES:
            raise ValueError("its items are made of too many others")
        targets = struct.unpack_from(f">{count}{wide}", reference, struct.calcsize(f">{wide}H"))
        if kind == b"dimg":
            items.parts[item] += targets
        elif kind == b"auxl":
            items.auxiliary.append(item)


def _read_associations(body: memoryview, items: _Items) -> None:
    wide, is_long = ("I" if body[0] else "H"), body[3] & 1
    (count,) = struct.unpack_from(">I", body, 4)
    at = 8
    for _ in range(count):
        item, number = struct.unpack_from(f">{wide}B", body, at)
        at += struct.calcsize(f">{wide}B")
        places = struct.unpack_from(f">{number}{'H' if is_long else 'B'}", body, at)
        at += number * (2 if is_long else 1)
        items.properties[item] = [place & (0x7FFF if is_long else 0x7F) for place in places]


def _size(kind: bytes, body: memoryview) -> int:
    """Return the number of pixels in an `ispe` property; 0 for other properties."""
    if kind != b"ispe":
        return 0
    width, height = struct.unpack_from(">II", body, 4)
    return int(width * height)


def _pixels(number: int, items: _Items, costs: dict[int, int], depth: int) -> int:
    """Return the pixels to decode for an item; endless if it is made of itself or has no size."""
    if number not in costs:
        costs[number] = _ENDLESS
        if depth < _MOST_DEPTH:
            parts = items.parts.get(number, ())
            made_of = sum(_pixels(part, items, costs, depth + 1) for part in parts)
            costs[number] = made_of if parts else _own(number, items)
    return costs[number]


def _own(number: int, items: _Items) -> int:
    sizes: Sequence[int] = items.sizes
    properties: Mapping[int, list[int]] = items.properties
    listed = [sizes[place - 1] for place in properties.get(number, ()) if 0 < place <= len(sizes)]
    return max(listed, default=0) or _ENDLESS
