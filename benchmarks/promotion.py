"""What another model would change in a large catalog, and its promotion, from stored features.

    SAEKDONG_PRODUCTS=500000 python benchmarks/run.py promotion

100,000 products by default, each with a photo of its own: the features of a drawn photo with some noise. One in ten
products has a color word in its title. The other model is the starter with red and green exchanged, and pink and
orange. Goals: 5 s for 500,000 products on one core; 60 s for a promotion that changes 75,000.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from saekdong.catalog.contract import Store
from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.color import STARTER
from saekdong.feature_store import FeatureStore, PhotoFeatures
from saekdong.fetch import Mark
from saekdong.loop import Lineage, Loop
from saekdong.model.artifact import Artifact, pack
from saekdong.photo.kernel import describe_photo
from saekdong.registry.promotion import Promoter
from saekdong.samples.drawings import COLORS, draw, plain
from saekdong.tagging import Tagger, starter
from tools import table

PRODUCTS = int(os.environ.get("SAEKDONG_PRODUCTS", "100000"))
_SHAPES = ("mug", "shirt", "bag", "shoe")
_AT_ONCE = 2000
_NOISE = 0.01


def measure() -> Iterator[str]:
    """Yield the times as a table."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("SAEKDONG_BENCH_FOLDER")) as place:
        folder = Path(place)
        with (
            SqliteStore.open(folder / "catalog.db", STARTER) as store,
            FeatureStore.beside(store.path) as features,
            Loop.beside(store.path) as loop,
        ):
            old, new = starter(), _exchanged(("red", "green"), ("pink", "orange"))
            _fill(store, features, old)
            versions = [loop.register("bench", "shop", each.id, pack(each), Lineage({})) for each in (old, new)]
            loop.alias("bench", "champion", versions[0], "")
            promoter = Promoter(loop, store, features)
            rows = []
            for name, work in (
                ("what would change", lambda: promoter.diff(versions[1], -1)),
                ("promotion", lambda: promoter.promote(versions[1], "bench", "", -1)),
                ("rollback", lambda: promoter.roll_back("bench", "")),
            ):
                begun = time.perf_counter(), time.process_time()
                difference = work()
                seconds = time.perf_counter() - begun[0], time.process_time() - begun[1]
                rows.append(
                    (name, f"{difference.compared:,}", f"{difference.changed:,}", *(f"{s:.1f}" for s in seconds))
                )
        yield from table(("", "products compared", "products changed", "s", "s of processor"), rows)


def _exchanged(*pairs: tuple[str, str]) -> Artifact:
    artifact = starter()
    order = list(range(len(artifact.vocabulary)))
    for pair in pairs:
        one, two = (artifact.vocabulary.ids.index(label) for label in pair)
        order[one], order[two] = two, one
    assert artifact.kernel is not None and artifact.tagger is not None  # noqa: S101, PT018
    kernel = replace(artifact.kernel, weights=artifact.kernel.weights[:, order])
    return replace(artifact, tagger=artifact.tagger[:, order], kernel=kernel)


def _fill(store: Store, features: FeatureStore, artifact: Artifact) -> None:
    """Put products in, as `catalog add` would, but without decoding a photo for each."""
    rng, tagger = np.random.default_rng(0), Tagger(artifact)
    photos = [draw(plain(rgb), shape) for colors in COLORS.values() for rgb in colors for shape in _SHAPES]
    described = [describe_photo(np.asarray(photo.convert("RGB").resize((64, 64)))) for photo in photos]
    ids, run = artifact.vocabulary.ids, store.begin("feed")
    model = TaggingModel("shop@1", artifact.id, "2026-01-01", pack(artifact))
    for start in range(0, PRODUCTS, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, PRODUCTS))
        chosen = rng.integers(len(described), size=len(numbers))
        rows = np.stack([described[each].features for each in chosen])
        rows = np.clip(rows + rng.normal(0, _NOISE, rows.shape), 0, 1).astype(np.float16)
        shares = tagger.shares_of(rows.astype(np.float32)).round(4).tolist()
        digests = [f"{n:064x}" for n in numbers]
        features.put(PhotoFeatures(digest, row.tobytes(), b"") for digest, row in zip(digests, rows, strict=True))
        batch = []
        for n, digest, row, place in zip(numbers, digests, shares, chosen, strict=True):
            title = f"Navy thing {n}" if n % 10 == 0 else f"Thing {n}"
            product = Product(f"p{n}", title, f"Home > Part {n % 20}", 1.0, photos=(f"{n}.jpg",))
            given = dict(zip(ids, row, strict=True))
            mark = Mark(digest=digest)
            batch.append((product, [PhotoResult(f"{n}.jpg", mark, artifact.id, given, described[place].palette)]))
        store.put(batch, run, model)
    store.finish(run)
