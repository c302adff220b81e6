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
from saekdong.tagging.photo_rows import photo_rows
from saekdong.tagging.photos import warm_up
from saekdong.tagging.scoring import Truth, count_tags, micro_scores, tagged
from saekdong.tagging.starter import starter, starter_code, starter_columns
from saekdong.tagging.tagger import Tagger
from saekdong.tagging.taught_colors import teach_colors
from saekdong.tagging.verdict import DECIDING, TagComparison

Matrix = NDArray[np.float64]

STARTER_RIDGE = 0.5

RIDGES = (math.inf, 48.0, 12.0, 3.0)
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

FOLDS = 5


def fit_matrix(
    features: NDArray[np.float32],
    wanted: Matrix,
    ridge: float,
    prior: Matrix | None = None,
    intercept_ridge: float | None = None,
) -> Matrix:
    """Return the matrix that turns features into what is wanted, drawn toward a prior: ridge regression.

    Args:
        features: of each photo, (N, D), the last of them 1.
        wanted: each label's part in each photo, (N, L), as `targets` gives.
        ridge: how strongly the prior holds.
        prior: (D, L); zero if it is None.
        intercept_ridge: how strongly the prior of the last feature's row holds; a 500th of `ridge` if it is None.

    Returns:
        float64 (D, L), the minimum of |features W - wanted|^2 + ridge |W - prior|^2.
    """
    x = features.astype(np.float64)
    start = np.zeros((x.shape[1], wanted.shape[1])) if prior is None else prior
    hold = np.full(x.shape[1], ridge)
    hold[-1] = ridge / 500 if intercept_ridge is None else intercept_ridge
    missing = wanted - x @ start
    if len(x) < x.shape[1]:  # the same minimum, from as many equations as there are photos
        held = x / hold
        change = held.T @ np.linalg.solve(held @ x.T + np.eye(len(x)), missing)
    else:
        change = np.linalg.solve(x.T @ x + np.diag(hold), x.T @ missing)
    matrix: Matrix = (start + change).astype(np.float64)
    return matrix


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


def prior_matrix(vocabulary: Vocabulary) -> Matrix:
    """Return what the starter knows of a vocabulary's labels, (D, L); zero for labels that it has no word for."""
    known = starter().tagger
    assert known is not None  # noqa: S101
    return starter_columns(vocabulary, known)


@dataclass(frozen=True, eq=False)
class Examples:
    """Photos to learn from: features (N, D), what is wanted of them (N, L), and their colors."""

    features: NDArray[np.float32]
    wanted: Matrix
    truth: Truth

    def take(self, places: Indices) -> "Examples":
        """Return the photos at `places`."""
        return Examples(self.features[places], self.wanted[places], [self.truth[place] for place in places])


def learn_matrix(photos: Examples, prior: Matrix, seed: int = 0) -> tuple[Matrix, float]:
    """Return the matrix that a shop's photos teach, and the ridge that cross-validation chose for it.

    The ridge with the best mean of top1 and f1 on photos held out wins; of equals the strongest. It holds the labels
    that the starter knows. The others are learned by the weakest: nothing is known that could hold them.

    Args:
        photos: the shop's.
        prior: what the starter knows, (D, L); zero for labels that it does not know.
        seed: of the folds.
    """
    fold = deal_folds(len(photos.truth), seed)

    def score(ridge: float) -> float:
        scores = hold_out(photos, fold, lambda others: _fit(others, prior, ridge))
        top1, _, _, f1 = micro_scores(count_tags(tagged(scores), photos.truth).sum(axis=0))
        return top1 + f1

    ridge = max(RIDGES, key=score)
    return _fit(photos, prior, ridge), ridge


def _fit(photos: Examples, prior: Matrix, ridge: float) -> Matrix:
    matrix, known = prior.copy(), prior.any(axis=0)
    matrix[:, ~known] = fit_matrix(photos.features, photos.wanted[:, ~known], RIDGES[-1], None, INTERCEPT_PHOTOS)
    if not math.isinf(ridge):
        ridge *= max(1.0, FULL_RIDGE_PHOTOS / len(photos.truth))
        wanted, start = photos.wanted[:, known], prior[:, known]
        matrix[:, known] = fit_matrix(photos.features, wanted, ridge, start, INTERCEPT_PHOTOS)
    return matrix


