"""No photo takes more than 5 seconds of one core and 600 MB: hand-made ones, large real ones, and damaged ones."""

import io
import json
import os
import struct
import subprocess
import sys
import threading
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from fuzz.photos import encoded as encode
from fuzz.photos import run_length_bmp, seeds
from saekdong.photo.effort import tiff_scans
from saekdong.photo.memory import MOST_MEMORY, Room
from saekdong.photo.reading import PhotoError, read_photo

pillow_heif.register_heif_opener()

SMALL = Image.new("RGB", (40, 30), (200, 40, 40))


def run_fuzzer(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "fuzz", "--target", "photos", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path), "PATH": os.environ["PATH"]},
    )


def read_apart(tmp_path, photos):
    """Read photos in processes of their own; return their outcomes by name: code, megabytes, seconds, stderr."""
    for name, make in photos.items():
        (tmp_path / name).write_bytes(make())
    run = run_fuzzer("--try", *(tmp_path / name for name in photos))
    for name in photos:
        (tmp_path / name).unlink()
    return {outcome.pop("file"): outcome for outcome in map(json.loads, run.stdout.splitlines())}


def check_bounds(outcomes, codes):
    assert {name: outcome["code"] for name, outcome in outcomes.items()} == codes
    for name, outcome in outcomes.items():
        assert outcome["megabytes"] < 600, name
        assert outcome["seconds"] < 5, name
        assert outcome["stderr"] == "", name


# --- made to take long -------------------------------------------------------------------------------------------


def segment(marker, body):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def jpeg_with(headers):
    content = encode(SMALL, "JPEG")
    return content[:2] + headers + content[2:]


def png_with(chunks):
    content = encode(SMALL, "PNG")
    return content[:33] + chunks + content[33:]


def png(width, height, depth, kind, bytes_a_pixel, filtered=4):
    """A PNG of zeros, its rows filtered by Paeth, the slowest."""
    packed = zlib.compressobj(1)
    row = bytes([filtered]) + bytes(width * bytes_a_pixel)
    data = b"".join(packed.compress(row) for _ in range(height)) + packed.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def gif_with(blocks):
    content = encode(SMALL, "GIF")
    start = 13 + 3 * (2 << (content[10] & 7))
    return content[:start] + blocks + content[start:]


def many_scans(size, scans):
    """A progressive gray JPEG whose last scan is repeated."""
    content = encode(Image.new("L", size), "JPEG", progressive=True)
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last * (scans - content.count(b"\xff\xda")) + b"\xff\xd9"


def tiff_of_one_jpeg(width, rows, strips, jpeg):
    """A gray TIFF whose strips are all the same JPEG."""
    places = 8 + len(jpeg)
    body = jpeg + struct.pack("<I", 8) * strips + struct.pack("<I", len(jpeg)) * strips
    entries = [(256, 1, width), (257, 1, rows * strips), (258, 1, 8), (259, 1, 7), (262, 1, 1)]
    first, second = (8, len(jpeg)) if strips == 1 else (places, places + 4 * strips)
    entries += [(273, strips, first), (277, 1, 1), (278, 1, rows), (279, strips, second)]
    table = b"".join(struct.pack("<HHII", tag, 4, count, value) for tag, count, value in entries)
    return b"II*\0" + struct.pack("<I", 8 + len(body)) + body + struct.pack("<H", len(entries)) + table + bytes(4)


def exif_of_many_large_values():
    values = b"".join(struct.pack("<HHII", 1000 + tag, 7, 3_000_000, 8) for tag in range(64_000))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", 65_535) + values + bytes(3_000_000)


MEGABYTE = zlib.compress(bytes(1 << 20))
WIDE_TEXT = zlib.compress(("x" * ((1 << 20) - 10) + "\U0001f600").encode())

