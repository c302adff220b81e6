"""What people corrected, as labeled photos that teach the next model."""

from collections.abc import Iterator
from typing import TextIO

from saekdong.catalog.products import NOWHERE
from saekdong.catalog.records import read_places
from saekdong.catalog.store import Store
from saekdong.color import OTHER
from saekdong.csv_cells import Writer

_AT_ONCE = 1000


def corrections(store: Store) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the main photo of each product that a person corrected, and the labels that they chose.

    Products without a photo that stands somewhere, and those that are `other`, teach nothing and are left out.
    Addresses are complete, with their secrets: `saekdong teach` fetches them.
    """
    with store.reading() as connection:
        query = "SELECT number FROM product WHERE correction IS NOT NULL ORDER BY number"
        numbers = [number for (number,) in connection.execute(query)]
        for start in range(0, len(numbers), _AT_ONCE):
            for number, shown in store.shown(connection, numbers[start : start + _AT_ONCE]).items():
                labels = tuple(tag.label for tag in shown.tags if tag.label != OTHER)
                places = read_places(connection, number)
                photo = next((place for place in places if not place.startswith(NOWHERE)), None)
                if labels and photo:
                    yield photo, labels


def write_corrections(store: Store, file: TextIO) -> int:
    """Write what `saekdong teach` reads, the columns photo and labels; return how many photos there are."""
    rows = Writer(file)
    rows.writerow(("photo", "labels"))
    count = 0
    for count, (photo, labels) in enumerate(corrections(store), start=1):  # noqa: B007
        rows.writerow((photo, ";".join(labels)))
    return count
