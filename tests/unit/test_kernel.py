"""The kernel: what it makes of ten stored photos, which is the contract for code that takes its place."""

import hashlib
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from saekdong.color import STARTER
from saekdong.photo.features import LENGTH, LENGTHS, VERSION, as_stored, color_cells
from saekdong.photo.kernel import describe_photo
from saekdong.photo.survey import SURVEY_LABELS, pack_survey, survey_shares, unpack_survey
from saekdong.tagging import Tagger, starter

PHOTOS = range(10)
STEP = {"rtol": 2**-10, "atol": 1e-6}  # of float16: two machines' sums may round to neighbors
EVERY_CODE = np.arange(1 << 18)


@cache
def golden() -> dict[str, np.ndarray]:
    """The arrays of this version of the features, by scripts/make_golden.py."""
    with np.load(Path(__file__).parent / "data" / f"kernel-{VERSION}.npz") as arrays:
        return dict(arrays)


@pytest.mark.parametrize("number", PHOTOS)
def test_features_of_stored_photos_are_those_of_this_version(number):
    """A change of features makes every taught model wrong, unless VERSION says that it is another kind."""
    arrays = golden()
    found = describe_photo(arrays[f"pixels{number}"], arrays.get(f"alpha{number}"))
    assert found.features.dtype == found.weights.dtype == np.float32
    assert found.features.shape == (LENGTH,)
    assert np.array_equal(found.features, as_stored(found.features))
    np.testing.assert_allclose(found.features, arrays[f"features{number}"], **STEP)


@pytest.mark.parametrize("number", PHOTOS)
def test_features_begin_with_those_of_version_2(number):
    """Models taught on version 2 still tag."""
    with np.load(Path(__file__).parent / "data" / "kernel-2.npz") as arrays:
        alpha = arrays.get(f"alpha{number}")
        found = describe_photo(arrays[f"pixels{number}"], alpha).features[: LENGTHS[2]]
        np.testing.assert_allclose(found, as_stored(arrays[f"features{number}"]), **STEP)


@pytest.mark.parametrize("number", PHOTOS)
def test_palettes_and_weights_of_stored_photos_stay(number):
    arrays = golden()
    found = describe_photo(arrays[f"pixels{number}"], arrays.get(f"alpha{number}"))
    palette = np.array([tuple(vars(color).values()) for color in found.palette])
    np.testing.assert_allclose(palette, arrays[f"palette{number}"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(found.weights, arrays[f"weights{number}"], rtol=0, atol=1e-6)


def test_describing_changes_neither_the_pixels_nor_the_next_result():
    arrays = golden()
    pixels, alpha = arrays["pixels6"].copy(), arrays["alpha6"].copy()
    first, second = describe_photo(pixels, alpha), describe_photo(pixels, alpha)
    assert np.array_equal(pixels, arrays["pixels6"])
    assert np.array_equal(alpha, arrays["alpha6"])
    assert np.array_equal(first.features, second.features)
    assert np.array_equal(first.weights, second.weights)
    assert first.palette == second.palette


def test_the_survey_has_the_starters_labels_and_its_own_table():
    assert starter().vocabulary.ids == STARTER.ids == SURVEY_LABELS
    shares = survey_shares(EVERY_CODE)
    assert shares.shape == (1 << 18, len(SURVEY_LABELS))
    assert np.abs(shares.sum(axis=1) - 1).max() < 0.01


@pytest.mark.parametrize(
    ("table", "digest"),
    [
        (lambda: survey_shares(EVERY_CODE), "e6eaf33cd752d245"),
        (color_cells, "ccc6e89c828854c8"),
    ],
    ids=["survey", "cells"],
)
def test_tables_of_the_features_are_those_of_this_version(table, digest):
    assert hashlib.sha256(table().tobytes()).hexdigest()[:16] == digest


def test_a_survey_is_unpacked_as_it_was_packed():
    roots = np.random.default_rng(0).integers(0, 256, (64, 64, 64, 3), dtype=np.uint8)
    assert np.array_equal(unpack_survey(pack_survey(roots)), roots.reshape(-1, 3))


def test_a_description_that_was_made_already_gives_the_same_tags(trained):
    """For a model that was taught, and for one that lets pixels vote."""
    arrays = golden()
    for model in (starter(), trained.artifact):
        for number in PHOTOS:
            photo = arrays[f"pixels{number}"], arrays.get(f"alpha{number}")
            tagger = Tagger(model)
            assert tagger.shown(tagger.shares(*photo, describe_photo(*photo))) == tagger.tag(*photo)


def test_features_need_no_starter():
    """A starter that is made again leaves the features of models taught before as they are."""
    code = (
        "import sys, numpy as np; from saekdong.photo.kernel import describe_photo;"
        "describe_photo(np.zeros((9, 9, 3), np.uint8));"
        "print([name for name in sys.modules if name.startswith(('saekdong.model', 'saekdong.tagging'))])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
