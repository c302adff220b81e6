"""Small versions of photos, as WebP."""

import io

import numpy as np
from PIL import Image

from saekdong.photo.reading import Photo

_QUALITY = 82


def to_webp(photo: Photo) -> bytes:
    """Return a photo as WebP without metadata; what is transparent is white, as shops show products."""
    stream = io.BytesIO()
    _on_white(photo).save(stream, "WEBP", quality=_QUALITY, method=2)
    return stream.getvalue()


def _on_white(photo: Photo) -> Image.Image:
    picture = Image.fromarray(photo.pixels)
    if photo.alpha is None:
        return picture
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=Image.fromarray(np.ascontiguousarray(photo.alpha)))
    return ground
