"""The color filter: a page of products, and how many there are of each label and category."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from saekdong.catalog.query import MOST_FOUND, Key, Query, Wanted
from saekdong.catalog.sqlite.indexed import Indexed
from saekdong.catalog.sqlite.records import Shown
from saekdong.catalog.sqlite.searched import Searched
from saekdong.catalog.sqlite.store import Store
from saekdong.errors import SaekdongError

__all__ = ["Page", "Query", "find"]


@dataclass(frozen=True, slots=True)
class Page:
    """What was found.

    Attributes:
        products: those of the page.
        labels: for each label, in the vocabulary's order and then `other`, how many products the filter without its
            labels holds of it; where all labels are wanted, how many would be left if it were wanted too.
        categories: the same for the categories at the top, those above the chosen one, and those right below it,
            by path; under the labels, text and prices in force.
        total: how many fit, exact to `MOST_FOUND`.
        more: there are more than `total`.
        capped: the text finds more than `MOST_SEARCHED`, of which the newest alone were looked at and counted.
        next: for `Query.after`; None on the last page.
    """

    products: tuple[Shown, ...]
    labels: Mapping[str, int]
    categories: Mapping[str, int]
    total: int
    more: bool
    capped: bool
    next: str | None

    @property
    def total_text(self) -> str:
        """The total as people read it: `812`, or `10,000+`."""
        return f"{self.total:,}{'+' if self.more else ''}"


def find(store: Store, query: Query) -> Page:
    """Return a page of the products that a query looks for, with counts; all as of one moment.

    Raises:
        SaekdongError: `after` is no page's `next` in this order.
    """
    after = None if query.after is None else _read_cursor(query.after, query.sort)
    with store.reading() as connection:
        wanted = Wanted.of(store, connection, query)
        answer = Searched(wanted) if wanted.words else Indexed(wanted)
        rows = list(islice(answer.rows(after, query.limit), query.limit + 1))
        shown = rows[: query.limit]
        return Page(
            tuple(store.shown(connection, [row.product for row in shown]).values()),
            wanted.label_counts(store, answer.sets),
            answer.categories,
            min(answer.total, MOST_FOUND),
            answer.total > MOST_FOUND or answer.capped,
            answer.capped,
            _cursor(query.sort, wanted.key(shown[-1])) if len(rows) > query.limit else None,
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
    raise SaekdongError("this is no cursor of this order", fix="begin at the first page")
