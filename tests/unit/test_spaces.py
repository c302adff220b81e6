"""Color spaces against colour-science, and what must hold of them."""

import doctest
import itertools
import warnings
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
from coloraide.everything import ColorAll as Color
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from saekdong.color import cam16, spaces
from saekdong.color.spaces import SPACES, channels, from_lab, to_space

# It warns of what it lacks, and has NumPy print arrays in the manner of 1.13.
with warnings.catch_warnings(), np.printoptions():
    warnings.filterwarnings("ignore", message=".*related API features")
    import colour

Array = NDArray[np.float64]

SRGB = colour.RGB_COLOURSPACES["sRGB"].copy()
SRGB.use_derived_transformation_matrices(True)

GRID = np.array(list(itertools.product([0, 1, 5, 10, 11, 51, 128, 200, 254, 255], repeat=3)), dtype=np.uint8)
WHOLE = np.random.default_rng(1).integers(0, 256, (20_000, 3), dtype=np.uint8)
FRACTIONAL = np.random.default_rng(2).uniform(0, 255, (20_000, 3))
COLORS = {"grid": GRID, "whole": WHOLE, "fractional": FRACTIONAL}

COLOR = st.tuples(*[st.floats(0, 255)] * 3)
NAMES = st.lists(st.sampled_from(list(SPACES)), min_size=1, max_size=3, unique=True)


def linear(rgb: Array) -> Array:
    return np.asarray(SRGB.cctf_decoding(rgb / 255))


def xyz(rgb: Array) -> Array:
    return linear(rgb) @ SRGB.matrix_RGB_to_XYZ.T


def lab(rgb: Array) -> Array:
    return np.asarray(colour.XYZ_to_Lab(xyz(rgb), SRGB.whitepoint))


REFERENCE: dict[str, Callable[[Array], ArrayLike]] = {
    "rgb": lambda rgb: rgb,
    "linear-rgb": linear,
    "lab": lab,
    "lab-linear": lambda rgb: colour.XYZ_to_Lab(rgb / 255 @ SRGB.matrix_RGB_to_XYZ.T, SRGB.whitepoint),
    "oklab": lambda rgb: colour.XYZ_to_Oklab(xyz(rgb)),
    "lch": lambda rgb: colour.models.Lab_to_LCHab(lab(rgb)),
    "luv": lambda rgb: colour.XYZ_to_Luv(xyz(rgb), SRGB.whitepoint),
    "hsv": lambda rgb: colour.RGB_to_HSV(rgb / 255) * [360, 1, 1],
    "cam16-ucs": lambda rgb: colour.XYZ_to_CAM16UCS(xyz(rgb)),
}


