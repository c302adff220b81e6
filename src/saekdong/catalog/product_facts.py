"""What monitoring, reviews and comparisons of models need of a product."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from saekdong.catalog.product_tags import Shares
from saekdong.tagging.feed_words import FeedText


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """A photo of a product.

    Attributes:
        place: its path or address.
        digest: the SHA-256 of its file; empty if it was never read.
        model: the id of the model that tagged it; empty if none did.
        shares: each label's share by that model; None if it was never tagged.
        failed: whether it could not be used the last time.
    """

    place: str
    digest: str
    model: str
    shares: Shares | None
    failed: bool


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product that is not gone.

    Attributes:
        id: its id.
        order: products that came into the catalog later have higher numbers.
        change: the number of its last change.
        feed: the feed that it belongs to.
        run: the number of the last run that saw it.
        group: what groups the variants of one item; empty if nothing does.
        text: what the feed says of it in words, with its category.
        photos: in order.
        labels: what it is filtered by, with shares, in the order of display.
        is_corrected: whether a person chose its labels.
        has_words: whether its words name a color.
    """

    id: str
    order: int
    change: int
    feed: str
    run: int
    group: str
    text: FeedText
    photos: tuple[PhotoFacts, ...]
    labels: Mapping[str, float]
    is_corrected: bool
    has_words: bool

    @property
    def main_photo(self) -> PhotoFacts | None:
        """The first photo that was read, or None."""
        return next((photo for photo in self.photos if photo.digest), None)


class ProductGlance(NamedTuple):
    """What is needed to see that another model gives a product the same labels.

    Attributes:
        id: its id.
        digest: the SHA-256 of its photo's file, if the product has one photo, no color words and no correction, so that
            this photo alone decides on its labels; otherwise empty.
        labels: what it is filtered by, in the order of display.
    """

    id: str
    digest: str
    labels: tuple[str, ...]
