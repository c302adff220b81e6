"""What a person should review: products whose colors are in doubt, the most doubtful first.

The measure of doubt is the margin: the share of a product's first tag minus the share of its second (0 if there is only
one). A product that is `other` has the margin 0. The smaller the margin, the greater the doubt; of equal margins the
smaller first share comes first, so `other` products lead. A product whose margin is at least `NEAR_TIE` is not in
doubt. A corrected product has no margin, because a person has decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import OTHER

NEAR_TIE = 0.05
"""A product whose margin is at least this is not in doubt."""

MOST_COUNTED = 10_000
"""`Store.count_doubtful` and `Store.count_worklist` count no further."""

Worklist = Literal["failed", "untagged", "corrected"]
"""Uncorrected products with a photo that could not be used; products without a tag; products that people corrected."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A product of a list; `place` is its position there, to continue after it."""

    product: TaggedProduct
    place: str


def margin_of(tags: Mapping[str, int]) -> int | None:
    """Return the first tag's share minus the second's; None without tags.

    Args:
        tags: labels with their shares in whole parts, in falling order.

    Example:
        >>> margin_of({"red": 5200, "pink": 4100}), margin_of({"red": 5200}), margin_of({"other": 1800})
        (1100, 5200, 0)
    """
    if not tags:
        return None
    first, second = (*tags.values(), 0)[:2]
    return 0 if OTHER in tags else first - second
