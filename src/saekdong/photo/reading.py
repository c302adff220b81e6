"""Photos, read safely and small."""

import io
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageFile, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from saekdong.errors import SaekdongError
from saekdong.extras import pip_install
from saekdong.fetch.bounds import MOST_PHOTO_BYTES
from saekdong.photo.effort import MOST_LATER, JpegParts, jpeg_parts, png_weight, tiff_pieces, tiff_scans
from saekdong.photo.heif import heif_work
from saekdong.photo.kinds import PHOTO_KINDS, photo_kind
from saekdong.photo.memory import MOST_MEMORY, ROOM, decoding_bytes
from saekdong.photo.progressive import coarse_jpeg
from saekdong.photo.quiet import LIBTIFF, quiet_decoders

MOST_PIXELS = 100_000_000
_MOST_SCANS = 100
# A scan takes the time of its pixels, however few its bytes: 100 megapixels in 15 scans, 15 megapixels in 100.
_MOST_SCANNED_PIXELS = 1_500_000_000
_MOST_HEADERS = 500
# The largest photo and its alpha, in tiles that reach beyond the edge.
_MOST_HEIF_PIXELS = 120_000_000
_MOST_SHARED = 1 << 16
_MOST_UNPACKED = 50
_MOST_FILL = 1 << 16
_MOST_PIECES = 100_000
_MOST_PNG_WEIGHT = 100_000
# Pillow reads small parts in Python, a microsecond each.
_MOST_READS = 1_000_000
_MOST_RLE_PIXELS = 4_000_000
# Their bytes take longer than those of all others: about a fifth of a second a megabyte.
_MOST_MODERN_BYTES = 16 << 20
# Rows are made ready for averaging some at a time.
_BAND_PIXELS = 1 << 20
_MOST_PROFILE_BYTES = 4 << 20
_FORMATS = tuple(kind.name for kind in PHOTO_KINDS if kind.name != "HEIF")
_DEEP = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class PhotoError(SaekdongError):
    """A photo that cannot be used; `code` says why in a word.

    Codes: not-found, unreadable, empty, too-large, too-many-pixels, not-an-image, unsupported, damaged;
    of palettes also not-recorded, quota, refused, unavailable.
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
        content: the file's bytes, which also decide its format.
        side: pixels; smaller photos stay as they are.

    Raises:
        PhotoError: it is empty, too large (40 MiB, 100 megapixels, or fewer where its kind takes more memory), no
            image, of another kind, or damaged.
    """
    jpeg = _check_bytes(content)
    silence = LIBTIFF.quiet() if content.startswith((b"II", b"MM")) else nullcontext()
    try:
        with quiet_decoders(), silence:
            return _opened(content, side, jpeg)
    except PhotoError:
        raise
    except Image.DecompressionBombError as error:
        raise PhotoError("too-many-pixels", f"more than {MOST_PIXELS:,} pixels") from error
    except UnidentifiedImageError as error:
        if _is_known(content):
            raise PhotoError("damaged", "the image is damaged or truncated") from error
        raise PhotoError("not-an-image", "not an image that can be read", fix=_known()) from error
    except Exception as error:
        # Decoders raise whatever they stumble over in damaged bytes.
        raise PhotoError("damaged", f"the image is damaged or truncated ({_short(error)})") from error


def _opened(content: bytes, side: int, jpeg: JpegParts | None) -> Photo:
    file = io.BytesIO(content) if jpeg else _PatientFile(content)
    with Image.open(file, formats=_formats(content)) as image:
        _check_effort(image, content, jpeg)
        return _read(image, content, side, jpeg)


