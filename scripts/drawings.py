"""Product photos drawn at random: shaded blobs of a color that people agree on, on any ground, some beside skin.

The starter learns from them what the real photos show too rarely (mint, white on gray). The tests draw others.
"""

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from saekdong.color import STARTER, from_lab, parse_color, to_space
from saekdong.photo.features import SIDE
from saekdong.photo.survey import survey_shares

FINE = 3 * SIDE
"""The side of a drawing before it is shrunk."""

AGREED = 0.8
"""A color represents a label if the agreement on it is at least this part of the largest agreement."""

NEAR = 5.0
"""Standard deviation in Lab of the colors that lie around a label's swatch."""

MANY = 6
"""A drawing with this many colors or more has no certain label."""

Scene = np.ndarray
Random = np.random.Generator


def drawings(count: int, seed: int = 0) -> Iterator[tuple[np.ndarray, list[int]]]:
    """Yield drawn photos, uint8 (SIDE, SIDE, 3), each with the codes of its product's labels."""
    random = np.random.default_rng(seed)
    known = [_agreed(code) for code in range(len(STARTER))]
    for number in range(count):
        labels = [number % len(STARTER)]
        if random.random() < 0.3:
            more = int(random.choice([1, 2, MANY, MANY + 2], p=[0.6, 0.15, 0.15, 0.1]))
            others = [code for code in range(len(STARTER)) if code != labels[0]]
            labels += random.choice(others, more, replace=False).tolist()
        yield _photo(random, [_color(random, code, known[code]) for code in labels]), labels


def parts(labels: list[int]) -> np.ndarray:
    """Return the target of each label, (L,): 1 for the drawn ones; less for each if there are many."""
    wanted = np.zeros(len(STARTER))
    wanted[labels] = 1 if len(labels) < MANY else 1 / len(labels)
    return wanted


def _agreed(code: int) -> np.ndarray:
    """Return the sRGB colors (N, 3) that people name by a label more than by any other, and almost unanimously."""
    named = survey_shares(np.arange(1 << 18))
    shares = named[:, code]
    sure = np.flatnonzero((shares >= AGREED * shares.max()) & (named.argmax(axis=1) == code))
    return np.stack([sure >> 12, sure >> 6 & 63, sure & 63], axis=1) * 4.0 + 1.5


def _color(random: Random, code: int, agreed: np.ndarray) -> np.ndarray:
    """Choose a color of a label: one that people agree on, or one near its swatch."""
    if random.random() < 0.5:
        return random.choice(agreed)
    swatch = to_space(np.array([parse_color(STARTER[code].swatch)], dtype=np.uint8), "lab")[0]
    return from_lab((swatch + random.normal(0, NEAR, 3))[None])[0].astype(float)


def _photo(random: Random, colors: list[np.ndarray]) -> np.ndarray:
    scene = _ground(random)
    if random.random() < 0.25:
        scene = _person(random, scene)
    mask = _product(random)
    if random.random() < 0.7:
        scene = scene * (1 - random.uniform(0, 0.5) * _soft(np.roll(mask, random.integers(0, 9, 2), (0, 1)), 5))
    scene = _over(scene, _paint(random, colors) * _shade(random), mask)
    if random.random() < 0.3:
        spot = _mask("ellipse", _box(random, 0.4, 0.6, 0.03, 0.1))
        scene = _over(scene, np.full(3, 255.0), 0.8 * _soft(spot, 4))
    noisy = np.clip(scene + random.normal(0, 3, scene.shape), 0, 255).astype(np.uint8)
    return np.asarray(Image.fromarray(noisy).resize((SIDE, SIDE), Image.Resampling.BOX))


