"""What a filter looks for, in people's words and in the catalog's numbers."""

import math
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from saekdong.catalog.products import category_path
from saekdong.catalog.sqlite.schema import ANY
from saekdong.catalog.sqlite.store import Store
from saekdong.catalog.sqlite.words import match_expression
from saekdong.color import OTHER
from saekdong.errors import SaekdongError

Match = Literal["any", "all"]
Sort = Literal["share", "newest", "price", "price-desc"]
SORTS: tuple[Sort, ...] = get_args(Sort)
MATCHES: tuple[Match, ...] = get_args(Match)

MOST_FOUND = 10_000
"""How far totals are exact."""

MOST_SEARCHED = 5_000
"""Of how many products that a text finds, the newest, the others of a query's wishes are looked at."""

MOST_LIMIT = 200
MOST_CATEGORIES = 100
HIGHEST = 1e300

Key = tuple[float, int]
"""By what products are sorted, and told apart where that is the same."""


class Row(NamedTuple):
    """A product as the filter's tables have it; `labels` is the number of its set of labels."""

    share: int
    product: int
    price: float | None
    labels: int


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for.

    Attributes:
        labels: ids of labels; none means any product.
        match: whether a product bears any of them or all.
        text: words in its title, category, color or id, all of them: beginnings of words; in Korean any part.
        category: a path; what is below it belongs to it.
        price_min, price_max: both included; products without a price are left out by either.
        sort: by the largest share that one of `labels` has (by the first label's where all are wanted), the newest
            first, or by price, those without one last.
        after: a page's `next`, for the page after it.
        limit: products a page, 1 to 200.
    """

    labels: tuple[str, ...] = ()
    match: Match = "any"
    text: str = ""
    category: str = ""
    price_min: float | None = None
    price_max: float | None = None
    sort: Sort = "share"
    after: str | None = None
    limit: int = 24

    def __post_init__(self) -> None:
        for name, value, allowed in (("match", self.match, MATCHES), ("sort", self.sort, SORTS)):
            if value not in allowed:
                raise SaekdongError(f"{name} is {value!r}", fix=f"use {', '.join(allowed)}")
        if not 1 <= self.limit <= MOST_LIMIT:
            raise SaekdongError(f"limit is {self.limit}", fix=f"use 1 to {MOST_LIMIT}")
        if not all(price is None or math.isfinite(price) for price in (self.price_min, self.price_max)):
            raise SaekdongError("a price is not finite", fix="give a number, or leave it out")


@dataclass(frozen=True, eq=False)
class Wanted:
    """A query in the catalog's numbers.

    Attributes:
        query: as it was asked.
        connection: on which it is answered.
        category: its number; None where the catalog has none of this path.
        colors: the codes of the labels that the catalog knows; `ANY` alone where none is asked for.
        low, high: the prices, or both None.
        words: for FTS5; empty where no text is asked for.
        sets: the catalog's sets of labels.
        fitting: the numbers of those sets that the labels allow.
    """

    query: Query
    connection: sqlite3.Connection
    category: int | None
    colors: tuple[int, ...]
    low: float | None
    high: float | None
    words: str
    sets: Mapping[int, frozenset[int]]
    fitting: Collection[int]

    @classmethod
    def of(cls, store: Store, connection: sqlite3.Connection, query: Query) -> "Wanted":
        """Translate a query."""
        codes, sets = store.codes(connection), store.label_sets(connection)
        colors = [codes[label] for label in dict.fromkeys(query.labels) if label in codes]
        asked = set(colors)
        if not query.labels:
            fitting = set(sets)
        elif query.match == "any":
            fitting = {number for number, labels in sets.items() if asked & labels}
        else:
            known = len(asked) == len(set(query.labels))
            fitting = {number for number, labels in sets.items() if known and asked <= labels}
        found = connection.execute("SELECT number FROM category WHERE path = ?", (category_path(query.category),))
        low, high = query.price_min, query.price_max
        if low is not None or high is not None:
            low, high = low or 0.0, HIGHEST if high is None else high
        return cls(
            query,
            connection,
            next((number for (number,) in found), None),
            tuple(colors) if query.labels else (ANY,),
            low,
            high,
            match_expression(query.text),
            sets,
            fitting,
        )

    @property
    def streams(self) -> tuple[int, ...]:
        """The colors whose rows together hold every product that fits: where all are wanted, those of the first."""
        return self.colors[:1] if self.query.match == "all" else self.colors

    @property
    def by_set(self) -> bool:
        """Whether a page is merged from sets of labels: what bears several labels has small shares, and comes late."""
        return self.query.sort == "share" and self.query.match == "all" and len(self.colors) > 1

    def inside(self) -> set[int]:
        """Return the numbers of the category and of all below it."""
        query = """WITH RECURSIVE inside (number) AS (
                SELECT number FROM category WHERE number = ?
                UNION ALL SELECT category.number FROM inside CROSS JOIN category ON category.parent = inside.number)
            SELECT number FROM inside"""
        return {number for (number,) in self.connection.execute(query, (self.category,))}

    def fits(self, labels: int, price: float | None) -> bool:
        """Tell whether a product of this set of labels and this price is wanted."""
        return labels in self.fitting and self.affords(price)

    def affords(self, price: float | None) -> bool:
        """Tell whether a price is within the bounds."""
        if self.low is None or self.high is None:
            return True
        return price is not None and self.low <= price <= self.high

    def key(self, row: Row) -> Key:
        """Return what a row is sorted by; products without a price come last."""
        if self.query.sort == "share":
            return -row.share, -row.product
        if self.query.sort == "newest":
            return 0, -row.product
        if self.query.sort == "price":
            return math.inf if row.price is None else row.price, row.product
        return math.inf if row.price is None else -row.price, -row.product

    def label_counts(self, store: Store, counts: Mapping[int, int]) -> dict[str, int]:
        """Return how many products each label has, of counts by set of labels; see `Page.labels`."""
        by_code: Counter[int] = Counter()
        for number, n in counts.items():
            if self.query.match == "any" or number in self.fitting:
                for code in self.sets[number]:
                    by_code[code] += n
        codes = store.codes(self.connection)
        return {label: by_code[codes[label]] if label in codes else 0 for label in (*store.vocabulary.ids, OTHER)}

    def shown_categories(self) -> dict[int, str]:
        """Return the categories to be counted, paths by number: those at the top, above the chosen, and below it."""
        chosen = self.category or 0
        query = f"""SELECT number, path FROM category WHERE parent = 0 AND number IN
                (SELECT number FROM category WHERE parent = 0 ORDER BY path LIMIT {MOST_CATEGORIES})
            UNION SELECT number, path FROM category JOIN category_above ON above = number
                WHERE category_above.category = ?1 AND number <> 0
            UNION SELECT number, path FROM category WHERE number IN
                (SELECT number FROM category WHERE parent = ?1 ORDER BY path LIMIT {MOST_CATEGORIES})
            ORDER BY path"""
        return dict(self.connection.execute(query, (chosen,)).fetchall())


def among(column: str, numbers: Iterable[int]) -> str:
    """Return the condition, to be added to others, that a column is one of these numbers."""
    return f" AND {column} IN ({', '.join(map(str, sorted(numbers)))})"