@pytest.mark.parametrize("colors", COLORS.values(), ids=COLORS)
@pytest.mark.parametrize("space", SPACES)
def test_agrees_with_colour_science(space: str, colors: NDArray[np.generic]) -> None:
    ours = to_space(colors, space)
    theirs = np.array(REFERENCE[space](colors.astype(np.float64)))
    if space == "lch":
        # The hue of a gray is 0 here and rounding noise there.
        theirs[ours[:, 1] < 1e-6, 2] = 0
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("rgb", [(255, 255, 255), (73, 84, 116), (255, 0, 0), (0, 0, 255), (3, 2, 1)])
def test_cam16_ucs_agrees_with_coloraide(rgb: tuple[int, int, int]) -> None:
    theirs = Color("srgb", [channel / 255 for channel in rgb]).convert("cam16-ucs").coords()
    np.testing.assert_allclose(to_space(rgb, "cam16-ucs"), theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("space", ["lab", "lab-linear", "luv"])
def test_white_and_grays_are_neutral(space: str) -> None:
    grays = np.repeat(np.arange(256)[:, None], 3, axis=1)
    converted = to_space(grays, space)
    np.testing.assert_allclose(converted[[0, -1], 0], [0, 100], rtol=0, atol=1e-12)
    np.testing.assert_allclose(converted[:, 1:], 0, rtol=0, atol=1e-12)


@pytest.mark.parametrize("space", ["lch", "hsv"])
def test_grays_have_hue_0(space: str) -> None:
    grays = np.repeat(np.linspace(0, 255, 1001)[:, None], 3, axis=1)
    hue = channels(space).index("h" if space == "lch" else "hue")
    np.testing.assert_array_equal(to_space(grays, space)[:, hue], 0)


# as(RGB(R / 255, G / 255, B / 255), "LAB") worked out from R colorspace's constants: the rounded matrix of
# ITU-R BT.709 and the white 0.95047, 1, 1.08883. Ours are not rounded, hence the tolerance.
R_LAB = {
    (0, 0, 0): (0, 0, 0),
    (255, 255, 255): (100, -0.00245, 0.00465),
    (128, 128, 128): (76.18946, -0.00195, 0.00370),
    (73, 84, 116): (64.10372, 1.81302, -13.79343),
    (255, 0, 0): (53.24059, 80.09231, 67.20275),
    (0, 0, 255): (32.29567, 79.18559, -107.85730),
    (3, 2, 1): (7.58241, 1.58168, 6.08051),
}


@pytest.mark.parametrize("rgb", R_LAB)
def test_lab_linear_is_what_r_colorspace_gives(rgb: tuple[int, int, int]) -> None:
    np.testing.assert_allclose(to_space(rgb, "lab-linear"), R_LAB[rgb], rtol=0, atol=0.02)


def test_from_lab_takes_every_kind_of_color_back() -> None:
    for colors in COLORS.values():
        np.testing.assert_allclose(from_lab(to_space(colors, "lab")), colors, rtol=0, atol=1e-6)


@given(COLOR)
def test_from_lab_is_the_way_back(rgb: tuple[float, ...]) -> None:
    # IEC 61966-2-1 rounds the thresholds of its two directions apart: a seam of 8e-6 at a channel of 10.3147.
    np.testing.assert_allclose(from_lab(to_space(rgb, "lab")), rgb, rtol=0, atol=1e-5)


@given(st.tuples(*[st.floats(-500, 500)] * 3))
def test_from_lab_stays_in_gamut(lab: tuple[float, ...]) -> None:
    rgb = from_lab(lab)
    assert rgb.shape == (3,)
    assert ((rgb >= 0) & (rgb <= 255)).all()


@given(COLOR)
def test_hues_are_from_0_up_to_but_not_360(rgb: tuple[float, ...]) -> None:
    for hue in (to_space(rgb, "lch")[2], to_space(rgb, "hsv")[0]):
        assert 0 <= hue < 360


@pytest.mark.parametrize("rgb", [(255, 0, 1e-14), (1, 0, 5e-324), (0, 0, 5e-324), (255, 255, 255 - 3e-14)])
def test_hues_a_hair_below_0_do_not_become_360(rgb: tuple[float, ...]) -> None:
    for hue in (to_space(rgb, "lch")[2], to_space(rgb, "hsv")[0]):
        assert 0 <= hue < 360


@given(NAMES, st.lists(COLOR, min_size=1, max_size=4))
def test_a_combination_is_its_parts_side_by_side(names: list[str], colors: list[tuple[float, ...]]) -> None:
    expected = np.concatenate([to_space(colors, name) for name in names], axis=-1)
    np.testing.assert_array_equal(to_space(colors, "+".join(names)), expected)
    assert channels("+".join(names)) == tuple(c for name in names for c in channels(name))


@pytest.mark.parametrize("space", SPACES)
def test_a_color_comes_out_the_same_alone_and_among_many(space: str) -> None:
    for colors in (WHOLE, FRACTIONAL):
        many = to_space(colors, space)
        for at in (*range(0, 40), 8191, 8192, 19_999):
            np.testing.assert_array_equal(to_space(colors[at], space), many[at])


@pytest.mark.parametrize("space", SPACES)
def test_number_types_agree(space: str) -> None:
    expected = to_space(WHOLE, space)
    for kind in (np.int8, np.int64, np.uint16):
        rows = slice(None) if kind is not np.int8 else (WHOLE < 128).all(axis=1)
        np.testing.assert_array_equal(to_space(WHOLE[rows].astype(kind), space), expected[rows])
    for kind in (np.float16, np.float32, np.float64):
        np.testing.assert_allclose(to_space(WHOLE.astype(kind), space), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [(3,), (1, 3), (4, 3), (2, 5, 3), (0, 3), (2, 0, 3)])
def test_shape_is_kept(shape: tuple[int, ...]) -> None:
    rgb = np.random.default_rng(3).integers(0, 256, shape)
    converted = to_space(rgb, "lab+lch")
    assert converted.shape == (*shape[:-1], 6)
    assert converted.dtype == np.float64
    assert from_lab(converted[..., :3]).shape == shape
    np.testing.assert_array_equal(converted.reshape(-1, 6), to_space(rgb.reshape(-1, 3), "lab+lch"))


@pytest.mark.parametrize("space", SPACES)
def test_input_is_left_alone_and_not_shared(space: str) -> None:
    rgb = FRACTIONAL[:10].copy()
    to_space(rgb, space)[:] = -1
    np.testing.assert_array_equal(rgb, FRACTIONAL[:10])
    np.testing.assert_array_equal(to_space(WHOLE[::7, ::-1], space), to_space(WHOLE[::7, ::-1].copy(), space))


@pytest.mark.parametrize(
    ("wrong", "shown"),
    [
        ([0, 0, 256], "256"),
        ([-1, 0, 0], "-1"),
        ([0, 255.01, 0], "255.01"),
        ([0, np.nan, 0], "nan"),
        ([np.inf] * 3, "inf"),
    ],
)
def test_refuses_values_outside_0_to_255(wrong: list[float], shown: str) -> None:
    with pytest.raises(ValueError, match=f"from 0 to 255; got {shown}$"):
        to_space([[1, 2, 3], wrong], "lab")


@pytest.mark.parametrize("wrong", [7, [1, 2], [[1, 2, 3, 4]], []])
def test_refuses_other_shapes(wrong: ArrayLike) -> None:
    with pytest.raises(ValueError, match=r"shape \(\.\.\., 3\), not \("):
        to_space(wrong, "lab")
    with pytest.raises(ValueError, match=r"shape \(\.\.\., 3\), not \("):
        from_lab(wrong)


@pytest.mark.parametrize("wrong", [["1", "2", "3"], [True, False, True], [1j, 0, 0], [None, 1, 2]])
def test_refuses_what_is_no_number(wrong: ArrayLike) -> None:
    with pytest.raises(ValueError, match="must be numbers"):
        to_space(wrong, "lab")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_from_lab_refuses_what_is_not_finite(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        from_lab([50, value, 0])


@pytest.mark.parametrize(
    ("wrong", "near"), [("labb", "lab"), ("LAB", "lab"), ("lab+ok-lab", "oklab"), ("cam16", "cam16-ucs")]
)
def test_an_unknown_space_is_told_with_a_near_one_and_all(wrong: str, near: str) -> None:
    for ask in (lambda: to_space([0, 0, 0], wrong), lambda: channels(wrong)):
        with pytest.raises(ValueError, match=f"did you mean '{near}'") as error:
            ask()
        assert all(name in str(error.value) for name in SPACES)


@pytest.mark.parametrize("wrong", ["", "lab+", "munsell"])
def test_an_unknown_space_far_from_all(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"there is no color space '(munsell)?'; choose from rgb, linear-rgb, lab,"):
        to_space([0, 0, 0], wrong)


@pytest.mark.parametrize("module", [spaces, cam16], ids=["spaces", "cam16"])
def test_examples(module: ModuleType) -> None:
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0
