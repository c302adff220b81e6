"""Photos as services take them."""

import io
from collections.abc import Collection

from PIL import Image

from saekdong.photo.kinds import photo_kind
from saekdong.photo.reading import read_photo

_SIDE = 1600
_QUALITY = 90


def sendable(content: bytes, kinds: Collection[str], most_bytes: int) -> bytes:
    """Return a photo unchanged if the service accepts it, otherwise as a JPEG of at most 1,600 pixels a side.

    A JPEG has no alpha: what is transparent becomes white.

    Args:
        content: the photo's bytes.
        kinds: what the service takes, of JPEG, PNG, GIF, BMP, TIFF and WEBP; PNG means up to 8 bits a channel.
        most_bytes: how large it may be.

    Raises:
        PhotoError: it has to be made a JPEG and cannot be read.
    """
    return content if len(content) <= most_bytes and _name(content) in kinds else _as_jpeg(content)


def _name(content: bytes) -> str:
    kind = photo_kind(content)
    if kind is None:
        return ""
    return "PNG16" if kind.name == "PNG" and content[24:25] == b"\x10" else kind.name


def _as_jpeg(content: bytes) -> bytes:
    photo = read_photo(content, _SIDE)
    image = Image.fromarray(photo.pixels)
    if photo.alpha is not None:
        image = Image.composite(image, Image.new("RGB", image.size, "white"), Image.fromarray(photo.alpha))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
