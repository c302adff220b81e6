"""What a listing shows, as its address says it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args
from urllib.parse import urlencode

from saekdong.catalog.categories import category_path
from saekdong.catalog.query import Match, Query
from saekdong.color import OTHER, Vocabulary, parse_color, to_hex

ShopSort = Literal["newest", "price", "price-desc"]
SHOP_SORTS: tuple[ShopSort, ...] = get_args(ShopSort)
"""The orders that customers choose from; the first is the default."""

_LONGEST = 200
_HIGHEST_PRICE = 1e12

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Filter:
    """What a customer chose.

    Attributes:
        labels: ids of labels, in the vocabulary's order.
        match: products with any of the labels, or with all of them; it matters for two labels or more.
        text: what is searched for.
        category: its path.
        price_min, price_max: in the products' currency, both included; None for no bound.
        near: a color as `#rrggbb`: of the matching products, the nearest to it are shown; or empty.
        sort: the order, unless a color is near.
        asked: the search whose color words became `labels`; it changes nothing but a note.
        after: where the page begins, from the page before.
    """

    labels: tuple[str, ...] = ()
    match: Match = "any"
    text: str = ""
    category: str = ""
    price_min: float | None = None
    price_max: float | None = None
    near: str = ""
    sort: ShopSort = "newest"
    asked: str = ""
    after: str = ""

    @classmethod
    def read(cls, pairs: Pairs, vocabulary: Vocabulary) -> "Filter":
        """Read the fields of an address; invalid ones are ignored, because old links may have any.

        Example:
            >>> from saekdong.color import STARTER
            >>> Filter.read([("color", "navy"), ("color", "no"), ("min", "x"), ("q", " 머그 ")], STARTER).address()
            '/?color=navy&q=%EB%A8%B8%EA%B7%B8'
        """
        last = dict(pairs)
        near = _color(last.get("near", ""))
        chosen = {value for key, value in pairs if key == "color"}
        labels = tuple(label for label in (*vocabulary.ids, OTHER) if label in chosen)
        low, high = _price(last.get("min", "")), _price(last.get("max", ""))
        if low is not None and high is not None and low > high:
            low, high = high, low
        return cls(
            labels=labels,
            match="all" if last.get("match") == "all" and len(labels) > 1 else "any",
            text=_text(last.get("q", "")),
            category=category_path(_text(last.get("category", ""))),
            price_min=low,
            price_max=high,
            near=near,
            # Near a color the nearest come first, all on one page.
            sort=SHOP_SORTS[0] if near else next((s for s in SHOP_SORTS if s == last.get("sort")), SHOP_SORTS[0]),
            asked=_text(last.get("asked", "")) if labels else "",
            after="" if near else last.get("after", "")[:_LONGEST],
        )

    def pairs(self) -> list[tuple[str, str]]:
        """Return the fields of the address: only those that say something."""
        fields = [("color", label) for label in self.labels]
        values = (
            ("match", "all" if self.match == "all" else ""),
            ("q", self.text),
            ("category", self.category),
            ("min", plain_number(self.price_min)),
            ("max", plain_number(self.price_max)),
            ("near", self.near),
            ("sort", "" if self.sort == SHOP_SORTS[0] else self.sort),
            ("asked", self.asked),
            ("after", self.after),
        )
        return fields + [(key, value) for key, value in values if value]

    def with_changes(self, **changes: Any) -> "Filter":
        """Return this filter with other values, from its first page on."""
        changed = replace(self, **{"after": "", "asked": "", **changes})
        return replace(changed, match="any") if len(changed.labels) < 2 else changed

    def address(self, **changes: Any) -> str:
        """Return the address of this listing, or of one with other values, from its first page on."""
        fields = self.with_changes(**changes).pairs()
        return f"/?{urlencode(fields)}" if fields else "/"

    @property
    def full_address(self) -> str:
        """The address of this listing at this place in it."""
        return self.address(after=self.after, asked=self.asked)

    @property
    def literal_address(self) -> str:
        """The address of the search as it was typed, without its words taken as colors."""
        return Filter(text=f'"{self.asked}"').address()

    def query(self, limit: int) -> Query:
        """Return the catalog's query for a page of `limit` products."""
        return Query(
            labels=self.labels,
            match=self.match,
            text=self.text,
            category=self.category,
            price_min=self.price_min,
            price_max=self.price_max,
            sort=self.sort,
            after=self.after or None,
            limit=limit,
        )

    @property
    def is_empty(self) -> bool:
        """Whether every product passes."""
        return self.with_changes(match="any", sort=SHOP_SORTS[0]) == Filter()

    @property
    def is_text_alone(self) -> bool:
        """Whether nothing but words is asked for."""
        return bool(self.text) and self.with_changes(text="").is_empty


def plain_number(value: float | None) -> str:
    """Write a price as number fields take it; nothing for None.

    Example:
        >>> plain_number(12000.0), plain_number(0.5), plain_number(None)
        ('12000', '0.5', '')
    """
    if value is None:
        return ""
    return str(int(value)) if value == int(value) else repr(value)


def _price(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= _HIGHEST_PRICE else None


def _text(text: str) -> str:
    return " ".join(text.split())[:_LONGEST].strip()


def _color(text: str) -> str:
    try:
        return to_hex(parse_color(text)) if text.strip() else ""
    except ValueError:
        return ""
