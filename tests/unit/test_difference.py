"""CIEDE2000 against its published test data and an independent implementation."""

import doctest
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saekdong.color import difference
from saekdong.color.difference import ciede2000

# It warns of what it lacks, and has NumPy print arrays in the manner of 1.13.
with warnings.catch_warnings(), np.printoptions():
    warnings.filterwarnings("ignore", message=".*related API features")
    import colour

# Sharma, Wu and Dalal 2005, table 1: L*, a*, b* of two colors, and their difference.
SHARMA = np.array(
    [
        [50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425],
        [50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615],
        [50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412],
        [50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669],
        [50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461],
        [50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065],
        [50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492],
        [50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977],
        [50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030],
        [50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
        [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
    ]
)

AB = st.floats(-128, 128, allow_subnormal=False)
LAB = st.tuples(st.floats(0, 100), AB, AB)


def random_lab(seed: int, number: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform([0, -100, -100], [100, 100, 100], (number, 3))


def test_published_pairs() -> None:
    assert len(SHARMA) == 34
    np.testing.assert_allclose(ciede2000(SHARMA[:, :3], SHARMA[:, 3:6]), SHARMA[:, 6], rtol=0, atol=1e-4)
    np.testing.assert_allclose(ciede2000(SHARMA[:, 3:6], SHARMA[:, :3]), SHARMA[:, 6], rtol=0, atol=1e-4)


def test_agrees_with_colour_science() -> None:
    first, second = random_lab(1, 20_000), random_lab(2, 20_000)
    expected = colour.delta_E(first, second, method="CIE 2000")
    np.testing.assert_allclose(ciede2000(first, second), expected, rtol=1e-9, atol=1e-9)


@given(LAB, LAB)
def test_symmetric_and_never_negative(lab1: tuple[float, ...], lab2: tuple[float, ...]) -> None:
    there, back = ciede2000(lab1, lab2), ciede2000(lab2, lab1)
    assert there >= 0
    np.testing.assert_allclose(there, back, rtol=1e-12)


@given(LAB)
def test_zero_for_identical_colors(lab: tuple[float, ...]) -> None:
    assert ciede2000(lab, lab) == 0


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_grays_have_no_hue(zero: float) -> None:
    color = [50, 20, -30]
    grays = [[40, zero, zero], [40, 0.0, zero], [40, zero, 0.0]]
    np.testing.assert_array_equal(ciede2000(grays, color), ciede2000([40, 0.0, 0.0], color))
    assert ciede2000([0, zero, zero], [100, 0.0, 0.0]) == pytest.approx(100)


def test_hue_wrap_is_no_jump() -> None:
    angle = np.radians([359.999, 0.001])
    below, above = np.stack([np.full(2, 50.0), 40 * np.cos(angle), 40 * np.sin(angle)], axis=-1)
    assert ciede2000(below, above) < 0.001


def test_shapes_broadcast() -> None:
    many, few = random_lab(3, 5), random_lab(4, 2)
    table = ciede2000(many[:, None], few)
    assert table.shape == (5, 2)
    assert table[3, 1] == ciede2000(many[3], few[1])
    assert ciede2000(many[0], many[0]).shape == ()
    assert ciede2000(np.empty((0, 3)), few[0]).shape == (0,)


def test_nan_stays_nan() -> None:
    assert np.isnan(ciede2000([50, np.nan, 0], [50, 0, 0]))


@pytest.mark.parametrize("wrong", [5.0, [1, 2], [[1, 2, 3, 4]]])
def test_refuses_other_shapes(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"shape \(\.\.\., 3\)"):
        ciede2000(wrong, [50, 0, 0])  # type: ignore[arg-type]


def test_examples() -> None:
    results = doctest.testmod(difference)
    assert results.attempted > 0
    assert results.failed == 0
