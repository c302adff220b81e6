"""What came in since the last look: products with new photos, in batches, as monitoring observes them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from saekdong.catalog.categories import SEPARATOR
from saekdong.catalog.contract import Store
from saekdong.catalog.product_facts import ProductFacts
from saekdong.evidence.novelty import Novelty
from saekdong.evidence.streams import Observations
from saekdong.evidence.units import Batches, group_batches, shared_photos
from saekdong.feature_store import FeatureStore
from saekdong.fetch.urls import is_web
from saekdong.photo import statistics
from saekdong.photo.features import LENGTH
from saekdong.tagging import Tagger


@dataclass(frozen=True, eq=False)
class Intake:
    """Products with new photos, in the order of the catalog.

    Attributes:
        products: ids, n.
        photos: the digest of each one's main photo; empty if it could not be read.
        places: where each one's main photo is.
        failed: whether it could not be read, (n,).
        batches: which batch each belongs to.
    """

    products: Sequence[str]
    photos: Sequence[str]
    places: Sequence[str]
    failed: NDArray[np.bool_]
    batches: Batches

    def __len__(self) -> int:
        """Return the number of products."""
        return len(self.products)

    @classmethod
    def of(cls, products: Sequence[ProductFacts], features: FeatureStore) -> "Intake":
        """Group products in the order of the catalog."""
        photos = [product.main_photo.digest if product.main_photo else "" for product in products]
        places = [next((photo.place for photo in product.photos), "") for product in products]
        keys = [(product.feed, product.run, product.group) for product in products]
        batch = group_batches(keys, read_features(features, photos))
        firsts = np.unique(batch, return_index=True)[1].tolist()
        batches = Batches(
            batch,
            [products[first].feed for first in firsts],
            [top_category(products[first].text.category) for first in firsts],
            [host_of(places[first]) for first in firsts],
        )
        failed = np.array([not photo for photo in photos], dtype=bool)
        return cls([product.id for product in products], photos, places, failed, batches)

    def observe(
        self, tagger: Tagger, features: FeatureStore, novelty: Novelty, earlier: frozenset[str] = frozenset()
    ) -> Observations:
        """Return the products as monitoring sees them.

        Args:
            tagger: of the champion.
            features: of the photos.
            novelty: of the reference's features.
            earlier: digests of photos of earlier batches; a photo of these is shared.
        """
        rows = read_features(features, self.photos)
        shares = tagger.shares_of(rows)
        shares[self.failed] = 0
        kept = features.statistics(photo for photo in self.photos if photo)
        missing = np.full(len(statistics.NAMES), np.nan)
        values = [kept.get(photo, missing) for photo in self.photos]
        return Observations.of(
            shares,
            np.array(values, dtype=np.float64).reshape(len(self), len(statistics.NAMES)),
            novelty.leverage(rows),
            self.failed,
            shared_photos(self.photos, self.batches.of_product, earlier),
        )


@dataclass(frozen=True, slots=True)
class Watermark:
    """Up to where the catalog was looked at.

    Attributes:
        change: the number of the last change of a product.
        photo: the number of the last photo whose features were kept.
        product: the order of the last product.
    """

    change: int = 0
    photo: int = 0
    product: int = 0


@dataclass(frozen=True)
class NewProducts:
    """What came in since a mark.

    Attributes:
        products: new products, and products with a new main photo or one that failed.
        earlier: the digests of those of their photos that were there before.
        until: the mark of now.
    """

    products: Sequence[ProductFacts]
    earlier: frozenset[str]
    until: Watermark


def new_products(store: Store, features: FeatureStore, since: Watermark) -> NewProducts:
    """Return the products that came in since a mark.

    A product that changes otherwise, such as by a correction, another title, or another model, is not new.
    """
    change, photo = store.version(), features.last_number()
    changed = [each for each in store.facts(since=since.change) if each.change <= change]
    numbers = features.numbers(each.main_photo.digest for each in changed if each.main_photo)
    earlier = frozenset(digest for digest, number in numbers.items() if number <= since.photo)
    products = [each for each in changed if _is_new(each, earlier, since)]
    last = max((each.order for each in changed), default=since.product)
    return NewProducts(products, earlier, Watermark(change, photo, max(last, since.product)))


def _is_new(product: ProductFacts, earlier: frozenset[str], since: Watermark) -> bool:
    photo = product.main_photo
    if photo is None:
        return any(each.failed for each in product.photos)
    return product.order > since.product or photo.digest not in earlier


def read_features(features: FeatureStore, photos: Iterable[str]) -> NDArray[np.float32]:
    """Return photos' features, float32 (n, LENGTH); zeros for those that have none."""
    photos = list(photos)
    kept = features.read({photo for photo in photos if photo})
    none = np.zeros(LENGTH, dtype=np.float32)
    return np.array([kept.get(photo, none) for photo in photos], dtype=np.float32).reshape(len(photos), LENGTH)


def top_category(path: str) -> str:
    """Return the first level of a category's path."""
    return path.split(SEPARATOR, 1)[0]


def host_of(place: str) -> str:
    """Return the host of a photo's address; empty for a file."""
    return (urlsplit(place).hostname or "") if is_web(place) else ""


def batches_of(intake: Intake) -> Iterator[list[int]]:
    """Yield the places of each batch's products."""
    for number in range(len(intake.batches)):
        yield np.flatnonzero(intake.batches.of_product == number).tolist()
