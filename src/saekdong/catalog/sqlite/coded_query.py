"""A query in the catalog's numbers."""

import math
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from saekdong.catalog.categories import category_path
from saekdong.catalog.query import Query
from saekdong.catalog.sqlite.labels import CatalogLabels
from saekdong.catalog.sqlite.schema import ANY
from saekdong.catalog.sqlite.words import match_expression
from saekdong.color import OTHER

_MOST_CATEGORIES = 100
HIGHEST = 1e300

Key = tuple[float, int]
"""What products are sorted by: a value of the order, then the product's number."""


class Row(NamedTuple):
    """A product in the filter's tables; `labels` is the number of its set of labels."""

    share: int
    product: int
    price: float | None
    labels: int


@dataclass(frozen=True, eq=False)
class CodedQuery:
    """A query with the numbers of labels and categories in place of their names.

    Attributes:
        query: the query.
        connection: to execute it on.
        category: the category's number; None if the catalog does not have it.
        colors: the codes of the labels that the catalog has; `ANY` alone if the query has no labels.
        low, high: the range of prices, or both None.
        words: the text for FTS5; empty without a text.
        labels: the catalog's labels.
        sets: its sets of labels.
        fitting: the numbers of the sets that the query's labels allow.
    """

    query: Query
    connection: sqlite3.Connection
    category: int | None
    colors: tuple[int, ...]
    low: float | None
    high: float | None
    words: str
    labels: CatalogLabels
    sets: Mapping[int, frozenset[int]]
    fitting: Collection[int]

    @classmethod
    def of(cls, labels: CatalogLabels, connection: sqlite3.Connection, query: Query) -> "CodedQuery":
        """Translate a query."""
        codes, sets = labels.codes(connection), labels.sets(connection)
        colors = [codes[label] for label in dict.fromkeys(query.labels) if label in codes]
        asked = set(colors)
        if not query.labels:
            fitting = set(sets)
        elif query.match == "any":
            fitting = {number for number, members in sets.items() if asked & members}
        else:
            has_all = len(asked) == len(set(query.labels))
            fitting = {number for number, members in sets.items() if has_all and asked <= members}
        categories = connection.execute("SELECT number FROM category WHERE path = ?", (category_path(query.category),))
        low, high = query.price_min, query.price_max
        if low is not None or high is not None:
            low, high = low or 0.0, HIGHEST if high is None else high
        return cls(
            query,
            connection,
            next((number for (number,) in categories), None),
            tuple(colors) if query.labels else (ANY,),
            low,
            high,
            match_expression(query.text),
            labels,
            sets,
            fitting,
        )

    @property
    def streams(self) -> tuple[int, ...]:
        """The colors whose rows together hold every product that matches: the first alone if all labels must match."""
        return self.colors[:1] if self.query.match == "all" else self.colors

    @property
    def by_set(self) -> bool:
        """Whether a page is merged from sets of labels: products with several have small shares and come late."""
        return self.query.sort == "share" and self.query.match == "all" and len(self.colors) > 1

    def inside(self) -> set[int]:
        """Return the numbers of the category and of all its subcategories."""
        query = """WITH RECURSIVE inside (number) AS (
                SELECT number FROM category WHERE number = ?
                UNION ALL SELECT category.number FROM inside CROSS JOIN category ON category.parent = inside.number)
            SELECT number FROM inside"""
        return {number for (number,) in self.connection.execute(query, (self.category,))}

    def fits(self, labels: int, price: float | None) -> bool:
        """Return whether a product with this set of labels and this price matches."""
        return labels in self.fitting and self.affords(price)

    def affords(self, price: float | None) -> bool:
        """Return whether a price is within the range."""
        if self.low is None or self.high is None:
            return True
        return price is not None and self.low <= price <= self.high

    def key(self, row: Row) -> Key:
        """Return the sort key of a row; products without a price come last."""
        if self.query.sort == "share":
            return -row.share, -row.product
        if self.query.sort == "newest":
            return 0, -row.product
        if self.query.sort == "price":
            return math.inf if row.price is None else row.price, row.product
        return math.inf if row.price is None else -row.price, -row.product

    def label_counts(self, counts: Mapping[int, int]) -> dict[str, int]:
        """Return the counts by label from counts by set of labels; see `Page.labels`."""
        by_code: Counter[int] = Counter()
        for number, n in counts.items():
            if self.query.match == "any" or number in self.fitting:
                for code in self.sets[number]:
                    by_code[code] += n
        codes = self.labels.codes(self.connection)
        return {label: by_code[codes[label]] if label in codes else 0 for label in (*self.labels.vocabulary.ids, OTHER)}

    def shown_categories(self) -> dict[int, str]:
        """Return the categories to count, paths by number: the top ones, those above the query's and below it."""
        chosen = self.category or 0
        query = f"""SELECT number, path FROM category WHERE parent = 0 AND number IN
                (SELECT number FROM category WHERE parent = 0 ORDER BY path LIMIT {_MOST_CATEGORIES})
            UNION SELECT number, path FROM category JOIN category_above ON above = number
                WHERE category_above.category = ?1 AND number <> 0
            UNION SELECT number, path FROM category WHERE number IN
                (SELECT number FROM category WHERE parent = ?1 ORDER BY path LIMIT {_MOST_CATEGORIES})
            ORDER BY path"""
        return dict(self.connection.execute(query, (chosen,)).fetchall())


def among(column: str, numbers: Iterable[int]) -> str:
    """Return the condition, to be added to others, that a column is one of these numbers."""
    return f" AND {column} IN ({', '.join(map(str, sorted(numbers)))})"
