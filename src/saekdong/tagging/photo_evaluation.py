"""How good a model's tags of labeled photos are, and where they go wrong."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saekdong.color import OTHER, Vocabulary
from saekdong.model.intervals import Interval, bootstrap, wilson
from saekdong.model.measured import Unmeasured
from saekdong.photo import PhotoError, Source
from saekdong.tagging.described import LabeledPhoto, NamedColor
from saekdong.tagging.photos import TaggedPhoto, tag_photo
from saekdong.tagging.scoring import FIGURES, LabelTags, allowed_codes, count_tags, label_scores, micro_scores
from saekdong.tagging.tagger import Tagger, shown_codes

_STEPS = 10
_WORST = 8


@dataclass(frozen=True, eq=False)
class JudgedPhoto:
    """A labeled photo and what a model says of it.

    Attributes:
        line: its line in the file.
        source: where it is read from.
        colors: its colors, each the set of the codes of labels that name it as well.
        tags: the codes of its tags, the first one first; none if it is `other`.
        share: the first tag's share of the product, or the largest share if it is `other`.
    """

    line: int
    source: Source
    colors: frozenset[NamedColor]
    tags: list[int]
    share: float

    @property
    def right(self) -> bool:
        """Whether the first tag is one of the product's colors."""
        return bool(self.tags) and self.tags[0] in allowed_codes(self.colors)


@dataclass(frozen=True)
class PhotoLabelScore:
    """How one label fares.

    Attributes:
        label: its id.
        photos: how many products have it among their colors.
        given: how many photos got it as a tag.
        precision: the share of those photos that have it among their colors; NaN if none got it.
        recall: the share of its products that got it, or another label that names the color as well; NaN if none.
        f1: the harmonic mean of the two; NaN if either is.
    """

    label: str
    photos: int
    given: int
    precision: Interval
    recall: Interval
    f1: float


@dataclass(frozen=True)
class ShareStep:
    """Photos whose first tag has about the same share: how many, the mean share, and how often the tag is right."""

    photos: int
    share: float
    right: Interval


@dataclass(frozen=True)
class PhotoConfusion:
    """Products of one color whose first tag is another: how many photos, of several colors in parts."""

    given: str
    predicted: str
    photos: float


@dataclass(frozen=True, eq=False)
class PhotoEvaluation:
    """The figures of a model on labeled photos.

    Attributes:
        vocabulary: the labels.
        photos: how many were tagged.
        top1: the share of photos whose first tag is one of the product's colors.
        precision: the share of all tags that are one of the product's colors.
        recall: the share of the products' colors that a tag names.
        f1: the harmonic mean of the two.
        confusion: photos by true label (down) and first tag (across; the last column is `other`), (L, L + 1).
        labels: each label's figures, in the vocabulary's order.
        steps: how often the first tag is right by its share, in ten equal steps, those that occur.
        calibration_error: how far the first tag's share is from how often it is right, on average.
        worst: the most frequent confusions.
        wrong: the photos whose first tag is wrong, the surest first.
    """

    vocabulary: Vocabulary
    photos: int
    top1: Interval
    precision: Interval
    recall: Interval
    f1: Interval
    confusion: NDArray[np.float64]
    labels: list[PhotoLabelScore]
    steps: list[ShareStep]
    calibration_error: float
    worst: list[PhotoConfusion]
    wrong: list[JudgedPhoto]

    @property
    def unmeasured(self) -> Unmeasured:
        """The labels that are never found, and those with too few photos."""
        return Unmeasured.of((score.label, score.photos, score.recall.value) for score in self.labels)

    def figures(self) -> dict[str, float]:
        """Return every figure that a goal can name."""
        values = [*(getattr(self, name).value for name in FIGURES), self.calibration_error]
        for score in self.labels:
            values += [score.recall.value, score.precision.value]
        return dict(zip(photo_figure_names(self.vocabulary), values, strict=True))

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as plain data for JSON, rounded to four digits; None for what cannot be computed."""
        return {
            "photos": self.photos,
            **{name: _rounded(getattr(self, name).value) for name in FIGURES},
            "intervals": {name: _ends(getattr(self, name)) for name in FIGURES},
            "calibration_error": _rounded(self.calibration_error),
            "labels": {score.label: _label(score) for score in self.labels if score.photos or score.given},
            "confusion": {
                "labels": [*self.vocabulary.ids, OTHER],
                "given_by_first_tag": np.round(self.confusion, 4).tolist(),
            },
            "calibration_curve": [
                {
                    "photos": step.photos,
                    "share": _rounded(step.share),
                    "right": _rounded(step.right.value),
                    "right_interval": _ends(step.right),
                }
                for step in self.steps
            ],
            "worst_confusions": [{**asdict(pair), "photos": _rounded(pair.photos)} for pair in self.worst],
            "wrong": len(self.wrong),
        }


def photo_figure_names(vocabulary: Vocabulary) -> list[str]:
    """Return the names of the figures of a model of this vocabulary on photos: the five means, then two a label."""
    return [*FIGURES, "calibration_error"] + [
        f"{figure}.{label}" for label in vocabulary.ids for figure in ("recall", "precision")
    ]


def judge_photo(tagger: Tagger, photo: LabeledPhoto) -> JudgedPhoto | PhotoError:
    """Tag a labeled photo; return why it cannot be read if it cannot."""
    try:
        tagged: TaggedPhoto = tag_photo(tagger, photo.source.name, photo.source.read())
    except PhotoError as error:
        return error
    return JudgedPhoto(photo.line, photo.source, photo.colors, shown_codes(tagged.shares), float(tagged.shares.max()))


def evaluate_photos(photos: Sequence[JudgedPhoto], vocabulary: Vocabulary) -> PhotoEvaluation:
    """Compare a model's tags with the photos' labels.

    Args:
        photos: at least one, as `judge_photo` returns them.
        vocabulary: the model's, into which their codes point.

    Returns:
        The figures. The interval of top1, and those of the labels, are Wilson's; those of precision, recall and f1
        come from 1,000 bootstrap samples of whole photos, because the tags of one photo depend on one another.
    """
    tags, truth = [photo.tags for photo in photos], [photo.colors for photo in photos]
    counts = count_tags(tags, truth)
    _, precision, recall, f1 = (_with_spread(each, len(photos)) for each in bootstrap_scores(counts))
    confusion = confusion_by_first_tag(photos, len(vocabulary))
    steps, error = _calibration(photos)
    return PhotoEvaluation(
        vocabulary,
        len(photos),
        wilson(int(counts[:, 1].sum()), len(photos)),
        precision,
        recall,
        f1,
        confusion,
        _label_figures(label_scores(tags, truth), vocabulary),
        steps,
        error,
        _worst(confusion, vocabulary),
        sorted((photo for photo in photos if not photo.right), key=lambda photo: (-photo.share, photo.line)),
    )


def bootstrap_scores(counts: NDArray[np.int64]) -> tuple[Interval, ...]:
    """Return top1, precision, recall and f1 of `count_tags`' counts, with bootstrap intervals by photo."""
    return bootstrap(lambda times: np.array(micro_scores(times @ counts)), len(counts))


