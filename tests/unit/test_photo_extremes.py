"""Photos at the edge of sense: nothing to see, one pixel, noise, very many colors; tags and palette hold."""

import numpy as np
import pytest
from PIL import Image

from saekdong.photo import find_palette, palette, product_weights, weights
from saekdong.samples.drawings import COLORS, confetti, cut_out, draw, jpeg, plain, png, stripes
from saekdong.tagging import Tagger, starter, tag_photo

TAGGER = Tagger(starter())


def record(image, encode=png):
    return tag_photo(TAGGER, "", encode(image))


@pytest.mark.parametrize("hidden", [(255, 255, 255), (200, 32, 47), (0, 0, 0)])
def test_a_photo_in_which_nothing_is_seen_is_other_and_has_a_palette(hidden):
    found = record(Image.new("RGBA", (50, 50), (*hidden, 0)))
    assert [(tag.label, tag.share) for tag in found.tags] == [("other", 0.0)]
    assert len(found.palette) == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (2, 2)])
@pytest.mark.parametrize("label", COLORS)
def test_a_few_pixels_of_one_color_are_named(label, size):
    color = COLORS[label][0]
    found = record(Image.new("RGB", size, color))
    assert found.tags[0].label == label
    [only] = found.palette
    assert (only.red, only.green, only.blue, only.score, only.pixel_fraction) == (*color, 1.0, 1.0)


def test_what_hides_where_nothing_is_seen_changes_no_number():
    drawn = [
        cut_out(plain(COLORS["navy"][0]), "shoe", hidden) for hidden in ((255, 255, 255), (0, 0, 0), (255, 0, 255))
    ]
    records = [record(image).to_json() for image in drawn]
    assert records[0] == records[1] == records[2]


def test_noise_is_doubtful():
    noise = np.random.default_rng(0).integers(0, 256, (8, 64, 64, 3), dtype=np.uint8)
    assert all(record(Image.fromarray(each)).tags[0].share < 0.25 for each in noise)


def test_a_product_of_eight_colors_is_doubtful():
    """Most of 24 are `other`; the first share of the rest stays below 0.4, a plain product's is above 0.8."""
    found = []
    for seed in range(12):
        labels = np.random.default_rng(seed).permutation(list(COLORS))[:8]
        colors = [COLORS[label][seed % 4] for label in labels]
        shape = ("mug", "shirt", "bag")[seed % 3]
        paints = confetti(colors, seed), stripes(*colors, count=40)
        found += [record(draw(paint, shape, seed=seed), jpeg).tags[0] for paint in paints]
    assert all(tag.share < 0.4 for tag in found)
    assert sum(tag.label == "other" for tag in found) >= len(found) / 2
    assert all(record(draw(plain(colors[0]), "mug"), jpeg).tags[0].share > 0.8 for colors in COLORS.values())


def test_a_gradient_has_as_many_colors_as_asked_up_to_64():
    y, x = np.mgrid[:128, :128]
    gradient = np.stack([2 * y, 255 - 2 * y, 2 * x], axis=-1).astype(np.uint8)
    assert [len(find_palette(gradient, colors=count)) for count in range(1, 65)] == list(range(1, 65))


def test_what_is_kept_for_photos_of_many_sizes_is_bounded():
    for size in range(1, 120):
        find_palette(np.zeros((size, 2, 3), dtype=np.uint8))
        product_weights(np.zeros((size, 2, 3), dtype=np.uint8))
    for kept in (palette._places, weights._center, weights._border):
        assert kept.cache_info().currsize <= 64
