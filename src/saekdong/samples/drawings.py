"""Product photos drawn with known colors: shapes on grounds, shaded, with shadows, on people, striped, cut out.

The demo's catalog consists of them, and tests measure the tagger on them; no model was fitted to them.
"""

import io
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Color = tuple[int, int, int]
Scene = NDArray[Any]

SIZE = 400
FINE = 3  # masks are drawn this much larger and shrunk: antialiasing

COLORS: dict[str, list[Color]] = {
    "black": [(27, 27, 29), (20, 20, 22), (36, 35, 36), (14, 14, 16)],
    "white": [(247, 246, 242), (250, 250, 250), (243, 243, 245), (252, 250, 246)],
    "gray": [(140, 141, 143), (120, 120, 122), (158, 160, 163), (108, 110, 113)],
    "red": [(200, 32, 47), (180, 24, 36), (222, 40, 40), (165, 22, 34)],
    "orange": [(240, 128, 42), (245, 120, 20), (235, 115, 40), (255, 145, 30)],
    "yellow": [(244, 207, 58), (250, 220, 60), (255, 225, 40), (240, 205, 30)],
    "green": [(60, 138, 69), (34, 110, 60), (80, 160, 70), (30, 90, 50)],
    "blue": [(47, 111, 196), (30, 90, 200), (60, 130, 215), (40, 85, 175)],
    "navy": [(31, 42, 82), (24, 30, 60), (28, 36, 74), (20, 32, 70)],
    "mint": [(165, 220, 203), (152, 216, 195), (180, 230, 212), (140, 212, 190)],
    "violet": [(123, 74, 160), (110, 60, 150), (140, 90, 180), (90, 50, 130)],
    "pink": [(240, 154, 184), (245, 170, 195), (235, 130, 165), (250, 180, 200)],
    "brown": [(122, 78, 45), (100, 62, 38), (90, 56, 36), (134, 88, 54)],
    "beige": [(220, 201, 168), (214, 192, 160), (225, 208, 180), (205, 184, 150)],
}
"""Unambiguous colors, by label."""

SKINS = [(244, 208, 177), (231, 180, 143), (210, 158, 124), (186, 120, 81), (142, 92, 60), (78, 50, 38)]
"""From light to dark."""

# Each shape: pieces painted one over the other; a kind, coordinates from 0 to 1, and further ones for lines and holes.
SHAPES: dict[str, list[Any]] = {
    "mug": [
        ("ellipse", (0.60, 0.38, 0.84, 0.66)),
        ("hole", (0.65, 0.44, 0.79, 0.60)),
        ("rounded", (0.24, 0.26, 0.70, 0.78), 0.05),
    ],
    "shirt": [
        ("polygon", (0.38, 0.16, 0.62, 0.16, 0.74, 0.22, 0.72, 0.86, 0.28, 0.86, 0.26, 0.22)),
        ("polygon", (0.27, 0.21, 0.38, 0.30, 0.24, 0.56, 0.11, 0.48)),
        ("polygon", (0.73, 0.21, 0.62, 0.30, 0.76, 0.56, 0.89, 0.48)),
        ("hole", (0.42, 0.10, 0.58, 0.22)),
    ],
    "shoe": [
        ("polygon", (0.12, 0.36, 0.30, 0.34, 0.46, 0.48, 0.72, 0.54, 0.88, 0.62, 0.88, 0.70, 0.12, 0.70)),
        ("ellipse", (0.70, 0.53, 0.90, 0.72)),
    ],
    "bag": [
        ("line", (0.34, 0.40, 0.38, 0.18, 0.62, 0.18, 0.66, 0.40), 0.03),
        ("rounded", (0.20, 0.36, 0.80, 0.80), 0.06),
    ],
    "chair": [
        ("rounded", (0.30, 0.14, 0.70, 0.50), 0.04),
        ("polygon", (0.28, 0.52, 0.72, 0.52, 0.78, 0.62, 0.22, 0.62)),
        *(
            ("line", (x, 0.60, x + lean, 0.90), 0.035)
            for x, lean in ((0.26, -0.02), (0.74, 0.02), (0.36, 0), (0.64, 0))
        ),
        ("line", (0.36, 0.46, 0.36, 0.56), 0.03),
        ("line", (0.64, 0.46, 0.64, 0.56), 0.03),
    ],
    "dress": [
        ("polygon", (0.38, 0.14, 0.62, 0.14, 0.60, 0.38, 0.78, 0.86, 0.22, 0.86, 0.40, 0.38)),
        ("hole", (0.43, 0.08, 0.57, 0.20)),
    ],
    "full": [("rounded", (-0.1, -0.1, 1.1, 1.1), 0.0)],
    "shirt worn": [
        ("polygon", (0.40, 0.32, 0.60, 0.32, 0.74, 0.37, 0.71, 1.0, 0.29, 1.0, 0.26, 0.37)),
        ("polygon", (0.27, 0.36, 0.36, 0.44, 0.28, 0.64, 0.17, 0.60)),
        ("polygon", (0.73, 0.36, 0.64, 0.44, 0.72, 0.64, 0.83, 0.60)),
        ("hole", (0.44, 0.27, 0.56, 0.37)),
    ],
    "dress worn": [("polygon", (0.43, 0.24, 0.57, 0.24, 0.56, 0.42, 0.66, 0.76, 0.34, 0.76, 0.44, 0.42))],
}
PRODUCTS = ("mug", "shirt", "shoe", "bag", "chair", "dress")
_SKIN_OF: dict[str, list[Any]] = {
    "shirt worn": [
        ("ellipse", (0.41, 0.06, 0.59, 0.29)),
        ("polygon", (0.45, 0.22, 0.55, 0.22, 0.57, 0.40, 0.43, 0.40)),
        ("line", (0.23, 0.58, 0.19, 0.98), 0.075),
        ("line", (0.77, 0.58, 0.81, 0.98), 0.075),
    ],
    "dress worn": [
        ("ellipse", (0.45, 0.06, 0.55, 0.20)),
        ("polygon", (0.475, 0.16, 0.525, 0.16, 0.57, 0.27, 0.43, 0.27)),
        ("line", (0.435, 0.27, 0.38, 0.56), 0.035),
        ("line", (0.565, 0.27, 0.62, 0.56), 0.035),
        ("line", (0.46, 0.70, 0.46, 0.95), 0.05),
        ("line", (0.54, 0.70, 0.54, 0.95), 0.05),
    ],
}
_HAIR_OF: dict[str, list[Any]] = {
    "shirt worn": [("ellipse", (0.39, 0.03, 0.61, 0.20))],
    "dress worn": [("ellipse", (0.44, 0.04, 0.56, 0.13))],
}


