"""Color attributes for Google Merchant Center, Shopify and WooCommerce.

A product that is gone, or has no label, is left out: none of the three takes a color away by a file of this kind.
"""

import csv
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from saekdong.catalog.exports.wanted import Wanted, as_text
from saekdong.catalog.records import Shown
from saekdong.lang import Lang

GOOGLE_COLORS, GOOGLE_COLOR, GOOGLE_ALL = 3, 40, 100
"""Most colors, letters a color, and letters in all: https://support.google.com/merchants/answer/6324487."""

METAFIELD = "product.metafields.custom.color"
_COLOR: dict[Lang, str] = {"en": "Color", "ko": "색상"}


def write_google(products: Iterable[Shown], wanted: Wanted, file: BinaryIO) -> None:
    """Write a supplemental feed for Google Merchant Center: tab-parted `id` and `color`, up to three names by '/'."""
    with as_text(file) as text:
        rows = csv.writer(text, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
        rows.writerow(("id", "color"))
        for shown, names in _colored(products, wanted):
            rows.writerow((shown.product.id, google_color(names)))


def google_color(names: Iterable[str]) -> str:
    """Return the attribute's value.

    Example:
        >>> google_color(["navy", "black/white", "red", "blue"])
        'navy/black white/red'
    """
    value = ""
    for name in list(names)[:GOOGLE_COLORS]:
        color = " ".join(name.replace("/", " ").split())[:GOOGLE_COLOR].strip()
        longer = f"{value}/{color}" if value else color
        value = longer if len(longer) <= GOOGLE_ALL else value
    return value


def write_shopify(products: Iterable[Shown], wanted: Wanted, file: BinaryIO) -> None:
    """Write a product CSV for Shopify with a metafield, a list of texts: the colors of all variants of a handle.

    https://help.shopify.com/en/manual/products/import-export/using-csv
    """
    written = set()
    with as_text(file) as text:
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(("URL handle", "Title", f"{_COLOR[wanted.lang]} ({METAFIELD})"))
        for shown, names in _colored(products, wanted):
            handle = shown.product.group or shown.product.id
            if handle in written:
                continue
            written.add(handle)
            variants = wanted.variants(shown.product.group) if shown.product.group else []
            every = dict.fromkeys([*names, *(name for variant in variants for name in wanted.names(variant))])
            rows.writerow((handle, shown.product.title, "; ".join(name.replace(";", ",") for name in every)))


def write_woocommerce(products: Iterable[Shown], wanted: Wanted, file: BinaryIO) -> None:
    """Write a product CSV for WooCommerce with one visible, global attribute; a product is found by its ID or SKU.

    https://github.com/woocommerce/woocommerce/wiki/Product-CSV-Import-Schema
    """
    with as_text(file) as text:
        rows = csv.writer(text, lineterminator="\n")
        attribute = [f"Attribute 1 {part}" for part in ("name", "value(s)", "visible", "global")]
        rows.writerow(("ID", "SKU", *attribute))
        for shown, names in _colored(products, wanted):
            key = (shown.product.id, "") if shown.product.id.isdecimal() else ("", shown.product.id)
            values = ", ".join(name.replace(",", "\\,") for name in names)
            rows.writerow((*key, _COLOR[wanted.lang], values, 1, 1))


def _colored(products: Iterable[Shown], wanted: Wanted) -> Iterator[tuple[Shown, list[str]]]:
    for shown in products:
        names = wanted.names(shown)
        if names and not shown.gone:
            yield shown, names
