"""The evaluation photos as pools of the simulated shop: their features with each drift, and unseen models' shares.

A shop's model was fitted to the other shops and to the drawings (scripts/make_starter.py), as if the shop were new.
"""

import csv
import pickle
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from make_features import photos
from make_starter import fit_starter
from saekdong.color import STARTER
from saekdong.photo.kernel import describe_photo
from saekdong.photo.statistics import photo_statistics
from saekdong.tagging.photo_model import PhotoModel
from saekdong.tagging.scoring import Truth, allowed_codes
from saekdong.tagging.tagger import TEMPERATURE, to_shares
from saekdong.tagging.teaching import Examples
from support.drifts import DRIFTS
from support.shop import Pool
from tools import EVALUATION

SHOPS = ("clothes_multi", "hm", "ikea", "myntra")
LEAST_OF_CATEGORY = 10


@dataclass(frozen=True, eq=False)
class RealShop:
    """A shop's photos: its pool for the simulated shop, what people say of them, and the model that never saw them."""

    name: str
    pool: Pool
    photos: Examples
    unseen: PhotoModel

    @property
    def truth(self) -> Truth:
        """The colors of each photo."""
        return self.photos.truth

    @property
    def right(self) -> np.ndarray:
        """Whether the unseen model's first label is right, bool (N,)."""
        return np.array([self.pool.right[place, label] for place, label in enumerate(self.pool.label)])

    @property
    def confidence(self) -> np.ndarray:
        """The share of the unseen model's first label, (N,)."""
        return self.pool.shares["none"].max(axis=1)


@cache
def real_shops(folder: Path | None) -> dict[str, RealShop]:
    """Return the four shops; a folder keeps what was computed (it takes some minutes)."""
    file = folder / "watched_photos.pickle" if folder else None
    if file and file.is_file():
        return pickle.loads(file.read_bytes())  # noqa: S301, written by this program
    shops = _compute()
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps(shops))
    return shops


def _compute() -> dict[str, RealShop]:
    rows = list(photos(EVALUATION))
    names, truth = np.array([shop for _, shop, _ in rows]), [colors for *_, colors in rows]
    described = {drift: _describe(rows, drift) for drift in ("none", *DRIFTS)}
    features = described["none"][0]
    everything = Examples.of(features, truth, STARTER)
    categories, shops = _categories(), {}
    for name in SHOPS:
        own, others = np.flatnonzero(names == name), np.flatnonzero(names != name)
        model = fit_starter(features[others], everything.wanted[others])
        photos_of = everything.take(own)
        allowed = [allowed_codes(colors) for colors in photos_of.truth]
        pool = Pool(
            {drift: each[0][own] for drift, each in described.items()},
            {drift: each[1][own].astype(np.float16).astype(np.float64) for drift, each in described.items()},
            {
                drift: np.array([to_shares(scores, TEMPERATURE) for scores in model.scores(each[0][own])])
                for drift, each in described.items()
            },
            categories[own],
            np.array([[code in codes for code in range(len(STARTER))] for codes in allowed]),
        )
        shops[name] = RealShop(name, pool, photos_of, model)
    return shops


def _describe(rows, drift: str) -> tuple[np.ndarray, np.ndarray]:
    """Return features and statistics of all photos with a drift."""
    random, features, statistics = np.random.default_rng(0), [], []
    for photo, *_ in rows:
        pixels = photo.pixels if drift == "none" else DRIFTS[drift](photo.pixels, random)
        alpha = photo.alpha if photo.alpha is not None and photo.alpha.shape == pixels.shape[:2] else None
        description = describe_photo(pixels, alpha)
        features.append(description.features)
        statistics.append(photo_statistics(pixels, alpha, description.weights))
    return np.stack(features), np.stack(statistics)


def _categories() -> np.ndarray:
    """Return a number for each photo's category; rare categories of a shop are one."""
    with (EVALUATION / "products" / "feed.csv").open(encoding="utf-8") as file:
        parts = [(row["set"], row["category"].split(" > ")) for row in csv.DictReader(file)]
    names = np.array([f"{shop} {path[1] if shop == 'myntra' and len(path) > 1 else path[0]}" for shop, path in parts])
    unique, counts = np.unique(names, return_counts=True)
    common = set(unique[counts >= LEAST_OF_CATEGORY])
    kept = [name if name in common else f"{shop} rest" for name, (shop, _) in zip(names, parts, strict=True)]
    return np.unique(np.array(kept), return_inverse=True)[1]
