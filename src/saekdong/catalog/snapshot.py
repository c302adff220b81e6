"""Products as they were at one moment, for exports."""

from collections.abc import Iterator
from dataclasses import dataclass

from saekdong.catalog.stored_products import TaggedProduct


@dataclass(frozen=True)
class Snapshot:
    """Products as they were at one moment.

    Attributes:
        count: how many there are.
        last: the number of the last change; a later export continues after it.
        products: in the order of their changes.
    """

    count: int
    last: int
    products: Iterator[TaggedProduct]
