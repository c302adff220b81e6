"""Photos of every format: damaged ones, those made to keep a reader busy, progressive JPEGs with and without a cut."""

import io
import random
import sys
from collections.abc import Callable

import numpy as np
from PIL import Image

from fuzz.harness import Target
from fuzz.mutating import damaged
from fuzz.photo_bombs import BOMBS
from saekdong.photo import reading
from saekdong.photo.progressive import coarse_jpeg
from saekdong.photo.reading import PhotoError, read_photo

_SIDE = 64
_SIDE_AT_AN_EIGHTH = 4


def attempt(content: bytes) -> str:
    """Read a photo; return `read`, or the code of its error."""
    try:
        read_photo(content, _SIDE)
    except PhotoError as error:
        return error.code
    return "read"


def compare(content: bytes) -> str:
    """Read a JPEG at an eighth of its size with all of its scans, then with those that count; both must be the same."""
    whole = _outcome(content, lambda content: content)
    if _outcome(content, coarse_jpeg) != whole:
        raise AssertionError("a JPEG is read differently after scans were cut")
    return str(whole[0]) if isinstance(whole[0], str) else "read"


def _outcome(content: bytes, cut: Callable[[bytes], bytes]) -> tuple[object, ...]:
    reading.coarse_jpeg = cut
    try:
        photo = read_photo(content, _SIDE_AT_AN_EIGHTH)
    except PhotoError as error:
        return error.code, str(error)
    return photo.pixels.tobytes(), photo.width, photo.height


def progressive_seeds() -> dict[str, bytes]:
    """Return small progressive JPEGs of every subsampling."""
    y, x = np.mgrid[:40, :56]
    picture = Image.fromarray(np.stack([4 * x, 6 * y, 100 + 80 * np.sin(x)], axis=-1).astype(np.uint8))
    return {
        "gray": encoded(picture.convert("L"), "JPEG", progressive=True),
        "rgb": encoded(picture, "JPEG", progressive=True, keep_rgb=True),
        "cmyk": encoded(picture.convert("CMYK"), "JPEG", progressive=True),
        "restarts": encoded(picture, "JPEG", progressive=True, restart_marker_blocks=3),
        **{f"subsampling {n}": encoded(picture, "JPEG", progressive=True, subsampling=n) for n in range(3)},
    }


def seeds() -> dict[str, bytes]:
    """Return a small valid photo of every kind that can be written here."""
    y, x = np.mgrid[:40, :56]
    picture = Image.fromarray(np.stack([4 * x, 6 * y, 2 * (x + y)], axis=-1).astype(np.uint8))
    clear = picture.copy()
    clear.putalpha(Image.fromarray((6 * y).astype(np.uint8)))
    exif = Image.Exif()
    exif[0x0112] = 6
    extras = {"exif": exif.tobytes(), "icc_profile": b"profile" * 30}
    drawn = {
        "jpeg": encoded(picture, "JPEG", **extras),
        "jpeg progressive": encoded(picture, "JPEG", progressive=True, subsampling=0),
        "jpeg cmyk": encoded(picture.convert("CMYK"), "JPEG"),
        "jpeg of several": encoded(picture, "MPO", save_all=True, append_images=[picture]),
        "png": encoded(clear, "PNG", **extras),
        "png palette": encoded(picture.quantize(16), "PNG", transparency=1),
        "png animated": encoded(picture, "PNG", save_all=True, append_images=[picture.rotate(90)]),
        "webp": encoded(clear, "WEBP", **extras),
        "webp lossless": encoded(picture, "WEBP", lossless=True),
        "webp animated": encoded(picture, "WEBP", save_all=True, append_images=[picture.rotate(90)]),
        "gif": encoded(picture, "GIF", save_all=True, append_images=[picture.rotate(90)], comment=b"made here"),
        "tiff": encoded(picture, "TIFF", **extras),
        "tiff lzw": encoded(clear, "TIFF", compression="tiff_lzw"),
        "tiff jpeg": encoded(picture, "TIFF", compression="jpeg"),
        "tiff big": encoded(picture, "TIFF", big_tiff=True),
        "tiff fax": encoded(picture.convert("1"), "TIFF", compression="group4"),
        "bmp": encoded(picture, "BMP"),
        "bmp run-length": run_length_bmp(56, 40, b"".join(b"\x38%c\0\0" % (row + 1) for row in range(40)) + b"\0\1"),
    }
    for kind in ("AVIF", "HEIF"):
        try:
            if kind == "HEIF":
                import pillow_heif

                pillow_heif.register_heif_opener()
            drawn[kind.lower()] = encoded(clear, kind, **extras)
        except (ImportError, KeyError):
            print(f"{kind} cannot be written here; it is left out", file=sys.stderr)
    return drawn


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """Return an image as a file of this kind."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def run_length_bmp(width: int, height: int, rows: bytes) -> bytes:
    """Return a BMP of 8 bits a pixel whose rows are compressed by run length; Pillow writes none."""
    colors = b"\1\2\3\0" * 256
    start = 54 + len(colors)
    numbers = (start + len(rows), 0, start, 40, width, height, (8 << 16) + 1, 1, len(rows), 0, 0, 256, 0)
    return b"BM" + b"".join(number.to_bytes(4, "little") for number in numbers) + colors + rows


def mutation(content: bytes, rng: random.Random) -> bytes:
    """Return a photo damaged in one to eight ways, and in an eighth of the cases of another size."""
    resized = bytearray(content)
    if rng.random() < 0.125:
        _resize(resized, rng)
    return damaged(bytes(resized), rng)


def _resize(content: bytearray, rng: random.Random) -> None:
    """Rewrite a field that holds the photo's width or height, in any order and size of bytes."""
    order, size = rng.choice(("little", "big")), rng.choice((2, 3, 4))
    at = content.find(rng.choice((40, 56, 39, 55)).to_bytes(size, order))
    if at >= 0:
        content[at : at + size] = rng.choice((0, 1, 100, 100, 1000, 9999, 65_535)).to_bytes(size, order)


def warm() -> None:
    """Load Pillow's formats, and let the first photo load what it needs."""
    Image.init()
    for content in seeds().values():
        attempt(content)


PHOTOS = Target("photos", attempt, seeds, BOMBS, mutate=mutation, warm=warm, most_megabytes=600)
PROGRESSIVE = Target("progressive", compare, progressive_seeds, warm=warm, most_megabytes=600, most_seconds=10)
