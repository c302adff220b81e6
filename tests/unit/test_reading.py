"""Photos: every kind comes out in its right colors, upright and small; no bytes do more than be refused."""

import base64
import faulthandler
import io
import random
import struct
import subprocess
import sys
import textwrap
import zipfile
import zlib

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, features

from saekdong.fetch.bounds import MOST_PHOTO_BYTES
from saekdong.photo.reading import PhotoError, read_photo

pillow_heif.register_heif_opener()

RED, GREEN, BLUE, YELLOW = (200, 40, 40), (40, 160, 60), (40, 60, 190), (220, 200, 40)


def encode(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def plain(color=RED, size=(40, 30), mode="RGB"):
    return Image.new("RGB", size, color).convert(mode)


def quadrants(size=(48, 32)):
    """Red and green above, blue and yellow below."""
    image = Image.new("RGB", size)
    half = size[0] // 2, size[1] // 2
    for color, corner in zip((RED, GREEN, BLUE, YELLOW), ((0, 0), (half[0], 0), (0, half[1]), half), strict=True):
        image.paste(color, (*corner, corner[0] + half[0], corner[1] + half[1]))
    return image


def corners(photo):
    """The colors in the middles of the four quadrants: above left, above right, below left, below right."""
    high, wide = photo.pixels.shape[:2]
    return [photo.pixels[y, x].tolist() for y in (high // 4, high * 3 // 4) for x in (wide // 4, wide * 3 // 4)]


def middle(photo):
    return photo.pixels[photo.pixels.shape[0] // 2, photo.pixels.shape[1] // 2].tolist()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, color_type, rows, extra=b""):
    """A PNG by hand, for what Pillow does not write."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def deep_png(color_type, *samples):
    """A PNG of 8 x 8 pixels of 16 bits a sample, all alike."""
    row = b"\0" + struct.pack(f">{len(samples)}H", *samples) * 8
    return png(8, 8, 16, color_type, row * 8)


def code_of(content):
    with pytest.raises(PhotoError) as caught:
        read_photo(content, 64)
    assert "\n" not in str(caught.value).strip()
    return caught.value.code


# --- kinds -------------------------------------------------------------------------------------------------------

LOSSY, LOSSLESS = 6, 0
KINDS = {
    "jpeg": ("JPEG", lambda: encode(quadrants(), "JPEG", quality=95), LOSSY),
    "jpeg progressive": ("JPEG", lambda: encode(quadrants(), "JPEG", quality=95, progressive=True), LOSSY),
    "jpeg 4:4:4": ("JPEG", lambda: encode(quadrants(), "JPEG", quality=95, subsampling="4:4:4"), LOSSY),
    "jpeg 4:2:2": ("JPEG", lambda: encode(quadrants(), "JPEG", quality=95, subsampling="4:2:2"), LOSSY),
    "jpeg 4:2:0": ("JPEG", lambda: encode(quadrants(), "JPEG", quality=95, subsampling="4:2:0"), LOSSY),
    "jpeg cmyk": ("JPEG", lambda: encode(quadrants().convert("CMYK"), "JPEG", quality=95), LOSSY),
    "jpeg of several pictures": (
        "JPEG",
        lambda: encode(quadrants(), "MPO", quality=95, save_all=True, append_images=[plain(BLUE, (48, 32))]),
        LOSSY,
    ),
    "png": ("PNG", lambda: encode(quadrants(), "PNG"), LOSSLESS),
    "png with alpha": ("PNG", lambda: encode(quadrants().convert("RGBA"), "PNG"), LOSSLESS),
    "png with a palette": ("PNG", lambda: encode(quadrants().quantize(4), "PNG"), LOSSLESS),
    "png animated": (
        "PNG",
        lambda: encode(quadrants(), "PNG", save_all=True, append_images=[plain(BLUE, (48, 32))]),
        0,
    ),
    "webp": ("WEBP", lambda: encode(quadrants(), "WEBP", quality=95), LOSSY),
    "webp lossless": ("WEBP", lambda: encode(quadrants(), "WEBP", lossless=True), LOSSLESS),
    "webp animated": (
        "WEBP",
        lambda: encode(quadrants(), "WEBP", lossless=True, save_all=True, append_images=[plain(BLUE, (48, 32))]),
        LOSSLESS,
    ),
    "avif": ("AVIF", lambda: encode(quadrants(), "AVIF", quality=95), LOSSY),
    "heic": ("HEIF", lambda: encode(quadrants(), "HEIF", quality=95), LOSSY),
    "gif": ("GIF", lambda: encode(quadrants(), "GIF"), LOSSLESS),
    "gif animated": (
        "GIF",
        lambda: encode(quadrants(), "GIF", save_all=True, append_images=[plain(BLUE, (48, 32))]),
        0,
    ),
    "tiff": ("TIFF", lambda: encode(quadrants(), "TIFF"), LOSSLESS),
    "tiff cmyk": ("TIFF", lambda: encode(quadrants().convert("CMYK"), "TIFF"), 1),
    "tiff lzw": ("TIFF", lambda: encode(quadrants(), "TIFF", compression="tiff_lzw"), LOSSLESS),
    "tiff deflate": ("TIFF", lambda: encode(quadrants(), "TIFF", compression="tiff_adobe_deflate"), LOSSLESS),
    "tiff jpeg": ("TIFF", lambda: encode(quadrants(), "TIFF", compression="jpeg", quality=95), 12),
    "tiff big": ("TIFF", lambda: encode(quadrants(), "TIFF", big_tiff=True), LOSSLESS),
    "bmp": ("BMP", lambda: encode(quadrants(), "BMP"), LOSSLESS),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_photo_comes_out_in_its_colors(name):
    kind, draw, tolerance = KINDS[name]
    photo = read_photo(draw(), 64)
    assert (photo.width, photo.height, photo.format) == (48, 32, kind)
    assert photo.alpha is None
    assert photo.pixels.shape == (32, 48, 3)
    assert photo.pixels.dtype == np.uint8
    for color, expected in zip(corners(photo), (RED, GREEN, BLUE, YELLOW), strict=True):
        assert color == pytest.approx(expected, abs=tolerance)


# Made by `cjpeg -quality 90 -optimize -sample 4x1`: Pillow writes no 4:1:1.
FOUR_ONE_ONE = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMU"
    "FRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU"
    "FBQUFBQUFBT/wAARCAAQACADAUEAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAj/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QA"
    "FgEBAQEAAAAAAAAAAAAAAAAAAAUG/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AhwBu0cAB/9k="
)


@pytest.mark.parametrize("side", [4, 64])
def test_jpeg_4_1_1_is_read_small_and_whole(side):
    photo = read_photo(FOUR_ONE_ONE, side)
    assert (photo.width, photo.height, photo.format) == (32, 16, "JPEG")
    assert np.abs(photo.pixels.astype(int) - (31, 42, 82)).max() <= 3


@pytest.mark.parametrize("mode", ["L", "1"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "GIF", "BMP", "WEBP"])
def test_gray_and_black_and_white(kind, mode):
    image = Image.new(mode, (20, 10), 255)
    photo = read_photo(encode(image, kind), 64)
    assert middle(photo) == pytest.approx([255, 255, 255], abs=1)


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (300, 1), (30000, 117), (51400, 200), (65535, 255)])
def test_sixteen_bits_are_scaled_not_clipped(value, expected):
    gray = Image.fromarray(np.full((8, 8), value, np.uint16))
    for content in (
        encode(gray, "PNG"),
        encode(gray, "TIFF"),
        encode(gray, "TIFF", compression="tiff_lzw"),
        deep_png(2, value, value, value),
    ):
        assert middle(read_photo(content, 4)) == pytest.approx([expected] * 3, abs=1)


def test_sixteen_bit_colors_and_their_alpha():
    color = [channel * 257 for channel in RED]
    assert middle(read_photo(deep_png(2, *color), 64)) == list(RED)
    photo = read_photo(deep_png(6, *color, 128 * 257), 64)
    assert middle(photo) == pytest.approx(RED, abs=2)
    assert np.unique(photo.alpha).tolist() == [128]
    assert np.unique(read_photo(deep_png(4, 51400, 128 * 257), 64).alpha).tolist() == [128]


@pytest.mark.parametrize(("value", "expected"), [(0.0, 0), (0.5, 128), (1.0, 255), (7.0, 255), (float("nan"), 0)])
def test_floating_gray_runs_from_nought_to_one(value, expected):
    image = Image.fromarray(np.full((8, 8), value, np.float32))
    assert middle(read_photo(encode(image, "TIFF"), 4)) == [expected] * 3


def test_content_decides_what_a_photo_is_not_its_name(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(encode(plain(), "PNG"))
    assert read_photo(path.read_bytes(), 64).format == "PNG"


# --- orientation -------------------------------------------------------------------------------------------------

TURNED = {
    1: (RED, GREEN, BLUE, YELLOW),
    2: (GREEN, RED, YELLOW, BLUE),
    3: (YELLOW, BLUE, GREEN, RED),
    4: (BLUE, YELLOW, RED, GREEN),
    5: (RED, BLUE, GREEN, YELLOW),
    6: (BLUE, RED, YELLOW, GREEN),
    7: (YELLOW, GREEN, BLUE, RED),
    8: (GREEN, YELLOW, RED, BLUE),
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF", "MPO"])
@pytest.mark.parametrize("orientation", TURNED)
def test_a_turned_photo_comes_upright(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"save_all": True, "append_images": [quadrants()]} if kind == "MPO" else {}
    content = encode(quadrants((96, 64)), kind, exif=exif.tobytes(), **options)
    for side in (24, 200):
        photo = read_photo(content, side)
        assert (photo.width, photo.height) == ((96, 64) if orientation < 5 else (64, 96))
        assert (photo.pixels.shape[0] > photo.pixels.shape[1]) == (orientation >= 5)
        for color, expected in zip(corners(photo), TURNED[orientation], strict=True):
            assert color == pytest.approx(expected, abs=16)


def test_a_photo_turned_by_its_xmp_comes_upright():
    content = encode(quadrants(), "WEBP", lossless=True, xmp=b'<rdf:Description tiff:Orientation="6"/>')
    photo = read_photo(content, 64)
    assert (photo.width, photo.height) == (32, 48)
    assert corners(photo) == [list(color) for color in TURNED[6]]


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0rubbish that is none", b"Exif\0\0II*\0\xff\xff\xff\xff"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_broken_exif_data_does_not_break_the_photo(kind, exif):
    assert middle(read_photo(encode(plain(), kind, exif=exif), 64)) == pytest.approx(RED, abs=3)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_passed_over(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = read_photo(encode(quadrants(), "PNG", exif=exif), 64)
    assert corners(photo) == [list(color) for color in TURNED[1]]


# --- color profiles ----------------------------------------------------------------------------------------------


def s15(value):
    return struct.pack(">i", round(value * 65536))


def profile_bytes(kind=b"RGB ", gamma=2.2, colorants=None, name="Wide"):
    """A small ICC profile (version 2): a matrix of `colorants` for colors, a curve alone for gray."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    text = name.encode() + b"\0"
    desc = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)
    tags = {b"desc": desc, b"wtpt": b"XYZ " + bytes(4) + s15(0.9642) + s15(1) + s15(0.8249)}
    if kind == b"GRAY":
        tags[b"kTRC"] = curve
    else:
        for letter, xyz in zip(b"rgb", colorants, strict=True):
            tags[bytes([letter]) + b"XYZ"] = b"XYZ " + bytes(4) + b"".join(map(s15, xyz))
            tags[bytes([letter]) + b"TRC"] = curve
    table, body, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        padded = data + bytes(-len(data) % 4)
        table += tag + struct.pack(">II", start + len(body), len(data))
        body += padded
    whole = table + body
    header = struct.pack(">I", 128 + len(whole)) + bytes(4) + struct.pack(">I", 0x02400000) + b"mntr" + kind + b"XYZ "
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + s15(0.9642) + s15(1) + s15(0.8249)
    return header.ljust(128, b"\0") + whole


# Adobe RGB (1998), adapted to D50.
WIDE = profile_bytes(
    colorants=((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)), gamma=2.19921875
)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GRAY_DARK = profile_bytes(b"GRAY", gamma=1.0)


@pytest.mark.parametrize(("kind", "tolerance"), [("JPEG", 4), ("PNG", 2), ("WEBP", 4), ("TIFF", 2), ("AVIF", 4)])
@pytest.mark.parametrize("side", [8, 64])
def test_an_embedded_profile_is_converted_to_srgb(kind, tolerance, side):
    # Adobe RGB (100, 150, 100) is about (70, 151, 98) in sRGB (by the published matrices).
    options = {"quality": 98, "subsampling": "4:4:4"} if kind in ("JPEG", "AVIF") else {"quality": 98}
    photo = read_photo(encode(plain((100, 150, 100)), kind, icc_profile=WIDE, **options), side)
    assert middle(photo) == pytest.approx(adobe_to_srgb((100, 150, 100)), abs=tolerance)
    assert abs(middle(photo)[0] - 100) > 20


def adobe_to_srgb(color):
    to_xyz = np.array(
        [[0.5767309, 0.1855540, 0.1881852], [0.2973769, 0.6273491, 0.0752741], [0.0270343, 0.0706872, 0.9911085]]
    )
    from_xyz = np.array(
        [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
    )
    linear = np.clip(from_xyz @ to_xyz @ (np.array(color) / 255) ** 2.19921875, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055) * 255


def test_a_profile_reaches_the_colors_of_palettes_and_of_transparent_photos():
    expected = adobe_to_srgb((100, 150, 100))
    palette = encode(plain((100, 150, 100)).quantize(2), "PNG", icc_profile=WIDE)
    assert middle(read_photo(palette, 64)) == pytest.approx(expected, abs=2)
    half = plain((100, 150, 100), mode="RGBA")
    half.putalpha(128)
    photo = read_photo(encode(half, "PNG", icc_profile=WIDE), 64)
    assert middle(photo) == pytest.approx(expected, abs=3)
    assert np.unique(photo.alpha).tolist() == [128]


def test_a_gray_profile_reaches_gray_photos():
    # A linear gray of 64/255 is 137 in sRGB.
    for mode in ("L", "LA"):
        content = encode(Image.new("L", (20, 10), 64).convert(mode), "PNG", icc_profile=GRAY_DARK)
        assert middle(read_photo(content, 64)) == pytest.approx([137] * 3, abs=2)


@pytest.mark.parametrize("profile", [b"", b"rubbish", WIDE[:200], WIDE[:130], bytes(4000), SRGB[:300], b"\xff" * 600])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_broken_profile_is_passed_over(kind, profile):
    photo = read_photo(encode(plain(), kind, icc_profile=profile), 64)
    assert middle(photo) == pytest.approx(RED, abs=3)


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "CMYK", "RGB", "I;16"])
@pytest.mark.parametrize("profile", [WIDE, GRAY_DARK, SRGB])
def test_a_profile_that_does_not_suit_the_photo_does_no_harm(mode, profile):
    image = Image.new("I;16", (20, 10), 65535) if mode == "I;16" else plain((255, 255, 255)).convert(mode)
    kind = "TIFF" if mode == "CMYK" else "PNG"
    assert middle(read_photo(encode(image, kind, icc_profile=profile), 64)) == pytest.approx([255] * 3, abs=1)


@settings(max_examples=30)
@given(color=st.tuples(*[st.integers(0, 255)] * 3))
def test_an_srgb_profile_changes_nothing(color):
    assert middle(read_photo(encode(plain(color, (2, 2)), "PNG", icc_profile=SRGB), 64)) == list(color)


# --- alpha and shrinking -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_what_is_transparent_does_not_bleed_its_hidden_color(kind):
    pixels = np.zeros((200, 200, 4), np.uint8)
    pixels[...] = (0, 255, 0, 0)
    pixels[:, ::2] = (*RED, 255)
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    photo = read_photo(encode(Image.fromarray(pixels), kind, **options), 20)
    assert photo.pixels.reshape(-1, 3).tolist() == pytest.approx(np.tile(RED, (400, 1)), abs=2)
    assert photo.alpha.min() == pytest.approx(128, abs=1)


def test_transparent_palette_colors_are_transparent():
    image = quadrants().quantize(4)
    blue = image.getpixel((2, 30))
    for kind in ("PNG", "GIF"):
        photo = read_photo(encode(image, kind, transparency=blue), 64)
        assert photo.alpha[30, 2] == 0
        assert photo.alpha[2, 2] == 255
        assert photo.pixels[2, 2].tolist() == list(RED)


def test_one_transparent_gray_or_color():
    assert read_photo(encode(Image.new("L", (4, 4), 9), "PNG", transparency=9), 64).alpha.max() == 0
    assert read_photo(encode(plain(), "PNG", transparency=RED), 64).alpha.max() == 0
    assert read_photo(encode(plain(), "PNG", transparency=BLUE), 64).alpha is None


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", "HEIF"])
def test_alpha_is_none_where_all_is_opaque_and_kept_where_not(kind):
    image = plain(mode="RGBA")
    assert read_photo(encode(image, kind), 64).alpha is None
    image.putalpha(100)
    photo = read_photo(encode(image, kind, quality=95), 64)
    assert photo.alpha.shape == photo.pixels.shape[:2]
    assert np.mean(photo.alpha) == pytest.approx(100, abs=3)
    assert middle(photo) == pytest.approx(RED, abs=8)


def noise(width, height):
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (height // 50, width // 50, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BILINEAR)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": "4:4:4"}])
def test_a_large_jpeg_is_shrunk_as_if_decoded_whole(options):
    content = encode(noise(2000, 1500), "JPEG", quality=90, **options)
    photo = read_photo(content, 64)
    assert photo.pixels.shape == (48, 64, 3)
    assert (photo.width, photo.height) == (2000, 1500)
    whole = np.asarray(Image.open(io.BytesIO(content)).resize((64, 48), Image.Resampling.BOX)).astype(float)
    assert photo.pixels.mean((0, 1)) == pytest.approx(whole.mean((0, 1)), abs=1)
    assert np.abs(photo.pixels - whole).mean() < 4


@settings(max_examples=60)
@given(width=st.integers(1, 300), height=st.integers(1, 300), side=st.integers(1, 100))
def test_the_longer_side_is_at_most_side_and_smaller_photos_stay(width, height, side):
    for kind in ("PNG", "JPEG"):
        photo = read_photo(encode(plain(size=(width, height)), kind), side)
        high, wide = photo.pixels.shape[:2]
        assert max(high, wide) == min(side, max(width, height))
        assert (photo.width, photo.height) == (width, height)
        if max(width, height) <= side:
            assert (wide, high) == (width, height)
        assert middle(photo) == pytest.approx(RED, abs=3)


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1), (1, 1), (3, 20000)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_very_thin_photos(kind, size):
    photo = read_photo(encode(plain(size=size), kind), 64)
    assert max(photo.pixels.shape[:2]) == min(64, max(size))
    assert min(photo.pixels.shape[:2]) == 1
    assert photo.pixels.reshape(-1, 3).tolist() == pytest.approx(np.tile(RED, (photo.pixels.size // 3, 1)), abs=3)


# --- what is refused ---------------------------------------------------------------------------------------------


def a_zip():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("photo.jpg", encode(plain(), "JPEG"))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\0", "not-an-image"),
        (b"just some text\n", "not-an-image"),
        (b"<!doctype html><html><body>404</body></html>", "not-an-image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "not-an-image"),
        (b"%PDF-1.7\n%%EOF", "not-an-image"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "not-an-image"),
        (a_zip(), "not-an-image"),
        (encode(plain(), "ICO"), "not-an-image"),
        (encode(plain(), "JPEG2000"), "not-an-image"),
        (encode(plain(), "PPM"), "not-an-image"),
        (b"\xff\xd8\xff" + bytes(MOST_PHOTO_BYTES), "too-large"),
    ],
)
def test_what_is_no_photo_is_refused_by_its_content(content, code):
    assert code_of(content) == code


def test_nothing_runs_a_postscript_program(tmp_path, monkeypatch):
    ran = tmp_path / "ran"
    for name in ("gs", "gswin32c", "gswin64c"):
        (tmp_path / name).write_text(f"#!/bin/sh\ntouch {ran}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert code_of(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EOF\nshowpage\n") == "not-an-image"
    assert not ran.exists()


CUT = {
    "jpeg": lambda: encode(noise(400, 300), "JPEG"),
    "jpeg progressive": lambda: encode(noise(400, 300), "JPEG", progressive=True),
    "png": lambda: encode(noise(400, 300), "PNG"),
    "webp": lambda: encode(noise(400, 300), "WEBP"),
    "gif": lambda: encode(noise(400, 300), "GIF"),
    "tiff": lambda: encode(noise(400, 300), "TIFF"),
    "tiff lzw": lambda: encode(noise(400, 300), "TIFF", compression="tiff_lzw"),
    "bmp": lambda: encode(noise(400, 300), "BMP"),
    "avif": lambda: encode(noise(400, 300), "AVIF"),
    "heic": lambda: encode(noise(400, 300), "HEIF"),
}


@pytest.mark.parametrize("name", CUT)
def test_half_a_photo_is_not_taken_for_a_whole_one(name):
    content = CUT[name]()
    read_photo(content, 64)
    for share in (0.05, 0.3, 0.6, 0.9):
        assert code_of(content[: int(len(content) * share)]) == "damaged"
    # Too short to identify the format is still not another exception.
    for length in range(1, 60):
        assert code_of(content[:length]) in ("damaged", "not-an-image")


def tiff(*entries, body=b""):
    """A little-endian TIFF of `entries` (tag, type, count, value); `body` stands at offset 8."""
    table = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return b"II*\0" + struct.pack("<I", 8 + len(body)) + body + struct.pack("<H", len(entries)) + table + bytes(4)


def gray_tiff(width, height, *entries, body=b""):
    basic = ((256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (277, 3, 1, 1))
    return tiff(*basic, *entries, body=body)


def tiled(side):
    """A TIFF of side x side tiles of one pixel each."""
    count = side * side
    tiles = ((322, 4, 1, 1), (323, 4, 1, 1), (324, 4, count, 8), (325, 4, count, 8))
    return gray_tiff(side, side, *tiles, body=struct.pack("<I", 8) * count)


def gif_screen(width, height):
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    return b"GIF89a" + screen + b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0;"


def webp_canvas(width, height):
    inner = encode(plain(size=(4, 4)), "WEBP", lossless=True)[12:]
    canvas = struct.pack("<I", 2) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    body = b"WEBPVP8X" + struct.pack("<I", len(canvas)) + canvas + inner
    return b"RIFF" + struct.pack("<I", len(body)) + body


def jpeg_sized(width, height):
    """A JPEG whose header has another size than the image."""
    content = encode(plain(), "JPEG")
    at = content.index(b"\xff\xc0") + 5
    return content[:at] + struct.pack(">HH", height, width) + content[at + 4 :]


@pytest.mark.parametrize(
    "content",
    [
        png(30_000, 30_000, 8, 0, bytes(30_001 * 10)),
        png(12_000, 12_000, 8, 2, b""),
        png(2**31 - 1, 2**31 - 1, 8, 6, b""),
        jpeg_sized(65_500, 65_500),
        jpeg_sized(10_001, 10_000),
        gif_screen(65_535, 65_535),
        gray_tiff(1 << 20, 1 << 20, (273, 4, 1, 8), (279, 4, 1, 8), body=bytes(8)),
        webp_canvas(16_383, 16_383),
    ],
    ids=["png", "png just over", "png utmost", "jpeg", "jpeg just over", "gif", "tiff", "webp"],
)
def test_too_many_pixels_are_told_before_decoding(content):
    assert code_of(content) == "too-many-pixels"


def in_little_memory(draw):
    """Read what the expression `draw` makes, in a process of 1 GiB; return its code, or "read"."""
    code = f"""
        import resource, sys, importlib.util
        spec = importlib.util.spec_from_file_location("drawn", {__file__!r})
        drawn = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(drawn)
        content = eval({draw!r}, vars(drawn))
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
        try:
            drawn.read_photo(content, 64)
            print("read")
        except drawn.PhotoError as error:
            print(error.code)
    """
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path), "OPENBLAS_NUM_THREADS": "1", "PATH": "/usr/bin:/bin"},
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


BOMB = "zlib.compress(bytes(1 << 29), 1)"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("draw", "code"),
    [
        ("png(30_000, 30_000, 8, 0, bytes(30_001 * 10_000))", "too-many-pixels"),
        (f"png(8, 8, 8, 0, bytes(72), chunk(b'iCCP', b'x\\0\\0' + {BOMB}))", "damaged"),
        (f"png(8, 8, 8, 0, bytes(72), chunk(b'zTXt', b'x\\0\\0' + {BOMB}))", "damaged"),
        (f"png(8, 8, 8, 0, bytes(72), chunk(b'iTXt', b'x\\0\\1\\0\\0\\0' + {BOMB}))", "damaged"),
        ("webp_canvas(1 << 24, 255)", "too-many-pixels"),
        ("encode(Image.new('L', (10_000, 10_000), 200), 'PNG')", "read"),
        ("encode(Image.new('I;16', (8_000, 8_000), 200), 'PNG')", "read"),
    ],
    ids=["pixels", "iCCP", "zTXt", "iTXt", "webp", "largest gray", "large deep gray"],
)
def test_bombs_do_not_fill_the_memory(draw, code):
    assert in_little_memory(draw) == code


def scans(content, count):
    """A progressive JPEG with its last scan repeated `count` times more."""
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last * count + b"\xff\xd9"


def test_a_jpeg_of_very_many_scans_is_refused():
    content = encode(plain(), "JPEG", progressive=True)
    assert read_photo(scans(content, 90), 64).format == "JPEG"
    assert code_of(scans(content, 91)) == "damaged"
    assert code_of(scans(content, 5000)) == "damaged"


def test_scans_are_weighed_by_their_pixels():
    content = encode(Image.new("L", (10_000, 10_000)), "JPEG", progressive=True)
    assert read_photo(content, 64).width == 10_000
    assert code_of(scans(content, 60)) == "damaged"


@pytest.mark.parametrize("trailing", [b"\xff\xda" * 1000, b"\xff\xd8" + b"\xff\xda\0\2" * 1000])
def test_what_follows_a_photo_is_not_counted_among_its_scans(trailing):
    # Phones append videos and further pictures.
    assert read_photo(encode(plain(), "JPEG") + trailing, 64).format == "JPEG"


def test_a_thumbnail_and_many_ordinary_headers_are_no_scans():
    content = encode(plain(), "JPEG")
    app = b"\xff\xeb" + struct.pack(">H", 2 + 2000) + b"\xff\xda" * 1000
    assert read_photo(content[:2] + app * 400 + content[2:], 64).format == "JPEG"


def test_containers_of_very_many_parts_are_refused():
    content = encode(plain(), "JPEG")
    exif = b"\xff\xe1\0\x09Exif\0\0x"
    assert code_of(content[:2] + exif * 1_000_000 + content[2:]) == "damaged"
    assert code_of(tiled(1000)) == "damaged"
    assert read_photo(tiled(100), 64).width == 100


@pytest.mark.parametrize(
    "entries",
    [
        [(273, 4, 1, 1 << 31), (279, 4, 1, 100)],
        [(273, 4, 1, 8), (279, 4, 1, (1 << 32) - 1)],
        [(273, 4, 1 << 30, 8), (279, 4, 1 << 30, 8)],
        [(273, 4, 1, 8), (278, 4, 1, 0), (279, 4, 1, 8)],
        [(322, 4, 1, 1 << 31), (323, 4, 1, 1 << 31), (324, 4, 1, 8), (325, 4, 1, 8)],
        [(322, 4, 1, 0), (323, 4, 1, 0), (324, 4, 1, 8), (325, 4, 1, 8)],
        [],
    ],
)
def test_tiffs_of_absurd_strips_and_tiles(entries):
    assert code_of(gray_tiff(20, 20, *entries, body=bytes(8))) == "damaged"


@pytest.mark.parametrize("start", [0, 1, 8, 16, 1 << 31, (1 << 63) + 5, (1 << 64) - 1])
def test_a_big_tiff_whose_directory_is_nowhere(start):
    for order, mark in (("<", b"II+\0\x08\0\0\0"), (">", b"MM\0+\0\x08\0\0")):
        assert code_of(mark + struct.pack(order + "Q", start) + b"\xff" * 8) == "damaged"


def test_a_tiff_that_lacks_strips_is_damaged():
    whole = ((273, 4, 1, 8), (278, 4, 1, 20), (279, 4, 1, 400))
    assert read_photo(gray_tiff(20, 20, *whole, body=bytes(400)), 64).height == 20
    assert code_of(gray_tiff(20, 21, *whole, body=bytes(400))) == "damaged"


def test_a_tiff_whose_directory_is_all_tags():
    entries = [(tag, 7, 30_000_000, 8) for tag in range(1000, 60_000)]
    assert code_of(gray_tiff(20, 20, *entries, body=bytes(100_000))) == "damaged"


# --- fuzz --------------------------------------------------------------------------------------------------------


def small(mode="RGB"):
    return quadrants((24, 16)).convert(mode)


def with_extras():
    exif = Image.Exif()
    exif[0x0112] = 6
    return {"exif": exif.tobytes(), "icc_profile": WIDE}


SEEDS = {
    "jpeg": encode(small(), "JPEG", **with_extras()),
    "jpeg progressive": encode(small(), "JPEG", progressive=True),
    "jpeg cmyk": encode(small("CMYK"), "JPEG"),
    "jpeg mpo": encode(small(), "MPO", save_all=True, append_images=[small()]),
    "png": encode(small("RGBA"), "PNG", **with_extras()),
    "png palette": encode(small().quantize(4), "PNG", transparency=1),
    "png deep": deep_png(4, 40_000, 30_000),
    "webp": encode(small("RGBA"), "WEBP", **with_extras()),
    "webp lossless": encode(small(), "WEBP", lossless=True),
    "avif": encode(small(), "AVIF", **with_extras()) if features.check("avif") else b"",
    "heic": encode(small(), "HEIF", **with_extras()),
    "gif": encode(small(), "GIF", save_all=True, append_images=[small("L")]),
    "tiff": encode(small(), "TIFF", **with_extras()),
    "tiff lzw": encode(small(), "TIFF", compression="tiff_lzw"),
    "tiff big": encode(small(), "TIFF", big_tiff=True),
    "bmp": encode(small(), "BMP"),
}
TELLING = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\1", b"\xff\xda", b"\x80")


def mutated(content, rng):
    """Flip, cut, insert, overwrite and double pieces; headers more often than the rest."""
    content = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        at = rng.randrange(len(content) if rng.random() < 0.6 else min(200, len(content)))
        length = rng.choice((1, 2, 4, 12, 100))
        match rng.randrange(6):
            case 0 | 1:
                content[at] = rng.randrange(256)
            case 2:
                telling = rng.choice(TELLING)
                content[at : at + len(telling)] = telling
            case 3:
                del content[at : at + length]
            case 4:
                content[at:at] = rng.randbytes(length)
            case 5:
                source = rng.randrange(len(content))
                content[at:at] = content[source : source + length]
        if not content:
            break
    return bytes(content)


def read_or_code(content, side):
    try:
        return read_photo(content, side)
    except PhotoError as error:
        return error.code


@pytest.fixture
def no_hanging():
    """End the process with a traceback if one test takes a minute."""
    faulthandler.dump_traceback_later(60, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.mark.parametrize("name", SEEDS)
@pytest.mark.usefixtures("no_hanging")
def test_no_mutation_of_a_photo_does_more_than_be_refused(name):
    @settings(max_examples=200)
    @given(seed=st.integers(0, 2**32), side=st.sampled_from([1, 8, 64]))
    def check(seed, side):
        photo = read_or_code(mutated(SEEDS[name], random.Random(seed)), side)
        if isinstance(photo, str):
            assert photo in {"empty", "too-many-pixels", "not-an-image", "damaged"}
        else:
            assert photo.pixels.ndim == 3
            assert max(photo.pixels.shape[:2]) <= side
            assert photo.alpha is None or photo.alpha.shape == photo.pixels.shape[:2]

    if SEEDS[name]:
        check()


@settings(max_examples=300)
@given(start=st.sampled_from([b"", *(seed[:12] for seed in SEEDS.values())]), rest=st.binary(max_size=300))
@pytest.mark.usefixtures("no_hanging")
def test_no_bytes_do_more_than_be_refused(start, rest):
    assert read_or_code(start + rest, 16)
