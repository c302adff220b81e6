"""The color filter: a page of products, and the counts of each label and category."""

import base64
import binascii
import json
import sqlite3
from itertools import islice

from saekdong.catalog.page import Page
from saekdong.catalog.query import MOST_FOUND, Query
from saekdong.catalog.sqlite.coded_query import CodedQuery, Key
from saekdong.catalog.sqlite.indexed import Indexed
from saekdong.catalog.sqlite.labels import CatalogLabels
from saekdong.catalog.sqlite.records import read_products
from saekdong.catalog.sqlite.searched import Searched
from saekdong.errors import SaekdongError


def find_page(connection: sqlite3.Connection, labels: CatalogLabels, query: Query) -> Page:
    """Return a page of the products that match a query, with the filter's counts.

    Raises:
        SaekdongError: `Query.after` is not a `Page.next` of this sort order.
    """
    after = None if query.after is None else _read_cursor(query.after, query.sort)
    coded = CodedQuery.of(labels, connection, query)
    matches = Searched(coded) if coded.words else Indexed(coded)
    rows = list(islice(matches.rows(after, query.limit), query.limit + 1))
    displayed = rows[: query.limit]
    return Page(
        tuple(read_products(connection, labels, [row.product for row in displayed]).values()),
        coded.label_counts(matches.sets),
        matches.categories,
        min(matches.total, MOST_FOUND),
        matches.total > MOST_FOUND or matches.capped,
        matches.capped,
        _cursor(query.sort, coded.key(displayed[-1])) if len(rows) > query.limit else None,
    )


def _cursor(sort: str, key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps([sort, *key]).encode()).decode().rstrip("=")


def _read_cursor(text: str, sort: str) -> Key:
    try:
        order, value, product = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if order == sort and isinstance(value, int | float) and isinstance(product, int) and abs(product) < 1 << 62:
            return value, product
    except (binascii.Error, ValueError, TypeError, RecursionError):
        pass
    raise SaekdongError("the cursor belongs to another sort order", fix="start at the first page")
