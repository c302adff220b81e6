"""Photos that are made to take time or memory: each returns one, of a random size."""

import io
import struct
import zlib
from collections.abc import Callable
from random import Random

from PIL import Image, ImageCms

from fuzz.drawing import drawn

_SMALL = (40, 30)


def _encoded(kind: str, size: tuple[int, int] = _SMALL, mode: str = "RGB", **options: object) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind, **options)
    return file.getvalue()


def _segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _zeros(count: int) -> bytes:
    packer = zlib.compressobj(9)
    parts = [packer.compress(bytes(min(1 << 20, count - start))) for start in range(0, count, 1 << 20)]
    return b"".join(parts) + packer.flush()


def _sides(rng: Random) -> tuple[int, int]:
    return rng.choice(((1, 65_535), (65_535, 1), (drawn(rng, 10, 10_000), drawn(rng, 10, 10_000)), (65_535, 65_535)))


# --- JPEG --------------------------------------------------------------------------------------------------------


def jpeg_scans(rng: Random) -> bytes:
    """A progressive JPEG whose last scan is repeated."""
    side = drawn(rng, 16, 8000)
    content = _encoded("JPEG", (side, side), rng.choice(("L", "RGB")), progressive=True)
    last = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + last * drawn(rng, 1, 1000) + b"\xff\xd9"


