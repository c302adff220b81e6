"""Rows: labeled colors, the data that a classifier is trained on."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from saekdong.color import Vocabulary

Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Rows:
    """Labeled colors, each with the cells it came from.

    Attributes:
        vocabulary: the labels that `codes` index.
        rgb: sRGB, uint8, (N, 3).
        codes: each row's index in the vocabulary, intp, (N,).
        weight: each row's weight, float64, (N,), greater than 0.
        source: each row's source, a text or "", (N,).
        lines: each row's line in its file, (N,).
        header: the file's column names.
        cells: each row as it was in the file.
    """

    vocabulary: Vocabulary
    rgb: NDArray[np.uint8]
    codes: Indices
    weight: NDArray[np.float64]
    source: NDArray[np.str_]
    lines: Indices
    header: tuple[str, ...]
    cells: Sequence[Sequence[str]]

    def __len__(self) -> int:
        return len(self.rgb)

    @cached_property
    def colors(self) -> NDArray[np.uint32]:
        """Each row's color as one number, 0xRRGGBB, (N,)."""
        red, green, blue = self.rgb.T.astype(np.uint32)
        packed: NDArray[np.uint32] = (red << 16) | (green << 8) | blue
        return packed

    @cached_property
    def counts(self) -> Indices:
        """The number of rows of each label of the vocabulary, (L,)."""
        return np.bincount(self.codes, minlength=len(self.vocabulary))

    def labels(self) -> list[str]:
        """Return each row's label id."""
        ids = self.vocabulary.ids
        return [ids[code] for code in self.codes]

    def take(self, places: Indices) -> "Rows":
        """Return the rows at `places`, in that order."""
        return Rows(
            self.vocabulary,
            self.rgb[places],
            self.codes[places],
            self.weight[places],
            self.source[places],
            self.lines[places],
            self.header,
            [self.cells[place] for place in places],
        )

    def with_used_labels(self) -> "Rows":
        """Return the same rows with a vocabulary of only the labels that occur in them."""
        used = np.flatnonzero(self.counts)
        codes = np.searchsorted(used, self.codes)
        vocabulary = self.vocabulary.only(self.vocabulary.ids[code] for code in used)
        return Rows(vocabulary, self.rgb, codes, self.weight, self.source, self.lines, self.header, self.cells)

    def balanced(self) -> "Rows":
        """Return the same rows, weighted so that every label has the same total weight."""
        totals = np.bincount(self.codes, weights=self.weight, minlength=len(self.vocabulary))
        share = self.weight.sum() / np.count_nonzero(totals)
        weight = self.weight * share / totals[self.codes]
        return Rows(self.vocabulary, self.rgb, self.codes, weight, self.source, self.lines, self.header, self.cells)

    def digest(self) -> str:
        """Return the SHA-256 (hex) of colors, labels and weights, in their order."""
        sha = hashlib.sha256()
        sha.update("\n".join(self.labels()).encode())
        sha.update(np.ascontiguousarray(self.rgb).tobytes())
        sha.update(self.weight.astype("<f8").tobytes())
        return sha.hexdigest()


def join(parts: Sequence[Rows]) -> Rows:
    """Return the rows of several files as one, in order.

    The vocabulary has the labels of all, each as its first file has it; the header has the columns of all, by name.
    """
    known = {label.id: label for part in parts for label in part.vocabulary}
    vocabulary = Vocabulary(tuple(known.values()))
    code = {label_id: place for place, label_id in enumerate(vocabulary.ids)}
    header = tuple(dict.fromkeys(title for part in parts for title in part.header))
    return Rows(
        vocabulary,
        np.concatenate([part.rgb for part in parts]),
        np.array([code[label] for part in parts for label in part.labels()], dtype=np.intp),
        np.concatenate([part.weight for part in parts]),
        np.concatenate([part.source for part in parts]),
        np.concatenate([part.lines for part in parts]),
        header,
        [cells for part in parts for cells in _arranged(part, header)],
    )


def _arranged(rows: Rows, header: tuple[str, ...]) -> Sequence[Sequence[str]]:
    if rows.header == header:
        return rows.cells
    named = [dict(zip(rows.header, cells, strict=False)) for cells in rows.cells]
    return [tuple(row.get(title, "") for title in header) for row in named]
