"""The report on a model's tags of labeled photos: one self-contained HTML page, in English or Korean."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from saekdong.color import OTHER_LABEL, Label, Vocabulary
from saekdong.lang import Lang
from saekdong.model import charts
from saekdong.model.goals import Outcome
from saekdong.model.reports import render, safe_svg
from saekdong.model.texts import TEXTS
from saekdong.photo import PhotoError, read_photo, to_webp
from saekdong.tagging.photo_evaluation import JudgedPhoto, PhotoEvaluation

MOST_PICTURES = 48
"""How many wrong photos the page shows."""

MOST_IN_MATRIX = 40
"""How many labels the confusion matrix shows, the most frequent."""

SIDE = 160
_MOST_LABELS = 6
_MOST_LETTERS = 120


@dataclass(frozen=True)
class WrongPhoto:
    """What the page shows of a wrong photo.

    Attributes:
        name: the photo's, cut if it is long.
        short: its file and folder.
        line: its line in the file.
        picture: a small version as a data URL, or None if it can no longer be read.
        colors: the labels of each of its colors.
        first: the label of its first tag.
        share: that tag's share.
    """

    name: str
    short: str
    line: int
    picture: str | None
    colors: list[list[Label]]
    first: Label
    share: float


def photo_report(
    model: str,
    file: str,
    result: PhotoEvaluation,
    outcomes: Sequence[Outcome],
    lang: Lang,
    on_progress: Callable[[], None] = lambda: None,
) -> str:
    """Return the HTML page on a model's tags of the labeled photos of a file.

    The page is bounded: it shows at most 48 wrong photos, small and encoded again, and at most 40 labels in its matrix.

    Args:
        model: the model's name.
        file: the file's name.
        result: the figures.
        outcomes: the goals, checked.
        lang: the language.
        on_progress: called after each picture; there are as many as `pictured` says.
    """
    titles = TEXTS["true_label"][lang], TEXTS["first_tag"][lang]
    down, counts = _matrix(result)
    names = [label.name(lang) for label in down]
    across = [*names, OTHER_LABEL.name(lang)] if counts.shape[1] > len(names) else names
    steps = result.steps
    curve = charts.share_curve(
        [step.share for step in steps], [step.right for step in steps], [step.photos for step in steps], lang
    )
    wrong = []
    for photo in result.wrong[: pictured(result)]:
        wrong.append(_shown(photo, result.vocabulary))
        on_progress()
    return render(
        "photos.html.j2",
        lang,
        title=TEXTS["photos_title"][lang],
        how=TEXTS["evaluated_photos"][lang].format(file=file),
        model=model,
        result=result,
        outcomes=outcomes,
        down=down,
        across=across,
        counts=counts,
        in_matrix=MOST_IN_MATRIX if len(down) == MOST_IN_MATRIX else None,
        by_id={label.id: label for label in (*result.vocabulary, OTHER_LABEL)},
        confusion=safe_svg(charts.matrix_picture(counts, names, across, titles, lang)),
        curve=safe_svg(curve),
        wrong=wrong,
    )


def pictured(result: PhotoEvaluation) -> int:
    """Return how many wrong photos the page shows."""
    return min(len(result.wrong), MOST_PICTURES)


def _matrix(result: PhotoEvaluation) -> tuple[list[Label], np.ndarray]:
    """Return the labels that occur, the most frequent if they are many, and their part of the confusion matrix."""
    counts = result.confusion
    square = counts[:, :-1]
    often = square.sum(axis=0) + counts.sum(axis=1)
    kept = np.sort(np.argsort(-often, kind="stable")[: min(MOST_IN_MATRIX, np.count_nonzero(often))])
    across = [*kept, len(counts)] if counts[:, -1].any() else kept
    return [result.vocabulary[code] for code in kept], np.round(counts[np.ix_(kept, across)], 1)


def _shown(photo: JudgedPhoto, vocabulary: Vocabulary) -> WrongPhoto:
    colors = sorted(sorted(color) for color in photo.colors)[:_MOST_LABELS]
    name = photo.source.name.encode("utf-8", "replace").decode()
    return WrongPhoto(
        _cut(name),
        _cut("/".join(name.replace("\\", "/").split("/")[-2:])),
        photo.line,
        _picture(photo),
        [[vocabulary[code] for code in color[:_MOST_LABELS]] for color in colors],
        vocabulary[photo.tags[0]] if photo.tags else OTHER_LABEL,
        photo.share,
    )


def _picture(photo: JudgedPhoto) -> str | None:
    """Return the photo encoded again, so that nothing of an untrusted file but its pixels is on the page."""
    try:
        content = to_webp(read_photo(photo.source.read(), SIDE))
    except PhotoError:
        return None
    return f"data:image/webp;base64,{base64.b64encode(content).decode('ascii')}"


def _cut(name: str) -> str:
    return name if len(name) <= _MOST_LETTERS else f"...{name[-_MOST_LETTERS:]}"
