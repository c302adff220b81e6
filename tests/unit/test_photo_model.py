"""Taught models with a kernel, and those of format 1, which have none."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from saekdong.errors import ArtifactError
from saekdong.model import artifact
from saekdong.model.artifact import PhotoKernel
from saekdong.photo.features import INTERCEPT, LENGTH, LENGTHS
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.tagging import Tagger, starter, tag_photo
from saekdong.tagging.kernel_fit import KernelFit, choose_centers
from saekdong.tagging.photo_model import PhotoModel
from saekdong.tagging.starter import starter_model
from saekdong.tagging.tagger import DOUBTFUL, VOTES_TEMPERATURE, shown_codes, to_shares

SCORES = arrays(np.float32, 14, elements=st.floats(-1, 1, width=32))


def of_format_1() -> artifact.Artifact:
    """A model taught on the features of version 2, without a kernel."""
    info = {**starter().info, "tagger": {"features": 2}}
    return replace(starter(), tagger=starter().tagger[: LENGTHS[2]], kernel=None, info=info)


def at_random(photos: int) -> tuple[np.ndarray, np.ndarray]:
    """Features and what is wanted of them for three labels."""
    random = np.random.default_rng(0)
    features, wanted = random.random((photos, LENGTH), dtype=np.float32), random.random((photos, 3))
    features[:, INTERCEPT] = 1
    return features, wanted


@pytest.mark.slow
def test_a_kernel_is_saved_and_loaded():
    loaded = artifact.unpack(artifact.pack(starter()))
    assert np.array_equal(loaded.kernel.centers, starter().kernel.centers)
    assert np.array_equal(loaded.kernel.weights, starter().kernel.weights)
    assert loaded.id == starter().id


@pytest.mark.slow
def test_a_taught_model_without_a_kernel_is_written_in_format_1_and_tags():
    packed = artifact.pack(of_format_1())
    loaded = artifact.unpack(packed)
    assert loaded.kernel is None
    photo = jpeg(draw(plain(COLORS["navy"][0]), "mug"))
    assert tag_photo(Tagger(loaded), "", photo).tags == tag_photo(Tagger(of_format_1()), "", photo).tags


@given(SCORES)
def test_a_model_of_format_1_shows_the_labels_that_it_showed(scores):
    """The rule before there were kernels: 65% of the first label's part, and at least a fifth in all."""
    parts = np.maximum(scores.astype(np.float64), 1e-6)
    parts /= parts.sum()
    first = parts.max()
    near_the_bound = np.abs(parts / first - 0.65).min() < 1e-4 or abs(first - DOUBTFUL) < 1e-9
    expected = {code for code in range(14) if first >= DOUBTFUL and parts[code] >= 0.65 * first}
    assert near_the_bound or set(shown_codes(to_shares(scores, VOTES_TEMPERATURE))) == expected


@given(SCORES)
def test_shares_sum_to_1_and_keep_the_order_of_the_scores(scores):
    shares = to_shares(scores)
    assert shares.sum() == pytest.approx(1)
    assert (np.diff(shares[np.argsort(scores, kind="stable")]) >= 0).all()


@pytest.mark.parametrize(
    ("centers", "weights"),
    [
        ((3, LENGTH + 1), (3, 14)),
        ((3, LENGTH), (4, 14)),
        ((3, LENGTH), (3, 13)),
        ((0, LENGTH), (0, 14)),
        ((4097, LENGTH), (4097, 14)),
        ((LENGTH,), (1, 14)),
    ],
)
def test_a_kernel_that_does_not_fit_is_refused(centers, weights):
    kernel = PhotoKernel(np.zeros(centers, np.uint8), np.zeros(weights, np.float32))
    with pytest.raises(ArtifactError, match="the kernel's"):
        artifact.pack(replace(starter(), kernel=kernel))