class _PatientFile(io.BytesIO):
    """A file that ends the reading of a photo that is made of very many small parts."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads += 1
        if self._reads > _MOST_READS:
            raise _busy(f"a photo of more than {_MOST_READS:,} parts")
        return super().read(size)


def _check_bytes(content: bytes) -> JpegParts | None:
    """Refuse what is not worth decoding; return the parts of a JPEG, None for other kinds."""
    if not content:
        raise PhotoError("empty", "the file is empty")
    is_modern = content[4:8] == b"ftyp"
    most = _MOST_MODERN_BYTES if is_modern else MOST_PHOTO_BYTES
    if len(content) > most:
        kind = "an AVIF or HEIC " if is_modern else ""
        raise PhotoError("too-large", f"{kind}larger than {most >> 20} MiB", fix="give a smaller version of the photo")
    if is_modern:
        _check_heif(content)
    if content.startswith(b"\xff\xd8"):
        return _check_jpeg(content)
    if content.startswith(b"\x89PNG") and png_weight(content, _MOST_PNG_WEIGHT) > _MOST_PNG_WEIGHT:
        raise _busy("a PNG of more than 100,000 chunks, 1,000 without pixels, or 25 compressed or translated texts")
    if content.startswith((b"II", b"MM")) and tiff_pieces(content) > _MOST_PIECES:
        raise _busy(f"a TIFF of more than {_MOST_PIECES:,} strips or tiles")
    return None


def _check_heif(content: bytes) -> None:
    try:
        work = heif_work(content)
    except ValueError as error:
        raise PhotoError("damaged", f"the image is damaged or truncated ({error})") from error
    if work.loaded > 2 * len(content) + _MOST_SHARED:
        raise _busy("a photo whose items name the same bytes again and again")
    if work.pixels > _MOST_HEIF_PIXELS:
        raise _busy(f"a photo made of images of more than {_MOST_HEIF_PIXELS:,} pixels together")


def _check_jpeg(content: bytes) -> JpegParts:
    parts = jpeg_parts(content, max(_MOST_HEADERS, _MOST_SCANS))
    if parts.headers > _MOST_HEADERS or parts.scans > _MOST_SCANS:
        raise _busy(f"a JPEG of more than {_MOST_HEADERS} headers or {_MOST_SCANS} scans")
    if parts.later > MOST_LATER:
        raise _busy(f"a JPEG of more than {MOST_LATER:,} headers between its scans")
    if parts.unpacked > _MOST_UNPACKED:
        raise _busy(f"a JPEG of more than {_MOST_UNPACKED} frames, tables and EXIF headers")
    if parts.fill > _MOST_FILL:
        raise _busy(f"a JPEG with more than {_MOST_FILL:,} bytes between its headers")
    return parts


def _busy(what: str) -> PhotoError:
    return PhotoError("damaged", f"{what}, made to keep readers busy")


def _is_known(content: bytes) -> bool:
    kind = photo_kind(content)
    # The two letters of a BMP begin many texts.
    return kind is not None and kind.name != "BMP"


def _formats(content: bytes) -> tuple[str, ...]:
    if content[4:8] != b"ftyp" or content[8:12] in (b"avif", b"avis"):
        return _FORMATS
    try:
        import pillow_heif
    except ImportError as error:
        raise PhotoError(
            "unsupported", "HEIC needs pillow-heif", fix=f"{pip_install('heif')}, or give a JPEG"
        ) from error
    pillow_heif.register_heif_opener()
    return (*_FORMATS, "HEIF")


def _read(image: ImageFile.ImageFile, content: bytes, side: int, jpeg: JpegParts | None) -> Photo:
    width, height = image.size
    # Cameras that keep several pictures in one JPEG make it an MPO.
    kind = "JPEG" if image.format == "MPO" else image.format or "image"
    profile = image.info.get("icc_profile")
    if kind == "JPEG":
        image.draft(None, (side, side))
        is_eighth = image.size == (-(-width // 8), -(-height // 8))
        if is_eighth and "progressive" in image.info and image.format == "JPEG":
            # The decoder reads from its start what the header was read from.
            image.fp = io.BytesIO(coarse_jpeg(content))
    memory = decoding_bytes(image, kind, width * height, jpeg)
    if memory > MOST_MEMORY:
        raise _too_many(width, height, width * height * MOST_MEMORY // memory, kind)
    with ROOM.of(memory):
        image.load()
        small = _shrunk(image, side)
    if small.mode in _DEEP:
        small = _eight_bits(small)
    if profile:
        small = _to_srgb(small, _profiled(image, small), profile)
    # Pillow turns a TIFF itself, and then says that it is upright.
    orientation = _orientation(image)
    if orientation in _TURNS:
        small = small.transpose(_TURNS[orientation])
    if orientation in (5, 6, 7, 8):
        width, height = height, width
    return _photo(small, width, height, kind)


def _too_many(width: int, height: int, most: int, kind: str = "") -> PhotoError:
    limit = f"{most:,}" + (f" that such a {kind} may have" if kind else "")
    return PhotoError(
        "too-many-pixels", f"{width} x {height} pixels, more than {limit}", fix="give a smaller version, or a JPEG"
    )


def _check_effort(image: ImageFile.ImageFile, content: bytes, jpeg: JpegParts | None) -> None:
    """Refuse an opened photo that has too many pixels, lacks parts, or takes long for what it is."""
    width, height = image.size
    pixels = width * height
    if pixels > MOST_PIXELS:
        raise _too_many(width, height, MOST_PIXELS)
    if min(width, height) < 1:
        raise PhotoError("damaged", "an image without pixels")
    if jpeg and jpeg.scans * pixels > _MOST_SCANNED_PIXELS:
        raise _busy("a JPEG of too many scans for its pixels")
    if pixels > _MOST_RLE_PIXELS and any(part.codec_name == "bmp_rle" for part in image.tile):
        raise _too_many(width, height, _MOST_RLE_PIXELS, "run-length BMP")
    if isinstance(image, TiffImageFile):
        _check_tiff(image, content)


def _check_tiff(image: TiffImageFile, content: bytes) -> None:
    pixels = image.width * image.height
    if _covered(image) < pixels:
        raise PhotoError("damaged", "the image is truncated: strips or tiles are missing")
    if image.info.get("compression") in ("jpeg", "tiff_jpeg"):
        tags = image.tag_v2
        places, lengths = tags.get(273, tags.get(324, ())), tags.get(279, tags.get(325, ()))
        scans = tiff_scans(content, places, lengths, _MOST_SCANS)
        if scans * (pixels // max(1, len(places))) > _MOST_SCANNED_PIXELS:
            raise _busy("a TIFF of too many JPEG scans for its pixels")


def _covered(image: ImageFile.ImageFile) -> int:
    """Return the pixels that an undecoded image's strips and tiles hold, edges beyond the image included."""
    pieces = (part.extents for part in image.tile if part.extents)
    return sum((right - left) * (lower - upper) for left, upper, right, lower in pieces)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(0x0112, 1))
    except Exception:
        # Broken EXIF data does not break the photo.
        return 1


