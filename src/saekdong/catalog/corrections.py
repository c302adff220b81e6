"""What people corrected, as labeled photos that teach the next model."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from saekdong.catalog.products import NOWHERE
from saekdong.catalog.sqlite.records import read_places
from saekdong.catalog.sqlite.store import Store
from saekdong.color import OTHER
from saekdong.csv_cells import Writer

_AT_ONCE = 1000


@dataclass
class WrittenCorrections:
    """How many photos of corrected products were written, and how many products have nothing to teach.

    Attributes:
        photos: the photos.
        other: products that people called `other` and nothing else.
        without_photo: products that were posted, whose photo is not stored.
    """

    photos: int = 0
    other: int = 0
    without_photo: int = 0


def corrections(store: Store) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    """Yield the main photo of each product that a person corrected, and the labels that they chose.

    The photo is None if it is not stored, and there are no labels for `other` alone. Products that are gone are left
    out. Addresses are complete, with their secrets: `saekdong teach` fetches them.
    """
    with store.reading() as connection:
        query = "SELECT number FROM product WHERE correction IS NOT NULL AND NOT gone ORDER BY number"
        numbers = [number for (number,) in connection.execute(query)]
        for start in range(0, len(numbers), _AT_ONCE):
            for number, shown in store.shown(connection, numbers[start : start + _AT_ONCE]).items():
                labels = tuple(tag.label for tag in shown.tags if tag.label != OTHER)
                places = read_places(connection, number)
                yield next((place for place in places if not place.startswith(NOWHERE)), None), labels


def write_corrections(store: Store, file: TextIO) -> WrittenCorrections:
    """Write what `saekdong teach` reads, the columns photo and labels; return what was written and left out."""
    rows = Writer(file)
    rows.writerow(("photo", "labels"))
    written = WrittenCorrections()
    for photo, labels in corrections(store):
        if not labels:
            written.other += 1
        elif photo is None:
            written.without_photo += 1
        else:
            rows.writerow((photo, ";".join(labels)))
            written.photos += 1
    return written
