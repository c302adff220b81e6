"""HEIC files made box by box, for tests: items that share bytes, grids, layers."""

import io
import struct
from collections.abc import Mapping, Sequence

import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()

Item = tuple[bytes, Sequence[tuple[int, int]], bool]
"""A kind, extents as places and lengths, and whether they are in `idat`."""


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind: bytes, version: int, *parts: bytes) -> bytes:
    return box(kind, struct.pack(">I", version << 24), *parts)


def size(width: int, height: int) -> bytes:
    return full(b"ispe", 0, struct.pack(">II", width, height))


def grid(rows: int, columns: int, width: int, height: int) -> bytes:
    return struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)


class Coded:
    """A picture of one color: its bytes, and the properties that decode them."""

    def __init__(self, side: int) -> None:
        file = io.BytesIO()
        Image.new("RGB", (side, side), (200, 30, 30)).save(file, "HEIF", quality=30)
        content = file.getvalue()
        top = dict(_children(content))
        meta = dict(_children(top[b"meta"], 12))
        properties = dict(_children(dict(_children(meta[b"iprp"], 8))[b"ipco"], 8))
        self.start, self.data = top[b"ftyp"], top[b"mdat"][8:]
        self.properties = [properties[b"hvcC"], size(side, side), properties[b"pixi"]]


def heif(
    coded: Coded,
    items: Mapping[int, Item],
    properties: Mapping[int, Sequence[int]],
    references: Sequence[tuple[bytes, int, Sequence[int]]] = (),
    main: int = 1,
    idat: bytes = b"",
    data: bytes = b"",
    more: Sequence[bytes] = (),
) -> bytes:
    """Return a file.

    Args:
        coded: item 1's picture.
        items: by number; extents in the file count from the picture's first byte.
        properties: of each item, places in the picture's properties and `more`, from 1.
        references: kind, item, and those that it is made of or about.
        main: the item that is shown.
        idat: data of derived items.
        data: bytes behind the picture's.
        more: properties besides the picture's.
    """
    entries = (full(b"infe", 2, struct.pack(">HH4s", number, 0, items[number][0]), b"\0") for number in items)
    named = [
        full(b"hdlr", 0, b"\0\0\0\0pict" + bytes(13)),
        full(b"pitm", 0, struct.pack(">H", main)),
        full(b"iinf", 0, struct.pack(">H", len(items)), *entries),
        full(b"iref", 0, *(box(kind, _numbers(item, *[len(to), *to])) for kind, item, to in references)),
        box(b"iprp", box(b"ipco", *coded.properties, *more), _associations(properties)),
        box(b"idat", idat),
    ]
    length = len(coded.start) + len(full(b"meta", 0, *named, _places(items, 0))) + 8
    return coded.start + full(b"meta", 0, *named, _places(items, length)) + box(b"mdat", coded.data, data)


def _children(content: bytes, at: int = 0) -> list[tuple[bytes, bytes]]:
    found = []
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        found.append((kind, content[at : at + length]))
        at += length
    return found


def _numbers(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}H", *numbers)


def _associations(properties: Mapping[int, Sequence[int]]) -> bytes:
    each = (struct.pack(">HB", item, len(places)) + bytes(places) for item, places in properties.items())
    return full(b"ipma", 0, struct.pack(">I", len(properties)), *each)


def _places(items: Mapping[int, Item], start: int) -> bytes:
    each = []
    for number, (_, extents, is_inside) in items.items():
        each.append(_numbers(number, is_inside, 0, len(extents)))
        each += [struct.pack(">II", place + (0 if is_inside else start), length) for place, length in extents]
    return full(b"iloc", 1, b"\x44\0", struct.pack(">H", len(items)), *each)
