"""Teach the step from pixels to tags by labeled photos: a shop's own, in the shop's own words."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from saekdong.color import Vocabulary
from saekdong.model.artifact import Artifact
from saekdong.model.classifier import Recipe
from saekdong.model.training import train
from saekdong.tagging.features import VERSION, survey_votes
from saekdong.tagging.lessons import Described
from saekdong.tagging.photo_rows import photo_rows
from saekdong.tagging.scoring import TagScore, Truth, score_tags, tagged
from saekdong.tagging.starter import starter, starter_code

Matrix = NDArray[np.float64]

STARTER_RIDGE = 0.5
TEACH_RIDGE = 3.0
"""How strongly what is known before holds against the photos; chosen on shops left out in turn."""

COLORS = Recipe("lab", "knn", {"k": 15})
"""How the color table of a taught artifact learns from the photos' colors."""


def fit_matrix(features: NDArray[np.float32], wanted: Matrix, ridge: float, prior: Matrix | None = None) -> Matrix:
    """Return the matrix that turns features into what is wanted, drawn toward a prior: ridge regression.

    Args:
        features: of each photo, (N, D), the last of them 1.
        wanted: each label's part in each photo, (N, L), as `targets` gives.
        ridge: how strongly the prior holds; the last feature's row is hardly held.
        prior: (D, L); zero where it is None.

    Returns:
        float64 (D, L), the minimum of |features W - wanted|^2 + ridge |W - prior|^2.
    """
    x = features.astype(np.float64)
    start = np.zeros((x.shape[1], wanted.shape[1])) if prior is None else prior
    hold = np.full(x.shape[1], ridge)
    hold[-1] = ridge / 500
    change = np.linalg.solve(x.T @ x + np.diag(hold), x.T @ (wanted - x @ start))
    matrix: Matrix = (start + change).astype(np.float64)
    return matrix


def targets(truth: Truth, features: NDArray[np.float32], vocabulary: Vocabulary) -> Matrix:
    """Return each label's part in each photo, (N, L): 1 for a color that only one label names.

    Where several labels name a color as well (a shop that only says "blue" for navy), they share it as the survey's
    people would name the product's pixels.
    """
    votes = _columns(vocabulary, survey_votes(features)) + 1e-3
    wanted = np.zeros((len(truth), len(vocabulary)))
    for photo, colors in enumerate(truth):
        for color in colors:
            codes = sorted(color)
            part = votes[photo, codes] / votes[photo, codes].sum()
            wanted[photo, codes] = np.maximum(wanted[photo, codes], part)
    return wanted


def prior_matrix(vocabulary: Vocabulary) -> Matrix:
    """Return what the starter knows of a vocabulary's labels, (D, L); zero for labels that it has no word for."""
    artifact = starter()
    assert artifact.tagger is not None  # noqa: S101
    known = artifact.tagger.astype(np.float64)
    return _columns(vocabulary, known)


def _columns(vocabulary: Vocabulary, by_starter: Matrix) -> Matrix:
    """Pick the columns of the starter's labels that mean the same as the vocabulary's."""
    result = np.zeros((len(by_starter), len(vocabulary)))
    for code, label in enumerate(vocabulary):
        known = starter_code(label)
        if known is not None:
            result[:, code] = by_starter[:, known]
    return result


@dataclass(frozen=True)
class Taught:
    """A taught artifact, and how well photos held out were tagged before and after."""

    artifact: Artifact
    before: TagScore
    after: TagScore


def teach(lessons: Described, seed: int = 0) -> Taught:
    """Fit the step from pixels to tags to labeled photos.

    What the starter knows of the same labels is the prior: few photos move it little, many much. The scores come from
    five folds: every photo is tagged by a matrix that was not fitted to it.

    Args:
        lessons: the photos' features and labels.
        seed: of the folds.
    """
    vocabulary = lessons.vocabulary
    wanted = targets(lessons.truth, lessons.features, vocabulary)
    prior = prior_matrix(vocabulary)
    held_out = _out_of_fold(lessons.features, wanted, prior, seed)
    before, after = (score_tags(tagged(each), lessons.truth) for each in (lessons.features @ prior, held_out))
    matrix = fit_matrix(lessons.features, wanted, TEACH_RIDGE, prior).astype(np.float32)
    return Taught(_artifact(lessons, matrix, before, after, seed), before, after)


def _out_of_fold(features: NDArray[np.float32], wanted: Matrix, prior: Matrix, seed: int) -> Matrix:
    fold = np.random.default_rng(seed).permutation(len(features)) % min(5, len(features))
    result = np.zeros(wanted.shape)
    for test in np.unique(fold):
        kept = fold != test
        result[~kept] = features[~kept] @ fit_matrix(features[kept], wanted[kept], TEACH_RIDGE, prior)
    return result


def _artifact(
    lessons: Described, matrix: NDArray[np.float32], before: TagScore, after: TagScore, seed: int
) -> Artifact:
    """Return the taught artifact: a color table learned from the photos' colors, and the tagger's matrix."""
    colors = train(photo_rows(lessons), COLORS, seed).artifact
    told = {
        "features": VERSION,
        "photos": len(lessons.truth),
        "how": "ridge regression from photo features, drawn toward the starter",
        "before": before.figures(),
        "after": after.figures(),
    }
    return replace(colors, tagger=matrix, info={**colors.info, "tagger": told})
