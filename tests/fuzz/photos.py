"""Read damaged photos, each in a process of its own with bounds on memory and time, and report what goes wrong.

    make fuzz TIME=60
    python tests/fuzz/photos.py --seconds 60 --seed 1
    python tests/fuzz/photos.py --try photo.jpg other.png

Mutation N of a seed is always the same bytes. Failures are saved, and read again by `--try`.
"""

import argparse
import io
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

# Before NumPy: its threads would be lost in the forked readers.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from PIL import Image

from saekdong.photo.reading import PhotoError, read_photo

SIDE = 64
MOST_MEGABYTES = 600
MOST_SECONDS = 5.0
_CODES = {"read", "empty", "too-large", "too-many-pixels", "not-an-image", "unsupported", "damaged"}


@dataclass(frozen=True)
class Outcome:
    """What came of reading one photo: `read`, an error's code, or what else happened; and what it took."""

    code: str
    megabytes: float
    seconds: float
    stderr: str = ""

    @property
    def is_failure(self) -> bool:
        """Whether the reader broke its promises."""
        is_costly = self.megabytes > MOST_MEGABYTES or self.seconds > MOST_SECONDS
        return is_costly or bool(self.stderr) or self.code not in _CODES


def try_photo(content: bytes) -> Outcome:
    """Read a photo in a forked process; return what came of it."""
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as told:
        child = os.fork()
        if not child:
            _read(content, said.fileno(), told.fileno())
        _, status, used = os.wait4(child, 0)
        said.seek(0)
        told.seek(0)
        code = said.read().decode()
        if os.WIFSIGNALED(status):
            code = f"signal {signal.Signals(os.WTERMSIG(status)).name}"
        stderr = told.read().decode(errors="replace")
    return Outcome(code, used.ru_maxrss * 1024 / 1e6, used.ru_utime + used.ru_stime, stderr)


def _read(content: bytes, said: int, told: int) -> None:
    os.dup2(told, 2)
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (30, 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        read_photo(content, SIDE)
        code = "read"
    except PhotoError as error:
        code = error.code
    except BaseException as error:
        code = f"{type(error).__name__}: {error}"
    os.write(said, code.encode())
    os._exit(0)


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
    """Return a photo damaged in one to eight ways: mostly in its headers."""
    damaged = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        if damaged:
            _damage(damaged, rng)
    return bytes(damaged)


def _damage(content: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(content) if rng.random() < 0.5 else min(200, len(content)))
    length = rng.choice((1, 2, 4, 8, 12, 100))
    match rng.randrange(8):
        case 0 | 1:
            content[at] = rng.randrange(256)
        case 2:
            value = rng.choice((0, 1, 127, 255, 32767, 65535, 10_000, 100_000, (1 << 31) - 1, (1 << 32) - 1))
            size = rng.choice((2, 3, 4))
            content[at : at + size] = (value % (1 << 8 * size)).to_bytes(size, rng.choice(("little", "big")))
        case 3:
            _resize(content, rng)
        case 4:
            del content[at : at + (length if rng.random() < 0.8 else len(content))]
        case 5:
            content[at:at] = rng.randbytes(length)
        case 6:
            content[at:at] = content[at : at + length] * rng.choice((1, 10, 10_000))
        case _:
            content[at:at] = rng.choice((b"\xff", b"\0", b"\1a")) * rng.choice((10, 1000, 200_000))


def _resize(content: bytearray, rng: random.Random) -> None:
    """Rewrite a field that holds the photo's width or height, in any order and size of bytes."""
    order, size = rng.choice(("little", "big")), rng.choice((2, 3, 4))
    field = rng.choice((40, 56, 39, 55)).to_bytes(size, order)
    at = content.find(field)
    if at >= 0:
        value = rng.choice((0, 1, 100, 5000, 9999, 16_383, 65_535))
        content[at : at + size] = value.to_bytes(size, order)


def mutations(seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield damaged photos without end, with their names; each follows from the seed and its number alone."""
    valid = seeds()
    names = list(valid)
    number = 0
    while True:
        kind = names[number % len(names)]
        yield f"{seed}-{number}", mutation(valid[kind], random.Random(f"{seed}-{number}"))
        number += 1


def fuzz(seconds: float, count: int, seed: int, folder: Path) -> int:
    """Read mutations until the time or the count is over; print what came of them; return how many failed."""
    end, outcomes, failures, largest, longest = time.monotonic() + seconds, Counter[str](), 0, 0.0, 0.0
    for number, (name, content) in enumerate(mutations(seed), start=1):
        outcome = try_photo(content)
        outcomes[outcome.code] += 1
        largest, longest = max(largest, outcome.megabytes), max(longest, outcome.seconds)
        if outcome.is_failure:
            failures += 1
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
            print(f"{folder / name}: {outcome}")
        if number >= count or time.monotonic() > end:
            break
    print(", ".join(f"{code} {times}" for code, times in outcomes.most_common()))
    print(f"{outcomes.total()} photos, {failures} failures; at most {largest:.0f} MB and {longest:.2f} s of CPU each")
    return failures


def main() -> int:
    """Fuzz, or try files; exit 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--count", type=int, default=sys.maxsize, help="mutations at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures"), help="where failures are saved")
    parser.add_argument("--try", dest="files", nargs="+", type=Path, default=[], help="read these files instead")
    options = parser.parse_args()
    Image.init()
    if not options.files:
        return min(1, fuzz(options.seconds, options.count, options.seed, options.failures))
    outcomes = [try_photo(file.read_bytes()) for file in options.files]
    for file, outcome in zip(options.files, outcomes, strict=True):
        print(json.dumps({"file": file.name, **asdict(outcome)}), flush=True)
    return int(any(outcome.is_failure for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
