"""Photo to tags."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from saekdong.color import OTHER, Vocabulary
from saekdong.errors import ArtifactError
from saekdong.model.artifact import Artifact
from saekdong.photo.features import LENGTHS, survey_votes
from saekdong.photo.kernel import PhotoDescription, describe_photo
from saekdong.photo.weights import weigh_middle
from saekdong.tagging.photo_model import PhotoModel
from saekdong.tagging.starter import starter_code

SHOWN = 0.5
"""A label is shown when its share is at least this part of the first one's."""

DOUBTFUL = 0.2
"""Below this share of the first label, the product is `other`."""

TEMPERATURE = 0.5
"""Shares are scores to the power of 1 / TEMPERATURE: then the first share is how often the first tag is right.

Chosen on shops that the starter did not see (scripts/make_starter.py --measure).
"""

VOTES_TEMPERATURE = 0.6215
"""The same for models without a kernel: 0.65 ** (1 / 0.6215) = SHOWN, so labels are shown from 65% of the first score
on, as before there were kernels."""


_UNKNOWN = -1

_ONE_COLOR, _HARDLY = 0.55, 0.08
_ANOTHER_NAME = 0.7
# If people would give the first label to more than 55% of the product's pixels, and another one to less than 8%, then
# the other is rather a second name for the same color than a second color: its share counts 70%. On shops that the
# starter did not see, f1 is the same (.7155, .7148 without); the hands-on's chair is brown, not brown and green.

Source = Literal["photo", "title", "color", "person"]
"""Where a tag comes from: the photo, a word of the feed's title or color column, or a person's correction."""


@dataclass(frozen=True)
class Tag:
    """A label, the share of the product that bears it, 0 to 1, and where it comes from."""

    label: str
    share: float
    source: Source = "photo"


