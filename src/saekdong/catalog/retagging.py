"""What another model would tag again."""

from collections.abc import Sequence
from dataclasses import dataclass

from saekdong.catalog.product_tags import Shares
from saekdong.tagging.feed_words import FeedText


@dataclass(frozen=True, slots=True)
class PhotoShares:
    """What is stored of a product that another model would tag.

    Attributes:
        photos: in order; the place, and each label's share by the model in use.
        text: what its feed says in words.
    """

    photos: Sequence[tuple[str, Shares | None]]
    text: FeedText


@dataclass(frozen=True, slots=True)
class Retaggable:
    """The products that another model would tag.

    Attributes:
        ids: products that are not gone and not corrected by a person, and have a photo that is stored somewhere.
        corrected: how many products a person corrected; they keep their labels.
        fixed: how many products have only posted photos, which are not stored; they keep their tags.
    """

    ids: tuple[str, ...]
    corrected: int
    fixed: int
