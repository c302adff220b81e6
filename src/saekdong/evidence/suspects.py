"""Suspects: answers that contradict what all other answers teach."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NOISE = 0.5
"""How little one answer is trusted: the variance of an answer over that of a label's score far from all answers."""

MOST_ANSWERS = 2000
"""The work grows with the cube of the answers: of more answers, check the last so many (2 s)."""

_POWER = 2.0  # scores to this power are shares (tagging.tagger.TEMPERATURE is 1 / 2)


def leave_one_out(nearness: Array, answers: Array, prior: Array, noise: float = NOISE) -> Array:
    """Return each label's score in each photo, predicted from the other answers alone, (N, L).

    The posterior mean of a Gaussian process without the photo itself, in closed form (Rasmussen and Williams 2006,
    "Gaussian processes for machine learning", 5.12).

    Args:
        nearness: of the photos to each other, the covariance, (N, N).
        answers: 1 for the labels that a person gave, otherwise 0, (N, L).
        prior: the scores of a model that was not fitted to these answers, (N, L).
        noise: the variance of an answer.
    """
    missing = answers - prior
    inverse = np.linalg.inv(nearness + noise * np.eye(len(nearness)))
    predicted: Array = answers - (inverse @ missing) / np.diag(inverse)[:, None]
    return predicted


def suspicion(scores: Array, given: NDArray[np.bool_]) -> Array:
    """Return how much each answer contradicts the scores, 0 to 1, (N,): the share of the labels that it did not give.

    The share, a label's part of all labels' scores, normalizes the margin: a photo that is unclear in itself has no
    label with a large share, and an answer that gives one of several likely labels is not suspicious.

    Args:
        scores: of the labels, by `leave_one_out`, (N, L).
        given: the labels that the answer gives, (N, L).
    """
    shares = np.maximum(scores, 0) ** _POWER
    total = shares.sum(axis=1)
    own = (shares * given).sum(axis=1)
    shares_given: Array = np.divide(own, total, out=np.full_like(total, 0.5), where=total > 0)
    return 1 - shares_given
