"""Teach the step from pixels to tags by labeled photos: a shop's own, in the shop's own words."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from saekdong.color import Vocabulary
from saekdong.errors import RowsError
from saekdong.files import write_whole
from saekdong.model import artifact
from saekdong.model.artifact import Artifact
from saekdong.model.progress import StepProgress
from saekdong.model.rows import Indices
from saekdong.photo.features import VERSION, survey_votes
from saekdong.tagging.described import DescribedPhotos
from saekdong.tagging.kernel_fit import KernelFit, choose_centers
from saekdong.tagging.photo_model import Matrix, PhotoModel
from saekdong.tagging.photo_rows import photo_rows
from saekdong.tagging.photos import warm_up
from saekdong.tagging.scoring import Truth, count_tags, micro_scores, tagged
from saekdong.tagging.starter import starter_code, starter_columns, starter_model
from saekdong.tagging.tagger import Tagger
from saekdong.tagging.taught_colors import teach_colors
from saekdong.tagging.verdict import DECIDING, TagComparison

STARTER_RIDGE = 0.5

RIDGES = (math.inf, 4.0, 1.0, 0.5)
"""How strongly the starter may hold against a shop's photos, the strongest first; infinite keeps it as it is.

Cross-validation on the shop's photos chooses: one ridge for all shops made the tags of some of them worse
(docs/benchmarks.md).
"""

FULL_RIDGE_PHOTOS = 40
"""With fewer photos the ridge rises in proportion."""

INTERCEPT_PHOTOS = 30.0
"""The intercept holds as if it came from so many photos: held less, one photo of navy made everything navy."""

LEAST_PHOTOS = 10
"""With fewer photos the tags got worse more often than better (docs/tags.md)."""

MOST_CENTERS = 1000
"""If a shop has more photos, so many of them become centers of the kernel; all of them are fitted."""

FOLDS = 5


def targets(truth: Truth, features: NDArray[np.float32], vocabulary: Vocabulary) -> Matrix:
    """Return each label's part in each photo, (N, L): 1 for a color that only one label names.

    Where several labels name a color as well (a shop that only says "blue" for navy), they share it as the survey's
    people would name the product's pixels.
    """
    votes = starter_columns(vocabulary, survey_votes(features)) + 1e-3
    wanted = np.zeros((len(truth), len(vocabulary)))
    for photo, colors in enumerate(truth):
        for color in colors:
            codes = sorted(color)
            part = votes[photo, codes] / votes[photo, codes].sum()
            wanted[photo, codes] = np.maximum(wanted[photo, codes], part)
    return wanted


def prior_model(vocabulary: Vocabulary) -> PhotoModel:
    """Return what the starter knows of a vocabulary's labels; zero for labels that it has no word for."""
    model = starter_model()
    matrix, weights = (starter_columns(vocabulary, each) for each in (model.matrix, model.weights))
    return PhotoModel(matrix, model.centers, weights)


@dataclass(frozen=True, eq=False)
class Examples:
    """Photos to learn from: features (N, D), what is wanted of them (N, L), and their colors."""

    features: NDArray[np.float32]
    wanted: Matrix
    truth: Truth

    def take(self, places: Indices) -> "Examples":
        """Return the photos at `places`."""
        return Examples(self.features[places], self.wanted[places], [self.truth[place] for place in places])


def learn_model(photos: Examples, prior: PhotoModel, seed: int = 0) -> tuple[PhotoModel, float]:
    """Return the model that a shop's photos teach, and the ridge that cross-validation chose for it.

    The ridge with the best mean of top1 and f1 on photos held out wins; of equals the strongest. It holds the labels
    that the starter knows. The others are learned by the weakest: nothing is known that could hold them.

    Args:
        photos: the shop's.
        prior: what the starter knows; zero for labels that it does not know.
        seed: of the folds.

    Returns:
        The model, which is `prior` itself if nothing is learned, and the ridge.
    """
    fold = deal_folds(len(photos.truth), seed)
    scores = {ridge: np.zeros(photos.wanted.shape) for ridge in RIDGES}
    for test in range(FOLDS):
        held_out = np.flatnonzero(fold == test)
        lesson = Lesson.of(photos.take(np.flatnonzero(fold != test)), prior)
        for ridge in RIDGES:
            scores[ridge][held_out] = lesson.learn(ridge).scores(photos.features[held_out])
    quality = {ridge: _quality(each, photos.truth) for ridge, each in scores.items()}
    ridge = max(RIDGES, key=lambda each: quality[each])
    return Lesson.of(photos, prior).learn(ridge), ridge


