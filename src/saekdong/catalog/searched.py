"""Products that fit a query with a text: the text is searched first, and what it finds is looked at one by one."""

import heapq
import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from saekdong.catalog.query import MOST_FOUND, Key, Row, Wanted
from saekdong.catalog.schema import ANY

SEARCH = """SELECT category, share, product, price, labels, tags
    FROM (SELECT rowid FROM word WHERE word MATCH ? ORDER BY rowid DESC) AS found
    CROSS JOIN listing ON listing.product = found.rowid"""
"""What a text finds, the newest first; pinned to look up each row that is found."""


class Searched:
    """What fits a query with a text, as `Indexed` tells it; of many, the newest `MOST_FOUND` are looked at."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self.sets, self._rows = Counter[int](), list[Row]()
        numbers, inside = Counter[int](), self._inside()
        found = wanted.connection.execute(SEARCH, (wanted.words,))
        low, high = wanted.low, wanted.high
        for category, share, product, price, labels, tags in islice(found, MOST_FOUND):
            if low is not None and high is not None and (price is None or not low <= price <= high):
                continue
            fits = labels in wanted.fitting
            numbers[category] += fits
            if category in inside:
                self.sets[labels] += 1
                if fits:
                    self._rows.append(Row(self._share(share, tags), product, price, labels))
        self.capped = found.fetchone() is not None
        self.total = len(self._rows)
        self.categories = self._rolled_up(numbers)

    def rows(self, after: Key | None) -> Iterator[Row]:
        """Yield the rows that fit in order, from behind `after`; no more than a page and one."""
        key = self._wanted.key
        rows = self._rows if after is None else [row for row in self._rows if key(row) > after]
        return iter(heapq.nsmallest(self._wanted.query.limit + 1, rows, key=key))

    def _inside(self) -> set[int]:
        query = "SELECT category FROM category_above WHERE above = ?"
        return {number for (number,) in self._wanted.connection.execute(query, (self._wanted.category,))}

    def _share(self, share: int, tags: str) -> int:
        """Return what the row is sorted by: the largest share, or that of the labels asked for."""
        wanted = self._wanted
        if wanted.streams == (ANY,) or wanted.query.sort != "share":
            return share
        return max(int(share) for code, share in json.loads(tags) if code in wanted.streams)

    def _rolled_up(self, numbers: Counter[int]) -> dict[str, int]:
        shown, counts = self._wanted.shown_categories(), Counter[int]()
        query = "SELECT above FROM category_above WHERE category = ?"
        for number, n in numbers.items():
            for (above,) in self._wanted.connection.execute(query, (number,)):
                counts[above] += n
        return {path: counts[number] for number, path in shown.items()}
