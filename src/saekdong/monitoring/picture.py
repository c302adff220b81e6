"""A picture of why an alarm was raised: the photos that moved it above typical ones."""

import io
from pathlib import Path

from PIL import Image, ImageOps

from saekdong.lang import Lang
from saekdong.loop import Alarm
from saekdong.photo import PhotoError, photo_at, read_photo

SIDE = 140
_GAP = 8
_GROUND = (246, 246, 246)
_MISSING = (200, 200, 200)


def draw_strips(alarm: Alarm, lang: Lang, folder: Path, *, allow_private: bool = False) -> bytes:
    """Return two strips of photos as PNG: those that moved the evidence, and typical ones of the same day.

    A photo that cannot be read is a gray square.

    Args:
        alarm: with the places of the photos.
        lang: the language of the title, which stands in the file as its description.
        folder: the workspace's.
        allow_private: whether photos may be fetched from private addresses.
    """
    from PIL.PngImagePlugin import PngInfo

    strips = [list(alarm.evidence.get(name, ())) for name in ("photos", "typical")]
    across = max(1, *map(len, strips))
    canvas = Image.new("RGB", (across * (SIDE + _GAP) + _GAP, 2 * (SIDE + _GAP) + 2 * _GAP), _GROUND)
    for row, places in enumerate(strips):
        for column, place in enumerate(places):
            photo = _thumbnail(place, folder, allow_private=allow_private)
            canvas.paste(photo, (_GAP + column * (SIDE + _GAP), _GAP + row * (SIDE + 2 * _GAP)))
    text, file = PngInfo(), io.BytesIO()
    text.add_itxt("Description", alarm.evidence[lang], lang)
    canvas.save(file, "PNG", pnginfo=text)
    return file.getvalue()


def _thumbnail(place: str, folder: Path, *, allow_private: bool) -> Image.Image:
    try:
        photo = read_photo(photo_at(place, folder, allow_private=allow_private).read(), SIDE)
    except PhotoError:
        return Image.new("RGB", (SIDE, SIDE), _MISSING)
    return ImageOps.pad(Image.fromarray(photo.pixels), (SIDE, SIDE), color=_GROUND)
