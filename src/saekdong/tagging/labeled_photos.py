"""Labeled photos: the file that says which photo bears which labels."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from saekdong.color import OTHER, STARTER, ChoiceError, Label, Vocabulary, check_other, own_label
from saekdong.errors import RowsError
from saekdong.lang import counted
from saekdong.model.tables import CellTable, read_table
from saekdong.photo import PhotoError, photo_at, read_photo
from saekdong.photo.features import SIDE
from saekdong.photo.kernel import describe_photo
from saekdong.tagging.described import DescribedPhotos, LabeledPhoto, NamedColor
from saekdong.tagging.photo_rows import product_colors


@dataclass(frozen=True)
class LabeledPhotos:
    """A file of labeled photos, read.

    Attributes:
        name: the file.
        vocabulary: the labels.
        photos: what can be used.
        rejected: what cannot, and why, a line each.
    """

    name: str
    vocabulary: Vocabulary
    photos: list[LabeledPhoto]
    rejected: list[str]

    def describe(self, done: Callable[[], None] = lambda: None) -> DescribedPhotos:
        """Read the photos and return their features; `done` is called after each.

        Raises:
            RowsError: none can be read.
        """
        photos, features, colors, failed, digests = [], [], [], [], []
        for photo in self.photos:
            try:
                content = photo.source.read()
                read = read_photo(content, SIDE)
            except PhotoError as error:
                failed.append(f"{self.name}, line {photo.line}: {photo.source.name}: {error}")
            else:
                photos.append(photo)
                digests.append(hashlib.sha256(content).hexdigest())
                description = describe_photo(read.pixels, read.alpha)
                features.append(description.features)
                colors.append(product_colors(read.pixels, description.weights))
            done()
        if not features:
            raise RowsError(f"{self.name}: no photo can be read; {failed[0]}", fix="check the paths")
        return DescribedPhotos(self.name, self.vocabulary, photos, np.stack(features), colors, failed, digests)


def read_labeled_photos(
    path: Path, vocabulary: Vocabulary | None = STARTER, least_labels: int = 2, *, allow_private: bool = False
) -> LabeledPhotos:
    """Read a CSV or Parquet file with the columns photo and labels.

    Several labels are separated by `;`, labels that name a color as well by `|`. A photo is an address, or a path from
    the file's folder on.

    Args:
        path: the file.
        vocabulary: the labels that it may use; with None, its own labels become the vocabulary.
        least_labels: how many different ones it must have.
        allow_private: also fetch photos from loopback and private addresses.

    Raises:
        RowsError: the file has no such columns, no usable row, or too few labels.
    """
    table = read_table(path)
    photo, labels = (_column(table, name) for name in ("photo", "labels"))
    rows = [(record.line, _cell(record.cells, photo), _cell(record.cells, labels)) for record in table.records]
    words = vocabulary or _own_vocabulary(word for _, _, text in rows for word in re.split(r"[;|]", text))
    photos, rejected = [], []
    for line, name, text in rows:
        try:
            source = photo_at(_named(name), path.parent, allow_private=allow_private)
            photos.append(LabeledPhoto(line, source, _colors(text, words)))
        except (ValueError, ChoiceError) as error:
            rejected.append(f"{path}, line {line}: {error}")
    used = {code for each in photos for color in each.colors for code in color}
    if len(used) < least_labels:
        why = rejected[0] if rejected and not used else f"{path} has photos of {counted(len(used), 'label')} only"
        fix = f"label photos with at least {least_labels} of the shop's labels (--labels says which there are)"
        raise RowsError(why, fix=fix)
    return LabeledPhotos(str(path), words, photos, rejected)


def photo_column(table: CellTable) -> int | None:
    """Return where a table of photos keeps them; None for one of colors, or of neither."""
    return None if any(table.column(name) is not None for name in ("R", "G", "B", "COL")) else table.column("photo")


def _column(table: CellTable, name: str) -> int:
    place = table.column(name)
    if place is None:
        found = ", ".join(table.header)
        raise RowsError(f"{table.name} has no column {name} (it has: {found})", fix="name the columns photo and labels")
    return place


def _cell(cells: list[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""


def _named(name: str) -> str:
    if not name:
        raise ValueError("photo is empty")
    return name


def _colors(text: str, words: Vocabulary) -> frozenset[NamedColor]:
    parts = re.split(r"[;|]", text)
    if any(words.means_other(word) for word in parts):
        check_other({OTHER if words.means_other(word) else word for word in parts})
        raise ValueError(f"{OTHER!r} teaches nothing: it says that no label fits; remove the row")
    return frozenset(frozenset(_code(word, words) for word in color.split("|")) for color in text.split(";"))


def _code(word: str, words: Vocabulary) -> int:
    if not word.strip():
        raise ValueError("labels is empty, or has an empty label")
    label = words.find(word)
    if label is None:
        near = words.nearest_word(word)
        hint = f"; did you mean {near!r}?" if near else ""
        raise ValueError(f"label {word.strip()!r} is not in the vocabulary{hint}")
    return words.ids.index(label.id)


def _own_vocabulary(words: Iterator[str]) -> Vocabulary:
    """Make a vocabulary of the file's own labels, in order of first use; the starter's keep its names."""
    labels: dict[str, Label] = {}
    for word in words:
        if (text := word.strip()) and not STARTER.means_other(text):
            label = STARTER.find(text) or own_label(text)
            labels.setdefault(label.id, label)
    return Vocabulary(tuple(labels.values()))
