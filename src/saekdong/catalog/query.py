"""What a shop's filter asks for."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from saekdong.errors import SaekdongError

Match = Literal["any", "all"]
Sort = Literal["share", "newest", "price", "price-desc"]
SORTS: tuple[Sort, ...] = get_args(Sort)
MATCHES: tuple[Match, ...] = get_args(Match)

MOST_FOUND = 10_000
"""Totals are exact up to this number."""

MOST_SEARCHED = 5_000
"""If a text matches more products than this, only the newest of them are searched and counted."""

MOST_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Query:
    """A query of the catalog.

    Attributes:
        labels: ids of labels; empty for products with any label or none.
        match: whether a product must have any of the labels or all of them.
        text: words that must all occur in the title, category, color or id, by their beginnings; in Korean any part.
        category: a path; its subcategories belong to it.
        price_min, price_max: the range of prices, both included; either excludes products without a price.
        sort: by share (the largest share of any of `labels`; of the first label if all must match), the newest first,
            or by price with products without one last.
        after: the `Page.next` of the page before; None for the first page.
        limit: products per page, 1 to 200.

    Raises:
        SaekdongError: a value is invalid.
    """

    labels: tuple[str, ...] = ()
    match: Match = "any"
    text: str = ""
    category: str = ""
    price_min: float | None = None
    price_max: float | None = None
    sort: Sort = "share"
    after: str | None = None
    limit: int = 24

    def __post_init__(self) -> None:
        for name, value, allowed in (("match", self.match, MATCHES), ("sort", self.sort, SORTS)):
            if value not in allowed:
                raise SaekdongError(f"{name} is {value!r}", fix=f"use {', '.join(allowed)}")
        if not 1 <= self.limit <= MOST_LIMIT:
            raise SaekdongError(f"limit is {self.limit}", fix=f"use 1 to {MOST_LIMIT}")
        if not all(price is None or math.isfinite(price) for price in (self.price_min, self.price_max)):
            raise SaekdongError("a price is not finite", fix="give a number, or leave it out")
