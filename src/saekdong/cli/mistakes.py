"""The mistakes of models as CSV: one line per color or photo, the most confident first."""

import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saekdong.color import OTHER
from saekdong.csv_cells import Writer

if TYPE_CHECKING:
    from saekdong.color import Vocabulary
    from saekdong.model.calibration import Probabilities
    from saekdong.model.rows import Rows
    from saekdong.tagging.described import NamedColor
    from saekdong.tagging.photo_evaluation import JudgedPhoto, PhotoEvaluation

ROW_COLUMNS = ("color", "line", "truth", "predicted", "probability")
PHOTO_COLUMNS = ("photo", "line", "truth", "predicted", "share")
DIFFERING_ROW_COLUMNS = ("color", "line", "truth", "a", "b", "right")
DIFFERING_PHOTO_COLUMNS = ("photo", "line", "truth", "a", "b", "right")


def write_records(path: Path, columns: Sequence[str], records: Iterable[Sequence[Any]]) -> None:
    """Write records as CSV, whole or not at all; file names that are not UTF-8 keep their bytes."""
    from saekdong.files import whole_file

    with whole_file(path) as file:
        text = io.TextIOWrapper(file, "utf-8", errors="surrogateescape", newline="")
        writer = Writer(text)
        writer.writerow(columns)
        writer.writerows(records)
        text.flush()
        text.detach()


def of_rows(rows: "Rows", probabilities: "Probabilities") -> Iterator[tuple[str, int, str, str, str]]:
    """Yield the rows whose most probable label is wrong, by falling probability."""
    import numpy as np

    from saekdong.color import to_hex

    ids, predicted, sure = rows.vocabulary.ids, probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(predicted != rows.codes)
    for row in wrong[np.argsort(-sure[wrong], kind="stable")]:
        truth, label = ids[rows.codes[row]], ids[predicted[row]]
        yield to_hex(rows.rgb[row]), int(rows.lines[row]), truth, label, f"{sure[row]:.4f}"


def of_photos(result: "PhotoEvaluation") -> Iterator[tuple[str, int, str, str, str]]:
    """Yield the photos whose first tag is not one of their colors, by falling share."""
    for photo in result.wrong:
        truth = colors_text(photo.colors, result.vocabulary)
        yield photo.source.name, photo.line, truth, first_tag(photo, result.vocabulary), f"{photo.share:.4f}"


def differing_rows(
    rows: "Sequence[Rows]", probabilities: "Sequence[Probabilities]"
) -> Iterator[tuple[str, int, str, str, str, str]]:
    """Yield the rows that only one of two models names right, by falling confidence of the other.

    Args:
        rows: the same rows, in each model's vocabulary.
        probabilities: those that each model predicts, (N, L).
    """
    import numpy as np

    from saekdong.color import to_hex

    predicted = [chances.argmax(axis=1) for chances in probabilities]
    right_a, right_b = (named == each.codes for named, each in zip(predicted, rows, strict=True))
    sure = np.where(right_a, probabilities[1].max(axis=1), probabilities[0].max(axis=1))
    differing = np.flatnonzero(right_a != right_b)
    for row in differing[np.argsort(-sure[differing], kind="stable")]:
        a, b = (each.vocabulary.ids[named[row]] for named, each in zip(predicted, rows, strict=True))
        truth = rows[0].vocabulary.ids[rows[0].codes[row]]
        yield to_hex(rows[0].rgb[row]), int(rows[0].lines[row]), truth, a, b, "A" if right_a[row] else "B"


def differing_photos(
    a: "Sequence[JudgedPhoto]", b: "Sequence[JudgedPhoto]", vocabularies: "tuple[Vocabulary, Vocabulary]"
) -> Iterator[tuple[str, int, str, str, str, str]]:
    """Yield the photos whose first tag only one of two models has right, by falling confidence of the other.

    Args:
        a: model A's results for the photos.
        b: model B's results for the same photos.
        vocabularies: the vocabulary of each model.
    """
    pairs = [(one, other) for one, other in zip(a, b, strict=True) if one.right != other.right]
    for one, other in sorted(pairs, key=lambda pair: -(pair[1] if pair[0].right else pair[0]).share):
        truth = colors_text(one.colors, vocabularies[0])
        tags = first_tag(one, vocabularies[0]), first_tag(other, vocabularies[1])
        yield one.source.name, one.line, truth, *tags, "A" if one.right else "B"


def first_tag(photo: "JudgedPhoto", vocabulary: "Vocabulary") -> str:
    """Return the id of a photo's first tag."""
    return vocabulary.ids[photo.tags[0]] if photo.tags else OTHER


def colors_text(colors: "frozenset[NamedColor]", vocabulary: "Vocabulary") -> str:
    """Return a photo's colors as its file has them: several separated by `;`, labels of one color by `|`."""
    ids = vocabulary.ids
    return ";".join("|".join(ids[code] for code in color) for color in sorted(sorted(color) for color in colors))
