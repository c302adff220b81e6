"""The one table of photo kinds: how files begin and end, and what they are called over HTTP."""

import io

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from saekdong.photo import read_photo
from saekdong.photo.kinds import MEDIA_TYPES, PHOTO_KINDS, SUFFIXES, photo_kind


@pytest.mark.parametrize("kind", PHOTO_KINDS, ids=lambda kind: kind.name)
def test_a_photo_of_each_kind_is_told_by_its_first_bytes_and_read(kind):
    if kind.name == "HEIF":
        pillow_heif.register_heif_opener()
    file = io.BytesIO()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(file, kind.name)
    content = file.getvalue()
    assert photo_kind(content) is kind
    assert read_photo(content, 8).format == kind.name


@pytest.mark.parametrize(
    "content", [b"", b"R,G,B\n", b'{"r": 1}', b"....ftypisom", b"RIFF....WAVE", b"II*x", "한글".encode()]
)
def test_what_begins_like_no_photo_has_no_kind(content):
    assert photo_kind(content) is None


def test_no_suffix_and_no_media_type_belongs_to_two_kinds():
    assert len(set(SUFFIXES)) == len(SUFFIXES)
    assert len(set(MEDIA_TYPES)) == len(MEDIA_TYPES)
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in SUFFIXES)
