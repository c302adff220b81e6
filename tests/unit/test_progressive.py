"""Progressive JPEGs: scans are cut only where the pixels stay the same, and every other file stays as it is.

The files in data/progressive were written by libjpeg-turbo's tools from one drawing: jpegtran with scripts of scans as
mozjpeg and cameras write them (`-scans`, `-restart`, `-arithmetic`), cjpeg with unusual subsampling (`-sample`).
"""

import io
import random
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from fuzz.mutating import damaged
from saekdong.photo import reading
from saekdong.photo.progressive import coarse_jpeg
from saekdong.photo.reading import PhotoError, read_photo

FILES = {path.stem: path.read_bytes() for path in (Path(__file__).parent / "data/progressive").iterdir()}
KEPT = ("arithmetic", "bits-left-out")
SIDE = 8
"""Photos of at least 64 pixels are decoded at an eighth for it."""


def drawn(width, height, seed=0):
    """Return stripes, waves and noise."""
    y, x = np.mgrid[:height, :width]
    waves = [128 + 90 * np.sin(x / 5 + y / 9), 128 + 90 * np.cos(y / 7), 255 * x / width]
    noise = np.random.default_rng(seed).normal(0, 20, (height, width, 3))
    return Image.fromarray((np.stack(waves, axis=-1) + noise).clip(0, 255).astype(np.uint8))


def encoded(image, **options):
    file = io.BytesIO()
    # Scans of much noise need more than Pillow's buffer of 64 KiB.
    with patch.object(ImageFile, "MAXBLOCK", 1 << 22):
        image.save(file, "JPEG", **{"progressive": True, **options})
    return file.getvalue()


def decoded(content):
    """Return a JPEG's pixels as Pillow decodes them at an eighth."""
    with Image.open(io.BytesIO(content)) as image:
        width, height = image.size
        image.draft(None, (width // 8, height // 8))
        assert image.size == (-(-width // 8), -(-height // 8))
        return np.asarray(image)


def outcome(content):
    """Return what comes of reading a photo: its pixels and size, or its error."""
    try:
        photo = read_photo(content, SIDE)
    except PhotoError as error:
        return error.code, str(error)
    return photo.pixels.tobytes(), photo.width, photo.height


@pytest.fixture
def outcomes(monkeypatch):
    """Return what comes of reading a photo with and without the cut."""

    def both(content):
        with monkeypatch.context() as patch:
            patch.setattr(reading, "coarse_jpeg", lambda content: content)
            before = outcome(content)
        return outcome(content), before

    return both


@given(
    st.integers(8, 200),
    st.integers(8, 200),
    st.sampled_from(["gray", "rgb", 0, 1, 2]),
    st.integers(1, 100),
    st.sampled_from([{}, {"restart_marker_blocks": 5}, {"restart_marker_rows": 1}, {"optimize": True}]),
    st.integers(0, 9),
)
@example(8, 8, 2, 80, {}, 0)
@example(16, 9, 2, 80, {}, 0)
@settings(deadline=None, max_examples=150)
def test_pixels_at_an_eighth_are_the_same(width, height, colors, quality, options, seed):
    image = drawn(width, height, seed)
    if colors == "gray":
        content = encoded(image.convert("L"), quality=quality, **options)
    elif colors == "rgb":
        content = encoded(image, quality=quality, keep_rgb=True, **options)
    else:
        content = encoded(image, quality=quality, subsampling=colors, **options)
    cut = coarse_jpeg(content)
    assert cut != content
    np.testing.assert_array_equal(decoded(cut), decoded(content))


@pytest.mark.parametrize("name", sorted(FILES.keys() - set(KEPT)))
def test_scans_in_any_order_are_cut(name):
    cut = coarse_jpeg(FILES[name])
    assert len(cut) < 0.8 * len(FILES[name])
    np.testing.assert_array_equal(decoded(cut), decoded(FILES[name]))


def test_runs_of_blocks_longer_than_a_code_holds_are_split():
    content = encoded(Image.effect_noise((3001, 2999), 30), quality=10)
    cut = coarse_jpeg(content)
    assert len(cut) < len(content)
    np.testing.assert_array_equal(decoded(cut), decoded(content))


def test_a_file_that_was_cut_can_be_cut_again():
    once = coarse_jpeg(FILES["separate-means"])
    np.testing.assert_array_equal(decoded(coarse_jpeg(once)), decoded(once))
    assert decoded(once).std() > 10


@pytest.mark.parametrize("name", KEPT)
def test_a_file_that_the_decoder_treats_differently_is_kept(name):
    assert coarse_jpeg(FILES[name]) is FILES[name]


@pytest.mark.parametrize(
    "content",
    [
        encoded(drawn(80, 80).convert("CMYK")),
        encoded(drawn(80, 80), progressive=False),
        encoded(drawn(80, 80))[:-2],
        encoded(drawn(80, 80))[:-2] + b"\xff\xff\xd9",
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xc2\x00\x02\xff\xd9",
        b"\xff\xd8\xff\xda\x00\x08\x00\x00\x00\x00\x00\x00\xff\xd9",
        b"\xff\xd8\xff\xe0\x00\x00\xff\xd9",
        b"text",
    ],
    ids=["cmyk", "baseline", "no end", "fill bytes", "empty", "start", "nothing", "no frame", "no colors", "0", "text"],
)
def test_other_files_are_kept(content):
    assert coarse_jpeg(content) is content


def test_what_follows_the_image_does_not_matter():
    content = FILES["separate-means"]
    assert coarse_jpeg(content + content) == coarse_jpeg(content)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_truncated_file_is_reported_as_before(name, outcomes):
    content = FILES[name]
    for length in range(2, len(content), 23):
        cut, before = outcomes(content[:length])
        assert cut == before
        assert cut[0] in ("damaged", "not-an-image")


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_damaged_file_is_read_or_reported_as_before(name, outcomes):
    rng = random.Random(name)
    heads = [
        at for at in range(len(FILES[name])) if FILES[name][at : at + 2] in (b"\xff\xc4", b"\xff\xda", b"\xff\xc2")
    ]
    for _ in range(150):
        content = bytearray(FILES[name])
        content[rng.choice(heads) + rng.randrange(2, 24)] = rng.choice((0, 1, 2, 17, 63, 64, 255, rng.randrange(256)))
        for changed in (bytes(content), damaged(FILES[name], rng)):
            cut, before = outcomes(changed)
            assert cut == before


def test_photos_are_cut_only_if_they_are_decoded_at_an_eighth(monkeypatch):
    cut = []
    monkeypatch.setattr(reading, "coarse_jpeg", lambda content: cut.append(len(content)) or coarse_jpeg(content))
    content = encoded(drawn(80, 72))
    read_photo(content, 10)
    assert not cut
    read_photo(content, 9)
    read_photo(encoded(drawn(80, 72), progressive=False), 9)
    assert cut == [len(content)]