def jpeg_headers(rng: Random) -> bytes:
    """Headers, restarts and fill bytes in great number, or a frame that is followed by another size."""
    content = _encoded("JPEG")
    piece = rng.choice(
        (
            *(b"\xff", b"\0", b"\xff\xd9", b"\xff\xd8", b"\xff\xd0", _segment(0xFE, b""), _segment(0xDC, b"\xff\xff")),
            *(_segment(0xDB, bytes(65) * 500), _segment(0xC4, bytes(17) * 500), _segment(0xDD, b"\0\1")),
            *(_segment(0xE1, b"Exif\0\0MM\0*" + bytes(60_000)), _segment(0xE2, b"ICC_PROFILE\0\1\xff" + bytes(60_000))),
            *(
                _segment(0xED, b"Photoshop 3.0\0" + (b"8BIM\4\4" + bytes(6)) * 3000),
                _segment(0xE2, b"MPF\0II*\0" + bytes(900)),
            ),
        )
    )
    pieces = piece * drawn(rng, 1, 20_000_000 // len(piece))
    at = rng.choice((2, content.index(b"\xff\xda"), len(content) - 2))
    return content[:at] + pieces + content[at:]


def jpeg_sizes(rng: Random) -> bytes:
    """A JPEG whose frame claims another size and sampling."""
    content = bytearray(_encoded("JPEG", progressive=rng.random() < 0.5))
    at = next(place for place in (content.find(b"\xff\xc0"), content.find(b"\xff\xc2")) if place > 0)
    content[at + 5 : at + 9] = struct.pack(">HH", *_sides(rng))
    if rng.random() < 0.3:
        content[at + 11] = rng.choice((0x11, 0x44, 0x41, 0x14, 0))
    return bytes(content) + b"\xff\xd0" * drawn(rng, 1, 100_000)


# --- PNG ---------------------------------------------------------------------------------------------------------


def png_pixels(rng: Random) -> bytes:
    """Pixels of zeros, of every depth, interlaced or not, with fewer or more rows than there are."""
    width, height = _sides(rng)
    depth, kind, channels = rng.choice(
        ((8, 0, 1), (8, 2, 3), (8, 6, 4), (16, 2, 3), (16, 6, 4), (1, 0, 1), (8, 3, 1), (16, 4, 2))
    )
    row = width * channels * depth // 8 + 1
    data = _zeros(min(row * height, 400_000_000))
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, rng.choice((0, 1)))
    chunks = [_chunk(b"IHDR", head), _chunk(b"PLTE", bytes(768)) if kind == 3 else b""]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def png_chunks(rng: Random) -> bytes:
    """Chunks in great number, or texts, profiles and EXIF that inflate."""
    content = _encoded("PNG")
    zeros = _zeros(drawn(rng, 1000, 300_000_000))
    piece = rng.choice(
        (
            *(_chunk(b"IDAT", b""), _chunk(b"abCd", b""), _chunk(b"fcTL", bytes(26)), _chunk(b"tEXt", b"k\0v")),
            *(
                _chunk(b"zTXt", b"k\0\0" + zeros),
                _chunk(b"iTXt", b"k\0\1\0\0\0" + zeros),
                _chunk(b"iCCP", b"k\0\0" + zeros),
            ),
            *(_chunk(b"eXIf", b"MM\0*" + bytes(100_000)), _chunk(b"tRNS", bytes(256)), _chunk(b"acTL", b"\xff" * 8)),
        )
    )
    at = rng.choice((33, content.rindex(b"IEND") - 4))
    return content[:at] + piece * min(drawn(rng, 1, 1_000_000), 20_000_000 // len(piece) + 1) + content[at:]


# --- GIF, BMP, WebP ----------------------------------------------------------------------------------------------


def gif_blocks(rng: Random) -> bytes:
    """Extensions, frames and blocks in great number, or a first frame of another size."""
    content = bytearray(_encoded("GIF"))
    start = 13 + 3 * (2 << (content[10] & 7))
    content[6:10] = struct.pack("<HH", *_sides(rng))
    frame = b"," + struct.pack("<HHHH", 0, 0, *_sides(rng)) + b"\0\2\2\4\1\0"
    piece = rng.choice(
        (b"!\xfe\1a\0", b"!\xff\1a\0", b"!\xf9\4\0\0\0\0\0", frame, b"a", b"!\xfe" + b"\1a" * 1000 + b"\0", b"\0")
    )
    return bytes(content[:start]) + piece * drawn(rng, 1, 20_000_000 // len(piece)) + bytes(content[start:])


def gif_pixels(rng: Random) -> bytes:
    """A frame of LZW codes that clear, or stand for very many pixels."""
    width, height = _sides(rng)
    head = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + bytes(6)
    data = rng.choice((b"\x04\x01", b"\x84\x8f\xa9", b"\x24\x49\x92", b"\xff\xff")) * drawn(rng, 10, 10_000_000)
    blocks = b"".join(b"\xff" + data[at : at + 255] for at in range(0, len(data) - 255, 255))
    return (
        head
        + b","
        + struct.pack("<HHHH", 0, 0, width, height)
        + b"\0"
        + bytes([rng.choice((2, 8, 12))])
        + blocks
        + b"\0;"
    )


def bmp_runs(rng: Random) -> bytes:
    """Runs of nothing, moves and line ends, of any size."""
    width, height = _sides(rng)
    rows = rng.choice((b"\xff\1", b"\1\1", b"\0\0", b"\0\2\0\0", b"\0\2\xff\xff", b"\0\3abc\0")) * drawn(
        rng, 10, 5_000_000
    )
    start = 54 + 1024
    numbers = (
        start + len(rows),
        0,
        start,
        40,
        width,
        height,
        (8 << 16) + 1,
        rng.choice((1, 2, 3)),
        len(rows),
        0,
        0,
        256,
        0,
    )
    return b"BM" + b"".join(number.to_bytes(4, "little") for number in numbers) + bytes(1024) + rows


def webp_sizes(rng: Random) -> bytes:
    """A WebP of few bytes that claims another size, lossless, lossy or animated."""
    width, height = (min(side, 16_383) for side in _sides(rng))
    content = bytearray(_encoded("WEBP", lossless=True))
    content[21:25] = struct.pack("<I", (width - 1) | (height - 1) << 14)
    if rng.random() < 0.5:
        frames = [Image.new("RGBA", _SMALL, (shade, 0, 0, 9)) for shade in range(drawn(rng, 2, 60))]
        file = io.BytesIO()
        frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:])
        content = bytearray(file.getvalue())
        content[24:30] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(content)


# --- TIFF --------------------------------------------------------------------------------------------------------


