"""The local palette: Cloud Vision's shape and meanings."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from saekdong.color import ciede2000, to_space
from saekdong.photo import find_palette, palette_from_json, palette_to_json, read_photo
from saekdong.photo.palette import SIDE, cluster_colors
from saekdong.samples.drawings import COLORS, GROUNDS, draw, jpeg, plain


def rgb(color) -> tuple[int, int, int]:
    return color.red, color.green, color.blue


def apart(one, other) -> float:
    lab = to_space(np.array([one, other], dtype=np.uint8), "lab")
    return float(ciede2000(lab[:1], lab[1:])[0])


@pytest.mark.parametrize("colors", [1, 2, 5, 10, 16, 64])
def test_there_are_exactly_as_many_colors_as_asked(colors):
    gradient = np.linspace((0, 20, 60), (250, 220, 200), 128 * 96).reshape(96, 128, 3).astype(np.uint8)
    assert len(find_palette(gradient, colors=colors)) == colors


def test_a_photo_with_fewer_colors_has_no_more_and_none_twice():
    three = np.repeat(np.array([[[200, 30, 40], [30, 60, 200], [240, 240, 240]]], dtype=np.uint8), 20, axis=0)
    palette = find_palette(three)
    assert {rgb(color) for color in palette} == {(200, 30, 40), (30, 60, 200), (240, 240, 240)}
    assert len(palette) == 3


def test_pixel_fractions_are_the_shares_of_pixels():
    stripes = np.zeros((100, 100, 3), dtype=np.uint8)
    stripes[:50], stripes[50:80], stripes[80:] = (200, 30, 40), (30, 60, 200), (240, 240, 240)
    found = {rgb(color): color.pixel_fraction for color in find_palette(stripes)}
    assert found == {(200, 30, 40): 0.5, (30, 60, 200): 0.3, (240, 240, 240): 0.2}


@pytest.mark.parametrize("ground", [ground for ground in GROUNDS if ground not in ("room", "wood")])
def test_the_products_color_scores_higher_than_the_ground(ground):
    """Busy grounds are left out: the service itself takes those for the subject at times."""
    for label in ("red", "navy", "green", "yellow"):
        photo = read_photo(jpeg(draw(plain(COLORS[label][0]), "bag", ground, shadow=False)), SIDE)
        first = find_palette(photo.pixels)[0]
        assert apart(rgb(first), COLORS[label][0]) < 15, (label, rgb(first))


def test_transparent_pixels_are_left_out():
    pixels = np.full((40, 40, 3), (30, 60, 200), dtype=np.uint8)
    pixels[:, 20:] = (200, 30, 40)
    alpha = np.full((40, 40), 255, dtype=np.uint8)
    alpha[:, 20:] = 0
    [only] = find_palette(pixels, alpha)
    assert (rgb(only), only.score, only.pixel_fraction) == ((30, 60, 200), 1.0, 1.0)


@given(arrays(np.uint8, st.tuples(st.integers(1, 30), st.integers(1, 30), st.just(3))), st.integers(1, 12))
@settings(max_examples=80)
def test_any_pixels_have_a_palette_and_the_same_every_time(pixels, colors):
    palette = find_palette(pixels, colors=colors)
    assert 1 <= len(palette) <= colors
    assert [color.score for color in palette] == sorted((color.score for color in palette), reverse=True)
    for part in ("score", "pixel_fraction"):
        assert 0 <= sum(getattr(color, part) for color in palette) <= 1 + 1e-4
    assert palette == find_palette(pixels, colors=colors)
    assert palette_from_json(palette_to_json(palette)) == palette


def test_attention_does_not_depend_on_the_palettes_scores():
    """Photos' features contain the attention: fitting the palette again must change no taught model."""
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    clusters = cluster_colors(pixels)
    before = clusters.attention()
    changed = replace(clusters, shape=2 * clusters.shape)
    assert not np.array_equal(changed.scores, clusters.scores)
    assert np.array_equal(changed.attention(), before)
    assert before.sum() == pytest.approx(1)


def test_the_tutorials_chair_comes_out_as_the_services_brown(shared):
    photo = read_photo((shared / "tutorial" / "chair.png").read_bytes(), SIDE)
    assert apart(rgb(find_palette(photo.pixels)[0]), (142, 117, 63)) < 8
