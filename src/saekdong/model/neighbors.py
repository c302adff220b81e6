"""k nearest neighbors with row weights, which scikit-learn's do not support."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree


class Neighbors:
    """k nearest neighbors by Euclidean distance, voting by weight / (1 + distance).

    Rows of the same color and label are merged first, so that a frequent color takes one place among the k and has all
    its weight.
    """

    def __init__(self, k: int = 9) -> None:
        self.k = k

    def fit(self, x: NDArray[np.float64], y: NDArray[np.intp], sample_weight: NDArray[np.float64]) -> "Neighbors":
        """Store the points, with each class's weight at each point."""
        self.classes_, column = np.unique(y, return_inverse=True)
        points, place = np.unique(x, axis=0, return_inverse=True)
        self.votes = np.zeros((len(points), len(self.classes_)))
        np.add.at(self.votes, (place.ravel(), column), sample_weight)
        self.index = cKDTree(points)
        return self

    def predict_proba(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return each class's share of the k nearest points' votes, (N, classes)."""
        votes = self.count_votes(x)
        shares: NDArray[np.float64] = votes / votes.sum(axis=1, keepdims=True)
        return shares

    def count_votes(self, x: NDArray[np.float64], within: float = math.inf) -> NDArray[np.float64]:
        """Return each class's votes among the k nearest points `within` a distance, (N, classes)."""
        k = min(self.k, len(self.votes))
        distance, place = self.index.query(x, k=[*range(1, k + 1)], distance_upper_bound=within)
        # If there are fewer than k points, the tree returns an infinite distance and an index past the last.
        by_place = np.concatenate([self.votes, np.zeros((1, self.votes.shape[1]))])
        votes: NDArray[np.float64] = np.einsum("nk,nkc->nc", 1 / (1 + distance), by_place[place])
        return votes
