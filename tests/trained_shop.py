"""A workspace of drawn products whose champion calls red green; the challenger, the starter, is right."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from artifacts import exchanged
from saekdong.catalog.photo_results import photo_result
from saekdong.catalog.products import FeedOptions, Product
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.feature_store import FeatureStore
from saekdong.fetch import Mark
from saekdong.loop import Lineage
from saekdong.model.artifact import pack
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.tagging import Tagger, starter
from saekdong.workspace import Workspace

EVIL = "<script>document.title='owned'</script> \"' {{7*7}}"
LABELS = ("red", "red", "green", "navy", "yellow", "white", "black", "pink")


def fill_trained_shop(folder: Path, count: int = 48) -> None:
    """Fill a folder with a catalog, features, photos and two registered models."""
    workspace, wrong = Workspace(folder), exchanged("red", "green")
    tagger, packed = Tagger(wrong), pack(wrong)
    with workspace.catalog() as store, FeatureStore.beside(store.path) as features, workspace.loop() as loop:
        products = []
        for number in range(count):
            label = LABELS[number % len(LABELS)]
            content = jpeg(draw(plain(COLORS[label][0]), ("mug", "shirt", "bag")[number % 3], seed=number))
            photo = folder / f"{number}.jpg"
            photo.write_bytes(content)
            result = photo_result(tagger, wrong.id, str(photo), Mark(), content)
            features.put([result.features])
            result = replace(result, shares=_unsure(result.shares))
            title = EVIL if number == 1 else f"Sample {number}"
            products.append(
                (Product(f"p{number}", title, "Kitchen > Mugs", 9000, "KRW", photos=(str(photo),)), [result])
            )
        run = store.begin(str(folder / "spring.csv"))
        store.put(products, run, TaggingModel("shop@1", wrong.id, "2026-11-01", packed))
        store.remember_feed(str(folder / "spring.csv"), FeedOptions(str(folder)))
        store.finish(run)
        old = loop.register("mina", "shop", wrong.id, packed, Lineage({"kind": "import"}))
        loop.alias("mina", "champion", old, EVIL)
        figures = {"photos": 60, "before": {"top1": 0.71}, "after": {"top1": 0.78}}
        lineage = Lineage({"kind": "teach"}, photos=("a", "b"), figures=figures)
        new = loop.register("mina", "shop", starter().id, pack(starter()), lineage, "shop@1")
        loop.alias("mina", "challenger", new, "teach")


def _unsure(shares: Mapping[str, float]) -> dict[str, float]:
    """Return shares of a model that is less sure, so that the other one may change its tags."""
    return {label: 0.7 * share + 0.3 / len(shares) for label, share in shares.items()}
