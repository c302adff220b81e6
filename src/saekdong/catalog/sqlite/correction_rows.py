"""Corrections in the product table: the labels that a person gave, who, and when."""

import json
import sqlite3
from collections.abc import Iterator, Sequence

from saekdong.catalog.corrections import CorrectedPhoto
from saekdong.catalog.products import NOWHERE
from saekdong.catalog.sqlite.labels import CatalogLabels
from saekdong.catalog.sqlite.listing import Changes
from saekdong.catalog.sqlite.records import (
    make_listing,
    need_number,
    next_change,
    now,
    read_listing,
    read_places,
    read_products,
)
from saekdong.catalog.wording import Wording
from saekdong.color import OTHER

_AT_ONCE = 1000


def put_correction(
    connection: sqlite3.Connection,
    changes: Changes,
    wording: Wording,
    product_id: str,
    labels: Sequence[str] | None,
    by: str,
) -> None:
    """Write the labels that a person gave to a product; None removes them.

    Raises:
        SaekdongError: there is no such product.
    """
    correction = (None, None, None) if labels is None else (json.dumps(labels), by, now())
    number = need_number(connection, product_id)
    old = read_listing(connection, number)
    connection.execute(
        "UPDATE product SET correction = ?, corrected_by = ?, corrected_at = ?, change = ? WHERE number = ?",
        (*correction, next_change(connection), number),
    )
    changes.replace(number, old, make_listing(connection, number, wording))


def remove_other_beside_labels(connection: sqlite3.Connection, changes: Changes, wording: Wording) -> None:
    """Keep only the labels in corrections of older catalogs that have `other` beside them."""
    query = "SELECT number, correction FROM product WHERE correction IS NOT NULL AND correction LIKE ?"
    for number, correction in connection.execute(query, (f'%"{OTHER}"%',)).fetchall():
        labels = [label for label in json.loads(correction) if label != OTHER]
        if labels:
            old = read_listing(connection, number)
            row = (json.dumps(labels), next_change(connection), number)
            connection.execute("UPDATE product SET correction = ?, change = ? WHERE number = ?", row)
            changes.replace(number, old, make_listing(connection, number, wording))


def read_corrections(connection: sqlite3.Connection, labels: CatalogLabels) -> Iterator[CorrectedPhoto]:
    """Yield the main photo of each corrected product that is not gone, with the labels that a person chose."""
    query = "SELECT number FROM product WHERE correction IS NOT NULL AND NOT gone ORDER BY number"
    numbers = [number for (number,) in connection.execute(query)]
    for start in range(0, len(numbers), _AT_ONCE):
        for number, product in read_products(connection, labels, numbers[start : start + _AT_ONCE]).items():
            chosen = tuple(tag.label for tag in product.tags if tag.label != OTHER)
            places = read_places(connection, number)
            yield CorrectedPhoto(next((place for place in places if not place.startswith(NOWHERE)), None), chosen)
