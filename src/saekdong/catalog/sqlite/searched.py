"""Products that fit a query with a text: the text is searched first, and what it finds is looked at one by one."""

import heapq
import json
from collections import Counter
from collections.abc import Iterator

from saekdong.catalog.query import MOST_SEARCHED
from saekdong.catalog.sqlite.coded_query import CodedQuery, Key, Row
from saekdong.catalog.sqlite.schema import ANY

SEARCH = f"""SELECT share, product, price, labels, category, tags
    FROM (SELECT rowid FROM word WHERE word MATCH ? ORDER BY rowid DESC LIMIT {MOST_SEARCHED + 1}) AS found
    CROSS JOIN listing ON listing.product = found.rowid"""
"""What a text finds, the newest first; pinned to look up each row that is found."""


class Searched:
    """The matches of a query with a text, like `Indexed`; if there are many, only the newest `MOST_SEARCHED`."""

    def __init__(self, coded: CodedQuery) -> None:
        self._coded = coded
        found = coded.connection.execute(SEARCH, (coded.words,)).fetchall()
        self.capped = len(found) > MOST_SEARCHED
        found = found[:MOST_SEARCHED]
        found = [row for row in found if coded.affords(row[2])]
        inside, fitting = coded.inside(), coded.fitting
        self.sets = Counter(row[3] for row in found if row[4] in inside)
        self.categories = self._rolled_up(Counter(row[4] for row in found if row[3] in fitting))
        self._rows = [self._row(*row) for row in found if row[3] in fitting and row[4] in inside]
        self.total = len(self._rows)

    def rows(self, after: Key | None, limit: int) -> Iterator[Row]:
        """Yield the rows that fit in order, from behind `after`; no more than `limit` and one."""
        key = self._coded.key
        rows = self._rows if after is None else [row for row in self._rows if key(row) > after]
        return iter(heapq.nsmallest(limit + 1, rows, key=key))

    def _row(self, share: int, product: int, price: float | None, labels: int, _: int, tags: str) -> Row:
        coded = self._coded
        if coded.streams != (ANY,) and coded.query.sort == "share":
            share = max(share for code, share in json.loads(tags) if code in coded.streams)
        return Row(share, product, price, labels)

    def _rolled_up(self, numbers: Counter[int]) -> dict[str, int]:
        shown, counts = self._coded.shown_categories(), Counter[int]()
        query = "SELECT above FROM category_above WHERE category = ?"
        for number, n in numbers.items():
            for (above,) in self._coded.connection.execute(query, (number,)):
                counts[above] += n
        return {path: counts[number] for number, path in shown.items()}
