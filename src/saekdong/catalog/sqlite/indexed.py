"""Products that fit a query, from the filter's tables alone.

Pages are read in the order of an index from where the last one ended. If that would skip too many rows, all
that fit are taken from another index and sorted: `facet_count` says beforehand how many rows each way reads. Counts
are sums over it, exact at any size.
"""

import heapq
import math
from collections import Counter
from collections.abc import Iterator, Mapping

from saekdong.catalog.sqlite.coded_query import HIGHEST, CodedQuery, Key, Row, among
from saekdong.catalog.sqlite.listing import spans

Values = tuple[float, ...]
_LAST = 1 << 62  # behind every product and share


class Indexed:
    """What fits a query without a text.

    Attributes:
        sets: how many products have each set of labels, whatever the labels of the query.
        categories: how many are in each of `CodedQuery.shown_categories`, by path, whatever the query's category.
        total: how many match.
        capped: the text matches more products than were searched; here never.
    """

    capped = False

    def __init__(self, coded: CodedQuery) -> None:
        self._coded = coded
        self._unpriced = self._count_sets(count_conditions(None, None))
        priced = coded.low is not None
        self.sets = self._count_sets(count_conditions(coded.low, coded.high)) if priced else self._unpriced
        self.total = self._fitting(self.sets)
        self.categories = self._count_categories()

    def rows(self, after: Key | None, limit: int) -> Iterator[Row]:
        """Yield the rows that fit in order, from behind `after`; at least `limit` and one if there are so many."""
        if not self.total:
            return iter(())
        costs = self.costs(limit)
        way = min(costs, key=lambda name: costs[name])
        return self._in_order(after) if way == "order" else self._sorted(way, after, limit)

    def costs(self, limit: int) -> dict[str, float]:
        """Return about how many rows each way to so many reads: in their `order`, or all that fit from an index."""
        coded = self._coded
        by_price = coded.query.sort.startswith("price")
        if coded.by_set:
            passed = self._fitting(self._unpriced)
        else:
            passed = self._in_streams(self.sets if by_price else self._unpriced)
        costs = {"order": limit * passed / self.total}
        if coded.low is not None:
            costs["facet_price"] = self._in_streams(self.sets)
        if coded.query.match == "all" and coded.query.labels:
            costs["facet_labels"] = self._fitting(self._unpriced)
        return costs

    def _in_streams(self, counts: Mapping[int, int]) -> int:
        coded = self._coded
        if not coded.query.labels:
            return sum(counts.values())
        streams, sets = frozenset(coded.streams), coded.sets
        return sum(n * len(streams & sets[number]) for number, n in counts.items())

    def _fitting(self, counts: Mapping[int, int]) -> int:
        return sum(n for number, n in counts.items() if number in self._coded.fitting)

    def _count_sets(self, conditions: list[tuple[str, Values]]) -> Counter[int]:
        coded, counts = self._coded, Counter[int]()
        for condition, values in conditions if coded.category is not None else ():
            query = f"SELECT labels, sum(n) FROM facet_count WHERE category = ? AND {condition} GROUP BY labels"
            counts.update(dict(coded.connection.execute(query, (coded.category, *values))))
        return counts

    def _count_categories(self) -> dict[str, int]:
        coded, counts = self._coded, Counter[int]()
        shown = coded.shown_categories()
        labels = among("labels", coded.fitting) if coded.query.labels else ""
        for condition, values in count_conditions(coded.low, coded.high):
            query = f"SELECT sum(n) FROM facet_count WHERE category = ? AND {condition}{labels}"
            for number in shown:
                counts[number] += coded.connection.execute(query, (number, *values)).fetchone()[0] or 0
        return {path: counts[number] for number, path in shown.items()}

    def _in_order(self, after: Key | None) -> Iterator[Row]:
        """Merge the streams; a product that several hold is taken where it comes first."""
        last = None
        for row in heapq.merge(*self._streams(after), key=self._coded.key):
            if row.product != last and self._is_first(row):
                last = row.product
                yield row

    def _streams(self, after: Key | None) -> list[Iterator[Row]]:
        coded = self._coded
        if not coded.by_set:
            return [self._stream(color, order_queries(coded, after)) for color in coded.streams]
        there = [number for number in coded.fitting if self._unpriced[number]]
        return [self._stream(coded.colors[0], [set_query(coded, number, after)]) for number in there]

    def _stream(self, color: int, queries: list[tuple[str, Values]]) -> Iterator[Row]:
        for query, values in queries:
            yield from map(Row._make, self._coded.connection.execute(query, (self._coded.category, color, *values)))

    def _is_first(self, row: Row) -> bool:
        """Return whether no other stream holds the row's product with a larger share."""
        coded = self._coded
        if coded.query.sort != "share" or len(coded.sets[row.labels].intersection(coded.streams)) < 2:
            return True
        found = coded.connection.execute(best_share_query(coded), (coded.category, row.product)).fetchone()
        return bool(found[0] == row.share)

    def _sorted(self, index: str, after: Key | None, limit: int) -> Iterator[Row]:
        coded, best = self._coded, dict[int, Row]()
        query, values = gather_query(coded, index)
        for color in coded.streams:
            for row in map(Row._make, coded.connection.execute(query, (coded.category, color, *values))):
                if row.product not in best or row.share > best[row.product].share:
                    best[row.product] = row
        rows = [row for row in best.values() if after is None or coded.key(row) > after]
        return iter(heapq.nsmallest(limit + 1, rows, key=coded.key))


