"""Corrections in the product table: the labels that a person gave, who, and when."""

import json
import sqlite3
from collections.abc import Sequence

from saekdong.catalog.sqlite.listing import Changes
from saekdong.catalog.sqlite.records import make_listing, need_number, next_change, now, read_listing
from saekdong.color import OTHER


def put_correction(
    connection: sqlite3.Connection, changes: Changes, product_id: str, labels: Sequence[str] | None, by: str
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
    changes.replace(number, old, make_listing(connection, number))


def remove_other_beside_labels(connection: sqlite3.Connection, changes: Changes) -> None:
    """Keep only the labels in corrections of older catalogs that have `other` beside them."""
    query = "SELECT number, correction FROM product WHERE correction IS NOT NULL AND correction LIKE ?"
    for number, correction in connection.execute(query, (f'%"{OTHER}"%',)).fetchall():
        labels = [label for label in json.loads(correction) if label != OTHER]
        if labels:
            old = read_listing(connection, number)
            row = (json.dumps(labels), next_change(connection), number)
            connection.execute("UPDATE product SET correction = ?, change = ? WHERE number = ?", row)
            changes.replace(number, old, make_listing(connection, number))
