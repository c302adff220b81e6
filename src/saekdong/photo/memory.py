"""The memory that decoding a photo takes, known before it is decoded, and room for a few large photos at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageFile
from PIL.TiffImagePlugin import TiffImageFile

from saekdong.photo.effort import JpegParts

MOST_MEMORY = 480_000_000
_SMALL = 48_000_000
# What Pillow keeps of a pixel; in all other modes 4 bytes.
_KEPT = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}
# Measured, in bytes a pixel. libwebp keeps two canvases and its own colors; libavif and libheif keep planes (up to
# 12 bits a channel without subsampling), colors and a copy.
_WEBP, _AVIF, _AVIF_WITH_ALPHA, _HEIF, _DEEP_HEIF = 16, 14, 17, 9, 16
# Decoders of a TIFF's strips that keep a copy of their own, or as much as a window.
_COPYING = ("tiff_jpeg", "jpeg", "webp", "zstd", "lzma", "lerc")
_BITS, _ORIENTATION, _SAMPLES, _ROWS, _TILE_WIDTH, _TILE_HEIGHT = 258, 274, 277, 278, 322, 323


def decoding_bytes(image: ImageFile.ImageFile, kind: str, pixels: int, jpeg: JpegParts | None) -> int:
    """Return how many bytes an opened photo needs at most while it is decoded.

    Args:
        image: opened by Pillow, not decoded; a JPEG with its `draft` set.
        kind: the format; MPO is JPEG.
        pixels: the photo's own, before `draft`.
        jpeg: the parts of a JPEG.
    """
    kept = image.width * image.height * _KEPT.get(image.mode, 4)
    if kind == "WEBP":
        return pixels * _WEBP
    if kind == "AVIF":
        return pixels * (_AVIF_WITH_ALPHA if image.mode == "RGBA" else _AVIF)
    if kind == "HEIF":
        is_plain = image.mode == "RGB" and image.info.get("bit_depth") == 8 and image.info.get("chroma") == 420
        return pixels * (_HEIF if is_plain else _DEEP_HEIF)
    if jpeg:
        return kept + _coefficient_bytes(image, jpeg, pixels)
    if isinstance(image, TiffImageFile):
        # Pillow turns it by its orientation into a second image.
        is_upright = image.tag_v2.get(_ORIENTATION, 1) == 1
        return kept * (1 if is_upright else 2) + _strip_bytes(image)
    # Sixteen bits a channel are read where eight are kept.
    return max(kept, pixels * len(image.getbands()) * 2) if _is_deep(image) else kept


def _is_deep(image: ImageFile.ImageFile) -> bool:
    return any(";16" in str(part.args) for part in image.tile)


def _coefficient_bytes(image: Image.Image, jpeg: JpegParts, pixels: int) -> int:
    """Return the memory of a JPEG's coefficients, which libjpeg keeps unless one scan holds all colors."""
    if jpeg.scans <= 1 and jpeg.is_whole_scan and "progressive" not in image.info:
        return 0
    sampling = [(across, down) for _, across, down, _ in getattr(image, "layer", ())]
    widest = max((across for across, _ in sampling), default=1)
    highest = max((down for _, down in sampling), default=1)
    return int(2 * pixels * sum(across * down for across, down in sampling) // max(1, widest * highest))


def _strip_bytes(image: TiffImageFile) -> int:
    """Return the memory of a TIFF's largest strip or tile, decoded."""
    tags = image.tag_v2
    width, height = tags.get(_TILE_WIDTH, image.width), tags.get(_TILE_HEIGHT, tags.get(_ROWS, image.height))
    pixels = min(int(width), 2 * image.width) * min(int(height), 2 * image.height)
    depths = tags.get(_BITS, (1,))
    bits = depths[0] * tags.get(_SAMPLES, 1) if len(depths) == 1 else sum(depths)
    compression = image.info.get("compression")
    if compression == "raw":
        return 0
    return int(pixels * (max(bits // 8, 1) + (8 if compression in _COPYING else 0)))


class Room:
    """Memory that threads share: large photos wait until those before them have left enough."""

    def __init__(self, total: int) -> None:
        self._total = self._left = total
        self._changed = threading.Condition()

    @contextmanager
    def of(self, size: int) -> Iterator[None]:
        """Hold `size` bytes while the block runs; wait for them first. Small photos never wait."""
        if size <= _SMALL:
            yield
            return
        size = min(size, self._total)
        with self._changed:
            self._changed.wait_for(lambda: self._left >= size)
            self._left -= size
        try:
            yield
        finally:
            with self._changed:
                self._left += size
                self._changed.notify_all()


ROOM = Room(MOST_MEMORY)
