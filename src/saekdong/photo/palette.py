"""A photo's dominant colors, as Google Cloud Vision answers them.

The recorded answers show how the service clusters: it shrinks the photo and parts its pixels by a grid of 7 x 15 x 15
cells in CIELAB. 99.98% of its scores fall into these cells, and its counts are those of the pixels in them. How it
scores a cell is not known; a small network was fitted to the recorded scores (scripts/fit_palette.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saekdong.color import SPACES, ciede2000
from saekdong.photo.sums import group_sums

SIDE = 128
"""The length that a photo's longer side is shrunk to. The service takes 116 at 300 pixels, 137 at 640."""

COLORS = 10
"""How many colors the service gives."""

_OPAQUE = 128
_CELL = np.array([100 / 7, 17.0, 17.0])  # of L*, a*, b*
_START = np.array([0.0, 127.5, 127.5])
_CODES = 7 * 15 * 15
_NEAR = 10.0  # CIEDE2000 within which two cells pass for one color
_SHARPER = 3.0
_ALSO_RAN = 0.1  # a score below this part of the first one's changes nothing

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DominantColor:
    """One color of a photo.

    Attributes:
        red, green, blue: sRGB, 0-255.
        score: how much the color is the subject's, 0 to 1; those of all the photo's colors sum to 1.
        pixel_fraction: the share of the photo's pixels, 0 to 1.
    """

    red: int
    green: int
    blue: int
    score: float
    pixel_fraction: float


Palette = tuple[DominantColor, ...]


def find_palette(pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None, colors: int = COLORS) -> Palette:
    """Return a photo's dominant colors in falling order of score.

    Args:
        pixels: sRGB, uint8 (H, W, 3), the longer side about 128 pixels.
        alpha: opacity, uint8 (H, W); pixels below 128 are left out, unless all are.
        colors: how many; fewer come where the photo has fewer.

    Example:
        >>> find_palette(np.full((9, 9, 3), (73, 84, 116), dtype=np.uint8))
        (DominantColor(red=73, green=84, blue=116, score=1.0, pixel_fraction=1.0),)
    """
    return cluster_colors(pixels, alpha).palette(colors)


def palette_to_json(palette: Palette) -> list[dict[str, Any]]:
    """Return a palette in Cloud Vision's shape: color (red, green, blue), score, pixelFraction."""
    return [
        {
            "color": {"red": color.red, "green": color.green, "blue": color.blue},
            "score": color.score,
            "pixelFraction": color.pixel_fraction,
        }
        for color in palette
    ]


def palette_from_json(colors: Sequence[Mapping[str, Any]]) -> Palette:
    """Read a palette in Cloud Vision's shape; a channel, score or share that is left out is 0, as in its JSON.

    Raises:
        ValueError: it is of another form, or a value is out of its range.
    """
    return tuple(_color_from_json(color) for color in colors)


def _color_from_json(given: Mapping[str, Any]) -> DominantColor:
    try:
        channels = [given["color"].get(name, 0) for name in ("red", "green", "blue")]
        parts = [float(given.get(name, 0)) for name in ("score", "pixelFraction")]
        whole = [round(float(value)) for value in channels]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ValueError("a color needs color (red, green, blue), score and pixelFraction, all numbers") from error
    if not all(0 <= value <= 255 for value in whole):
        raise ValueError("red, green and blue go from 0 to 255")
    if not all(0 <= part <= 1.001 for part in parts):
        raise ValueError("score and pixelFraction go from 0 to 1")
    return DominantColor(*whole, *parts)


@dataclass(frozen=True, eq=False)
class Clusters:
    """A photo's N pixels (those that are not transparent), split by the grid in CIELAB into K cells.

    Attributes:
        pixels: sRGB (N, 3).
        cell: the cell of each pixel (N,).
        opaque: which of the photo's pixels they are, (H*W,); None if all are.
        share: of the pixels in each cell, (K,).
        rgb, lab: the mean color of each cell, (K, 3).
        features: what the score of a cell depends on, (K, F).
        shape: the photo's width by its height.
    """

    pixels: NDArray[np.uint8]
    cell: NDArray[np.intp]
    opaque: NDArray[np.bool_] | None
    share: Array
    rgb: Array
    lab: Array
    features: Array
    shape: float

    @cached_property
    def scores(self) -> Array:
        """Each cell's score in the palette, summing to 1."""
        features = np.hstack([self.features, self.comparisons])
        return score_cells(self.share, features, _network("palette"))

    @cached_property
    def comparisons(self) -> Array:
        """What else the palette's scores depend on, (K, 11): how each cell compares with the others."""
        return _comparisons(self.share, self.lab, self.features[:, _ALIKE], self.shape)

    def attention(self) -> Array:
        """Return how much each of the photo's pixels is the subject's by its color, (H*W,), summing to 1.

        Photos' features depend on it, so it has a network of its own: better palettes change no features.
        """
        scores = score_cells(self.share, self.features, _network("attention"))
        attention = (scores / self.share / len(self.cell)).take(self.cell)
        if self.opaque is None:
            return attention
        weights = np.zeros(len(self.opaque))
        weights[self.opaque] = attention
        return weights

    def palette(self, colors: int = COLORS) -> Palette:
        """Return the dominant colors in falling order of score, as `find_palette` does."""
        scores = favor_the_first(self.lab, self.scores)
        shown = np.argsort(-scores, kind="stable")[:colors]
        found = [(self.rgb[cell], scores[cell], self.share[cell]) for cell in shown]
        if len(found) < colors:
            found = _split(self, scores, colors)
        rgb = np.rint([color for color, _, _ in found]).astype(int).tolist()
        return tuple(
            DominantColor(red, green, blue, round(float(score), 6), round(float(share), 6))
            for (red, green, blue), (_, score, share) in zip(rgb, found, strict=True)
        )


