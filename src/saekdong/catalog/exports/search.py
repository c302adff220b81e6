"""Documents and index settings for Meilisearch, Elasticsearch or OpenSearch, and Typesense."""

import hashlib
import re
from collections.abc import Iterable
from typing import Any, BinaryIO

from saekdong.catalog.categories import category_path, paths_down_to
from saekdong.catalog.exports.export_options import ExportOptions, Written, as_text, record
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.fetch.urls import is_redacted, is_web
from saekdong.printable import printable_json

INDEX = "products"
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,400}")


def document(shown: TaggedProduct, options: ExportOptions) -> dict[str, Any]:
    """Return the document of a product; `id` is made of letters, digits, `-` and `_` alone.

    Engines allow no others (Meilisearch) or want them escaped (Typesense); `product_id` is the shop's own. A photo
    that is a file of this machine is left out.
    """
    product, fields = shown.product, record(shown)
    main = shown.tags[0].share if shown.tags else 0.0
    fields = {
        "id": key(product.id),
        "product_id": product.id,
        "title": product.title,
        "category": paths_down_to(category_path(product.category)),
        "link": product.link,
        "photo": next(filter(_is_public, product.photos), ""),
        "group": product.group,
        "labels": fields["labels"],
        "names": options.names(shown),
        "tags": [{"label": tag.label, "share": tag.share} for tag in shown.tags],
        "share": main,
        "colors": fields["colors"],
        "change": shown.change,
        "gone": shown.gone,
    }
    return fields if product.price is None else fields | {"price": product.price, "currency": product.currency}


def key(product_id: str) -> str:
    """Return the id of a product's document: its own if that is plain, otherwise one made from it.

    Example:
        >>> key("mug-001"), key("머그컵 1") == key("머그컵 1") != key("머그컵 2")
        ('mug-001', True)
    """
    if _PLAIN.fullmatch(product_id) and not product_id.startswith("sha256-"):
        return product_id
    return f"sha256-{hashlib.sha256(product_id.encode('utf-8', 'surrogatepass')).hexdigest()}"


def write_documents(products: Iterable[TaggedProduct], options: ExportOptions, file: BinaryIO) -> Written:
    """Write a document a line, as Meilisearch and Typesense import them.

    Neither removes documents in an import, so a product that is gone is a document with `gone` true. The shop removes
    those afterward with a filter:
    https://www.meilisearch.com/docs/reference/api/documents#delete-documents-by-filter,
    https://typesense.org/docs/latest/api/documents.html#delete-by-query.
    """
    written = Written()
    with as_text(file) as text:
        for shown in products:
            text.write(printable_json(document(shown, options)) + "\n")
            written.lines += 1
    return written


def write_bulk(products: Iterable[TaggedProduct], options: ExportOptions, file: BinaryIO) -> Written:
    """Write the body of Elasticsearch's and OpenSearch's `POST /_bulk`: an action and a document in turn.

    https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
    """
    written = Written()
    with as_text(file) as text:
        for shown in products:
            target = {"_index": INDEX, "_id": key(shown.product.id)}
            lines: list[Any] = [{"delete": target}]
            if not shown.gone:
                lines = [{"index": target}, document(shown, options)]
            text.writelines(printable_json(line) + "\n" for line in lines)
            written.lines += len(lines)
    return written


def meilisearch_settings() -> dict[str, Any]:
    """Return the body of `PATCH /indexes/products/settings`.

    https://www.meilisearch.com/docs/reference/api/settings
    """
    return {
        "searchableAttributes": ["title", "names", "category", "product_id"],
        "filterableAttributes": ["labels", "category", "price", "group", "gone", "tags.label", "tags.share"],
        "sortableAttributes": ["price", "share", "change"],
        "faceting": {"maxValuesPerFacet": 255, "sortFacetValuesBy": {"labels": "count"}},
    }


def elasticsearch_settings() -> dict[str, Any]:
    """Return the body of `PUT /products`, for Elasticsearch and OpenSearch.

    https://www.elastic.co/docs/manage-data/data-store/mapping/explicit-mapping
    """
    words, number = {"type": "keyword"}, {"type": "double"}
    searched = {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}}
    names = ("id", "product_id", "category", "group", "labels", "colors", "currency")
    unsearched = {"type": "keyword", "index": False, "doc_values": False}
    properties: dict[str, Any] = {
        **dict.fromkeys(names, words),
        "title": searched,
        "names": searched,
        "link": unsearched,
        "photo": unsearched,
        "tags": {"type": "nested", "properties": {"label": words, "share": {"type": "float"}}},
        "share": {"type": "float"},
        "price": number,
        "change": {"type": "long"},
        "gone": {"type": "boolean"},
    }
    return {"mappings": {"dynamic": "strict", "properties": properties}}


def typesense_settings() -> dict[str, Any]:
    """Return the body of `POST /collections`.

    https://typesense.org/docs/latest/api/collections.html
    """
    facet = {"facet": True}
    return {
        "name": INDEX,
        "enable_nested_fields": True,
        "fields": [
            {"name": "product_id", "type": "string"},
            {"name": "title", "type": "string", "locale": "ko"},
            {"name": "names", "type": "string[]", "locale": "ko"},
            {"name": "category", "type": "string[]", **facet},
            {"name": "labels", "type": "string[]", **facet},
            {"name": "group", "type": "string", "optional": True, **facet},
            {"name": "price", "type": "float", "optional": True, **facet},
            {"name": "share", "type": "float"},
            {"name": "change", "type": "int64"},
            {"name": "gone", "type": "bool"},
            {"name": "link", "type": "string", "index": False, "optional": True},
            {"name": "photo", "type": "string", "index": False, "optional": True},
        ],
        "default_sorting_field": "share",
    }


def _is_public(photo: str) -> bool:
    return is_web(photo) and not is_redacted(photo)
