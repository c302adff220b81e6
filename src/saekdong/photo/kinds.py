"""The kinds of photos: their names, how their files end and begin, and their media types."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class PhotoKind:
    """A kind of photo.

    Attributes:
        name: what Pillow calls it.
        suffixes: how its files end, the usual one first.
        media_type: what it is called over HTTP.
        start: matches its first bytes.
    """

    name: str
    suffixes: tuple[str, ...]
    media_type: str
    start: re.Pattern[bytes]


def _kind(name: str, suffixes: str, media_type: str, start: bytes) -> PhotoKind:
    return PhotoKind(name, tuple(suffixes.split()), media_type, re.compile(start, re.DOTALL))


PHOTO_KINDS = (
    _kind("JPEG", ".jpg .jpeg .jpe .jfif", "image/jpeg", rb"\xff\xd8\xff"),
    _kind("PNG", ".png .apng", "image/png", rb"\x89PNG\r\n\x1a\n"),
    _kind("WEBP", ".webp", "image/webp", rb"RIFF....WEBP"),
    _kind("AVIF", ".avif", "image/avif", rb"....ftypavi[fs]"),
    _kind("GIF", ".gif", "image/gif", rb"GIF8"),
    _kind("TIFF", ".tif .tiff", "image/tiff", rb"II[*+]\x00|MM\x00[*+]"),
    _kind("BMP", ".bmp", "image/bmp", rb"BM"),
    _kind("HEIF", ".heic .heif", "image/heic", rb"....ftyp(hei[cmsx]|hev[cmsx]|mif1|msf1)"),
)
"""The kinds of photos that can be read, HEIF with the extra `heif`."""

SUFFIXES = tuple(suffix for kind in PHOTO_KINDS for suffix in kind.suffixes)
MEDIA_TYPES = tuple(kind.media_type for kind in PHOTO_KINDS)


def photo_kind(content: bytes) -> PhotoKind | None:
    """Return the kind of a photo by its first bytes; None if it begins like none.

    Example:
        >>> photo_kind(b"GIF89a").media_type
        'image/gif'
    """
    return next((kind for kind in PHOTO_KINDS if kind.start.match(content)), None)