def _is_plain(image: Image.Image) -> bool:
    return image.mode in _DEEP or (image.mode in ("L", "RGB", "CMYK") and "transparency" not in image.info)


def _plain(image: Image.Image) -> Image.Image:
    """Return the image in a mode that can be averaged: L or deeper gray, RGB, RGBa (premultiplied) or CMYK."""
    if _is_plain(image):
        return image
    if image.mode in ("LA", "PA", "RGBA", "La") or "transparency" in image.info:
        return (image if image.mode == "RGBA" else image.convert("RGBA")).convert("RGBa")
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit and floating gray (0 to 1, or to its brightest pixel); Pillow would clip it."""
    values = np.asarray(image)
    if image.mode == "F":
        values = np.nan_to_num(values, posinf=0, neginf=0)
        scaled = np.clip(values / max(float(values.max()), 1.0), 0, 1) * 255 + 0.5
    else:
        scaled = np.clip(values, 0, 65535) >> 8
    return Image.fromarray(scaled.astype(np.uint8))


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    """Return the image in a mode that can be averaged, its longer side at most `side` pixels."""
    scale = side / max(image.size)
    if scale >= 1:
        return _plain(image)
    width, height = (max(1, round(length * scale)) for length in image.size)
    narrow = image if _is_plain(image) else _narrowed(image, width)
    return narrow.resize((width, height), Image.Resampling.BOX)


def _narrowed(image: Image.Image, width: int) -> Image.Image:
    """Return the image averaged along its rows alone, in bands, so that no second image of its size is made.

    Pillow averages along rows first and rounds: the result is the same, bit for bit, as from the whole.
    """
    rows = max(1, _BAND_PIXELS // image.width)
    tops = range(0, image.height, rows)
    bands = (_plain(image.crop((0, top, image.width, min(top + rows, image.height)))) for top in tops)
    narrow: Image.Image | None = None
    for top, band in zip(tops, bands, strict=True):
        if narrow is None:
            narrow = Image.new(band.mode, (width, image.height))
        narrow.paste(band.resize((width, band.height), Image.Resampling.BOX), (0, top))
    assert narrow  # noqa: S101 - an image has rows
    return narrow


def _profiled(image: Image.Image, small: Image.Image) -> str:
    """Return the mode of the colors that the embedded profile is about."""
    if small.mode == "CMYK":
        return "CMYK"
    return "L" if small.mode == "L" or image.mode in ("1", "LA", "La") else "RGB"


def _to_srgb(image: Image.Image, mode: str, profile: bytes) -> Image.Image:
    """Convert by the embedded profile; an invalid one is ignored, as browsers do."""
    transform = _transform(profile, mode) if len(profile) <= _MOST_PROFILE_BYTES else None
    if transform is None:
        return image
    straight = image.convert("RGBA") if image.mode == "RGBa" else image
    try:
        converted = transform.apply(straight.convert(mode))
    except (ImageCms.PyCMSError, ValueError):
        return image
    if straight.mode != "RGBA":
        return converted
    converted.putalpha(straight.getchannel("A"))
    return converted.convert("RGBa")


@lru_cache(maxsize=8)
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
