"""The formats of exports by name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

from saekdong.catalog.exports import commerce, postgresql, search, tables
from saekdong.catalog.exports.wanted import Wanted
from saekdong.catalog.records import Shown


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        write: writes products to a file.
        is_binary: it cannot be shown on a terminal.
        settings: returns what the receiver's index must be told once, as JSON; None where there is nothing.
    """

    write: Callable[[Iterable[Shown], Wanted, BinaryIO], None]
    is_binary: bool = False
    settings: Callable[[], dict[str, Any]] | None = None


FORMATS = {
    "csv": Format(tables.write_csv),
    "jsonl": Format(tables.write_jsonl),
    "parquet": Format(tables.write_parquet, is_binary=True),
    "google": Format(commerce.write_google),
    "shopify": Format(commerce.write_shopify),
    "woocommerce": Format(commerce.write_woocommerce),
    "meilisearch": Format(search.write_documents, settings=search.meilisearch_settings),
    "elasticsearch": Format(search.write_bulk, settings=search.elasticsearch_settings),
    "opensearch": Format(search.write_bulk, settings=search.elasticsearch_settings),
    "typesense": Format(search.write_documents, settings=search.typesense_settings),
    "postgresql": Format(postgresql.write_sql),
}
"""Each format by its name on the command line."""
