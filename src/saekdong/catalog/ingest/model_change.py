"""What would change in a catalog if another model tagged it: photos are tagged again, and nothing is written."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from saekdong.catalog.ingest.resources import Resources
from saekdong.catalog.ingest.stored_photos import tag_stored
from saekdong.catalog.product_tags import Shares
from saekdong.catalog.retagging import PhotoShares
from saekdong.catalog.wording import Wording, labels_of
from saekdong.model.intervals import wilson
from saekdong.tagging.feed_words import FeedText

SAMPLE = 300
"""How many products are compared unless all are."""

_AT_ONCE = 64


@dataclass
class ModelChange:
    """What another model would change.

    Attributes:
        products: products that the model would tag: not gone, not corrected by a person, with a photo.
        corrected: products that a person corrected; they keep their labels.
        fixed: products whose photos are not kept, since they were posted; they keep their tags.
        compared: products tagged again.
        unread: products without a readable photo; they would keep their tags.
        relabeled: of those compared, products that would get other labels or another order of them.
        moves: of those compared, products by their first label now and then, if it would change.
    """

    products: int = 0
    corrected: int = 0
    fixed: int = 0
    compared: int = 0
    unread: int = 0
    relabeled: int = 0
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def moved(self) -> int:
        """How many of those compared would get another first label."""
        return self.moves.total()

    @property
    def is_sample(self) -> bool:
        """Whether products were left out of the comparison."""
        return self.compared + self.unread < self.products

    def interval(self) -> tuple[float, float]:
        """Return the 95% interval of the share of products that would get another first label."""
        if not self.is_sample:
            return self.share, self.share
        if not self.compared:
            return 0.0, 1.0
        figure = wilson(self.moved, self.compared)
        return figure.low, figure.high

    @property
    def share(self) -> float:
        """The share of those compared that would get another first label, 0 to 1."""
        return self.moved / self.compared if self.compared else 0.0


def compare(
    resources: Resources,
    most: int | None = SAMPLE,
    on_progress: Callable[[int, int], None] = lambda done, total: None,  # noqa: ARG005
) -> ModelChange:
    """Tag products of the catalog again, and count what would change.

    Args:
        resources: the catalog, and what tags by the other model.
        most: how many products to compare, drawn at random but the same each time; None for all.
        on_progress: called with how many products are done, and of how many.
    """
    retaggable = resources.store.retaggable()
    change = ModelChange(len(retaggable.ids), retaggable.corrected, retaggable.fixed)
    ids: Sequence[str] = retaggable.ids
    if most is not None and most < len(ids):
        ids = [ids[place] for place in sorted(random.Random(0).sample(range(len(ids)), most))]
    store = resources.store
    now = store.wording()
    wordings = now, store.wording(labels_of(resources.model, now.vocabulary))
    for start in range(0, len(ids), _AT_ONCE):
        chunk = ids[start : start + _AT_ONCE]
        products = store.photo_shares(chunk)
        shares = _tag((place for product in products for place, _ in product.photos), resources)
        for product in products:
            _count(change, product, shares, wordings)
        on_progress(start + len(chunk), len(ids))
    return change


def _tag(places: Iterable[str], resources: Resources) -> Mapping[str, Shares]:
    """Return each label's share in the photos that can be read, by place."""
    return {result.place: result.shares for result in tag_stored(places, resources) if result.shares is not None}


def _count(
    change: ModelChange, product: PhotoShares, shares: Mapping[str, Shares], wordings: tuple[Wording, Wording]
) -> None:
    """Compare a product's labels as they are with those that its photos would give; one that fails keeps its shares.

    Args:
        change: takes the counts.
        product: what is stored of the product.
        shares: what the other model gave to photos, by place.
        wordings: what words mean with the labels of the model in use, and of the other one.
    """
    photos = product.photos
    if not any(place in shares for place, _ in photos):
        change.unread += 1
        return
    now = _labels(wordings[0], [stored for _, stored in photos], product.text)
    then = _labels(wordings[1], [shares.get(place, stored) for place, stored in photos], product.text)
    change.compared += 1
    change.relabeled += now != then
    if now[:1] != then[:1]:
        change.moves[now[0] if now else "", then[0]] += 1


def _labels(wording: Wording, photos: Sequence[Shares | None], text: FeedText) -> list[str]:
    return [tag.label for tag in wording.fuse(photos, text).tags]
