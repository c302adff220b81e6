"""A shop's days: feeds of drawn products, in daylight or under a warm lamp."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from saekdong.lang import Lang
from saekdong.samples.catalog import draw_products, write_catalog

WARM = (1.05, 1.0, 0.9)
"""What a warm lamp does to red, green and blue."""


def write_day(folder: Path, day: int, count: int, lang: Lang, *, warm: bool = False) -> tuple[Path, Path]:
    """Write a day's feed, with its photos in a folder of their own, and the labels of the photos.

    Args:
        folder: for the feed `products.csv`, `labels.csv`, and the folder `photos`.
        day: the number of the day: other days have other products.
        count: the number of products.
        lang: the language of titles and categories.
        warm: whether the photos were taken under a warm lamp.

    Returns:
        The paths of the feed and of the labels.
    """
    products = [replace(each, id=f"day{day}-{each.id}") for each in draw_products(count, lang, seed=day)]
    if warm:
        products = [replace(each, photo=under_warm_lamp(each.photo)) for each in products]
    return write_catalog(products, folder)


def under_warm_lamp(photo: bytes) -> bytes:
    """Return a photo as a warm lamp would have made it, as JPEG."""
    with Image.open(io.BytesIO(photo)) as image:
        pixels = np.asarray(image.convert("RGB")) * np.array(WARM)
    file = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=90)
    return file.getvalue()
