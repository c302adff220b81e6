"""A listing as JSON: what `/api/shop` answers to the web component, and to shops' own pages."""

from collections.abc import Mapping
from typing import Any

from saekdong.lang import Lang
from saekdong.web.shop import views
from saekdong.web.shop.listing import ShopListing
from saekdong.web.site.views import Choice


def listing_data(listing: ShopListing, lang: Lang) -> dict[str, Any]:
    """Return a listing as JSON: labels, categories and products by their names in one language, and the filter.

    It holds what the customers' pages show and nothing else: no shares, no corrections, no paths of files.
    """
    return {
        "lang": lang,
        "query": _query(listing),
        "count": listing.count,
        "total": listing.page.total,
        "more": listing.page.more,
        "labels": [_label(choice) for choice in (*listing.choices, *listing.folded)],
        "categories": [
            {"path": link.path, "name": link.name, "count": link.count}
            for link in (*listing.categories.first, *listing.categories.rest)
        ],
        "products": [_product(card) for card in listing.cards],
        "next": listing.next or None,
    }


def _query(listing: ShopListing) -> dict[str, Any]:
    """Return the filter's fields; color words of the search are among its colors."""
    pairs = [(key, value) for key, value in listing.filter.pairs() if key not in ("after", "asked", "color")]
    return {"color": list(listing.filter.labels), **dict(pairs)}


def _label(choice: Choice) -> Mapping[str, Any]:
    swatch = choice.swatch
    color = swatch.color or None
    return {"id": swatch.id, "name": swatch.name, "swatch": color, "count": choice.count, "chosen": choice.chosen}


def _product(card: views.ProductCard) -> Mapping[str, Any]:
    return {
        "id": card.id,
        "title": card.title,
        "price": card.price,
        "link": card.link,
        "photo": card.picture.medium if card.picture else None,
        "colors": [{"id": each.id, "name": each.name, "swatch": each.color or None} for each in card.dots],
    }
