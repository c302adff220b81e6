"""What a listing shows, as its address says it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from saekdong.catalog.categories import category_path
from saekdong.catalog.query import SORTS, Match, Sort
from saekdong.color import OTHER, Vocabulary, parse_color, to_hex

_LONGEST = 200
_HIGHEST_PRICE = 1e12

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Filter:
    """What a person chose.

    Attributes:
        labels: ids of labels, in the vocabulary's order.
        match: products of any of the labels, or of all.
        text: what is searched for.
        category: its path.
        price_min, price_max: in the products' currency, both included; None for no bound.
        near: a color as `#rrggbb`: of the matching products, the nearest to it are shown; or empty.
        sort: the order, where no color is near.
        after: where the page begins, from the page before.
    """

    labels: tuple[str, ...] = ()
    match: Match = "any"
    text: str = ""
    category: str = ""
    price_min: float | None = None
    price_max: float | None = None
    near: str = ""
    sort: Sort = "share"
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
        low, high = _price(last.get("min", "")), _price(last.get("max", ""))
        if low is not None and high is not None and low > high:
            low, high = high, low
        return cls(
            labels=tuple(label for label in (*vocabulary.ids, OTHER) if label in chosen),
            match="all" if last.get("match") == "all" else "any",
            text=_text(last.get("q", "")),
            category=category_path(_text(last.get("category", ""))),
            price_min=low,
            price_max=high,
            near=near,
            # Near a color the nearest come first, all on one page.
            sort="share" if near else next((sort for sort in SORTS if sort == last.get("sort")), "share"),
            after="" if near else last.get("after", "")[:_LONGEST],
        )

    def pairs(self) -> list[tuple[str, str]]:
        """Return the fields of the address: only those that say something."""
        fields = [("color", label) for label in self.labels]
        fields += [("match", self.match)] if self.match == "all" else []
        fields += [
            (key, value)
            for key, value in (
                ("q", self.text),
                ("category", self.category),
                ("min", plain_number(self.price_min)),
                ("max", plain_number(self.price_max)),
                ("near", self.near),
            )
            if value
        ]
        fields += [("sort", self.sort)] if self.sort != "share" else []
        return fields + ([("after", self.after)] if self.after else [])

    def address(self, **changes: Any) -> str:
        """Return the address of this listing, or of one with other values, from its first page on."""
        fields = replace(self, **{"after": "", **changes}).pairs()
        return f"/?{urlencode(fields)}" if fields else "/"

    @property
    def is_empty(self) -> bool:
        """Return whether every product passes."""
        return replace(self, match="any", sort="share", after="") == Filter()


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