def _quality(scores: Matrix, truth: Truth) -> float:
    top1, _, _, f1 = micro_scores(count_tags(tagged(scores), truth).sum(axis=0))
    return top1 + f1


@dataclass(frozen=True, eq=False)
class Lesson:
    """A shop's photos, ready to be learned with any ridge.

    Attributes:
        prior: what the starter knows.
        fit: the photos' features, ready to be fitted.
        missing: what the prior lacks of what is wanted, (N, L).
    """

    prior: PhotoModel
    fit: KernelFit
    missing: Matrix

    @classmethod
    def of(cls, photos: Examples, prior: PhotoModel) -> "Lesson":
        """Prepare photos."""
        fit = KernelFit.of(photos.features, choose_centers(photos.features, MOST_CENTERS))
        return cls(prior, fit, photos.wanted - prior.scores(photos.features))

    def learn(self, ridge: float) -> PhotoModel:
        """Return the prior, changed by the photos; the prior itself if there is nothing to change."""
        known = self.prior.matrix.any(axis=0)
        ridge *= max(1.0, FULL_RIDGE_PHOTOS / len(self.missing))
        model = self.prior
        for labels, strength in ((known, ridge), (~known, RIDGES[-1])):
            missing = np.where(labels, self.missing, 0)
            if missing.any() and not math.isinf(strength):
                model = model.plus(self.fit.solve(missing, strength, INTERCEPT_PHOTOS))
        return model


def deal_folds(photos: int, seed: int) -> Indices:
    """Return a fold for each photo, (N,)."""
    return np.random.default_rng(seed).permutation(photos) % FOLDS


def hold_out(photos: Examples, fold: Indices, learn: Callable[[Examples], PhotoModel]) -> Matrix:
    """Return each photo's scores by a model that was learned from the other folds, (N, L)."""
    result = np.zeros(photos.wanted.shape)
    for test in np.unique(fold):
        others, held_out = np.flatnonzero(fold != test), np.flatnonzero(fold == test)
        result[held_out] = learn(photos.take(others)).scores(photos.features[held_out])
    return result


@dataclass(frozen=True)
class Taught:
    """A taught artifact, and how photos held out were tagged before and after.

    Attributes:
        artifact: the model.
        comparison: the starter and models that were not taught with the photo, on each photo.
        unknown: labels of the vocabulary that no photo has and the starter does not know: they are never given.
        kept_starter: whether the tags stay the starter's, because no taught model did better.
    """

    artifact: Artifact
    comparison: TagComparison
    unknown: tuple[str, ...]
    kept_starter: bool


def _ignore(_step: str, _done: int, _total: int) -> None:
    """Report no progress."""


def check_enough(photos: int, name: str) -> None:
    """Check that there are enough labeled photos to learn from.

    Raises:
        RowsError: there are fewer than `LEAST_PHOTOS`.
    """
    if photos < LEAST_PHOTOS:
        raise RowsError(
            f"{name}: {photos} photos can be used, and teaching needs at least {LEAST_PHOTOS}",
            fix="label more photos; fewer make the tags worse more often than better",
        )


