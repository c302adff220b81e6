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
from saekdong.tagging.scoring import PhotoTags, Truth, count_tags, micro_scores, tagged
from saekdong.tagging.starter import starter_code, starter_columns, starter_model
from saekdong.tagging.tagger import Tagger, people_votes, survey_columns
from saekdong.tagging.taught_colors import teach_colors
from saekdong.tagging.verdict import DECIDING, TagComparison

STARTER_RIDGE = 0.5

RIDGES = (16.0, 4.0, 1.0, 0.25)
"""How strongly the starter holds against a shop's photos, the strongest first.

Which of them fits depends on the shop (docs/benchmarks.md), so the photos weigh them, and the starter as it is.
"""

TAUGHT_WIDTH = 0.3
"""How fast the weight of a shop's photos falls with distance: faster than the starter's, which knows many shops."""

LEAST_PHOTOS = 10
"""With fewer photos the tags got worse more often than better (docs/tags.md)."""

MOST_CENTERS = 1000
"""If a shop has more photos, so many of them become centers of the kernel; all of them are fitted."""

FOLDS = 5

Parts = dict[float, float]
"""How much the model of each ridge weighs; an infinite ridge is the prior as it is."""

KEPT: Parts = {math.inf: 1.0}


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
    return replace(model, matrix=matrix, weights=weights)


@dataclass(frozen=True, eq=False)
class Examples:
    """Photos to learn from.

    Attributes:
        features: (N, D).
        wanted: each label's part in each photo, by `targets`, (N, L).
        votes: what share of each product people would give each label, by `people_votes`, (N, L).
        truth: the photos' colors.
    """

    features: NDArray[np.float32]
    wanted: Matrix
    votes: Matrix
    truth: Truth

    @classmethod
    def of(cls, features: NDArray[np.float32], truth: Truth, vocabulary: Vocabulary) -> "Examples":
        """Return photos with these features, (N, D), and colors, the codes of a vocabulary's labels."""
        votes = people_votes(features, survey_columns(vocabulary))
        return cls(features, targets(truth, features, vocabulary), votes, truth)

    def take(self, places: Indices) -> "Examples":
        """Return the photos at `places`."""
        truth = [self.truth[place] for place in places]
        return Examples(self.features[places], self.wanted[places], self.votes[places], truth)

    def tags(self, scores: NDArray[np.floating]) -> PhotoTags:
        """Return the codes of the tags that a model's scores, (N, L), give these photos."""
        return tagged(scores, self.votes)


def learn_model(photos: Examples, prior: PhotoModel) -> tuple[PhotoModel, Parts]:
    """Return the model that a shop's photos teach: the prior, and a Gaussian process on what it lacks.

    The photos weigh the ridges of the process by how well the labels of each photo follow from all others. Labels that
    the prior does not know are weighed by themselves: there is nothing to keep.

    Args:
        photos: the shop's.
        prior: what the starter knows; zero for labels that it does not know.

    Returns:
        The model, which is `prior` itself if photos held out get no better tags, and the weights for the labels that
        the prior knows.
    """
    fit = KernelFit.of(photos.features, choose_centers(photos.features, MOST_CENTERS), width=TAUGHT_WIDTH)
    before = prior.scores(photos.features)
    missing, known = photos.wanted - before, prior.matrix.any(axis=0)
    model, lacking, weights = prior, np.zeros_like(missing), []
    for labels, keep in ((known, True), (~known, False)):
        own = np.where(labels, missing, 0)
        parts = _weigh_ridges(fit, own, keep=keep)
        model = model.plus(fit.average(own, parts))
        lacking += sum(part * fit.held_out(own, ridge) for ridge, part in parts.items())
        weights.append(parts)
    if _quality(photos, photos.wanted - lacking) <= _quality(photos, before):
        return prior, KEPT
    return model, weights[0]


def _weigh_ridges(fit: KernelFit, missing: Matrix, *, keep: bool) -> Parts:
    """Return how much each ridge's model weighs, summing to 1.

    A model weighs as much as its errors on photos held out are likely, if they are normal: their root mean square to
    the power of minus the number of photos. Few photos weigh all ridges about alike, many choose one.

    Args:
        fit: the photos.
        missing: what the prior lacks in each photo, (N, L).
        keep: whether the prior as it is, an infinite ridge, is among them. It is the only one if no other errs less.
    """
    ridges = (math.inf, *RIDGES) if keep else RIDGES
    errors = {ridge: float((fit.held_out(missing, ridge) ** 2).sum()) for ridge in ridges}
    least = min(errors.values())
    if errors.get(math.inf) == least:
        return KEPT
    likely = {ridge: (least / error) ** (len(missing) / 2) if error else 1.0 for ridge, error in errors.items()}
    return {ridge: each / sum(likely.values()) for ridge, each in likely.items()}


