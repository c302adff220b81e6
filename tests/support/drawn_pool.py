"""A pool of drawn photos for the simulated shop: small, and without any photo of a real shop."""

from functools import cache

import numpy as np

from saekdong.photo.kernel import describe_photo
from saekdong.photo.statistics import photo_statistics
from saekdong.samples.drawings import COLORS, PRODUCTS, draw, plain
from saekdong.tagging import Tagger, starter
from support.drifts import DRIFTS
from support.shop import Pool

GROUNDS = ("white", "light gray")


@cache
def drawn_pool(drifts: tuple[str, ...] = ()) -> Pool:
    """Return 2 photos of each of 6 products in each of 14 colors, without drift and with each of the drifts."""
    tagger, names = Tagger(starter()), ("none", *drifts)
    rows: dict[str, list[tuple[np.ndarray, np.ndarray, np.ndarray]]] = {name: [] for name in names}
    category, right = [], []
    for number, (shape, label) in enumerate((shape, label) for shape in PRODUCTS for label in COLORS):
        for color, ground in zip(COLORS[label], GROUNDS, strict=False):
            pixels = np.asarray(draw(plain(color), shape, ground, seed=number).resize((64, 64)))
            for name in names:
                random = np.random.default_rng(number)
                rows[name].append(_describe(tagger, DRIFTS[name](pixels, random) if name != "none" else pixels))
            category.append(PRODUCTS.index(shape))
            right.append([each == label for each in tagger.vocabulary.ids])
    columns = {name: [np.stack(column) for column in zip(*each, strict=True)] for name, each in rows.items()}
    features, statistics, shares = ({name: each[place] for name, each in columns.items()} for place in range(3))
    return Pool(features, statistics, shares, np.array(category), np.array(right))


def _describe(tagger: Tagger, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    description = describe_photo(pixels)
    shares = tagger.shares(pixels, description=description)
    return description.features, photo_statistics(pixels, None, description.weights), shares
