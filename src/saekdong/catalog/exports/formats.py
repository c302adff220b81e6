"""The formats of exports by name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

from saekdong.catalog.exports import commerce, postgresql, search, tables
from saekdong.catalog.exports.export_options import ExportOptions, Written
from saekdong.catalog.stored_products import TaggedProduct


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        write: writes products to a file and returns what it wrote.
        is_binary: it cannot be shown on a terminal.
        removes: products that are gone are removed by the file, so a full export names them too.
        settings: returns the settings of the receiver's index, as JSON; None if it needs none.
    """

    write: Callable[[Iterable[TaggedProduct], ExportOptions, BinaryIO], Written]
    is_binary: bool = False
    removes: bool = False
    settings: Callable[[], dict[str, Any]] | None = None


FORMATS = {
    "csv": Format(tables.write_csv),
    "jsonl": Format(tables.write_jsonl),
    "parquet": Format(tables.write_parquet, is_binary=True),
    "google": Format(commerce.write_google),
    "shopify": Format(commerce.write_shopify),
    "shopify-color-pattern": Format(commerce.write_shopify_color_pattern),
    "woocommerce": Format(commerce.write_woocommerce),
    "meilisearch": Format(search.write_documents, removes=True, settings=search.meilisearch_settings),
    "elasticsearch": Format(search.write_bulk, removes=True, settings=search.elasticsearch_settings),
    "opensearch": Format(search.write_bulk, removes=True, settings=search.elasticsearch_settings),
    "typesense": Format(search.write_documents, removes=True, settings=search.typesense_settings),
    "postgresql": Format(postgresql.write_sql),
}
"""Each format by its name on the command line."""
