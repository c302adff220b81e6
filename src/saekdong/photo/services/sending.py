"""Photos as services take them."""

import io
from collections.abc import Collection

from PIL import Image

from saekdong.photo.reading import read_photo

_SIDE = 1600
_QUALITY = 90
_SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
}


def sendable(content: bytes, kinds: Collection[str], most_bytes: int) -> bytes:
    """Return a photo as it is where a service takes it so, else as a JPEG of at most 1,600 pixels a side.

    A JPEG has no alpha: what is transparent becomes white.

    Args:
        content: the photo's bytes.
        kinds: what the service takes, of JPEG, PNG, GIF, BMP, TIFF and WEBP; PNG means up to 8 bits a channel.
        most_bytes: how large it may be.

    Raises:
        PhotoError: it has to be made a JPEG and cannot be read.
    """
    return content if len(content) <= most_bytes and _kind(content) in kinds else _as_jpeg(content)


def _kind(content: bytes) -> str:
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "WEBP"
    kind = next((kind for start, kind in _SIGNATURES.items() if content.startswith(start)), "")
    return "PNG16" if kind == "PNG" and content[24:25] == b"\x10" else kind


def _as_jpeg(content: bytes) -> bytes:
    photo = read_photo(content, _SIDE)
    image = Image.fromarray(photo.pixels)
    if photo.alpha is not None:
        image = Image.composite(image, Image.new("RGB", image.size, "white"), Image.fromarray(photo.alpha))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
