"""Color attributes for Google Merchant Center, Shopify and WooCommerce.

A product that is gone, or has no label, is left out: none of the three takes a color away by a file of this kind.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from saekdong.catalog.exports.export_options import ExportOptions, Written, as_text
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import OTHER, STARTER
from saekdong.csv_cells import exact_writer
from saekdong.lang import Lang

GOOGLE_COLORS, GOOGLE_COLOR, GOOGLE_ALL = 3, 40, 100
"""Most colors, letters a color, and letters in all: https://support.google.com/merchants/answer/6324487."""

GOOGLE_ID = 50
"""Most letters of an id: https://support.google.com/merchants/answer/6324405."""

METAFIELD = "product.metafields.custom.color"
COLOR_PATTERN = "product.metafields.shopify.color-pattern"
WOOCOMMERCE_META = "saekdong_color"
_COLOR: dict[Lang, str] = {"en": "Color", "ko": "색상"}
_BASE_COLORS = {"mint": "green", "violet": "purple"}


def write_google(products: Iterable[TaggedProduct], options: ExportOptions, file: BinaryIO) -> Written:
    """Write a supplemental feed for Google Merchant Center: `id` and `color` separated by a tab, up to three names."""
    written = Written()
    with as_text(file) as text:
        rows = exact_writer(text, "\t")
        rows.writerow(("id", "color"))
        for shown, names in _colored(products, options, written):
            if len(shown.product.id) > GOOGLE_ID:
                written.left_out[f"an id over {GOOGLE_ID} letters, which Google refuses"] += 1
                continue
            rows.writerow((shown.product.id, google_color(names)))
            written.lines += 1
    return written


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


def write_shopify(products: Iterable[TaggedProduct], options: ExportOptions, file: BinaryIO) -> Written:
    """Write a product CSV for Shopify with a metafield of the shop's own, a list of texts.

    https://help.shopify.com/en/manual/products/import-export/using-csv
    """
    return _write_handles(products, options, file, METAFIELD, options.names)


def write_shopify_color_pattern(products: Iterable[TaggedProduct], options: ExportOptions, file: BinaryIO) -> Written:
    """Write a product CSV for Shopify with its standard metafield of colors, a list of handles of metaobjects.

    Shopify makes an entry for each color of its taxonomy; a label that means none of them is taken for an entry of
    the shop's own with the label's id as its handle. https://help.shopify.com/en/manual/custom-data/category-metafields
    """
    return _write_handles(products, options, file, COLOR_PATTERN, _color_patterns)


def _color_patterns(shown: TaggedProduct) -> list[str]:
    """Return the handles of a product's labels.

    A starter label in any of its spellings is Shopify's color.
    """
    found = ((STARTER.find(tag.label), tag.label) for tag in shown.tags if tag.label != OTHER)
    ids = (known.id if known else own for known, own in found)
    return list(dict.fromkeys(_BASE_COLORS.get(label, label) for label in ids))


def _write_handles(
    products: Iterable[TaggedProduct],
    options: ExportOptions,
    file: BinaryIO,
    metafield: str,
    values: Callable[[TaggedProduct], list[str]],
) -> Written:
    """Write a line for each handle, with the values of all its variants."""
    handles: set[str] = set()
    written = Written()
    with as_text(file) as text:
        rows = exact_writer(text)
        rows.writerow(("URL handle", "Title", f"{_COLOR[options.lang]} ({metafield})"))
        for shown, _ in _colored(products, options, written):
            handle = shown.product.group or shown.product.id
            if handle in handles:
                written.left_out["a variant, whose colors are on its product's line"] += 1
                continue
            handles.add(handle)
            variants = options.variants(shown.product.group) if shown.product.group else []
            every = dict.fromkeys(value for each in (shown, *variants) for value in values(each))
            rows.writerow((handle, shown.product.title, "; ".join(value.replace(";", ",") for value in every)))
            written.lines += 1
    return written


def write_woocommerce(products: Iterable[TaggedProduct], options: ExportOptions, file: BinaryIO) -> Written:
    """Write a product CSV for WooCommerce with a meta column; a product is found by its ID or SKU.

    An attribute column would replace all attributes of a product, because the importer starts from an empty list
    (`WC_Product_Importer::set_product_data`); meta fields are set one by one.
    https://github.com/woocommerce/woocommerce/wiki/Product-CSV-Import-Schema
    """
    written = Written()
    with as_text(file) as text:
        rows = exact_writer(text)
        rows.writerow(("ID", "SKU", f"Meta: {WOOCOMMERCE_META}"))
        for shown, names in _colored(products, options, written):
            key = (shown.product.id, "") if shown.product.id.isdecimal() else ("", shown.product.id)
            rows.writerow((*key, ", ".join(names)))
            written.lines += 1
    return written


def _colored(
    products: Iterable[TaggedProduct], options: ExportOptions, written: Written
) -> Iterator[tuple[TaggedProduct, list[str]]]:
    for shown in products:
        names = options.names(shown)
        if shown.gone:
            written.left_out["gone"] += 1
        elif names:
            yield shown, names
        else:
            written.left_out["no color"] += 1