SLOW = {
    "jpeg fill bytes": (lambda: jpeg_with(b"\xff" * 40_000_000), "damaged"),
    "jpeg junk": (lambda: jpeg_with(bytes(40_000_000)), "damaged"),
    "jpeg of nothing": (lambda: b"\xff\xd8\xff" + bytes(40_000_000), "damaged"),
    "jpeg that ends before it begins": (lambda: jpeg_with(b"\xff\xd9" * 10_000_000), "damaged"),
    "jpeg headers behind a hidden end": (
        lambda: jpeg_with(segment(0xDC, b"\xff\xd9") + segment(0xFE, b"") * 5_000_000),
        "damaged",
    ),
    "jpeg headers after the scan": (
        lambda: encode(SMALL, "JPEG")[:-2] + segment(0xDD, b"\0\1") * 3_000_000 + b"\xff\xd9",
        "damaged",
    ),
    "jpeg frames": (lambda: jpeg_with(segment(0xC0, b"\x08\0\x1e\0\x28\3" + b"\1\x11\0" * 21_000) * 480), "damaged"),
    "jpeg tables": (lambda: jpeg_with(segment(0xDB, bytes(65) * 1000) * 480), "damaged"),
    "jpeg exif": (lambda: jpeg_with(segment(0xE1, b"Exif\0\0" + bytes(65_500)) * 480), "damaged"),
    "jpeg blocks of photoshop": (
        lambda: jpeg_with(segment(0xED, b"Photoshop 3.0\0" + (b"8BIM\x04" + bytes(7)) * 5000) * 480),
        "damaged",
    ),
    "png empty data": (lambda: png_with(chunk(b"IDAT", b"") * 3_000_000), "damaged"),
    "png empty chunks": (lambda: png_with(chunk(b"abCd", b"") * 3_000_000), "damaged"),
    "png profiles": (lambda: png_with(chunk(b"iCCP", b"x\0\0" + MEGABYTE) * 30_000), "damaged"),
    "png texts": (
        lambda: png_with(b"".join(chunk(b"iTXt", b"%d\0\1\0\0\0" % n + WIDE_TEXT) for n in range(60))),
        "damaged",
    ),
    "png exif": (lambda: png_with(chunk(b"eXIf", exif_of_many_large_values())), "read"),
    "gif comment": (lambda: gif_with(b"!\xfe" + b"\1a" * 19_000_000 + b"\0"), "damaged"),
    "gif application": (lambda: gif_with(b"!\xff" + b"\1a" * 19_000_000 + b"\0"), "damaged"),
    "gif junk": (lambda: gif_with(b"a" * 39_000_000), "damaged"),
    "bmp ends of lines": (
        lambda: run_length_bmp(10_000, 10_000, b"\1\1\0\0" * 10_000 + b"\0\1"),
        "too-many-pixels",
    ),
    "bmp ends of fewer lines": (lambda: run_length_bmp(2000, 2000, b"\1\1\0\0" * 2000 + b"\0\1"), "read"),
    "bmp runs of nothing": (lambda: run_length_bmp(100, 3000, b"\x64\1" + b"\1\1" * 19_000_000), "damaged"),
    "bmp moves of nothing": (lambda: run_length_bmp(2000, 2000, b"\0\2\0\0" * 9_000_000), "damaged"),
    "tiff shared jpeg": (lambda: tiff_of_one_jpeg(4000, 40, 600, many_scans((4000, 40), 95)), "damaged"),
    "tiff large jpeg": (lambda: tiff_of_one_jpeg(6000, 6000, 1, many_scans((6000, 6000), 95)), "damaged"),
    "tiff small jpeg": (lambda: tiff_of_one_jpeg(400, 400, 1, many_scans((400, 400), 95)), "read"),
}


@pytest.mark.slow
def test_no_photo_made_to_keep_readers_busy_does_so(tmp_path):
    outcomes = read_apart(tmp_path, {name: make for name, (make, _) in SLOW.items()})
    check_bounds(outcomes, {name: code for name, (_, code) in SLOW.items()})


# --- large -------------------------------------------------------------------------------------------------------


def flat(size, kind, mode="RGB", **options):
    return encode(Image.new("RGB", size, (200, 30, 30)).convert(mode), kind, **options)


def paletted(width, height):
    """Dithered; one part is quantized, for the whole takes ten seconds."""
    part = Image.new("RGB", (1000, 1000), (200, 30, 30)).convert("P")
    whole = Image.new("P", (width, height))
    whole.putpalette(part.getpalette())
    for left in range(0, width, 1000):
        for top in range(0, height, 1000):
            whole.paste(part, (left, top))
    return encode(whole, "PNG", compress_level=1)


def turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def sized(kind, width, height):
    """A small AVIF, which libavif scales, or HEIC that says to have another size: encoding takes minutes."""
    content = flat((64, 64), kind)
    return content.replace(b"ispe" + struct.pack(">III", 0, 64, 64), b"ispe" + struct.pack(">III", 0, width, height))


def webp_sized(width, height):
    content = flat((40, 30), "WEBP", lossless=True)
    return content[:21] + struct.pack("<I", (width - 1) | (height - 1) << 14) + content[25:]


