"""How much work a photo makes of its decoding, told from its bytes alone."""

import re
import struct
from dataclasses import dataclass

# Neither stuffed bytes (FF 00), fill bytes (FF FF) nor restarts (FF D0 - FF D7), which stand amid the coded pixels.
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_ALONE = frozenset((0x01, 0xC8, 0xD8, 0xDC, 0xDE, 0xDF, *range(0x02, 0xC0), *range(0xF0, 0xFE)))
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9


@dataclass(frozen=True)
class JpegParts:
    """The parts of a JPEG: `headers` before its first scan, and its `scans`."""

    headers: int
    scans: int


def jpeg_parts(content: bytes, most: int) -> JpegParts:
    """Count a JPEG's parts up to the end of its (first) image; stop counting once either number exceeds `most`."""
    headers = scans = at = 0
    while max(headers, scans) <= most and (found := _MARKER.search(content, at)):
        marker, at = content[found.start() + 1], found.end()
        if marker == _END_OF_IMAGE:
            break
        scans += marker == _START_OF_SCAN
        headers += not scans
        if marker not in _ALONE:
            at += max(2, int.from_bytes(content[at : at + 2], "big"))
    return JpegParts(headers, scans)


def tiff_pieces(content: bytes) -> int:
    """Return of how many strips or tiles a TIFF's first image says to consist; 0 where it cannot be told."""
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


def _pieces(entry: tuple[int, ...]) -> int:
    tag, _, count = entry
    strip_offsets, tile_offsets = 273, 324
    return count if tag in (strip_offsets, tile_offsets) else 0