def draw(
    paint: Scene,
    shape: str = "mug",
    ground: str = "white",
    *,
    skin: Color | None = None,
    shadow: bool = True,
    highlight: bool = False,
    seed: int = 0,
) -> Image.Image:
    """Draw a product, shaded, on a ground (or on a person of a skin before it); a Pillow image."""
    scene = _ground(ground).copy()
    mask = mask_of(shape)
    if skin is not None:
        scene = _over(scene, plain(skin) * _shade("mug"), mask_of(shape, "skin"))
        scene = _over(scene, plain((46, 34, 28)), mask_of(shape, "hair"))
    if shadow:
        scene = scene * (1 - 0.35 * _shadow(shape) * (1 - mask))
    product = paint * _shade(shape)
    if highlight:
        product = product + (255 - product) * 0.8 * _spot(0.42, 0.42, 0.035)
    return _image(_over(scene, product, mask), seed)


def cut_out(paint: Scene, shape: str = "mug", hidden: Color = (255, 255, 255), seed: int = 0) -> Image.Image:
    """Draw a product without a ground: a Pillow image with transparency; `hidden` is the transparent color."""
    mask = mask_of(shape)
    hard = np.where(mask > 0, paint * _shade(shape), plain(hidden))
    image = _image(hard, seed).convert("RGBA")
    image.putalpha(Image.fromarray(np.rint(mask[..., 0] * 255).astype(np.uint8)))
    return image


def jpeg(image: Image.Image, quality: int = 88) -> bytes:
    """Return the image as a JPEG file."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def png(image: Image.Image) -> bytes:
    """Return the image as a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


# --- paints ------------------------------------------------------------------------------------------------------


def plain(color: Sequence[float]) -> Scene:
    """Return one color all over."""
    return np.full((SIZE, SIZE, 3), color, dtype=np.float32)