HUGE, LARGE, CAMERA = (10_000, 10_000), (8000, 6000), (6000, 4000)
BIG = {
    "100 webp": (lambda: webp_sized(*HUGE), "too-many-pixels"),
    "24 webp": (lambda: flat(CAMERA, "WEBP", lossless=True, method=0), "read"),
    "6 avif": (lambda: flat((3000, 2000), "AVIF", speed=10, subsampling="4:4:4"), "read"),
    "24 avif": (lambda: sized("AVIF", *CAMERA), "read"),
    "48 avif": (lambda: sized("AVIF", *LARGE), "too-many-pixels"),
    "6 heic": (lambda: flat((3000, 2000), "HEIF", quality=30), "read"),
    "48 heic": (lambda: sized("HEIF", 8064, 6048), "damaged"),
    "100 heic": (lambda: sized("HEIF", *HUGE), "too-many-pixels"),
    "100 png with alpha": (lambda: png(*HUGE, 8, 6, 4), "read"),
    "48 png deep": (lambda: png(*LARGE, 16, 2, 6), "read"),
    "100 png deep with alpha": (lambda: png(*HUGE, 16, 6, 0), "too-many-pixels"),
    "100 png palette": (lambda: paletted(*HUGE), "read"),
    "100 gif": (lambda: flat(HUGE, "GIF", "L"), "read"),
    "100 tiff": (lambda: flat(HUGE, "TIFF", compression="tiff_lzw"), "read"),
    "48 tiff turned": (lambda: flat(LARGE, "TIFF", compression="tiff_lzw", exif=turned()), "read"),
    "48 tiff of one strip": (lambda: flat(LARGE, "TIFF", compression="tiff_lzw", tiffinfo={278: 6000}), "read"),
    "100 tiff of one strip": (
        lambda: flat(HUGE, "TIFF", compression="tiff_lzw", tiffinfo={278: 10_000}),
        "too-many-pixels",
    ),
    "100 jpeg": (lambda: flat(HUGE, "JPEG"), "read"),
    "100 jpeg progressive": (lambda: flat(HUGE, "JPEG", progressive=True), "read"),
    "100 jpeg progressive whole": (lambda: flat(HUGE, "JPEG", progressive=True, subsampling=0), "too-many-pixels"),
    "64 jpeg progressive whole": (lambda: flat((8000, 8000), "JPEG", progressive=True, subsampling=0), "read"),
}


@pytest.mark.slow
def test_large_photos_are_read_in_bounded_memory_or_refused(tmp_path):
    outcomes = read_apart(tmp_path, {name: make for name, (make, _) in BIG.items()})
    check_bounds(outcomes, {name: code for name, (_, code) in BIG.items()})


def test_a_photo_of_too_many_pixels_says_how_many_its_kind_may_have():
    with pytest.raises(PhotoError) as caught:
        read_photo(flat((8000, 4000), "WEBP", lossless=True, method=0), 64)
    assert caught.value.code == "too-many-pixels"
    assert "30,000,000" in str(caught.value)
    assert "JPEG" in caught.value.fix


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1", "PA"])
def test_photos_that_are_converted_in_bands_are_averaged_as_from_the_whole(mode, monkeypatch):
    """Bit for bit: rows are averaged first either way."""
    monkeypatch.setattr("saekdong.photo.reading._BAND_PIXELS", 1000)
    pixels = np.random.default_rng(1).integers(0, 256, (333, 257, 4), dtype=np.uint8)
    image = Image.fromarray(pixels).convert("RGB").convert(mode) if mode in "P1" else Image.fromarray(pixels)
    content = encode(image.convert(mode), "PNG") if mode != "PA" else encode(image.quantize(), "PNG")
    photo = read_photo(content, 64)
    opened = Image.open(io.BytesIO(content))
    whole = opened.convert("RGBA").convert("RGBa") if photo.alpha is not None else opened.convert("RGB")
    expected = np.asarray(whole.resize((49, 64), Image.Resampling.BOX).convert("RGBA"))
    assert np.array_equal(photo.pixels, expected[..., :3])
    assert photo.alpha is None or np.array_equal(photo.alpha, expected[..., 3])


# --- room --------------------------------------------------------------------------------------------------------


def test_large_photos_wait_for_room_and_small_ones_do_not():
    room, order, inside = Room(100_000_000), [], threading.Event()

    def second():
        inside.set()
        with room.of(60_000_000):
            order.append("second")

    with room.of(60_000_000):
        waiting = threading.Thread(target=second)
        waiting.start()
        inside.wait()
        with room.of(1000):
            order.append("small")
        order.append("first")
    waiting.join()
    assert order == ["small", "first", "second"]
    with room.of(MOST_MEMORY):
        order.append("larger than all of it")


# --- damaged -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_few_hundred_damaged_photos_do_no_harm(tmp_path):
    run = run_fuzzer("--count", 300, "--seconds", 600, "--failures", tmp_path)
    assert run.returncode == 0, run.stdout
    assert "300 cases" in run.stdout
    assert " 0 failures" in run.stdout


def test_a_damaged_tiff_leaves_nothing_on_stderr(tmp_path):
    content = seeds()["tiff jpeg"]
    start = content.index(b"\xff\xda")
    outcome = read_apart(tmp_path, {"tiff": lambda: content[:start] + bytes(50) + content[start + 50 :]})["tiff"]
    assert (outcome["code"], outcome["stderr"]) == ("damaged", "")


@pytest.mark.slow
def test_a_tiff_of_jpegs_with_a_million_headers_is_not_counted_to_its_end():
    piece = b"\xff\xd8" + segment(0xDA, b"") + segment(0xDD, b"\0\1") * 1_900 + b"\xff\xd9"
    places = [number * len(piece) for number in range(1_000)]
    assert tiff_scans(piece * 1_000, places, [len(piece)] * 1_000, 100) == sys.maxsize
    assert tiff_scans(piece * 100, places[:100], [len(piece)] * 100, 100) == 100