class Tagger:
    """Gives photos the color labels of an artifact's vocabulary.

    A taught artifact (the starter is one) turns a photo's features into the labels' shares, with a matrix and, from
    format 2 on, a kernel. One that learned from rows of colors alone names the product's pixels, and counts.

    Example:
        >>> from saekdong.tagging import starter
        >>> navy = np.full((64, 64, 3), (31, 42, 82), dtype=np.uint8)
        >>> Tagger(starter()).tag(navy)[0].label
        'navy'
    """

    def __init__(self, artifact: Artifact) -> None:
        self.vocabulary = artifact.vocabulary
        self.table = artifact.table
        self.model = PhotoModel.of(artifact)
        self._surveyed = survey_columns(self.vocabulary)
        self._temperature = VOTES_TEMPERATURE if artifact.kernel is None else TEMPERATURE
        if self.model is not None:
            self._length = len(self.model.matrix)
            taught = artifact.info.get("tagger")
            version = taught.get("features") if isinstance(taught, dict) else None
            if type(version) is not int or self._length != LENGTHS.get(version):
                raise ArtifactError(
                    "the artifact was taught with another version of Saekdong's photo features", fix="teach it again"
                )

    def tag(self, pixels: NDArray[np.uint8], alpha: NDArray[np.uint8] | None = None) -> list[Tag]:
        """Return a photo's tags in falling order of share, only those worth showing; at least one.

        Args:
            pixels: sRGB, uint8 (H, W, 3), the longer side 64 pixels.
            alpha: opacity, uint8 (H, W), or None.

        Returns:
            The tags; if no label is certain enough, the product is `other`, with the first label's share.
        """
        return self.shown(self.shares(pixels, alpha))

    def shares(
        self,
        pixels: NDArray[np.uint8],
        alpha: NDArray[np.uint8] | None = None,
        description: PhotoDescription | None = None,
    ) -> NDArray[np.float64]:
        """Return each label's share of the product.

        Args:
            pixels: sRGB, uint8 (H, W, 3), the longer side 64 pixels.
            alpha: opacity, uint8 (H, W), or None.
            description: the photo's, by `describe_photo`, if it was made already.

        Returns:
            float64 (L,), summing to 1; all 0 if all pixels are transparent.
        """
        if alpha is not None and not alpha.any():
            return np.zeros(len(self.vocabulary))
        photo = description or describe_photo(pixels, alpha)
        if self.model is None:
            return to_shares(self._votes(pixels, photo.weights), self._temperature)
        shares: NDArray[np.float64] = self.shares_of(photo.features[None])[0]
        return shares

    def shares_of(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return each label's share of the product in photos whose features are known.

        Args:
            features: of photos with visible pixels, by `describe_photo`, float32 (N, LENGTH).

        Returns:
            float64 (N, L), each row summing to 1.

        Raises:
            ValueError: the artifact learned from colors alone, so it needs the photo's pixels.
        """
        if self.model is None:
            raise ValueError("a model that learned from colors alone cannot tag features")
        scores = self.model.scores(features[:, : self._length])
        if not len(self.model.centers):
            return to_shares(scores, self._temperature)
        return product_shares(scores, people_votes(features, self._surveyed))

    def shown(self, shares: NDArray[np.float64]) -> list[Tag]:
        """Return the tags worth showing of each label's share (L,)."""
        codes = shown_codes(shares)
        if not codes:
            return [Tag(OTHER, round(float(shares.max()), 4))]
        return [Tag(self.vocabulary.ids[code], round(float(shares[code]), 4)) for code in codes]

    def _votes(self, pixels: NDArray[np.uint8], product: NDArray[np.float32]) -> NDArray[np.float64]:
        """Let every pixel of the product vote for its label."""
        votes = np.bincount(self.table.codes(pixels.reshape(-1, 3)), weigh_middle(product), len(self.vocabulary))
        shares: NDArray[np.float64] = votes / votes.sum()
        return shares


def survey_columns(vocabulary: Vocabulary) -> NDArray[np.intp]:
    """Return which of the survey's labels each label of a vocabulary is, (L,); -1 for labels that the survey lacks."""
    codes = (starter_code(label) for label in vocabulary)
    return np.array([_UNKNOWN if code is None else code for code in codes])


def people_votes(features: NDArray[np.float32], columns: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return what share of each product's pixels people would give each label.

    Args:
        features: of photos, (N, LENGTH).
        columns: of the survey's labels, by `survey_columns`, (L,).

    Returns:
        float64 (N, L); 1 for labels that the survey lacks.
    """
    return np.where(columns == _UNKNOWN, 1.0, survey_votes(features)[:, columns])


def product_shares(scores: NDArray[np.floating], votes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the shares that a model with a kernel gives photos: the one function of scores and features.

    Args:
        scores: of each label, by `PhotoModel.scores`, (N, L).
        votes: what share of each product people would give each label, by `people_votes`, (N, L).

    Returns:
        float64 (N, L), each row summing to 1.
    """
    return without_other_names(to_shares(scores), votes)


def without_other_names(shares: NDArray[np.float64], votes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return shares in which labels count less that are only another name for the product's one color.

    Args:
        shares: of each label, (N, L).
        votes: what share of the product's pixels people would give each label, (N, L).

    Returns:
        float64 (N, L), each row summing to 1; the first label stays the first.

    Example:
        >>> without_other_names(np.array([[0.6, 0.4]]), np.array([[0.9, 0.05]])).round(2).tolist()
        [[0.68, 0.32]]
    """
    photos = np.arange(len(shares))
    first = shares.argmax(axis=1)
    is_one_color = votes[photos, first] >= _ONE_COLOR
    if not is_one_color.any():
        return shares
    less = np.where(is_one_color[:, None] & (votes < _HARDLY), _ANOTHER_NAME * shares, shares)
    less[photos, first] = shares[photos, first]
    return np.where(is_one_color[:, None], less / less.sum(axis=1, keepdims=True), shares)


def shown_codes(shares: NDArray[np.float64]) -> list[int]:
    """Return the codes of the labels worth showing, of each label's share (L,); none where all are doubtful."""
    order = np.argsort(-shares, kind="stable")
    first = shares[order[0]]
    return [int(code) for code in order if first >= DOUBTFUL and shares[code] >= SHOWN * first]


def to_shares(scores: NDArray[np.floating], temperature: float = TEMPERATURE) -> NDArray[np.float64]:
    """Return scores as shares: what is below nothing is nothing, the rest sums to 1.

    A temperature below 1 makes large shares larger and keeps the order. Photos that are doubtful without it stay
    doubtful. Other shares than these need other constants in `feed_words.to_probabilities`.

    Args:
        scores: of each label, (..., L).
        temperature: of the shares.

    Returns:
        float64 (..., L).
    """
    positive = np.maximum(scores.astype(np.float64), 1e-6)
    shares: NDArray[np.float64] = positive / positive.sum(axis=-1, keepdims=True)
    sure = shares.max(axis=-1, keepdims=True) >= DOUBTFUL
    sharp = shares ** (1 / temperature)
    return np.where(sure, sharp / sharp.sum(axis=-1, keepdims=True), shares)