def stripes(*colors: Color, count: int = 20) -> Scene:
    """Return as many horizontal stripes over the whole photo, with the colors in turn."""
    row = (np.arange(SIZE) * count // SIZE) % len(colors)
    return np.broadcast_to(np.array(colors, dtype=np.float32)[row][:, None], (SIZE, SIZE, 3))


def halves(left: Color, right: Color) -> Scene:
    """Return two colors, side by side."""
    return np.where((np.arange(SIZE) < SIZE // 2)[None, :, None], plain(left), plain(right))


def confetti(colors: Sequence[Color], seed: int = 0, grain: int = 20) -> Scene:
    """Return squares, each of one of the colors at random."""
    chosen = np.random.default_rng(seed).integers(len(colors), size=(grain, grain))
    return np.kron(np.array(colors, dtype=np.float32)[chosen], np.ones((SIZE // grain, SIZE // grain, 1), np.float32))


# --- grounds -----------------------------------------------------------------------------------------------------


def _gradient() -> Scene:
    dimmer: Scene = np.linspace(246, 188, SIZE, dtype=np.float32)[:, None, None]
    return plain((1, 1, 1)) * dimmer


def _wood() -> Scene:
    y, x = _axes()
    grain: Scene = 1 + 0.06 * np.sin(x * 60 + 3 * np.sin(y * 9)) + 0.04 * np.sin(x * 171 + 5 * np.sin(y * 4))
    return plain((164, 118, 76)) * grain[..., None]


def _room() -> Scene:
    scene = np.where(_axes()[0][..., None] < 0.66, plain((206, 204, 198)), plain((150, 116, 84)))
    pieces = [
        (("rounded", (0.04, 0.06, 0.26, 0.40), 0.0), (176, 206, 228)),
        (("rounded", (0.72, 0.08, 0.94, 0.30), 0.0), (92, 84, 80)),
        (("rounded", (0.75, 0.11, 0.91, 0.27), 0.0), (206, 170, 120)),
        (("polygon", (0.80, 0.70, 0.98, 0.70, 0.95, 0.86, 0.83, 0.86)), (178, 96, 66)),
        (("ellipse", (0.78, 0.46, 1.0, 0.72)), (70, 110, 70)),
        (("polygon", (0.0, 0.84, 1.0, 0.80, 1.0, 0.96, 0.0, 1.0)), (120, 124, 140)),
    ]
    for piece, color in pieces:
        scene = _over(scene, plain(color), _drawn((piece,)))
    return scene


GROUNDS: dict[str, Callable[[], Scene]] = {
    "white": lambda: plain((254, 254, 254)),
    "light gray": lambda: plain((232, 232, 233)),
    "mid gray": lambda: plain((160, 160, 161)),
    "gradient": _gradient,
    "wood": _wood,
    "pale pink": lambda: plain((250, 226, 228)),
    "black": lambda: plain((8, 8, 9)),
    "room": _room,
}
"""The possible grounds of a product."""


@cache
def _ground(name: str) -> Scene:
    return GROUNDS[name]()


# --- pieces ------------------------------------------------------------------------------------------------------


def mask_of(shape: str, part: str = "product") -> Scene:
    """Return how much of each pixel a shape (or its wearer's `skin` or `hair`) covers, from 0 to 1, (H, W, 1)."""
    return _drawn(tuple({"product": SHAPES, "skin": _SKIN_OF, "hair": _HAIR_OF}[part][shape]))


@cache
def _drawn(pieces: tuple[Any, ...]) -> Scene:
    canvas = Image.new("L", (SIZE * FINE, SIZE * FINE))
    pen = ImageDraw.Draw(canvas)
    for kind, place, *more in pieces:
        where = [value * SIZE * FINE for value in place]
        if kind == "rounded":
            pen.rounded_rectangle(where, more[0] * SIZE * FINE, fill=255)
        elif kind == "line":
            pen.line(where, fill=255, width=round(more[0] * SIZE * FINE), joint="curve")
        elif kind == "polygon":
            pen.polygon(where, fill=255)
        else:
            pen.ellipse(where, fill=0 if kind == "hole" else 255)
    small = canvas.resize((SIZE, SIZE), Image.Resampling.BOX)
    return (np.asarray(small, dtype=np.float32) / 255)[..., None]


@cache
def _shade(shape: str) -> Scene:
    """Return the factor of light on a shape, (H, W, 1): folds of cloth, a mug's roundness, dimmer below."""
    y, x = _axes()
    shade = 1.02 - 0.16 * y
    if shape.startswith(("shirt", "dress")):
        shade = shade * (0.94 + 0.13 * np.sin(x * 38 + 4 * np.sin(y * 7)) + 0.06 * np.sin(y * 31 + x * 17))
    elif shape == "mug":
        shade = shade * (0.72 + 0.30 * np.cos((x - 0.42) * 3.4))
    elif shape in ("shoe", "bag"):
        shade = shade * (1 - 0.12 * (x - 0.3))
    return shade.astype(np.float32)[..., None]


@cache
def _shadow(shape: str) -> Scene:
    solid = Image.fromarray((mask_of(shape)[..., 0] * 255).astype(np.uint8))
    moved = Image.new("L", solid.size)
    moved.paste(solid, (round(SIZE * 0.02), round(SIZE * 0.03)))
    return (np.asarray(moved.filter(ImageFilter.GaussianBlur(SIZE * 0.025)), dtype=np.float32) / 255)[..., None]


def _spot(x0: float, y0: float, radius: float) -> Scene:
    y, x = _axes()
    spot: Scene = np.exp(-((x - x0) ** 2 + (y - y0) ** 2) / (2 * radius**2))
    return spot[..., None]


def _over(scene: Scene, color: Scene, mask: Scene) -> Scene:
    mixed: Scene = scene * (1 - mask) + color * mask
    return mixed


@cache
def _axes() -> tuple[Scene, Scene]:
    return np.meshgrid(np.linspace(0, 1, SIZE), np.linspace(0, 1, SIZE), indexing="ij")


@cache
def _noise() -> Scene:
    return np.random.default_rng(7).normal(0, 2.5, (SIZE + 40, SIZE + 40, 3)).astype(np.float32)


def _image(scene: Scene, seed: int) -> Image.Image:
    top, left = seed % 40, seed * 7 % 40
    noisy = scene + _noise()[top : top + SIZE, left : left + SIZE]
    return Image.fromarray(np.clip(np.rint(noisy), 0, 255).astype(np.uint8))
