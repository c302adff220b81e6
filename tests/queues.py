"""A shop whose review queue can be filled: drawn at random, with features, sure and unsure products."""

import hashlib
from pathlib import Path

import numpy as np

from saekdong.catalog.contract import Store
from saekdong.catalog.products import PhotoResult, Product
from saekdong.color import STARTER
from saekdong.feature_store import FeatureStore, PhotoFeatures
from saekdong.fetch import Mark
from saekdong.photo.features import LENGTH
from saekdong.tagging import starter

LABELS = ("black", "white", "navy", "red")
MODEL = starter().id


def digest_of(product: str) -> str:
    return hashlib.sha256(product.encode()).hexdigest()


def fill_shop(store: Store, features: FeatureStore, count: int = 120) -> None:
    """Put products p0, p1, ... of four labels; one in ten is `violet`, a label with few products."""
    random = np.random.default_rng(7)
    products, kept = [], []
    for n in range(count):
        share = float(random.uniform(0.4, 1.0))
        first, second = random.choice(LABELS, 2, replace=False).tolist()
        product = Product(f"p{n}", f"Mug {n}", photos=(f"https://shop.example/{n}.jpg",), group=f"g{n // 4}")
        shares = {"violet" if n % 10 == 9 else first: round(share, 4), second: round(1 - share, 4)}
        mark = Mark(digest=digest_of(product.id))
        products.append((product, [PhotoResult(product.photos[0], mark, MODEL, shares)]))
        row = random.random(LENGTH).astype(np.float16)
        kept.append(PhotoFeatures(mark.digest, row.tobytes(), b""))
    run = store.begin("feed")
    store.put(products, run)
    store.finish(run)
    features.put(kept)


def main_label(store: Store, product: str) -> str:
    """Return what the model calls a product first."""
    return next(iter(next(iter(store.facts([product]))).labels))


def another_label(label: str) -> str:
    return next(each for each in STARTER.ids if each != label)


def open_features(folder: Path) -> FeatureStore:
    return FeatureStore.open(folder / "features.db")
