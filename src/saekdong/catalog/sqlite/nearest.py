"""The products nearest to a color, among those that match a query."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from saekdong.catalog.page import Near, Nearest
from saekdong.catalog.query import Query
from saekdong.catalog.sqlite.coded_query import CodedQuery
from saekdong.catalog.sqlite.indexed import Indexed
from saekdong.catalog.sqlite.labels import CatalogLabels
from saekdong.catalog.sqlite.near import differences, nearest_colors
from saekdong.catalog.sqlite.records import read_products
from saekdong.catalog.sqlite.searched import Searched

MOST_COMPARED = 5_000
"""If no more products than this match, their colors are compared one by one."""

MOST_PASSED = 20_000
"""Otherwise so many colors of products are read, from the nearest on, to find those of products that match."""

BEARING = """SELECT product, price, labels, category FROM near_product CROSS JOIN listing USING (product)
    WHERE rgb = ? ORDER BY product DESC"""
"""The products that bear a color; pinned to look up each."""

COLORS = "SELECT colors FROM listing WHERE product = ?"

_Found = dict[int, tuple[int, float]]
"""Products by number, in rising order of difference: the nearest of their main colors, and how much it differs."""


def find_nearest(connection: sqlite3.Connection, labels: CatalogLabels, rgb: Sequence[int], query: Query) -> Nearest:
    """Return the products whose main colors are nearest to a color; see `Store.nearest`."""
    coded = CodedQuery.of(labels, connection, replace(query, sort="newest", after=None))
    found, capped = _searched(coded, rgb) if coded.words else _indexed(coded, rgb)
    products = read_products(connection, labels, list(found))
    near = (Near(products[number], _channels(color), difference) for number, (color, difference) in found.items())
    return Nearest(tuple(near), capped)


def _searched(coded: CodedQuery, rgb: Sequence[int]) -> tuple[_Found, bool]:
    answer = Searched(coded)
    rows = answer.rows(None, answer.total)
    return _compared(coded, [row.product for row in rows], rgb), answer.capped


def _indexed(coded: CodedQuery, rgb: Sequence[int]) -> tuple[_Found, bool]:
    """Compare all matches if they are few; otherwise look at the nearest and, if few of them match, at the newest."""
    answer = Indexed(coded)
    is_known = False
    found: _Found = {}
    if answer.total > MOST_COMPARED:
        found, is_known = _walk(coded, rgb)
    if not is_known:
        rows = islice(answer.rows(None, MOST_COMPARED), MOST_COMPARED)
        # Those found already are nearer than all that were not reached.
        found = _first({**_compared(coded, [row.product for row in rows], rgb), **found}, coded.query.limit)
    return found, answer.total > MOST_COMPARED and not is_known


def _walk(coded: CodedQuery, rgb: Sequence[int]) -> tuple[_Found, bool]:
    """Return what fits from the nearest color on, and whether that are the nearest of all."""
    found: _Found = {}
    passed = 0
    inside = coded.inside()
    for difference, color in nearest_colors(coded.connection, rgb):
        for product, price, labels, category in coded.connection.execute(BEARING, (color,)):
            if category in inside and coded.fits(labels, price):
                found.setdefault(product, (color, difference))
            passed += 1
            if len(found) == coded.query.limit or passed == MOST_PASSED:
                return found, len(found) == coded.query.limit
    return found, True


def _compared(coded: CodedQuery, products: Sequence[int], rgb: Sequence[int]) -> _Found:
    """Return the nearest of some products, comparing all of their colors."""
    colors: list[int] = []
    owners: list[int] = []
    for product in products:
        own = json.loads(coded.connection.execute(COLORS, (product,)).fetchone()[0])
        colors += own
        owners += [product] * len(own)
    best: _Found = {}
    for difference, color, product in zip(differences(colors, rgb), colors, owners, strict=True):
        if product not in best or difference < best[product][1]:
            best[product] = color, difference
    return _first(best, coded.query.limit)


def _first(found: _Found, limit: int) -> _Found:
    in_order = sorted(found.items(), key=lambda each: (each[1][1], -each[0]))
    return dict(in_order[:limit])


def _channels(color: int) -> tuple[int, int, int]:
    return color >> 16, color >> 8 & 255, color & 255
