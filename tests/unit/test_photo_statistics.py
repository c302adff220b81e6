"""A photo's statistics: what light, exposure, ground, blur and noise change, and what stays."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from saekdong.photo.statistics import NAMES, photo_statistics
from saekdong.photo.weights import product_weights
from saekdong.samples.drawings import COLORS, draw, plain


def drawn(label="green", shape="mug", ground="light gray"):
    image = draw(plain(COLORS[label][0]), shape, ground).resize((64, 64))
    return np.asarray(image)


def statistics(pixels, alpha=None):
    values = photo_statistics(pixels, alpha, product_weights(pixels, alpha))
    return dict(zip(NAMES, values.tolist(), strict=True))


def test_every_statistic_has_a_name_and_fits_into_half_precision():
    values = photo_statistics(drawn(), None, product_weights(drawn()))
    assert values.shape == (len(NAMES),)
    assert np.allclose(values.astype(np.float16), values, rtol=1e-3, atol=1e-2)


def test_the_colors_of_ground_and_product_differ():
    photo = statistics(drawn("red"))
    assert photo["ground_lightness"] == pytest.approx(92, abs=2)
    assert abs(photo["ground_a"]) < 1
    assert abs(photo["ground_b"]) < 1
    assert photo["product_a"] > 40
    assert photo["chroma"] > 50


def test_warmer_light_moves_the_ground_toward_yellow():
    pixels = drawn()
    warm = np.clip(pixels * np.array([1.06, 1.0, 0.93]), 0, 255).astype(np.uint8)
    before, after = statistics(pixels), statistics(warm)
    assert after["ground_b"] > before["ground_b"] + 4
    assert after["ground_a"] > before["ground_a"] + 1


def test_less_exposure_lowers_lightness_of_both_and_the_light_end():
    before, after = statistics(drawn()), statistics((drawn() * 0.6).astype(np.uint8))
    for name in ("ground_lightness", "product_lightness", "light"):
        assert after[name] < before[name] - 10


def test_blur_lowers_detail_and_noise_raises_it():
    pixels = drawn()
    noise = np.random.default_rng(0).normal(0, 12, pixels.shape)
    noisy = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    blurred = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(2)))
    plain_detail = statistics(pixels)["detail"]
    assert statistics(blurred)["detail"] < 0.9 * plain_detail
    assert statistics(noisy)["detail"] > 1.5 * plain_detail


def test_a_smaller_product_has_a_smaller_share():
    pixels = drawn()
    wide = np.full_like(pixels, pixels[0, 0])
    wide[16:48, 16:48] = pixels[::2, ::2]
    assert statistics(wide)["product_share"] < 0.5 * statistics(pixels)["product_share"]


def test_a_transparent_ground_has_no_color():
    pixels = drawn()
    alpha = np.zeros((64, 64), np.uint8)
    alpha[20:44, 20:44] = 255
    photo = statistics(pixels, alpha)
    missing = {name for name, value in photo.items() if np.isnan(value)}
    assert missing == {"ground_lightness", "ground_a", "ground_b", "ground_texture"}


@pytest.mark.parametrize("shape", [(1, 1), (1, 64), (64, 1), (2, 3), (64, 48)])
@pytest.mark.parametrize("value", [0, 255])
@pytest.mark.parametrize("opacity", [None, 0, 255])
def test_photos_of_one_color_and_of_any_shape_have_finite_statistics(shape, value, opacity):
    pixels = np.full((*shape, 3), value, np.uint8)
    alpha = None if opacity is None else np.full(shape, opacity, np.uint8)
    photo = statistics(pixels, alpha)
    assert all(np.isfinite(list(photo.values())))
    assert photo["contrast"] == photo["detail"] == 0
    assert photo["aspect"] == pytest.approx(np.log(shape[1] / shape[0]), abs=1e-6)