@pytest.mark.parametrize("value", [np.nan, np.inf, -3e38])
def test_a_kernel_with_values_that_are_not_moderate_is_refused(value):
    kernel = starter().kernel
    with pytest.raises(ArtifactError, match="over a million"):
        artifact.pack(replace(starter(), kernel=replace(kernel, weights=np.full_like(kernel.weights, value))))


@pytest.mark.parametrize("widths", [[0.3], [0.3, 0.0], [0.3, -1.0], [0.3, np.nan], [0.3, np.inf]])
def test_widths_that_no_kernel_has_are_refused(widths):
    kernel = PhotoKernel(np.zeros((2, LENGTH), np.uint8), np.zeros((2, 14), np.float32), np.array(widths, np.float32))
    with pytest.raises(ArtifactError, match="the kernel's widths"):
        artifact.pack(replace(starter(), kernel=kernel))


def test_a_model_with_centers_of_two_widths_is_saved_and_loaded():
    features, wanted = at_random(30)
    centers = choose_centers(features, 1000)
    added = KernelFit.of(features, centers, width=0.3).solve(np.tile(wanted, 5)[:, :14], 0.5)
    model = starter_model().plus(added)
    loaded = PhotoModel.of(artifact.unpack(artifact.pack(model.into(starter()))))
    expected = starter_model().scores(features) + added.scores(features)
    np.testing.assert_allclose(loaded.scores(features), expected, atol=1e-3)


def test_a_kernel_needs_a_matrix():
    with pytest.raises(ArtifactError, match="no tagger"):
        artifact.pack(replace(starter(), tagger=None))


def test_one_photo_and_many_have_the_same_scores():
    features = np.random.default_rng(0).random((5, LENGTH), dtype=np.float32)
    model = starter_model()
    each = np.stack([model.scores(row) for row in features])
    np.testing.assert_allclose(model.scores(features), each, atol=1e-4)


def test_the_sum_of_two_models_has_the_sum_of_their_scores():
    features = np.random.default_rng(0).random((5, LENGTH), dtype=np.float32)
    model = starter_model()
    np.testing.assert_allclose(model.plus(model).scores(features), 2 * model.scores(features), atol=1e-3)


def test_a_fit_with_a_small_ridge_gives_what_is_wanted_and_with_a_large_one_nothing():
    features, wanted = at_random(30)
    fit = KernelFit.of(features, choose_centers(features, 1000))
    assert np.abs(fit.solve(wanted, 1e-9).scores(features) - wanted).max() < 0.05
    assert np.abs(fit.solve(wanted, 1e9).scores(features)).max() < 1e-3


@pytest.mark.parametrize("most", [1000, 10])
def test_an_average_of_ridges_is_the_sum_of_their_models(most):
    features, wanted = at_random(30)
    fit = KernelFit.of(features, choose_centers(features, most))
    each = 0.3 * fit.solve(wanted, 2.0).scores(features) + 0.5 * fit.solve(wanted, 0.5).scores(features)
    average = fit.average(wanted, {2.0: 0.3, 0.5: 0.5, np.inf: 0.2})
    np.testing.assert_allclose(average.scores(features), each, atol=1e-4)


@pytest.mark.parametrize("most", [1000, 10])
def test_what_photos_held_out_lack_is_what_a_model_of_the_others_lacks(most):
    features, wanted = at_random(30)
    centers = choose_centers(features, most)
    lacking = KernelFit.of(features, centers).held_out(wanted, 0.5)
    for photo in (0, 17):
        others = np.arange(30) != photo
        model = KernelFit.of(features[others], centers).solve(wanted[others], 0.5)
        np.testing.assert_allclose(lacking[photo], wanted[photo] - model.scores(features[photo]), atol=1e-4)


def test_centers_are_chosen_far_apart_and_copies_once():
    features = np.repeat(np.eye(5, LENGTH, dtype=np.float32), 4, axis=0)
    centers = choose_centers(features, 19)
    assert len(np.unique(centers, axis=0)) == len(centers) == 5


def test_a_model_of_rows_alone_has_no_photo_model(trained):
    assert PhotoModel.of(trained.artifact) is None
