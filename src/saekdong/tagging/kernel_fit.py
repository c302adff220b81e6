"""Fit a photo model: the posterior mean of a Gaussian process on photos' features.

Its covariance is a Gaussian one, restricted to the centers (Quinonero-Candela and Rasmussen 2005, "A unifying view of
sparse approximate Gaussian process regression", subset of regressors), and a linear one if the matrix is fitted too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular

from saekdong.photo.features import INTERCEPT
from saekdong.tagging.photo_model import WIDTH, Matrix, Nearness, PhotoModel, as_centers, as_features

_INTERCEPT_HOLD = 1 / 500  # of the ridge: how many products have a label at all is hardly held
_JITTER = 1e-4  # of a center's own nearness, so that the factor exists for centers that are almost the same


@dataclass(frozen=True, eq=False)
class KernelFit:
    """Photos' features, ready to be fitted with any ridge.

    Attributes:
        centers: the kernel's, uint8 (M, D).
        width: how fast their weights fall.
        root: the Cholesky factor of the centers' nearness to each other, lower, (M, M).
        x: what is fitted, of each photo: its nearness to the centers, whitened, and if the matrix is fitted too its
            features before and 1 behind; times the root of the photo's weight, (N, C).
        hold: how strongly the ridge holds each column, (C,).
        roots: the root of each photo's weight, (N, 1).
    """

    centers: NDArray[np.uint8]
    width: float
    root: Matrix
    x: Matrix
    hold: Matrix
    roots: Matrix

    @classmethod
    def of(
        cls,
        features: NDArray[np.float32],
        centers: NDArray[np.uint8],
        weight: NDArray[np.float64] | None = None,
        *,
        width: float = WIDTH,
        matrix: bool = False,
    ) -> "KernelFit":
        """Prepare photos.

        Args:
            features: the photos', (N, D).
            centers: the kernel's, (M, D).
            weight: how much each photo counts, (N,); 1 if it is None.
            width: how fast the centers' weights fall.
            matrix: whether the matrix and its intercept are fitted, besides the centers' weights.
        """
        nearness = Nearness(centers, width)
        among = nearness(as_features(centers)).astype(np.float64)
        root = cholesky(among + _JITTER * np.eye(len(centers)), lower=True)
        white = solve_triangular(root, nearness(features).T.astype(np.float64), lower=True).T
        roots = np.ones((len(features), 1)) if weight is None else np.sqrt(weight)[:, None]
        x = np.concatenate([features.astype(np.float64), white, np.ones_like(roots)], axis=1) if matrix else white
        hold = np.ones(x.shape[1])
        if matrix:
            hold[-1] = _INTERCEPT_HOLD
        return cls(centers, width, root, x * roots, hold, roots)

    def solve(self, wanted: Matrix, ridge: float) -> PhotoModel:
        """Return the model that brings photos nearest to what is wanted.

        Args:
            wanted: each label's score in each photo, (N, L).
            ridge: how strongly matrix and weights are held at zero.
        """
        gram = self.x.T @ self.x + np.diag(ridge * self.hold)
        return self._model(np.linalg.solve(gram, self.x.T @ (wanted * self.roots)))

    def average(self, wanted: Matrix, parts: Mapping[float, float]) -> PhotoModel:
        """Return the weighted sum of the models that several ridges give; without the matrix alone.

        Args:
            wanted: each label's score in each photo, (N, L).
            parts: the weight of each ridge's model.
        """
        values, vectors = self._spectrum
        filtered = sum(part / (values + ridge) for ridge, part in parts.items())
        return self._model(vectors @ ((vectors.T @ (self.x.T @ wanted)) * np.reshape(filtered, (-1, 1))))

    def held_out(self, wanted: Matrix, ridge: float) -> Matrix:
        """Return what each photo lacks by the model of all other photos, (N, L); without the matrix alone.

        No model is fitted again: what a photo lacks by the model that it was fitted to, divided by 1 less its own part
        in that (Allen 1974, PRESS).

        Args:
            wanted: each label's score in each photo, (N, L).
            ridge: how strongly the weights are held at zero.
        """
        values, vectors = self._spectrum
        x = self.x @ vectors
        lacking = wanted - x @ ((x.T @ wanted) / (values + ridge)[:, None])
        own: Matrix = (x**2) @ (1 / (values + ridge))
        result: Matrix = lacking / (1 - own)[:, None]
        return result

    @cached_property
    def _spectrum(self) -> tuple[Matrix, Matrix]:
        values, vectors = np.linalg.eigh(self.x.T @ self.x)
        return np.maximum(values, 0), vectors

    def _model(self, fitted: NDArray[np.floating]) -> PhotoModel:
        features, labels = self.centers.shape[1], fitted.shape[1]
        matrix: NDArray[np.floating] = np.zeros((features, labels))
        if len(fitted) > len(self.centers):
            matrix = fitted[:features].copy()
            matrix[INTERCEPT] += fitted[-1]
            fitted = fitted[features:-1]
        weights = solve_triangular(self.root, fitted, lower=True, trans="T")
        return PhotoModel(matrix, self.centers, weights, np.full(len(self.centers), self.width, np.float32))


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
        near = Nearness(centers[pivot : pivot + 1], WIDTH)(features)[:, 0].astype(np.float64)
        column = roots * roots[pivot] * near - factor[:, :step] @ factor[pivot, :step]
        factor[:, step] = column / np.sqrt(left[pivot])
        left = np.maximum(left - factor[:, step] ** 2, 0)
        pivots.append(pivot)
        left[pivots] = 0
    return centers[pivots]
