"""Conflicts: products whose feed names a color that their photos do not show. One of the two is wrong.

A product that a person corrected is not in conflict, because the person has decided. The surest conflicts come first:
those whose words are trusted most, and whose photos are surest of another color.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from saekdong.catalog.product_tags import Shares
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.catalog.wording import FeedWord
from saekdong.color import Label
from saekdong.lang import Lang
from saekdong.tagging.feed_words import COLUMNS, Column

MOST_COUNTED = 10_000
"""`Store.count_conflicts` counts no further."""

_COLUMNS: dict[tuple[Column, ...], dict[Lang, str]] = {
    ("title",): {"en": "the title says {colors}", "ko": "상품명은 {colors}"},
    ("color",): {"en": "the color column says {colors}", "ko": "색상 열은 {colors}"},
    ("title", "color"): {"en": "the title and the color column say {colors}", "ko": "상품명과 색상 열은 {colors}"},
}
_PHOTO: dict[Lang, str] = {"en": "the photo is {color}", "ko": "사진은 {color}"}
_OR: dict[Lang, str] = {"en": " or ", "ko": " 또는 "}


@dataclass(frozen=True, slots=True)
class WordConflict:
    """A product whose words and photos disagree.

    Attributes:
        product: the product with its tags.
        words: the color words of its title and color column.
        shares: the share of each label by the photos alone, in falling order.
        sure: how sure both are, 0 to 1.
        photo: the path or address of its main photo, to read it; it may hold secrets. None if it is not stored.
        place: the position among the conflicts, to continue after it.
    """

    product: TaggedProduct
    words: Sequence[FeedWord]
    shares: Shares
    sure: float
    photo: str | None
    place: str

    def finding(self, label_of: Callable[[str], Label], lang: Lang) -> str:
        """Return what disagrees as one sentence: `the title says blue, the photo is black`.

        A column that names the photo's color among others is left out.

        Args:
            label_of: returns the label of an id.
            lang: the language.
        """
        first = next(iter(self.shares))
        columns: dict[tuple[str, ...], tuple[Column, ...]] = {}
        for column in COLUMNS:
            named = dict.fromkeys(label for word in self.words if word.column == column for label in word.labels[:1])
            if named and first not in named:
                columns[tuple(named)] = (*columns.get(tuple(named), ()), column)
        parts = [
            _COLUMNS[which][lang].format(colors=_OR[lang].join(label_of(each).name(lang) for each in ids))
            for ids, which in columns.items()
        ]
        return ", ".join([*parts, _PHOTO[lang].format(color=label_of(first).name(lang))])
