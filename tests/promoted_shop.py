"""A shop whose model is changed: a catalog of mugs, and two versions; and kills at a write."""

from contextlib import contextmanager
from functools import cache
from pathlib import Path

from artifacts import exchanged
from saekdong.catalog.contract import Store
from saekdong.catalog.photo_results import photo_result
from saekdong.catalog.products import Product
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.database import Database
from saekdong.feature_store import FeatureStore
from saekdong.fetch import Mark
from saekdong.loop import Lineage, Loop
from saekdong.model.artifact import Artifact, pack
from saekdong.registry.promotion import Promoter
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.tagging import Tagger, starter
from stores import OpenStore, labels_of

LABELS = ["red", "navy", "green"]
CONTENT = {label: jpeg(draw(plain(COLORS[label][0]), "mug")) for label in LABELS}


@cache
def packed(artifact: Artifact) -> bytes:
    return pack(artifact)


OLD, NEW = starter(), exchanged("red", "green")


def fill(store: Store, features: FeatureStore, artifact: Artifact) -> None:
    tagger = Tagger(artifact)
    run = store.begin("feed")
    products = []
    for n, label in enumerate([*LABELS, "red", "green"]):
        result = photo_result(tagger, artifact.id, f"{label}.jpg", Mark(), CONTENT[label])
        features.put([result.features])
        products.append((Product(f"p{n}", category="Cups > Mugs", photos=(f"{label}.jpg",)), [result]))
    store.put(products, run, TaggingModel("shop@1", artifact.id, "2026-01-01", packed(artifact)))
    store.finish(run)


class Shop:
    """A catalog of mugs, of three colors, and two more; its versions are `shop@1`, the champion, and `shop@2`."""

    def __init__(self, folder: Path, open_store: OpenStore) -> None:
        self.store, self.loop = open_store(folder), Loop.open(folder / "loop.db")
        self.features = FeatureStore.open(folder / "features.db")
        self.promoter = Promoter(self.loop, self.store, self.features)

    def begin(self) -> None:
        fill(self.store, self.features, OLD)
        old, self.new = (
            self.loop.register("mina", "shop", each.id, packed(each), Lineage({"kind": "test"})) for each in (OLD, NEW)
        )
        self.loop.alias("mina", "champion", old, "first")

    def labels(self) -> dict[str, tuple[str, ...]]:
        return {f"p{n}": tuple(labels_of(self.store, f"p{n}")) for n in range(len(LABELS) + 2)}

    def models(self) -> dict[str, str]:
        return {facts.id: facts.photos[0].model for facts in self.store.facts()}

    def close(self) -> None:
        for each in (self.store, self.loop, self.features):
            each.close()


class Killed(BaseException):
    """The process is killed."""


@contextmanager
def killed_after(monkeypatch, writes: int):
    """Kill whatever writes a database for the time after so many, once that write is on the disk."""
    writing, left = Database.writing, [writes]

    @contextmanager
    def killing(database, **how):
        with writing(database, **how) as connection:
            yield connection
        left[0] -= 1
        if not left[0]:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Database, "writing", killing)
        yield left
