"""What a catalog contains: one product in full, and all of them in figures."""

from collections.abc import Mapping
from dataclasses import dataclass

from saekdong.catalog.corrections import Correction
from saekdong.catalog.product_tags import Shares
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.catalog.tagging_model import TaggingModel


@dataclass(frozen=True, slots=True)
class PhotoRecord:
    """A photo of a product: its place, and the model that tagged it or why that failed."""

    place: str
    model: TaggingModel | None
    error: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class ProductRecord:
    """All that the catalog has about a product.

    Attributes:
        shown: the product with the tags that the filter uses.
        feed: the feed that it belongs to.
        seen: when the last run that saw it began, ISO 8601 in UTC.
        photos: in order.
        model_tags: the model's labels and shares, also if a person corrected them.
        correction: a person's labels, or None.
    """

    shown: TaggedProduct
    feed: str
    seen: str
    photos: tuple[PhotoRecord, ...]
    model_tags: Shares
    correction: Correction | None


@dataclass(frozen=True, slots=True)
class Stats:
    """A catalog in figures.

    Attributes:
        products: those that are not gone.
        gone: those that their feeds no longer list.
        photos, errors: photos of those that are not gone, and how many of them cannot be used.
        untagged: products that are not gone and have no label.
        corrections: products that are not gone and that people corrected.
        labels, feeds: products by label and by feed, most first.
        models: models that tagged photos, and of how many products.
        model: the one in use, or None if none was set.
        size: the size of the catalog in bytes.
    """

    products: int
    gone: int
    photos: int
    errors: int
    untagged: int
    corrections: int
    labels: Mapping[str, int]
    feeds: Mapping[str, int]
    models: tuple[tuple[TaggingModel, int], ...]
    model: TaggingModel | None
    size: int