def confusion_by_first_tag(photos: Iterable[JudgedPhoto], labels: int) -> NDArray[np.float64]:
    """Return photos by true label (down) and first tag (across; the last column is `other`), (L, L + 1).

    Every photo counts once, in its first tag's column. If that tag is one of its colors, it stands on the diagonal;
    otherwise it is divided equally among its colors, and a color among the labels that name it as well. So the
    diagonal's share is top1, whatever the order of the labels in the file.
    """
    confusion = np.zeros((labels, labels + 1))
    for photo in photos:
        first = photo.tags[0] if photo.tags else labels
        if photo.right:
            confusion[first, first] += 1
            continue
        for color in photo.colors:
            for code in color:
                confusion[code, first] += 1 / len(photo.colors) / len(color)
    return confusion


def _with_spread(figure: Interval, photos: int) -> Interval:
    """Give an interval to a figure of 0 or 1, for which the bootstrap sees no spread however few photos there are."""
    return wilson(figure.value * photos, photos) if figure.value in (0, 1) else figure


def _label_figures(scores: Iterable[LabelTags], vocabulary: Vocabulary) -> list[PhotoLabelScore]:
    by_code = {score.code: score for score in scores}
    figures = []
    for code, label in enumerate(vocabulary.ids):
        score = by_code.get(code, LabelTags(code, 0, 0, 0, 0))
        precision, recall = wilson(score.right, score.given), wilson(score.found, score.photos)
        both = precision.value + recall.value
        f1 = 2 * precision.value * recall.value / both if both else 0.0
        figures.append(PhotoLabelScore(label, score.photos, score.given, precision, recall, f1))
    return figures


def _calibration(photos: Sequence[JudgedPhoto]) -> tuple[list[ShareStep], float]:
    """Return how often the first tag is right by its share, and the mean distance between the two."""
    share, right = (np.array([getattr(photo, name) for photo in photos], float) for name in ("share", "right"))
    step = np.minimum((share * _STEPS).astype(int), _STEPS - 1)
    steps = []
    for place in np.unique(step):
        mine = step == place
        steps.append(ShareStep(int(mine.sum()), float(share[mine].mean()), wilson(right[mine].sum(), int(mine.sum()))))
    error = sum(abs(each.share - each.right.value) * each.photos for each in steps) / len(photos)
    return steps, error


def _worst(confusion: NDArray[np.float64], vocabulary: Vocabulary) -> list[PhotoConfusion]:
    """Return the pairs of labels that are confused most often, most first."""
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0)
    names = [*vocabulary.ids, OTHER]
    given, first = np.unravel_index(np.argsort(-wrong, axis=None, kind="stable")[:_WORST], wrong.shape)
    return [
        PhotoConfusion(names[a], names[b], float(wrong[a, b])) for a, b in zip(given, first, strict=True) if wrong[a, b]
    ]


def _label(score: PhotoLabelScore) -> dict[str, Any]:
    return {
        "photos": score.photos,
        "given": score.given,
        "precision": _rounded(score.precision.value),
        "recall": _rounded(score.recall.value),
        "f1": _rounded(score.f1),
        "intervals": {"precision": _ends(score.precision), "recall": _ends(score.recall)},
    }


def _ends(interval: Interval) -> dict[str, float | None]:
    return {"low": _rounded(interval.low), "high": _rounded(interval.high)}


def _rounded(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None
