"""Fit a photo model: the posterior mean of a Gaussian process on photos' features.

Its covariance is a Gaussian one, restricted to the centers (Quinonero-Candela and Rasmussen 2005, "A unifying view of
sparse approximate Gaussian process regression", subset of regressors), and a linear one if the matrix is fitted too.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular

from saekdong.photo.features import INTERCEPT
from saekdong.tagging.photo_model import Matrix, Nearness, PhotoModel, as_centers, as_features

_JITTER = 1e-4  # of a center's own nearness, so that the factor exists for centers that are almost the same


@dataclass(frozen=True, eq=False)
class KernelFit:
    """Photos' features, ready to be fitted with any ridge.

    Attributes:
        centers: the kernel's, uint8 (M, D).
        root: the Cholesky factor of the centers' nearness to each other, lower, (M, M).
        x: what is fitted, of each photo: its features if the matrix is fitted too, its nearness to the centers,
            whitened, and 1; times the root of the photo's weight, (N, C).
        gram: x' x, (C, C).
        roots: the root of each photo's weight, (N, 1).
    """

    centers: NDArray[np.uint8]
    root: Matrix
    x: Matrix
    gram: Matrix
    roots: Matrix

    @classmethod
    def of(
        cls,
        features: NDArray[np.float32],
        centers: NDArray[np.uint8],
        weight: NDArray[np.float64] | None = None,
        *,
        matrix: bool = False,
    ) -> "KernelFit":
        """Prepare photos.

        Args:
            features: the photos', (N, D).
            centers: the kernel's, (M, D).
            weight: how much each photo counts, (N,); 1 if it is None.
            matrix: whether the matrix is fitted, besides the centers' weights and the intercept.
        """
        nearness = Nearness(centers)
        among = nearness(as_features(centers)).astype(np.float64)
        root = cholesky(among + _JITTER * np.eye(len(centers)), lower=True)
        white = solve_triangular(root, nearness(features).T.astype(np.float64), lower=True).T
        roots = np.ones((len(features), 1)) if weight is None else np.sqrt(weight)[:, None]
        columns = [features.astype(np.float64)] if matrix else []
        x = np.concatenate([*columns, white, np.ones_like(roots)], axis=1) * roots
        return cls(centers, root, x, x.T @ x, roots)

    def solve(self, wanted: Matrix, ridge: float, intercept_ridge: float) -> PhotoModel:
        """Return the model that brings photos nearest to what is wanted.

        Args:
            wanted: each label's score in each photo, (N, L).
            ridge: how strongly matrix and weights are held at zero.
            intercept_ridge: how strongly the intercept is held at zero.
        """
        hold = np.full(len(self.gram), ridge)
        hold[-1] = intercept_ridge
        fitted = np.linalg.solve(self.gram + np.diag(hold), self.x.T @ (wanted * self.roots))
        first, features = len(fitted) - 1 - len(self.centers), self.centers.shape[1]
        matrix = fitted[:first] if first else np.zeros((features, wanted.shape[1]))
        matrix[INTERCEPT] += fitted[-1]
        return PhotoModel(matrix, self.centers, solve_triangular(self.root, fitted[first:-1], lower=True, trans="T"))


def choose_centers(
    features: NDArray[np.float32], most: int, weight: NDArray[np.float64] | None = None
) -> NDArray[np.uint8]:
    """Return the features of at most so many photos as centers, uint8 (M, D).

    Of more photos those are chosen, one after the other, that are farthest from what the chosen ones explain: the
    pivots of a Cholesky factorization of the weighted nearness.
    """
    centers = as_centers(features)
    if len(centers) <= most:
        return centers
    roots = np.ones(len(features)) if weight is None else np.sqrt(weight)
    left, factor = roots**2, np.zeros((len(features), most))
    pivots: list[int] = []
    for step in range(most):
        pivot = int(left.argmax())
        if left[pivot] < _JITTER * roots[pivot] ** 2:
            break
        near = Nearness(centers[pivot : pivot + 1])(features)[:, 0].astype(np.float64)
        column = roots * roots[pivot] * near - factor[:, :step] @ factor[pivot, :step]
        factor[:, step] = column / np.sqrt(left[pivot])
        left = np.maximum(left - factor[:, step] ** 2, 0)
        pivots.append(pivot)
        left[pivots] = 0
    return centers[pivots]
