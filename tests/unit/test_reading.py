"""Photos: every kind comes out in its right colors, upright and small; no bytes do more than be refused."""

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
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, features

from saekdong.photo.reading import MOST_BYTES, PhotoError, read_photo

pillow_heif = pytest.importorskip("pillow_heif")
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
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    photo = read_photo(draw(), 64)
    assert (photo.width, photo.height, photo.format) == (48, 32, kind)
    assert photo.alpha is None
    assert photo.pixels.shape == (32, 48, 3)
    assert photo.pixels.dtype == np.uint8
    for color, expected in zip(corners(photo), (RED, GREEN, BLUE, YELLOW), strict=True):
        assert color == pytest.approx(expected, abs=tolerance)


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


@settings(max_examples=60, deadline=None)
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