def count_conditions(low: float | None, high: float | None) -> list[tuple[str, Values]]:
    """Return the conditions on `facet_count`, with their values, that together hold the prices from `low` to `high`."""
    if low is None or high is None:
        return [("level = 0", ())]
    if low > high:
        return []
    return [("level = ? AND bucket BETWEEN ? AND ?", span) for span in spans(low, high)]


def order_queries(coded: CodedQuery, after: Key | None) -> list[tuple[str, Values]]:
    """Return the queries that, one after the other, read a color's rows in order; values follow category and color."""
    priced, prices = _price_filter(coded)
    sort = coded.query.sort
    if sort == "share":
        tail = f"(share, product) < (?, ?){priced}{_labels_filter(coded)} ORDER BY share DESC, product DESC"
        return [(_select("NOT INDEXED", tail), (*_share_start(after), *prices))]
    if sort == "newest":
        tail = f"product < ?{priced}{_labels_filter(coded)} ORDER BY product DESC"
        return [(_select("INDEXED BY facet_newest", tail), (-after[1] if after else _LAST, *prices))]
    return _price_queries(coded, after)


def set_query(coded: CodedQuery, labels: int, after: Key | None) -> tuple[str, Values]:
    """Return the query that reads a color's rows with one set of labels in order of share."""
    priced, prices = _price_filter(coded)
    tail = f"color <> 0 AND labels = ? AND (share, product) < (?, ?){priced} ORDER BY share DESC, product DESC"
    return _select("INDEXED BY facet_labels", tail), (labels, *_share_start(after), *prices)


def _share_start(after: Key | None) -> Values:
    return (-after[0], -after[1]) if after else (_LAST, 0)


def _price_queries(coded: CodedQuery, after: Key | None) -> list[tuple[str, Values]]:
    """Those with a price in order, then those without one."""
    rising = coded.query.sort == "price"
    low, high = (-1.0, HIGHEST) if coded.low is None or coded.high is None else (coded.low, coded.high)
    compare, other, order, sign = (">", "<=", "", 1) if rising else ("<", ">=", " DESC", -1)
    first, product = (low, -1) if rising else (high, _LAST)
    end = high if rising else low
    labels = _labels_filter(coded)
    queries: list[tuple[str, Values]] = []
    if after is None or after[0] < math.inf:
        start = (sign * after[0], sign * after[1]) if after else (first, product)
        tail = f"(price, product) {compare} (?, ?) AND price {other} ?{labels} ORDER BY price{order}, product{order}"
        queries.append((_select("INDEXED BY facet_price", tail), (*start, end)))
        after = None
    if coded.low is None:
        tail = f"price IS NULL AND product {compare} ?{labels} ORDER BY product{order}"
        queries.append((_select("INDEXED BY facet_price", tail), (sign * after[1] if after else product,)))
    return queries


def gather_query(coded: CodedQuery, index: str) -> tuple[str, Values]:
    """Return the query that reads all of a color's rows that fit from an index; values follow category and color."""
    priced, prices = _price_filter(coded)
    there = "color <> 0" if index == "facet_labels" else "1"
    return _select(f"INDEXED BY {index}", f"{there}{priced}{_labels_filter(coded)}"), prices


def best_share_query(coded: CodedQuery) -> str:
    """Return the query of a product's largest share of the labels; values are the category and the product."""
    return f"""SELECT max(share) FROM facet INDEXED BY facet_newest
        WHERE category = ? AND product = ?{among("color", coded.colors)}"""


def _select(pin: str, tail: str) -> str:
    return f"SELECT share, product, price, labels FROM facet {pin} WHERE category = ? AND color = ? AND {tail}"


def _price_filter(coded: CodedQuery) -> tuple[str, Values]:
    if coded.low is None or coded.high is None:
        return "", ()
    return " AND price BETWEEN ? AND ?", (coded.low, coded.high)


def _labels_filter(coded: CodedQuery) -> str:
    return among("labels", coded.fitting) if coded.query.match == "all" and len(coded.query.labels) > 1 else ""