def deal_folds(photos: int, seed: int) -> Indices:
    """Return a fold for each photo, (N,)."""
    return np.random.default_rng(seed).permutation(photos) % FOLDS


def hold_out(photos: Examples, fold: Indices, learn: Callable[[Examples], Matrix]) -> Matrix:
    """Return each photo's scores by a matrix that was learned from the other folds, (N, L)."""
    result = np.zeros(photos.wanted.shape)
    for test in np.unique(fold):
        others, held_out = np.flatnonzero(fold != test), np.flatnonzero(fold == test)
        result[held_out] = photos.features[held_out] @ learn(photos.take(others))
    return result


@dataclass(frozen=True)
class Taught:
    """A taught artifact, and how photos held out were tagged before and after.

    Attributes:
        artifact: the model.
        comparison: the starter and models that were not taught with the photo, on each photo.
        unknown: labels of the vocabulary that no photo has and the starter does not know: they are never given.
        kept_starter: whether the tags stay the starter's, because none of the taught matrices did better.
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
    photo keep what the starter knows of them. The scores come from five folds: every photo is tagged by a matrix that
    was not fitted to it. If no matrix does better than the starter on photos held out, its matrix is kept.

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
    judged = judge_matrix(photos, prior_matrix(described.vocabulary), seed, on_progress)
    colors = _teach_colors(described, deal_folds(len(described.photos), seed), on_progress)
    info = {**colors.info, "seed": seed, "tagger": _tagger_info(judged)}
    model = replace(colors, tagger=judged.matrix.astype(np.float32), info=info)
    return Taught(model, judged.comparison, _unknown(described), kept_starter=judged.kept_prior)


@dataclass(frozen=True, eq=False)
class JudgedMatrix:
    """A matrix that photos teach, and how photos held out are tagged without and with it.

    Attributes:
        matrix: from features to labels, (D, L).
        ridge: how strongly the prior holds the labels that it knows; infinite if it keeps them as they are.
        comparison: the prior and matrices that were not taught with the photo, on each photo.
        kept_prior: whether the matrix is the prior, because no other did better.
    """

    matrix: Matrix
    ridge: float
    comparison: TagComparison
    kept_prior: bool


def judge_matrix(photos: Examples, prior: Matrix, seed: int = 0, on_progress: StepProgress = _ignore) -> JudgedMatrix:
    """Return the matrix that `learn_matrix` gives, with a comparison on photos held out in five folds.

    Args:
        photos: the shop's.
        prior: what the starter knows, (D, L); zero for labels that it does not know.
        seed: of the folds.
        on_progress: called with "evaluate", how many steps are done, and of how many.
    """
    on_progress("evaluate", 0, FOLDS + 1)
    fold = deal_folds(len(photos.truth), seed)
    before = photos.features @ prior
    with threadpool_limits(1):  # the systems are small: several threads only wait for each other
        matrix, ridge = learn_matrix(photos, prior, seed)
        kept = np.array_equal(matrix, prior)
        after = before if kept else _evaluate(photos, prior, fold, seed, on_progress)
    return JudgedMatrix(matrix, ridge, TagComparison(tagged(before), tagged(after), photos.truth), kept)


def _evaluate(photos: Examples, prior: Matrix, fold: Indices, seed: int, on_progress: StepProgress) -> Matrix:
    """Return each photo's scores by a matrix that neither was fitted to it nor had its ridge chosen by it."""
    done = itertools.count(2)

    def learn(others: Examples) -> Matrix:
        on_progress("evaluate", next(done), FOLDS + 1)
        return learn_matrix(others, prior, seed)[0]

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


def _tagger_info(judged: JudgedMatrix) -> dict[str, Any]:
    comparison = judged.comparison
    before, after = comparison.scores
    return {
        "features": VERSION,
        "photos": before.photos,
        "how": "ridge regression from photo features, drawn toward the starter",
        "ridge": None if math.isinf(judged.ridge) else judged.ridge,
        "before": before.figures(),
        "after": after.figures(),
        "differences": {figure: vars(comparison.differences[figure]) for figure in DECIDING},
        "verdict": comparison.verdict,
    }
