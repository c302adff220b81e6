"""WooCommerce's product export: products and their variations."""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from saekdong.catalog.categories import SEPARATOR, category_path
from saekdong.catalog.feeds.columns import Columns, product
from saekdong.catalog.feeds.entries import FeedRow, FeedRows, Item, Problem
from saekdong.catalog.feeds.shopify import COLOR_OPTIONS
from saekdong.catalog.feeds.values import text_of

_MOST_PARENTS = 10_000
_COLUMNS: Columns = {
    "id": ("id", "sku"),
    "title": ("name",),
    "category": ("category",),
    "price": ("regular_price",),
    "currency": (),
    "link": ("external_url",),
    "group": ("group",),
    "color": ("color",),
    "photos": ("images",),
}


def is_woocommerce(columns: frozenset[str]) -> bool:
    """Return whether these are the columns of WooCommerce's export."""
    return {"id", "type", "name", "images", "regular_price"} <= columns


def woocommerce(rows: FeedRows, locate: Callable[[str], str]) -> Iterator[Item]:
    """Yield a product for each row, variations grouped under their parent.

    A variation without its own photo is covered by its parent, and left out. It takes its parent's category, which
    the export leaves empty, from the parent's row above it (of the last 10,000 products).
    """
    categories: OrderedDict[str, str] = OrderedDict()
    for row in rows.rows:
        if isinstance(row, Problem):
            yield row
            continue
        values = row.values
        kinds = {kind.strip() for kind in text_of(values.get("type")).casefold().split(",")}
        parent = text_of(values.get("parent")).removeprefix("id:")
        if "variation" in kinds and not text_of(values.get("images")):
            continue
        category = _category(text_of(values.get("categories"))) or categories.get(parent, "")
        group = parent or (text_of(values.get("id")) if "variable" in kinds else "")
        for key in filter(None, (text_of(values.get("id")), text_of(values.get("sku")))):
            categories[key] = category
        while len(categories) > 2 * _MOST_PARENTS:
            categories.popitem(last=False)
        filled = {**values, "category": category, "group": group, "color": _color(values)}
        yield from product(rows.name, FeedRow(row.line, filled), _COLUMNS, locate)


def _category(text: str) -> str:
    """Return the deepest of several categories, which commas part unless a backslash stands before them."""
    paths = [category_path(path.replace("\\,", ",")) for path in re.split(r"(?<!\\),", text)]
    return max(paths, key=lambda path: path.count(SEPARATOR))


def _color(values: Mapping[str, Any]) -> str:
    for column, value in values.items():
        if re.fullmatch(r"attribute_\d+_name", column) and text_of(value).casefold() in COLOR_OPTIONS:
            return text_of(values.get(column.removesuffix("name") + "value_s"))
    return ""