def _quality(photos: Examples, scores: NDArray[np.floating]) -> float:
    top1, _, _, f1 = micro_scores(count_tags(photos.tags(scores), photos.truth).sum(axis=0))
    return top1 + f1


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
    was not fitted to it. If photos held out get no better tags than by the starter, the starter is kept.

    Args:
        described: the photos' features and labels.
        seed: of the folds.
        on_progress: called with the step's name (evaluate, compile), how much of it is done, and of how much.

    Raises:
        RowsError: there are fewer than `LEAST_PHOTOS` photos.
    """
    check_enough(len(described.photos), described.name)
    photos = Examples.of(described.features, described.truth, described.vocabulary)
    judged = judge_model(photos, prior_model(described.vocabulary), seed, on_progress)
    colors = _teach_colors(described, deal_folds(len(described.photos), seed), on_progress)
    info = {**colors.info, "seed": seed, "tagger": tagger_info(judged)}
    model = judged.model.into(replace(colors, info=info))
    return Taught(model, judged.comparison, _unknown(described), kept_starter=judged.kept_prior)


@dataclass(frozen=True, eq=False)
class JudgedModel:
    """A model that photos teach, and how photos held out are tagged without and with it.

    Attributes:
        model: from features to labels.
        parts: how much each ridge weighs, for the labels that the prior knows.
        comparison: the prior and models that were not taught with the photo, on each photo.
        kept_prior: whether the model is the prior, because no other did better.
    """

    model: PhotoModel
    parts: Parts
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
        model, parts = learn_model(photos, prior)
        kept = model is prior
        after = before if kept else _evaluate(photos, prior, fold, on_progress)
    return JudgedModel(model, parts, TagComparison(photos.tags(before), photos.tags(after), photos.truth), kept)


def _evaluate(photos: Examples, prior: PhotoModel, fold: Indices, on_progress: StepProgress) -> Matrix:
    """Return each photo's scores by a model that neither was fitted to it nor weighed its ridges."""
    done = itertools.count(2)

    def learn(others: Examples) -> PhotoModel:
        on_progress("evaluate", next(done), FOLDS + 1)
        return learn_model(others, prior)[0]

    return hold_out(photos, fold, learn)


def save_taught(model: Artifact, path: Path) -> bytes:
    """Write a taught artifact, if it can be read back and tags a photo; return its bytes.

    Raises:
        ArtifactError: it cannot be used; nothing is written.
        SaekdongError: `path` cannot be written.
    """
    packed = artifact.pack(model)
    warm_up(Tagger(artifact.unpack(packed)))
    write_whole(path, packed)
    return packed


def _teach_colors(described: DescribedPhotos, fold: Indices, on_progress: StepProgress) -> Artifact:
    rows = photo_rows(described)
    fold_of_line = dict(zip((photo.line for photo in described.photos), fold, strict=True))
    fold_of_row = np.array([fold_of_line[line] for line in rows.lines], dtype=np.intp)
    return teach_colors(rows, fold_of_row, lambda done, total: on_progress("compile", done, total))


def _unknown(described: DescribedPhotos) -> tuple[str, ...]:
    taught = {code for colors in described.truth for color in colors for code in color}
    labels = enumerate(described.vocabulary)
    return tuple(label.id for code, label in labels if code not in taught and starter_code(label) is None)


def tagger_info(judged: JudgedModel) -> dict[str, Any]:
    """Return what an artifact records of how its step from photos to tags was learned, and how well it did."""
    comparison = judged.comparison
    before, after = comparison.scores
    return {
        "features": VERSION,
        "photos": before.photos,
        "how": "a Gaussian process on photo features, on what the starter lacks",
        "ridges": {
            "kept" if math.isinf(ridge) else f"{ridge:g}": round(part, 3) for ridge, part in judged.parts.items()
        },
        "before": before.figures(),
        "after": after.figures(),
        "differences": {figure: vars(comparison.differences[figure]) for figure in DECIDING},
        "verdict": comparison.verdict,
    }
