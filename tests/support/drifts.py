"""Drifts of photos, injected at their pixels: what a new studio, lamp, camera or supplier does to them."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

Pixels = np.ndarray
Drift = Callable[[Pixels, np.random.Generator], Pixels]


def light(red: float, green: float, blue: float) -> Drift:
    """Return a drift that multiplies the channels: white balance, or exposure if all are the same."""

    def drift(pixels: Pixels, _random: np.random.Generator) -> Pixels:
        return _bytes(pixels * np.array([red, green, blue]))

    return drift


def saturation(factor: float) -> Drift:
    """Return a drift that moves every color away from the gray of its luma, or toward it."""

    def drift(pixels: Pixels, _random: np.random.Generator) -> Pixels:
        luma = pixels @ np.array([0.2126, 0.7152, 0.0722])
        return _bytes(luma[..., None] + factor * (pixels - luma[..., None]))

    return drift


def hue(degrees: float) -> Drift:
    """Return a drift that turns all hues."""

    def drift(pixels: Pixels, _random: np.random.Generator) -> Pixels:
        hsv = np.array(Image.fromarray(pixels).convert("HSV"))
        hsv[..., 0] = (hsv[..., 0].astype(int) + round(degrees * 256 / 360)) % 256
        return np.asarray(Image.fromarray(hsv, "HSV").convert("RGB"))

    return drift


def noise(deviation: float) -> Drift:
    """Return a drift that adds noise of a sensor."""

    def drift(pixels: Pixels, random: np.random.Generator) -> Pixels:
        return _bytes(pixels + random.normal(0, deviation, pixels.shape))

    return drift


def blur(radius: float) -> Drift:
    """Return a drift that blurs by a Gaussian of so many pixels of the small photo."""

    def drift(pixels: Pixels, _random: np.random.Generator) -> Pixels:
        return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(radius)))

    return drift


def more_ground(scale: float) -> Drift:
    """Return a drift that shows the photo smaller, in the middle of its ground's color."""

    def drift(pixels: Pixels, _random: np.random.Generator) -> Pixels:
        height, width = pixels.shape[:2]
        small = Image.fromarray(pixels).resize((max(1, round(width * scale)), max(1, round(height * scale))))
        edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
        whole = Image.new("RGB", (width, height), tuple(int(value) for value in np.median(edge, axis=0)))
        whole.paste(small, ((width - small.width) // 2, (height - small.height) // 2))
        return np.asarray(whole)

    return drift


def placeholder(_pixels: Pixels, _random: np.random.Generator) -> Pixels:
    """Return the same gray picture for every product."""
    picture = np.full((64, 64, 3), 225, np.uint8)
    picture[22:42, 16:48] = 180
    return picture


DRIFTS: dict[str, Drift] = {
    "warm": light(1.06, 1, 0.93),
    "cool": light(0.94, 1, 1.07),
    "slightly warm": light(1.03, 1, 0.965),
    "dark": light(0.6, 0.6, 0.6),
    "slightly dark": light(0.85, 0.85, 0.85),
    "dull": saturation(0.7),
    "hue": hue(15),
    "noise": noise(12),
    "blur": blur(1),
    "more ground": more_ground(0.7),
    "placeholder": placeholder,
}


def _bytes(values: np.ndarray) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
