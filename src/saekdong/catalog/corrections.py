"""Corrections: the labels that people gave to products, as labeled photos that teach the next model."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, TextIO

from saekdong.csv_cells import Writer


@dataclass(frozen=True, slots=True)
class Correction:
    """Labels that a person gave to a product.

    Attributes:
        labels: the main one first.
        by: the person.
        at: the time, ISO 8601 in UTC.
    """

    labels: tuple[str, ...]
    by: str
    at: str


class CorrectedPhoto(NamedTuple):
    """The main photo of a corrected product.

    Attributes:
        photo: its path, or its address with its secrets, because `saekdong teach` fetches it; None if it is not stored.
        labels: the labels that the person chose; empty for `other` alone.
    """

    photo: str | None
    labels: tuple[str, ...]


@dataclass
class WrittenCorrections:
    """How many photos of corrected products were written, and how many products were left out.

    Attributes:
        photos: the photos that were written.
        other: products that people called `other` and nothing else.
        without_photo: products that were posted, whose photo is not stored.
    """

    photos: int = 0
    other: int = 0
    without_photo: int = 0


def write_corrections(corrections: Iterable[CorrectedPhoto], file: TextIO) -> WrittenCorrections:
    """Write the columns photo and labels for `saekdong teach`; return how much was written and left out."""
    rows = Writer(file)
    rows.writerow(("photo", "labels"))
    written = WrittenCorrections()
    for photo, labels in corrections:
        if not labels:
            written.other += 1
        elif photo is None:
            written.without_photo += 1
        else:
            rows.writerow((photo, ";".join(labels)))
            written.photos += 1
    return written
