"""The results of reading a feed: products with their line, and problems that a person can fix."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from saekdong.catalog.products import Product
from saekdong.errors import SaekdongError

_LOOKED_AT = 20


class FeedError(SaekdongError):
    """A feed cannot be read, or not to its end."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A product and the line of the feed on which it begins; 0 in a folder."""

    line: int
    product: Product


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with a product or its photo.

    Attributes:
        feed: the feed's name.
        line: where it stands, 0 in a folder.
        product: the product's id, as far as it is known.
        field: which field, such as `price` or `photos`.
        reason: what is wrong, and how to fix it.
    """

    feed: str
    line: int
    product: str
    field: str
    reason: str

    def __str__(self) -> str:
        place = f", line {self.line:,}" if self.line else ""
        who = f", product {self.product}" if self.product else ""
        return f"{self.feed}{place}{who}: {self.field}: {self.reason}"


Item = Entry | Problem


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One row of a feed: its line, and its values by plain column name (see `plain_column`)."""

    line: int
    values: dict[str, Any]


@dataclass
class FeedRows:
    """A feed's rows, read one at a time.

    Attributes:
        name: what people call the feed.
        columns: the plain names of its columns.
        rows: the rows, and the problems of those that cannot be read.
        done: returns the share of the feed that has been read, 0 to 1.
        fixed: whether there are no other columns; XML and JSON Lines have those of their first items at least.
    """

    name: str
    columns: frozenset[str]
    rows: Iterator[FeedRow | Problem]
    done: Callable[[], float]
    fixed: bool = True

    def first(self) -> list[FeedRow]:
        """Return the first rows, which are still read with the others."""
        read = list(islice(self.rows, _LOOKED_AT))
        self.rows = chain(read, self.rows)
        return [row for row in read if isinstance(row, FeedRow)]