def cluster_colors(image: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None) -> Clusters:
    """Part a photo's pixels by color, as `find_palette` takes them."""
    height, width = image.shape[:2]
    pixels, places, opaque = image.reshape(-1, 3), _places(height, width), None
    if alpha is not None and alpha.max(initial=0) >= _OPAQUE:
        opaque = alpha.ravel() >= _OPAQUE
        pixels, places = pixels[opaque], places.take(opaque)
    channels = pixels.T.copy()
    lab = SPACES["lab"].convert(channels)
    cell, cells = _cells(lab)
    alike = _alike(cell, opaque, height, width)
    count = np.bincount(cell, minlength=cells)
    means = group_sums(cell, [*channels, *lab, alike], cells) / count
    rgb, mean, neighbors = means[:3].T.copy(), means[3:6].T.copy(), means[6]
    share = count / len(pixels)
    features = _features(share, mean, places.sums(cell, cells) / len(pixels), neighbors)
    return Clusters(pixels, cell, opaque, share, rgb, mean, features, width / height)


def _cells(lab: Array) -> tuple[NDArray[np.intp], int]:
    """Return the cell of each color (3, N), counted from 0 without gaps, and how many cells there are."""
    # All above 0, so this rounds down.
    places = lab + _START[:, None]
    places /= _CELL[:, None]
    lightness, a, b = places.astype(np.int16)
    code = (np.minimum(lightness, 6) * 15 + a) * 15 + b
    used = np.zeros(_CODES, dtype=bool)
    used[code] = True
    number = used.cumsum() - 1
    return number.take(code), int(number[-1]) + 1


def _alike(cell: NDArray[np.intp], opaque: NDArray[np.bool_] | None, height: int, width: int) -> NDArray[np.float64]:
    """Count for each pixel (N,) which of its neighbors to the left and above are of its cell."""
    image = cell
    if opaque is not None:
        image = np.full(height * width, -1)
        image[opaque] = cell
    image = image.reshape(height, width)
    alike = np.zeros((height, width))
    alike[:, 1:] = image[:, 1:] == image[:, :-1]
    alike[1:] += image[1:] == image[:-1]
    return alike.ravel() if opaque is None else alike.ravel()[opaque]


_WIDTHS = (0.25, 0.4, 0.6)
_RINGS = (0.0, 0.15, 0.35, 0.6, 0.85)
_EDGE = 0.9
_MOMENTS = 5
_ALIKE = -4  # the column of `_features` that counts neighbors of the same cell


@dataclass(frozen=True, eq=False)
class _Places:
    """What pixels' places are worth: in 11 regions, each with the mean 1, and in 5 moments.

    Seven regions have an edge, and four moments are those of rows and columns alone: there pixels are counted, which
    takes half the time of adding values up.

    Attributes:
        smooth: the soft regions and the distance from the middle, (4, N).
        zone: which zone each pixel lies in, (N,).
        column, row: where each pixel lies, (N,).
        of_zones: each zone's part of the regions with an edge, (8, 7).
        of_columns, of_rows: the two moments of each column, (W, 2), and row, (H, 2).
    """

    smooth: Array
    zone: NDArray[np.intp]
    column: NDArray[np.intp]
    row: NDArray[np.intp]
    of_zones: Array
    of_columns: Array
    of_rows: Array

    def take(self, pixels: NDArray[np.bool_]) -> "_Places":
        """Return the places of some pixels."""
        parts = {name: getattr(self, name)[pixels] for name in ("zone", "column", "row")}
        return replace(self, smooth=self.smooth[:, pixels], **parts)

    def sums(self, cell: NDArray[np.intp], cells: int) -> Array:
        """Return what the places of each cell's pixels are worth together, (16, K)."""
        smooth = group_sums(cell, self.smooth, cells)
        kinds = ((self.zone, self.of_zones), (self.column, self.of_columns), (self.row, self.of_rows))
        regions, x, y = (_count(cell, kind, cells, len(worth)) @ worth for kind, worth in kinds)
        return np.vstack([smooth[:-1], regions.T, x[:, 0], y[:, 0], x[:, 1], y[:, 1], smooth[-1]])


