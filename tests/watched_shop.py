"""A shop of drawn photos whose feeds list batches of variants day by day, with a clock that tests set."""

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.feature_store import FeatureStore, PhotoFeatures
from saekdong.fetch import Mark
from saekdong.loop import Loop
from saekdong.monitoring.watching import Watch
from saekdong.photo.features import as_stored
from saekdong.photo.kernel import describe_photo
from saekdong.photo.statistics import photo_statistics
from saekdong.samples.drawings import COLORS, draw, plain
from saekdong.tagging import Tagger, starter
from saekdong.tagging.starter import STARTER_FILE
from stores import OpenStore

FIRST = datetime(2026, 11, 2, 9, tzinfo=UTC)
TAGGER = Tagger(starter())
MODEL = TaggingModel("starter", starter().id, "2026-11-01", STARTER_FILE.read_bytes())
POOL = 84


@cache
def look_of(number: int, warm: bool) -> tuple[bytes, bytes, dict[str, float]]:
    """Return features, statistics and shares of a drawn photo, in daylight or in warm light."""
    label = list(COLORS)[number % len(COLORS)]
    pixels = np.asarray(draw(plain(COLORS[label][0]), "mug", seed=number).convert("RGB").resize((64, 64)))
    if warm:
        pixels = np.clip(pixels * np.array([1.05, 1.0, 0.9]), 0, 255).astype(np.uint8)
    described = describe_photo(pixels)
    statistics = photo_statistics(pixels, None, described.weights).astype(np.float16).tobytes()
    shares = dict(zip(TAGGER.vocabulary.ids, TAGGER.shares(pixels, None, described).tolist(), strict=True))
    return as_stored(described.features).tobytes(), statistics, shares


class WatchedShop:
    """A shop whose feeds list batches of five variants, with a clock that tests set."""

    def __init__(self, folder: Path, open_store: OpenStore) -> None:
        self.folder, self.now = folder, FIRST
        self.store = open_store(folder)
        self.loop = Loop.open(folder / "loop.db", lambda: self.now)
        self.features = FeatureStore.open(folder / "features.db")
        self.sent: list[int] = []
        self.watch = Watch(
            self.loop, self.store, self.features, starter(), deliver=lambda a: self.sent.append(a.number)
        )
        self.random, self.count = np.random.default_rng(5), 0

    def add(self, batches: int, feed: str = "autumn.csv", *, warm: bool = False, size: int = 5) -> None:
        run = self.store.begin(feed)
        for _ in range(batches):
            self.count += 1
            products = []
            for number in self.random.integers(0, POOL, size).tolist():
                name = f"{self.count}-{len(products)}"
                features, statistics, shares = look_of(number, warm)
                digest = hashlib.sha256(name.encode()).hexdigest()
                self.features.put([PhotoFeatures(digest, features, statistics)])
                place = f"/photos/{name}.jpg"
                result = PhotoResult(place, Mark(digest=digest), starter().id, shares)
                group = f"item {self.count}"
                products.append((Product(name, "", "Cups", photos=(place,), group=group), [result]))
            self.store.put(products, run, MODEL)

    def next_day(self) -> None:
        self.now += timedelta(days=1)

    def close(self) -> None:
        for each in (self.store, self.loop, self.features):
            each.close()