def teach(described: DescribedPhotos, seed: int = 0, on_progress: StepProgress = _ignore) -> Taught:
    """Fit the step from pixels to tags to labeled photos.

    What the starter knows of the same labels is the prior: few photos move it little, many much. Labels without a
    photo keep what the starter knows of them. The scores come from five folds: every photo is tagged by a model that
    was not fitted to it. If no model does better than the starter on photos held out, the starter's is kept.

    Args:
        described: the photos' features and labels.
        seed: of the folds.
        on_progress: called with the step's name (evaluate, compile), how much of it is done, and of how much.

    Raises:
        RowsError: there are fewer than `LEAST_PHOTOS` photos.
    """
    check_enough(len(described.photos), described.name)
    wanted = targets(described.truth, described.features, described.vocabulary)
    photos = Examples(described.features, wanted, described.truth)
    judged = judge_model(photos, prior_model(described.vocabulary), seed, on_progress)
    colors = _teach_colors(described, deal_folds(len(described.photos), seed), on_progress)
    info = {**colors.info, "seed": seed, "tagger": _tagger_info(judged)}
    model = judged.model.into(replace(colors, info=info))
    return Taught(model, judged.comparison, _unknown(described), kept_starter=judged.kept_prior)


@dataclass(frozen=True, eq=False)
class JudgedModel:
    """A model that photos teach, and how photos held out are tagged without and with it.

    Attributes:
        model: from features to labels.
        ridge: how strongly the prior holds the labels that it knows; infinite if it keeps them as they are.
        comparison: the prior and models that were not taught with the photo, on each photo.
        kept_prior: whether the model is the prior, because no other did better.
    """

    model: PhotoModel
    ridge: float
    comparison: TagComparison
    kept_prior: bool


def judge_model(photos: Examples, prior: PhotoModel, seed: int = 0, on_progress: StepProgress = _ignore) -> JudgedModel:
    """Return the model that `learn_model` gives, with a comparison on photos held out in five folds.

    Args:
        photos: the shop's.
        prior: what the starter knows; zero for labels that it does not know.
        seed: of the folds.
        on_progress: called with "evaluate", how many steps are done, and of how many.
    """
    on_progress("evaluate", 0, FOLDS + 1)
    fold = deal_folds(len(photos.truth), seed)
    before = prior.scores(photos.features)
    with threadpool_limits(1):  # the systems are small: several threads only wait for each other
        model, ridge = learn_model(photos, prior, seed)
        kept = model is prior
        after = before if kept else _evaluate(photos, prior, fold, seed, on_progress)
    return JudgedModel(model, ridge, TagComparison(tagged(before), tagged(after), photos.truth), kept)


def _evaluate(photos: Examples, prior: PhotoModel, fold: Indices, seed: int, on_progress: StepProgress) -> Matrix:
    """Return each photo's scores by a model that neither was fitted to it nor had its ridge chosen by it."""
    done = itertools.count(2)

    def learn(others: Examples) -> PhotoModel:
        on_progress("evaluate", next(done), FOLDS + 1)
        return learn_model(others, prior, seed)[0]

    return hold_out(photos, fold, learn)


def save_taught(model: Artifact, path: Path) -> None:
    """Write a taught artifact, if it can be read back and tags a photo.

    Raises:
        ArtifactError: it cannot be used; nothing is written.
        SaekdongError: `path` cannot be written.
    """
    packed = artifact.pack(model)
    warm_up(Tagger(artifact.unpack(packed)))
    write_whole(path, packed)


def _teach_colors(described: DescribedPhotos, fold: Indices, on_progress: StepProgress) -> Artifact:
    rows = photo_rows(described)
    fold_of_line = dict(zip((photo.line for photo in described.photos), fold, strict=True))
    fold_of_row = np.array([fold_of_line[line] for line in rows.lines], dtype=np.intp)
    return teach_colors(rows, fold_of_row, lambda done, total: on_progress("compile", done, total))


def _unknown(described: DescribedPhotos) -> tuple[str, ...]:
    taught = {code for colors in described.truth for color in colors for code in color}
    labels = enumerate(described.vocabulary)
    return tuple(label.id for code, label in labels if code not in taught and starter_code(label) is None)


def _tagger_info(judged: JudgedModel) -> dict[str, Any]:
    comparison = judged.comparison
    before, after = comparison.scores
    return {
        "features": VERSION,
        "photos": before.photos,
        "how": "ridge regression and a Gaussian kernel on photo features, drawn toward the starter",
        "ridge": None if math.isinf(judged.ridge) else judged.ridge,
        "before": before.figures(),
        "after": after.figures(),
        "differences": {figure: vars(comparison.differences[figure]) for figure in DECIDING},
        "verdict": comparison.verdict,
    }
