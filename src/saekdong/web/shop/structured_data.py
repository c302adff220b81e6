"""What search engines read of a page: schema.org's Product and ItemList, as JSON-LD."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from saekdong.catalog.products import Product

_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&'\u2028\u2029"}
_CONTEXT = "https://schema.org"

Data = Mapping[str, Any]


def script_text(data: Data) -> Markup:
    r"""Return JSON for a script element: no text in it can end the element or begin another.

    Example:
        >>> script_text({"name": "</script><script>"})
        Markup('{"name":"\\u003c/script\\u003e\\u003cscript\\u003e"}')
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
    return Markup(text.encode("utf-8", "replace").decode())  # noqa: S704 (escaped above)


def item_list(name: str, items: Sequence[tuple[str, str, str]]) -> Data:
    """Return a listing as an ItemList.

    Args:
        name: what it lists.
        items: for each product its title, its page's address and its photo's, which may be empty.
    """
    return {
        "@context": _CONTEXT,
        "@type": "ItemList",
        "name": name,
        "numberOfItems": len(items),
        "itemListElement": [
            _filled({"@type": "ListItem", "position": position, "name": title, "url": url, "image": image})
            for position, (title, url, image) in enumerate(items, 1)
        ],
    }


def product_data(product: Product, url: str, photos: Sequence[str], colors: Sequence[str], currency: str) -> Data:
    """Return a product as a Product.

    Args:
        product: as its feed lists it.
        url: the address of its page.
        photos: the addresses of its photos.
        colors: the names of its labels, the main one first.
        currency: of its price.
    """
    offer = {"@type": "Offer", "price": product.price, "priceCurrency": currency, "url": url}
    return _filled(
        {
            "@context": _CONTEXT,
            "@type": "Product",
            "name": product.title or product.id,
            "sku": product.id,
            "url": url,
            "image": list(photos),
            "category": product.category,
            "color": ", ".join(colors),
            "inProductGroupWithID": product.group,
            "offers": offer if product.price is not None and currency else None,
        }
    )


def _filled(data: Data) -> Data:
    return {key: value for key, value in data.items() if value not in (None, "", [])}
