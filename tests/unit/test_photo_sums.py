"""NumPy's ways through a photo's pixels, held to SciPy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage, sparse

from saekdong.photo import weights
from saekdong.photo.sums import group_sums


def reached_by_labels(ground, border):
    """Label all areas, and keep those that touch the border."""
    areas, count = ndimage.label(ground)
    reaches = np.zeros(count + 1, dtype=bool)
    reaches[areas.ravel()[border]] = True
    reaches[0] = False
    return reaches[areas.ravel()]


@given(st.integers(1, 70), st.integers(1, 70), st.floats(0, 1), st.integers(0, 1 << 32))
def test_the_border_reaches_what_scipys_areas_say(height, width, share, seed):
    ground = np.random.default_rng(seed).random((height, width)) < share
    border = weights.border_pixels(height, width)
    assert np.array_equal(weights._reached(ground, border), reached_by_labels(ground, border))


def test_the_border_reaches_to_the_end_of_a_snake():
    ground = np.zeros((64, 64), dtype=bool)
    ground[::2] = True
    ground[1::4, -1] = ground[3::4, 0] = True
    border = np.array([0])
    assert np.array_equal(weights._reached(ground, border), ground.ravel())


@pytest.mark.parametrize("groups", [1, 5, 300])
def test_sums_over_groups_are_a_sparse_products_to_the_last_bit(groups):
    random = np.random.default_rng(groups)
    group, values = random.integers(0, groups, 4096), random.random((12, 4096))
    matrix = sparse.csc_array((np.ones(4096), group, np.arange(4097)), shape=(groups, 4096))
    assert np.array_equal(group_sums(group, values, groups), (matrix @ values.T).T)
