"""Progressive JPEGs, cut down to the scans that their pixels at an eighth of the size are made of.

At an eighth a block of 8 x 8 pixels becomes one pixel, the block's mean (its DC coefficient). A progressive JPEG stores
the means in scans of their own, about a tenth of its bytes. The other scans change no pixel, but take most of the time.
Only those of a color component that is subsampled (4:2:0) count: libjpeg decodes such a component at a quarter.

Without further scans libjpeg would take the photo for one that is still being loaded, and smooth it. So one scan that
says "all other coefficients are 0" takes the place of those that were cut.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from PIL import features

_FRAME, _TABLES, _END, _SCAN, _RESTARTS = 0xC2, 0xC4, 0xD9, 0xDA, 0xDD
# Application data, comments, quantization tables: they have a length, and change no scan that is cut.
_OTHERS: Final = frozenset((*range(0xE0, 0xF0), 0xFE, 0xDB, _RESTARTS))
# What ends a scan: neither a stuffed byte (FF 00) nor a restart (FF D0 - FF D7).
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7]")
_COEFFICIENTS = 64
_UNKNOWN = 255
_MOST_SHIFT = 13
_LONGEST_RUN = 32_767


# libjpeg-turbo decodes a component at a quarter if it is subsampled both ways, IJG's libjpeg each way by itself.
_NEEDS_BOTH_WAYS: Final = bool(features.check_feature("libjpeg_turbo"))


class _UnusualError(Exception):
    """The JPEG is not one that this module cuts."""


@dataclass(eq=False)
class _Component:
    """A color component.

    Attributes:
        blocks: how many it has.
        is_coarse: whether only its means count at an eighth.
        bits: how many low bits the scans so far have left out of each coefficient; `_UNKNOWN` if there was no scan.
    """

    blocks: int
    is_coarse: bool
    bits: bytearray = field(default_factory=lambda: bytearray([_UNKNOWN]) * _COEFFICIENTS)


def coarse_jpeg(content: bytes) -> bytes:
    """Return a JPEG that decodes to the same pixels at an eighth of its size, but faster if it is progressive.

    If there is nothing to cut, or anything about the file is unusual, return it unchanged: then the decoder decides
    what it makes of it. A file without an end marker is unusual, so a truncated one is still reported. Only scans that
    a decoder reads without an error are cut. Time and memory are proportional to the length.

    Args:
        content: a JPEG, from its first bytes on.
    """
    try:
        return _Cutter(content).cut()
    except (_UnusualError, IndexError):
        return content


class _Cutter:
    """Goes through a JPEG once, from part to part, and collects what is kept."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._components: dict[int, _Component] = {}
        self._tables: set[int] = set()
        self._kept: list[bytes] = []
        self._kept_to = 0

    def cut(self) -> bytes:
        """Return the JPEG without the scans that do not count."""
        content, at = self._content, 2
        while (marker := self._marker(at)) != _END:
            length = int.from_bytes(content[at + 2 : at + 4], "big")
            start, end = at + 4, at + 2 + length
            if length < 2 or end >= len(content):
                raise _UnusualError
            if marker == _SCAN:
                at = self._scan(at, content[start:end])
                continue
            if marker == _FRAME:
                self._frame(content[start:end])
            elif marker == _TABLES:
                self._read_tables(content[start:end])
            elif marker not in _OTHERS:
                raise _UnusualError
            at = end
        return self._ended(at)

    def _marker(self, at: int) -> int:
        if self._content[at] != 0xFF:
            raise _UnusualError
        return self._content[at + 1]

    def _ended(self, at: int) -> bytes:
        """Return what is kept up to the end of the image, and the scans that stand for the others."""
        whole = bytes(_COEFFICIENTS)
        # A JPEG that leaves out low bits is one that libjpeg smooths.
        if not self._kept or any(component.bits != whole for component in self._components.values()):
            raise _UnusualError
        coarse = [(key, component.blocks) for key, component in self._components.items() if component.is_coarse]
        scans = [_empty_scan(key, blocks) for key, blocks in coarse]
        return b"".join([*self._kept, self._content[self._kept_to : at], _EMPTY_TABLES, *scans, b"\xff\xd9"])

    def _frame(self, body: bytes) -> None:
        """Read the size of the photo and how its components are sampled."""
        if self._components or len(body) not in (9, 15) or len(body) != 6 + 3 * body[5]:
            raise _UnusualError
        height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
        sampling = {body[at]: (body[at + 1] >> 4, body[at + 1] & 15) for at in range(6, len(body), 3)}
        factors = [factor for both in sampling.values() for factor in both]
        if body[0] != 8 or not height or not width or len(sampling) != body[5] or not all(1 <= f <= 4 for f in factors):
            raise _UnusualError
        widest, highest = max(factors[::2]), max(factors[1::2])
        for key, (across, down) in sampling.items():
            blocks = -(-width * across // (8 * widest)) * -(-height * down // (8 * highest))
            halved = widest % (2 * across) == 0, highest % (2 * down) == 0
            is_coarse = not (all if _NEEDS_BOTH_WAYS else any)(halved)
            self._components[key] = _Component(blocks, is_coarse)

    def _read_tables(self, body: bytes) -> None:
        """Note which Huffman tables exist; those that a decoder would reject are unusual."""
        at = 0
        while at < len(body):
            lengths = body[at + 1 : at + 17]
            code = 0
            for length, codes in enumerate(lengths, 1):
                code = 2 * code + codes
                if code >= 1 << length:
                    raise _UnusualError
            self._tables.add(body[at])
            at += 17 + sum(lengths)
            if sum(lengths) > 256 or at > len(body):
                raise _UnusualError

    def _scan(self, at: int, head: bytes) -> int:
        """Keep or leave out the scan at a place; return the place after it."""
        count = head[0]
        if not self._components or len(head) != 4 + 2 * count:
            raise _UnusualError
        try:
            components = [self._components[head[1 + 2 * k]] for k in range(count)]
        except KeyError as error:
            raise _UnusualError from error
        first, last, bits = head[-3:]
        for component in components:
            _note(component, first, last, bits >> 4, bits & 15)
        found = _AFTER_SCAN.search(self._content, at + 4 + len(head))
        if not found:
            raise _UnusualError
        if first and components[0].is_coarse:
            # A decoder takes the low half of the byte for the number of the table, of class 1.
            if count != 1 or 0x10 | head[2] & 15 not in self._tables:
                raise _UnusualError
            self._kept.append(self._content[self._kept_to : at])
            self._kept_to = found.start()
        return found.start()


def _note(component: _Component, first: int, last: int, high: int, low: int) -> None:
    """Note that a scan stores a component's coefficients from first to last, from bit `high` down to bit `low`."""
    is_mean = first == last == 0
    is_detail = 0 < first <= last < _COEFFICIENTS and component.bits[0] != _UNKNOWN
    span = slice(first, last + 1)
    before = _UNKNOWN if high == 0 else high
    is_next = low <= _MOST_SHIFT if high == 0 else low == high - 1
    if not (is_mean or is_detail) or not is_next or component.bits[span] != bytes([before]) * (last + 1 - first):
        raise _UnusualError
    component.bits[span] = bytes([low]) * (last + 1 - first)


# No restarts; and codes of 4 bits for "this block and those after it have no further coefficients", in 15 sizes.
_EMPTY_TABLES: Final = (
    b"\xff\xdd\x00\x04\x00\x00"
    + b"\xff\xc4\x00\x22\x10"
    + bytes([0, 0, 0, 15, *[0] * 12])
    + bytes(size << 4 for size in range(15))
)


def _empty_scan(key: int, blocks: int) -> bytes:
    """Return a scan that sets all coefficients of a component but its means to 0 (ITU-T T.81, G.1.2.2).

    It consists of runs of blocks without further coefficients: the size of a run, then its bits below the first.
    """
    bits = ""
    while blocks:
        run = min(blocks, _LONGEST_RUN)
        size = run.bit_length() - 1
        bits += f"{size:04b}" + f"{run:b}"[1:]
        blocks -= run
    bits += "1" * (-len(bits) % 8)
    coded = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\x00")
    return bytes([0xFF, _SCAN, 0, 8, 1, key, 0, 1, 63, 0]) + coded
