"""What another model would tag again."""

from collections.abc import Sequence
from dataclasses import dataclass

from saekdong.catalog.product_tags import Shares

PhotoShares = Sequence[tuple[str, Shares | None]]
"""A product's photos in order: the place, and each label's share by the model in use."""


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
