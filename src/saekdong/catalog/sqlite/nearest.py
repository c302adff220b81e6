"""The products nearest to a color, among those that the other wishes leave."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from saekdong.catalog.query import Query, Wanted
from saekdong.catalog.sqlite.indexed import Indexed
from saekdong.catalog.sqlite.near import differences, nearest_colors
from saekdong.catalog.sqlite.records import Shown
from saekdong.catalog.sqlite.searched import Searched
from saekdong.catalog.sqlite.store import Store

__all__ = ["Near", "Nearest", "Query", "nearest"]

MOST_COMPARED = 5_000
"""Where no more products fit, their colors are compared one by one."""

MOST_PASSED = 20_000
"""Else so many colors of products are looked at, from the nearest on, for those of products that fit."""

BEARING = """SELECT product, price, labels, category FROM near_product CROSS JOIN listing USING (product)
    WHERE rgb = ? ORDER BY product DESC"""
"""The products that bear a color; pinned to look up each."""

COLORS = "SELECT colors FROM listing WHERE product = ?"

_Found = dict[int, tuple[int, float]]
"""Products by number, in rising order of difference: the nearest of their main colors, and how much it differs."""


@dataclass(frozen=True, slots=True)
class Near:
    """A product, and by how much (CIEDE2000) the nearest of its main colors differs from what was asked for."""

    product: Shown
    rgb: tuple[int, int, int]
    difference: float


@dataclass(frozen=True, slots=True)
class Nearest:
    """What was found.

    Attributes:
        products: the nearest first.
        capped: so many products fit that not all were looked at; there may be nearer ones.
    """

    products: tuple[Near, ...]
    capped: bool


def nearest(store: Store, rgb: Sequence[int], query: Query = Query()) -> Nearest:  # noqa: B008
    """Return the products whose main colors are nearest to a color, of those that a query looks for.

    Args:
        store: the catalog's.
        rgb: sRGB, 0-255.
        query: whose labels, text, category and prices must fit; `limit` is how many. Its order and `after` say nothing.
    """
    with store.reading() as connection:
        wanted = Wanted.of(store, connection, replace(query, sort="newest", after=None))
        found, capped = _searched(wanted, rgb) if wanted.words else _indexed(wanted, rgb)
        shown = store.shown(connection, list(found))
    products = (Near(shown[number], _channels(color), difference) for number, (color, difference) in found.items())
    return Nearest(tuple(products), capped)


def _searched(wanted: Wanted, rgb: Sequence[int]) -> tuple[_Found, bool]:
    answer = Searched(wanted)
    rows = answer.rows(None, answer.total)
    return _compared(wanted, [row.product for row in rows], rgb), answer.capped


def _indexed(wanted: Wanted, rgb: Sequence[int]) -> tuple[_Found, bool]:
    """Compare all that fit where they are few; else look at the nearest, and where few of them fit, at the newest."""
    answer = Indexed(wanted)
    is_known = False
    found: _Found = {}
    if answer.total > MOST_COMPARED:
        found, is_known = _walk(wanted, rgb)
    if not is_known:
        rows = islice(answer.rows(None, MOST_COMPARED), MOST_COMPARED)
        # Those found already are nearer than all that were not reached.
        found = _first({**_compared(wanted, [row.product for row in rows], rgb), **found}, wanted.query.limit)
    return found, answer.total > MOST_COMPARED and not is_known


def _walk(wanted: Wanted, rgb: Sequence[int]) -> tuple[_Found, bool]:
    """Return what fits from the nearest color on, and whether that are the nearest of all."""
    found: _Found = {}
    passed = 0
    inside = wanted.inside()
    for difference, color in nearest_colors(wanted.connection, rgb):
        for product, price, labels, category in wanted.connection.execute(BEARING, (color,)):
            if category in inside and wanted.fits(labels, price):
                found.setdefault(product, (color, difference))
            passed += 1
            if len(found) == wanted.query.limit or passed == MOST_PASSED:
                return found, len(found) == wanted.query.limit
    return found, True


def _compared(wanted: Wanted, products: Sequence[int], rgb: Sequence[int]) -> _Found:
    """Return the nearest of some products, comparing all of their colors."""
    colors: list[int] = []
    owners: list[int] = []
    for product in products:
        own = json.loads(wanted.connection.execute(COLORS, (product,)).fetchone()[0])
        colors += own
        owners += [product] * len(own)
    best: _Found = {}
    for difference, color, product in zip(differences(colors, rgb), colors, owners, strict=True):
        if product not in best or difference < best[product][1]:
            best[product] = color, difference
    return _first(best, wanted.query.limit)


def _first(found: _Found, limit: int) -> _Found:
    in_order = sorted(found.items(), key=lambda each: (each[1][1], -each[0]))
    return dict(in_order[:limit])


def _channels(color: int) -> tuple[int, int, int]:
    return color >> 16, color >> 8 & 255, color & 255
