"""What every export shares: its options, the fields of a product, and the report of what was written."""

import io
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, TextIO

from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import OTHER, Vocabulary
from saekdong.color.notation import to_hex
from saekdong.lang import Lang

MOST_COLORS = 5
"""How many dominant colors of a product are exported."""


@dataclass(frozen=True)
class ExportOptions:
    """The options of an export.

    Attributes:
        vocabulary: the labels and their names.
        lang: the language of the names.
        changes: export only what changed since an earlier export, products that are gone too.
        variants: returns the products of a group.
    """

    vocabulary: Vocabulary
    lang: Lang
    changes: bool
    variants: Callable[[str], list[TaggedProduct]]

    def names(self, shown: TaggedProduct) -> list[str]:
        """Return the names of a product's labels without `other`, the main one first."""
        return [self.name(tag.label) for tag in shown.tags if tag.label != OTHER]

    def name(self, label: str) -> str:
        """Return a label's name, or its id if the vocabulary no longer has it."""
        try:
            return self.vocabulary.label(label).name(self.lang)
        except KeyError:
            return label


@dataclass
class Written:
    """What an export wrote.

    Attributes:
        lines: how many lines, without a header.
        left_out: how many products have no line of their own, by the reason.
    """

    lines: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


def record(shown: TaggedProduct) -> dict[str, Any]:
    """Return the fields of a product: id, labels, shares, sources, colors, corrected, gone, change."""
    return {
        "id": shown.product.id,
        "labels": [tag.label for tag in shown.tags],
        "shares": [tag.share for tag in shown.tags],
        "sources": [tag.source for tag in shown.tags],
        "colors": [to_hex((color.red, color.green, color.blue)) for color in shown.palette[:MOST_COLORS]],
        "corrected": shown.corrected_by is not None,
        "gone": shown.gone,
        "change": shown.change,
    }


@contextmanager
def as_text(file: BinaryIO) -> Iterator[TextIO]:
    """Write text as UTF-8 into a file of bytes, which stays open."""
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
    try:
        yield text
    finally:
        text.detach()