def _count(cell: NDArray[np.intp], kind: NDArray[np.intp], cells: int, kinds: int) -> Array:
    """Count the pixels of each kind in each cell, (K, kinds)."""
    return np.bincount(cell * kinds + kind, minlength=cells * kinds).reshape(cells, kinds).astype(np.float64)


@lru_cache(maxsize=16)
def _places(height: int, width: int) -> _Places:
    """Return what the pixels of a photo of this size are worth by their place."""
    rows, columns = np.linspace(-1, 1, height), np.linspace(-1, 1, width)
    y, x = np.repeat(rows, width), np.tile(columns, height)
    squared, edge = x**2 + y**2, np.maximum(np.abs(x), np.abs(y))
    zone = np.searchsorted(_RINGS, edge, side="right") - 1  # the rings, and what is outside them
    outside = len(_RINGS) - 1
    zone[edge >= _EDGE], zone[y < -_EDGE], zone[y > _EDGE] = outside + 1, outside + 2, outside + 3
    at_edge, top, bottom = zone > outside, zone == outside + 2, zone == outside + 3
    regions = np.stack([at_edge, top, bottom, *(zone == ring for ring in range(outside))])
    of_zones = np.zeros((outside + 4, len(regions)))
    of_zones[zone] = regions.T / np.maximum(regions.mean(axis=1), 1e-9)
    soft = [np.exp(-squared / (2 * wide**2)) for wide in _WIDTHS]
    even = [region / max(float(region.mean()), 1e-9) for region in soft]
    return _Places(
        np.stack([*even, np.sqrt(squared)]),
        zone,
        np.tile(np.arange(width), height),
        np.repeat(np.arange(height), width),
        of_zones,
        np.stack([columns, columns**2], axis=1),
        np.stack([rows, rows**2], axis=1),
    )


def _features(share: Array, lab: Array, places: Array, neighbors: Array) -> Array:
    """Return what a cell's score depends on, (K, 35): its color, its place, and how it stands out."""
    regions = places[:-_MOMENTS]
    x, y, x_squared, y_squared, distance = places[-_MOMENTS:] / share
    center, border = regions[1], regions[3]
    lightness, a, b = lab.T
    chroma, hue = np.hypot(a, b), np.arctan2(b, a)
    apart = np.sqrt(_squared_distances(lightness, a, b))
    in_sight = apart * np.exp(_squared_distances(x, y) / -0.2)
    colorful = np.minimum(chroma / 15, 1)
    whole = np.full((3, len(share)), [[np.log(len(share))], [lightness @ share / 50], [chroma @ share / 30]])
    rows = [
        np.log(share),
        lightness / 50,
        a / 30,
        b / 30,
        chroma / 30,
        np.sin(hue) * colorful,
        np.cos(hue) * colorful,
        lightness > 90,
        border,
        np.log((regions + 1e-3) / (share + 1e-3)),
        np.abs(x),
        y,
        np.abs(y),
        np.sqrt(np.maximum([x_squared - x**2, y_squared - y**2], 0)),
        distance,
        (apart @ np.stack([share, border], axis=1)).T / 30,
        in_sight @ share / 30,
        _around(apart, share, center, border),
        neighbors,
        whole,
    ]
    return np.vstack(rows).T


def _squared_distances(*coordinates: Array) -> Array:
    """Return how far each of K points is from each, squared, (K, K)."""
    distances: Array = sum((each[:, None] - each) ** 2 for each in coordinates)  # type: ignore[assignment]
    return distances


def _around(apart: Array, share: Array, center: Array, border: Array) -> Array:
    """Return how much more frequent colors near a cell's are in the middle and at the border than in all, and that."""
    about, in_center, at_border = (np.exp(apart**2 / -200) @ np.stack([share, center, border], axis=1)).T
    more = [(in_center + 1e-4) / (about + 1e-4), (at_border + 1e-3) / (about + 1e-3), about]
    logs: Array = np.log(more)
    return logs


