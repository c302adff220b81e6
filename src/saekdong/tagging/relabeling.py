"""A taught artifact with other labels: the shop added some, left some out, or put them in another order."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from saekdong.color import Vocabulary, parse_color, to_space
from saekdong.errors import ArtifactError
from saekdong.model.artifact import Artifact
from saekdong.model.calibration import Probabilities
from saekdong.model.compiling import compile_table
from saekdong.model.rows import Indices, Rows
from saekdong.tagging.photo_model import PhotoModel
from saekdong.tagging.starter import starter, starter_columns, starter_model

_NOBODY = 0.05


def relabel(base: Artifact, vocabulary: Vocabulary) -> Artifact:
    """Return what an artifact knows, for other labels.

    A label that both have keeps what the artifact knows of it. A new one gets what the starter knows of a label that
    means the same, otherwise nothing: answers must teach it. A color that only labels left out had gets the label
    with the nearest swatch.

    Args:
        base: learned from photos.
        vocabulary: the labels wanted.

    Raises:
        ArtifactError: the artifact learned from colors alone.
    """
    model = PhotoModel.of(base)
    if model is None:
        raise ArtifactError("an artifact that learned from colors alone has no tagger to relabel")
    colors = RelabeledColors(base, vocabulary)
    table, agreement = compile_table(colors, _swatches(vocabulary))
    about = {name: round(value, 6) for name, value in vars(agreement).items()} | {"grid": table.grid.shape[0]}
    info = {**base.info, "table": about, "relabeled": list(base.vocabulary.ids)}
    return _with_new(model, base, vocabulary).into(Artifact(vocabulary, table, info))


@dataclass(frozen=True)
class RelabeledColors:
    """Color to label probabilities of an artifact, for other labels.

    Attributes:
        base: the artifact.
        vocabulary: the labels wanted.
    """

    base: Artifact
    vocabulary: Vocabulary

    def probabilities(self, rgb: NDArray[np.generic]) -> Probabilities:
        """Return each label's probability for sRGB colors (N, 3), 0-255: an array (N, L)."""
        colors = np.rint(rgb.astype(np.float64)).astype(np.uint8)
        shares = _kept(self.base, self.vocabulary, self.base.table.probabilities(colors))
        shares += _only_new(self.base, self.vocabulary, starter().table.probabilities(colors))
        nobody = np.flatnonzero(shares.sum(axis=1) < _NOBODY)
        if len(nobody):
            swatches = to_space(_swatches(self.vocabulary).rgb, "lab")
            apart = np.linalg.norm(to_space(colors[nobody], "lab")[:, None] - swatches[None], axis=2)
            shares[nobody, apart.argmin(axis=1)] += 1
        probabilities: Probabilities = shares / shares.sum(axis=1, keepdims=True)
        return probabilities

    def codes(self, rgb: NDArray[np.generic]) -> Indices:
        """Return the code of the most probable label of each color, (N,)."""
        codes: Indices = self.probabilities(rgb).argmax(axis=1)
        return codes


def _with_new(model: PhotoModel, base: Artifact, vocabulary: Vocabulary) -> PhotoModel:
    """Return a model's scores for other labels."""
    kept = replace(model, matrix=_kept(base, vocabulary, model.matrix), weights=_kept(base, vocabulary, model.weights))
    of_starter = starter_model()
    new = replace(
        of_starter,
        matrix=_only_new(base, vocabulary, of_starter.matrix),
        weights=_only_new(base, vocabulary, of_starter.weights),
    )
    if len(new.matrix) != len(kept.matrix) or not (new.matrix.any() or new.weights.any()):
        return kept  # of older, shorter features; or no new label is one of the starter's
    count = len(new.centers)
    if np.array_equal(kept.centers[:count], new.centers) and np.array_equal(kept.widths[:count], new.widths):
        weights = kept.weights.copy()  # a model taught from the starter begins with its centers
        weights[:count] += new.weights
        return replace(kept, matrix=kept.matrix + new.matrix, weights=weights)
    return kept.plus(new)


def _kept(base: Artifact, vocabulary: Vocabulary, columns: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the columns of the labels that an artifact has too, (N, L); zero for others."""
    result = np.zeros((len(columns), len(vocabulary)))
    codes = {label: code for code, label in enumerate(base.vocabulary.ids)}
    for code, label in enumerate(vocabulary.ids):
        if label in codes:
            result[:, code] = columns[:, codes[label]]
    return result


def _only_new(base: Artifact, vocabulary: Vocabulary, by_starter: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the starter's columns of the labels that an artifact has not, (N, L); zero for others."""
    result = starter_columns(vocabulary, by_starter)
    result[:, [label in base.vocabulary.ids for label in vocabulary.ids]] = 0
    return result


def _swatches(vocabulary: Vocabulary) -> Rows:
    """Return a row for each label: its swatch."""
    count = len(vocabulary)
    rgb = np.array([parse_color(label.swatch) for label in vocabulary], dtype=np.uint8)
    lines = np.arange(count)
    return Rows(vocabulary, rgb, lines, np.ones(count), np.full(count, ""), lines, (), [()] * count)
