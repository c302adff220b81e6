"""The page of conflicts between words and photos: one self-contained HTML page, in English or Korean."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from saekdong.catalog.conflicts import WordConflict
from saekdong.catalog.wording import FeedWord
from saekdong.color import Label
from saekdong.lang import Lang
from saekdong.model.reports import render
from saekdong.model.texts import TEXTS
from saekdong.photo import PhotoError, photo_at, read_photo, to_webp

MOST_PICTURES = 400
"""How many conflicts the page shows."""

SIDE = 240
_MOST_LABELS = 3


@dataclass(frozen=True)
class ShownConflict:
    """What the page shows of a conflict.

    Attributes:
        conflict: the conflict.
        finding: its sentence.
        picture: a small version of the photo as a data URL, or None if it cannot be read.
        words: the color words, each with its first labels.
        photo: the first labels of the photo with their shares.
        tags: the product's tags, each with its source as people read it.
    """

    conflict: WordConflict
    finding: str
    picture: str | None
    words: list[tuple[FeedWord, list[Label]]]
    photo: list[tuple[Label, float]]
    tags: list[tuple[Label, str]]


def conflict_report(
    name: str,
    conflicts: Sequence[WordConflict],
    count: int,
    label_of: Callable[[str], Label],
    lang: Lang,
    on_progress: Callable[[], None] = lambda: None,
    *,
    allow_private: bool = False,
) -> str:
    """Return the HTML page on a catalog's conflicts; it shows at most `MOST_PICTURES`.

    Args:
        name: the catalog's name.
        conflicts: the surest first.
        count: how many the catalog has.
        label_of: returns the label of an id.
        lang: the language.
        on_progress: called after each conflict.
        allow_private: whether photos may be fetched from private addresses.
    """
    displayed = []
    for conflict in conflicts[:MOST_PICTURES]:
        displayed.append(_displayed(conflict, label_of, lang, allow_private))
        on_progress()
    return render(
        "conflicts.html.j2",
        lang,
        title=TEXTS["conflicts_title"][lang].format(name=name),
        count=count,
        conflicts=displayed,
    )


def _displayed(
    conflict: WordConflict, label_of: Callable[[str], Label], lang: Lang, allow_private: bool
) -> ShownConflict:
    shown = conflict.product
    return ShownConflict(
        conflict,
        conflict.finding(label_of, lang),
        _picture(conflict.photo, allow_private),
        [(word, [label_of(each) for each in word.labels[:_MOST_LABELS]]) for word in conflict.words],
        [(label_of(label), share) for label, share in islice(conflict.shares.items(), _MOST_LABELS)],
        [(label_of(tag.label), TEXTS[f"source_{tag.source}"][lang]) for tag in shown.tags],
    )


def _picture(photo: str | None, allow_private: bool) -> str | None:
    """Return the photo encoded again, so that nothing of an untrusted file but its pixels is on the page."""
    if photo is None:
        return None
    try:
        content = to_webp(read_photo(photo_at(photo, Path(), allow_private=allow_private).read(), SIDE))
    except PhotoError:
        return None
    return f"data:image/webp;base64,{base64.b64encode(content).decode('ascii')}"