def tiff_tags(rng: Random) -> bytes:
    """Strips, tags and directories: huge, overlapping, in a loop, of every compression."""
    width, height = _sides(rng)
    count = drawn(rng, 1, 300_000)
    body = rng.choice((bytes(1000), _zeros(drawn(rng, 1000, 200_000_000)), b"\x80\x00" * 50_000, b"\xff" * 50_000))
    places = struct.pack("<I", 8) * count
    lengths = struct.pack("<I", len(body)) * count
    at = 8 + len(body)
    packing = rng.choice((1, 2, 3, 4, 5, 7, 8, 32773, 32946, 34925, 50000, 50001, 34887))
    entries = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, rng.choice((1, 8, 16, 32, 64))),
        (259, 3, 1, packing),
    ]
    entries += [(262, 3, 1, rng.choice((0, 1, 2, 3, 5, 6, 8))), (273, 4, count, at if count > 1 else 8)]
    entries += [(277, 3, 1, rng.choice((1, 3, 4, 5, 1000))), (278, 4, 1, rng.choice((1, height, 0xFFFFFFFF)))]
    entries += [(279, 4, count, at + len(places) if count > 1 else len(body))]
    entries += [(1000 + tag, 7, rng.choice((1, 1 << 20, 0xFFFFFFFF)), 8) for tag in range(drawn(rng, 1, 50_000))]
    table = b"".join(struct.pack("<HHII", *entry) for entry in entries[:65_000])
    where = at + len(places) + len(lengths)
    following = rng.choice((0, where, 8))
    return (
        b"II*\0"
        + struct.pack("<I", where)
        + body
        + places
        + lengths
        + struct.pack("<H", len(entries[:65_000]))
        + table
        + struct.pack("<I", following)
    )


# --- HEIC and AVIF -----------------------------------------------------------------------------------------------


def modern_sizes(rng: Random) -> bytes:
    """A HEIC or AVIF that claims another size, or whose boxes are doubled and emptied."""
    content = _encoded(rng.choice(("AVIF", "HEIF")), (64, 64))
    width, height = _sides(rng)
    size = b"ispe" + struct.pack(">III", 0, 64, 64)
    content = content.replace(size, b"ispe" + struct.pack(">III", 0, width, height))
    box = rng.choice((b"iloc", b"iinf", b"iref", b"ipma", b"ipco", b"mdat", b"hvcC", b"av1C"))
    at = content.find(box) - 4
    if at > 0 and rng.random() < 0.6:
        length = int.from_bytes(content[at : at + 4], "big")
        content = (
            content[:at]
            + content[at : at + length] * min(drawn(rng, 2, 50_000), 10_000_000 // max(length, 1))
            + content[at:]
        )
    return content


# --- color profiles ----------------------------------------------------------------------------------------------


def profiles(rng: Random) -> bytes:
    """A color profile with tables of megabytes, tags in great number, or sizes that lie."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    match rng.randrange(4):
        case 0:
            profile[128:132] = struct.pack(">I", rng.choice((0, 100, 1 << 20, 0xFFFFFFFF)))
        case 1:
            grid = rng.choice((2, 33, 64, 255))
            table = (
                b"mft1" + bytes(4) + bytes([3, 3, grid, 0]) + bytes(36) + bytes(768 * 2 + min(grid**3 * 3, 3_900_000))
            )
            tag = struct.pack(">4sII", b"A2B0", 144, len(table))
            profile = bytearray(bytes(profile[:128]) + struct.pack(">I", 1) + tag + table)
        case 2:
            profile += bytes(drawn(rng, 1000, 8_000_000))
        case _:
            for _ in range(rng.choice((1, 3, 10))):
                profile[rng.randrange(len(profile))] = rng.randrange(256)
    profile[:4] = struct.pack(">I", len(profile))
    kind = rng.choice(("JPEG", "PNG", "WEBP", "TIFF"))
    return _encoded(kind, icc_profile=bytes(profile))


_ALL: tuple[Callable[[Random], bytes], ...] = (
    *(jpeg_scans, jpeg_headers, jpeg_sizes, png_pixels, png_chunks, gif_blocks, gif_pixels, bmp_runs, webp_sizes),
    *(tiff_tags, modern_sizes, profiles),
)
BOMBS = {make.__name__: make for make in _ALL}