def _ground(random: Random) -> Scene:
    """Draw a studio's pale or gray ground, often with a gradient, a ground of any color, or clutter."""
    kind = random.choice(["white", "gray", "color", "dark", "clutter"], p=[0.35, 0.2, 0.2, 0.05, 0.2])
    base = {"white": random.uniform(242, 255), "gray": random.uniform(120, 242), "dark": random.uniform(0, 40)}
    color = np.full(3, base.get(str(kind), 0)) if kind in base else random.uniform(70, 250, 3)
    slope = random.uniform(0.75, 1) if random.random() < 0.4 else 1.0
    scene = color * np.linspace(1, slope, FINE)[:, None, None] * np.ones((1, FINE, 1))
    for _ in range(random.integers(4, 12) if kind == "clutter" else 0):
        color = random.uniform(40, 230) + random.uniform(-35, 35, 3)
        scene = _over(scene, color, _mask("rectangle", _box(random, 0, 1, 0.1, 0.5)))
    return scene


def _person(random: Random, scene: Scene) -> Scene:
    """Draw a head and limbs of one skin, from light to dark, and hair."""
    light, dark = np.array([250, 220, 195]), np.array([60, 38, 28])
    part = random.uniform(0, 1)
    skin = light * (1 - part) + dark * part + random.uniform(-8, 8, 3)
    x = random.uniform(0.35, 0.65)
    limbs = [(x + dx - 0.04, y, x + dx + 0.04, y + 0.45) for dx in (-0.2, 0.2, -0.07, 0.07) for y in (0.3, 0.55)]
    scene = _over(
        scene, random.uniform(10, 150) * np.array([1, 0.8, 0.6]), _mask("ellipse", (x - 0.1, 0, x + 0.1, 0.2))
    )
    for kind, box in [("ellipse", (x - 0.08, 0.03, x + 0.08, 0.25)), *(("rectangle", limb) for limb in limbs)]:
        scene = _over(scene, skin, _mask(kind, box))
    return scene


def _product(random: Random) -> Scene:
    """Draw a blob somewhat off the middle, sometimes with bars; seldom the whole photo."""
    if random.random() < 0.06:
        return np.ones((FINE, FINE, 1))
    around = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    radius = 1 + sum(random.normal(0, 0.35 / k) * np.cos(k * around + random.uniform(0, 7)) for k in range(2, 7))
    wide, high = random.uniform(0.14, 0.42, 2)
    middle = random.uniform(0.42, 0.58, 2)
    points = np.stack([middle[0] + wide * radius * np.cos(around), middle[1] + high * radius * np.sin(around)], axis=1)
    mask = _mask("polygon", tuple(points.ravel()))
    for _ in range(random.integers(0, 3)):
        mask = np.maximum(mask, _mask("rectangle", _box(random, 0.3, 0.7, 0.04, 0.5)))
    return mask


def _paint(random: Random, colors: list[np.ndarray]) -> Scene:
    """Fill with a color, or several in stripes, in two directions, or in random squares."""
    y, x = np.mgrid[:FINE, :FINE] // random.integers(FINE // 24, FINE // 4)
    chosen = (y, x, y + x, random.integers(0, 999, (FINE, FINE))[y, x])[random.integers(4)] % len(colors)
    return np.array(colors)[chosen]


def _shade(random: Random) -> Scene:
    y, x = np.mgrid[:FINE, :FINE] / FINE
    waves = np.sin(random.uniform(-40, 40) * x + random.uniform(-40, 40) * y + random.uniform(0, 7))
    slope = random.uniform(-0.25, 0.25, 2)
    return (1 - abs(random.normal(0, 0.05)) + random.uniform(0, 0.15) * waves + slope[0] * y + slope[1] * x)[..., None]


def _box(random: Random, low: float, high: float, least: float, most: float) -> tuple[float, ...]:
    (x, y), (wide, tall) = random.uniform(low, high, 2), random.uniform(least, most, 2)
    return x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2


def _mask(kind: str, place: tuple[float, ...]) -> Scene:
    image = Image.new("L", (FINE, FINE))
    getattr(ImageDraw.Draw(image), kind)([value * FINE for value in place], fill=255)
    return np.asarray(image)[..., None] / 255


def _soft(mask: Scene, radius: float) -> Scene:
    image = Image.fromarray(np.rint(mask[..., 0] * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)))[..., None] / 255


def _over(scene: Scene, color: Scene, mask: Scene) -> Scene:
    return scene * (1 - mask) + color * mask
