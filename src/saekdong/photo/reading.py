"""Photos, read safely and small."""

import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from saekdong.errors import SaekdongError

MOST_BYTES = 40 << 20
MOST_PIXELS = 100_000_000
_MOST_SCANS = 100
_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP")
_SIXTEEN_BITS = ("I;16", "I;16B", "I;16L", "I")
_DECODER_ERRORS = (
    OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, AttributeError, EOFError, MemoryError,
    OverflowError, ZeroDivisionError, NotImplementedError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip


class PhotoError(SaekdongError):
    """A photo that cannot be used; `code` says why in a word.

    Codes: not-found, unreadable, empty, too-large, too-many-pixels, not-an-image, unsupported, damaged.
    """

    def __init__(self, code: str, problem: str, fix: str = "") -> None:
        self.code = code
        super().__init__(problem, fix)


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo, shrunk.

    Attributes:
        pixels: sRGB, uint8 (H, W, 3).
        alpha: opacity, uint8 (H, W); None where all is opaque.
        width, height: the photo's own size in pixels, upright.
        format: JPEG, PNG, WEBP, AVIF, GIF, TIFF, BMP or HEIF.
    """

    pixels: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None
    width: int
    height: int
    format: str


def read_photo(content: bytes, side: int) -> Photo:
    """Decode a photo and shrink it until its longer side is at most `side` pixels.

    JPEG is decoded small in the decoder. Shrinking averages areas, transparent pixels counting for nothing. The photo
    is turned upright by its EXIF orientation, its embedded color profile converted to sRGB; of several frames the
    first is taken. HEIC needs the extra `heif`.

    Args:
        content: the file's bytes; what it is, is told from them.
        side: pixels; smaller photos stay as they are.

    Raises:
        PhotoError: it is empty, too large (40 MiB, 100 megapixels), no image, of another kind, or damaged.
    """
    _check_bytes(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=_formats(content)) as image:
                return _read(image, side)
    except PhotoError:
        raise
    except UnidentifiedImageError as error:
        raise PhotoError("not-an-image", "not an image that can be read", fix=_known()) from error
    except _DECODER_ERRORS as error:
        raise PhotoError("damaged", f"the image is damaged or cut short ({_short(error)})") from error


def _check_bytes(content: bytes) -> None:
    if not content:
        raise PhotoError("empty", "the file is empty")
    if len(content) > MOST_BYTES:
        raise PhotoError("too-large", f"larger than {MOST_BYTES >> 20} MiB", fix="give a smaller version of the photo")
    if content.startswith(b"\xff\xd8") and content.count(b"\xff\xda") > _MOST_SCANS:
        raise PhotoError("damaged", f"a JPEG of more than {_MOST_SCANS} scans, made to keep readers busy")


def _formats(content: bytes) -> tuple[str, ...]:
    if content[4:8] != b"ftyp" or content[8:12] in (b"avif", b"avis"):
        return _FORMATS
    try:
        import pillow_heif
    except ImportError as error:
        raise PhotoError(
            "unsupported", "HEIC needs pillow-heif", fix="pip install 'saekdong[heif]', or give a JPEG"
        ) from error
    pillow_heif.register_heif_opener()
    return (*_FORMATS, "HEIF")


def _read(image: Image.Image, side: int) -> Photo:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise PhotoError("too-many-pixels", f"{width} x {height} pixels, more than {MOST_PIXELS:,}")
    if min(width, height) < 1:
        raise PhotoError("damaged", "an image without pixels")
    kind = image.format or "image"
    profile = image.info.get("icc_profile")
    if kind == "JPEG":
        image.draft(None, (side, side))
    image.load()
    small = _shrunk(_plain(image), side)
    small = ImageOps.exif_transpose(small) if _is_turned(image) else small
    if profile and image.mode in ("RGB", "RGBA", "P", "CMYK"):
        small = _to_srgb(small, image.mode, profile)
    if _is_turned(image) and image.getexif().get(0x0112, 1) >= 5:
        width, height = height, width
    return _photo(small, width, height, kind)


def _is_turned(image: Image.Image) -> bool:
    return bool(image.getexif().get(0x0112, 1) != 1)


def _plain(image: Image.Image) -> Image.Image:
    """Return the image in a mode that can be averaged: L, RGB, RGBa (premultiplied) or CMYK."""
    if image.mode in _SIXTEEN_BITS or image.mode == "F":
        return _eight_bits(image)
    if image.mode in ("LA", "PA", "RGBA", "La") or "transparency" in image.info:
        return _copy_info(image, image.convert("RGBA").convert("RGBa"))
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return _copy_info(image, image.convert("RGB"))


def _copy_info(source: Image.Image, target: Image.Image) -> Image.Image:
    target.info.update({key: source.info[key] for key in ("exif",) if key in source.info})
    return target


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit and floating gray; Pillow would clip it."""
    values = np.asarray(image).astype(np.float64)
    most = 65535.0 if image.mode != "F" else max(float(values.max()), 1e-9)
    return _copy_info(image, Image.fromarray((np.clip(values / most, 0, 1) * 255 + 0.5).astype(np.uint8)))


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    scale = side / max(image.size)
    if scale >= 1:
        return image
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return _copy_info(image, image.resize(size, Image.Resampling.BOX))


def _to_srgb(image: Image.Image, mode: str, profile: bytes) -> Image.Image:
    """Convert by the embedded profile; one that cannot be used is passed over, as browsers do."""
    transform = _transform(profile, "CMYK" if mode == "CMYK" else "RGB")
    if transform is None:
        return image
    if image.mode == "RGBa":
        straight = image.convert("RGBA")
        converted = ImageCms.applyTransform(straight.convert("RGB"), transform)
        if converted is None:
            return image
        converted.putalpha(straight.getchannel("A"))
        return converted.convert("RGBa")
    return (ImageCms.applyTransform(image, transform) if image.mode in ("RGB", "CMYK") else image) or image


@lru_cache(maxsize=32)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in (ImageCms.getProfileDescription(opened) or ""):
            return None
        return ImageCms.buildTransform(opened, _srgb(), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _photo(image: Image.Image, width: int, height: int, kind: str) -> Photo:
    if image.mode != "RGBa":
        return Photo(np.asarray(image.convert("RGB")), None, width, height, kind)
    straight = np.asarray(image.convert("RGBA"))
    alpha = np.ascontiguousarray(straight[..., 3])
    return Photo(np.ascontiguousarray(straight[..., :3]), None if alpha.min() == 255 else alpha, width, height, kind)


def _known() -> str:
    return f"give a photo as {', '.join(_FORMATS)}, or HEIC with the extra heif"


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


# Half a photo is not silently taken for a whole one.
ImageFile.LOAD_TRUNCATED_IMAGES = False
