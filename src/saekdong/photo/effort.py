"""Estimate the work of decoding a photo, from its bytes alone."""

import re
import struct
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

# Neither stuffed bytes (FF 00), fill bytes (FF FF) nor restarts (FF D0 - FF D7), which stand amid the coded pixels.
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
# As Pillow and libjpeg read them: all other markers are followed by a length.
_ALONE = frozenset((0x01, 0xC8, 0xD8, 0xD9, *range(0x02, 0xC0), *range(0xF0, 0xFE)))
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_FRAMES = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))
_TABLES, _EXIF, _PHOTOSHOP = 0xDB, 0xE1, 0xED
_UNPACKED = _FRAMES | {_TABLES, _EXIF, _PHOTOSHOP}
_MOST_WORK = 1_000_000
MOST_LATER = 2_000
"""Parts after a JPEG's first scan, but scans: tables for each scan are usual."""

_PNG_DATA = (b"IDAT", b"fdAT", b"fcTL")
_PNG_TEXTS = (b"iTXt", b"zTXt")


@dataclass(frozen=True)
class JpegParts:
    """The parts of a JPEG.

    Attributes:
        headers: parts before the first scan.
        unpacked: those of them that Pillow unpacks value by value: frames, tables, EXIF, Photoshop's.
        scans: scans of the first image.
        later: parts after the first scan that are not scans.
        fill: bytes before the first scan that belong to no part.
        is_whole_scan: whether the first scan holds all color components.
    """

    headers: int
    unpacked: int
    scans: int
    later: int
    fill: int
    is_whole_scan: bool


def jpeg_parts(content: bytes, most: int) -> JpegParts:
    """Count a JPEG's parts up to the end of its (first) image; stop past `most`, or `MOST_LATER` after a scan."""
    headers = unpacked = scans = later = fill = at = colors = colors_of_scan = 0
    while max(headers, scans) <= most and later <= MOST_LATER:
        found = _MARKER.search(content, at)
        fill += 0 if scans else (found.start() if found else len(content)) - at
        if not found:
            break
        marker, at = content[found.start() + 1], found.end()
        if marker == _END_OF_IMAGE and scans:
            break
        if marker == _START_OF_SCAN:
            colors_of_scan = colors_of_scan or _byte(content, at + 2)
            scans += 1
        elif scans:
            later += 1
        else:
            headers += 1
            if marker in _FRAMES:
                colors = _byte(content, at + 7)
            unpacked += marker in _UNPACKED and (marker != _EXIF or content.startswith(b"Exif", at + 2))
        if marker not in _ALONE:
            at += max(2, int.from_bytes(content[at : at + 2], "big"))
    return JpegParts(headers, unpacked, scans, later, fill, colors == colors_of_scan)


def _byte(content: bytes, at: int) -> int:
    return content[at] if at < len(content) else 0


def png_weight(content: bytes, most: int) -> int:
    """Count a PNG's chunks up to its end, those that cost more than pixels many times; stop once it exceeds `most`.

    A chunk without pixels counts 100 times: a color profile may inflate to a megabyte. A text counts 4,000 times, and
    once more for every 50 bytes: it may become four megabytes, at four bytes a letter.
    """
    weight, at = 0, 8
    while weight <= most:
        kind, length = content[at + 4 : at + 8], int.from_bytes(content[at : at + 4], "big")
        if len(kind) < 4 or kind == b"IEND":
            break
        if kind in _PNG_TEXTS:
            weight += 4000 + length // 50
        else:
            weight += 1 if kind in _PNG_DATA else 100
        at += 12 + length
    return weight


def tiff_pieces(content: bytes) -> int:
    """Return the number of strips or tiles of a TIFF's first image, by its header; 0 if it is unknown."""
    order = "<" if content.startswith(b"II") else ">"
    big = 43 in content[2:4]
    start, total, entry, step = ("8xQ", "Q", "HHQ", 20) if big else ("4xL", "H", "HHL", 12)
    try:
        at = struct.unpack_from(order + start, content)[0]
        entries = struct.unpack_from(order + total, content, at)[0]
        first = at + struct.calcsize(order + total)
        return sum(_pieces(struct.unpack_from(order + entry, content, first + step * n)) for n in range(entries))
    except (struct.error, OverflowError):
        return 0


def tiff_scans(content: bytes, places: Sequence[int], lengths: Sequence[int], most: int) -> int:
    """Count the scans of the JPEGs that are a TIFF's strips or tiles, shared ones each time they are used.

    Args:
        content: the TIFF.
        places: where each piece begins.
        lengths: the bytes of each piece.
        most: the scans that one piece may have; counting stops at the next.

    Returns:
        The scans, or `sys.maxsize` if counting them would take long: the pieces overlap, or have a million parts.
    """
    pieces = Counter(zip(places, lengths, strict=False))
    if sum(length for _, length in pieces) > 2 * len(content):
        return sys.maxsize
    scans = work = 0
    for (place, length), count in pieces.items():
        parts = jpeg_parts(content[place : place + length], most)
        scans += parts.scans * count
        work += parts.headers + parts.scans + parts.later
        if work > _MOST_WORK:
            return sys.maxsize
    return scans


def _pieces(entry: tuple[int, ...]) -> int:
    tag, _, count = entry
    strip_offsets, tile_offsets = 273, 324
    return count if tag in (strip_offsets, tile_offsets) else 0
