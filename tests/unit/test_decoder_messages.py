"""Damaged photos of every format: decoders write nothing to stderr, where a service's log is."""

import subprocess
import sys

import pytest

_READ = """
import io, random
import numpy as np
import pillow_heif
from PIL import Image
from saekdong.photo.reading import PhotoError, read_photo

pillow_heif.register_heif_opener()
rng = random.Random(0)
image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (120, 90, 3), dtype=np.uint8))

def encoded(kind, mode="RGB", **options):
    file = io.BytesIO()
    image.convert(mode).save(file, kind, **options)
    return file.getvalue()

valid = [encoded(kind) for kind in ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF", "BMP")]
valid += [encoded("JPEG", progressive=True), encoded("WEBP", lossless=True)]
valid += [encoded(kind, "RGBA") for kind in ("PNG", "AVIF", "HEIF")]
valid += [encoded("TIFF", compression=name) for name in ("tiff_lzw", "jpeg", "tiff_adobe_deflate", "packbits")]
valid += [encoded("TIFF", "1", compression=name) for name in ("group3", "group4")]
damaged = 0
for content in valid * 12:
    content = bytearray(content)
    for _ in range(rng.choice([1, 2, 5, 20])):
        content[rng.randrange(len(content))] = rng.randrange(256)
    try:
        read_photo(bytes(content[: rng.choice([len(content), rng.randrange(len(content))])]), 64)
    except PhotoError:
        damaged += 1
print(damaged)
"""


@pytest.mark.slow
def test_decoders_write_nothing_to_stderr():
    run = subprocess.run([sys.executable, "-c", _READ], capture_output=True, text=True, check=True)
    assert int(run.stdout) > 100
    assert run.stderr == ""