def _comparisons(share: Array, lab: Array, alike: Array, shape: float) -> Array:
    """Return how cells compare with one another in lightness, chroma, share and hue, and four figures of the photo."""
    lightness, a, b = lab.T
    chroma, hue = np.hypot(a, b), np.arctan2(b, a)
    colorful = np.minimum(chroma / 15, 1)
    near_hue = np.exp(4 * (np.cos(hue[:, None] - hue) - 1)) * np.minimum(colorful[:, None], colorful)
    whole = [shape, lightness.std() / 20, np.sqrt(share @ share), np.log(2.05 - alike @ share)]
    rows = [
        np.repeat(whole, len(share)).reshape(len(whole), -1),
        (chroma > chroma[:, None]) @ share,
        (lightness > lightness[:, None]) @ share,
        np.log1p((share > share[:, None]).sum(axis=1)),
        share / share.max(),
        np.log(near_hue @ np.stack([share, share * chroma / 30], axis=1) + 1e-3).T,
        np.full(len(share), colorful @ share),
    ]
    return np.vstack(rows).T


Network = Mapping[str, Array]
"""A fitted network: the features' mean and scale, the weights into its hidden units, their bias, the weights out."""


@cache
def _network(name: str) -> Network:
    with (files("saekdong.photo") / "data" / f"{name}.npz").open("rb") as file, np.load(file) as arrays:
        return {part: arrays[part].astype(np.float64) for part in ("mean", "scale", "hidden", "bias", "out")}


def score_cells(share: Array, features: Array, net: Network) -> Array:
    """Return the softmax over cells of log share + out . tanh(scaled features . hidden + bias)."""
    scaled = (features - net["mean"]) / net["scale"]
    logits = np.log(share) + np.tanh(scaled @ net["hidden"] + net["bias"]) @ net["out"]
    raised = np.exp(logits - logits.max())
    scores: Array = raised / raised.sum()
    return scores


def favor_the_first(lab: Array, scores: Array) -> Array:
    """Give the highest score to the cell around which most of the score lies.

    A subject's color often spreads over neighboring cells; which one of them comes first is then a matter of chance.
    The one that swaps its score with it is near most of what could have been first.
    """
    leading = np.argsort(-scores, kind="stable")[:COLORS]
    leading = leading[scores[leading] > _ALSO_RAN * scores[leading[0]]]
    if len(leading) <= 2:
        # Of two, the higher score has at least as much around it.
        return scores
    colors = lab[leading]
    near = 1 / (1 + np.exp(ciede2000(colors[:, None], colors[None]) - _NEAR))
    sharp = (scores[leading] / scores[leading[0]]) ** _SHARPER
    first = leading[int((near @ sharp).argmax())]
    favored = scores.copy()
    favored[[first, leading[0]]] = favored[[leading[0], first]]
    return favored


def _split(clusters: Clusters, scores: Array, colors: int) -> list[tuple[Array, float, float]]:
    """Part clusters of several colors further, the most varied first, until there are as many as asked for."""
    ends = np.cumsum(np.bincount(clusters.cell))[:-1].tolist()
    order = clusters.cell.astype(np.uint16).argsort(kind="stable")
    channels = np.ascontiguousarray(clusters.pixels.take(order, axis=0).T)
    parts = [channels[:, first:last] for first, last in pairwise([0, *ends, len(order)])]
    groups = [_group(*each) for each in zip(parts, scores.tolist(), clusters.share.tolist(), strict=True)]
    while len(groups) < colors:
        widest = max(range(len(groups)), key=lambda place: groups[place].spread)
        group = groups[widest]
        if group.spread == 0:
            break
        groups[widest : widest + 1] = _halves(group)
    groups.sort(key=lambda group: -group.score)
    return [(_means(group.channels), group.score, group.share) for group in groups]


@dataclass(frozen=True, eq=False)
class _Group:
    """Pixels, (3, N), that become one color; how far they spread in their widest channel, times their share."""

    channels: NDArray[np.uint8]
    score: float
    share: float
    widest: int
    spread: float


def _group(channels: NDArray[np.uint8], score: float, share: float) -> _Group:
    ranges = (np.maximum.reduce(channels, axis=1) - np.minimum.reduce(channels, axis=1)).tolist()
    widest = max(ranges)
    return _Group(channels, score, share, ranges.index(widest), widest * share)


def _halves(group: _Group) -> list[_Group]:
    """Part a group at the mean of its widest channel: the pixels above it, and the others."""
    channel = group.channels[group.widest]
    above = channel > int(np.add.reduce(channel, dtype=np.intp)) // len(channel)  # of whole numbers, bytes are enough
    part = np.count_nonzero(above) / len(channel)
    return [
        _group(group.channels.compress(above, axis=1), group.score * part, group.share * part),
        _group(group.channels.compress(~above, axis=1), group.score * (1 - part), group.share * (1 - part)),
    ]


def _means(channels: NDArray[np.uint8]) -> Array:
    means: Array = np.add.reduce(channels, axis=1, dtype=np.float64) / channels.shape[1]
    return means
