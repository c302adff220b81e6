"""From a photo's features to the labels' scores: a matrix, and a kernel that corrects it near photos learned from."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from saekdong.model.artifact import Artifact, PhotoKernel

Matrix = NDArray[np.float64]

WIDTH = 0.15
"""How fast the weight of the starter's centers falls: exp(-WIDTH x squared distance); of all without a width too."""

STEPS = 255
"""A center's features are kept in so many steps, a byte each: none is below 0 or above 1."""


@dataclass(frozen=True, eq=False)
class PhotoModel:
    """Turns photos' features into the labels' scores, about 1 for a color of the product and 0 for others.

    Attributes:
        matrix: float (D, L).
        centers: features of photos, each 255 times in a byte, uint8 (M, D); M may be 0.
        weights: what each center adds, float (M, L).
        widths: how fast each center's weight falls, float32 (M,).
    """

    matrix: NDArray[np.floating]
    centers: NDArray[np.uint8]
    weights: NDArray[np.floating]
    widths: NDArray[np.float32]

    @classmethod
    def of(cls, artifact: Artifact) -> "PhotoModel | None":
        """Return the model of a taught artifact; None if it learned from rows of colors alone."""
        matrix, kernel = artifact.tagger, artifact.kernel
        if matrix is None:
            return None
        if kernel is None:
            empty = np.zeros((0, len(matrix)), np.uint8), np.zeros((0, matrix.shape[1]), matrix.dtype)
            return cls(matrix, *empty, np.zeros(0, np.float32))
        widths = np.full(len(kernel.centers), WIDTH, np.float32) if kernel.widths is None else kernel.widths
        return cls(matrix, kernel.centers, kernel.weights, widths)

    def into(self, artifact: Artifact) -> Artifact:
        """Return the artifact with this model as its tagger."""
        widths = None if (self.widths == np.float32(WIDTH)).all() else self.widths
        kernel = PhotoKernel(self.centers, self.weights.astype(np.float32), widths) if len(self.centers) else None
        return replace(artifact, tagger=self.matrix.astype(np.float32), kernel=kernel)

    def plus(self, other: "PhotoModel") -> "PhotoModel":
        """Return the model whose scores are the sum of both models' scores."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in ("centers", "weights", "widths"))
        return PhotoModel(self.matrix + other.matrix, *map(np.concatenate, pairs))

    @cached_property
    def nearness(self) -> "Nearness":
        """How near photos are to the centers."""
        return Nearness(self.centers, self.widths)

    def scores(self, features: NDArray[np.float32]) -> NDArray[np.floating]:
        """Return the labels' scores, of photos' features (..., D): (..., L)."""
        scores: NDArray[np.floating] = features @ self.matrix
        return scores + self.nearness(features) @ self.weights if len(self.centers) else scores


class Nearness:
    """How near photos are to centers, 0 to 1: a Gaussian of the distance of their features."""

    def __init__(self, centers: NDArray[np.uint8], widths: NDArray[np.float32] | float = WIDTH) -> None:
        self._centers = as_features(centers)
        self._falls = -np.asarray(widths, dtype=np.float32)
        self._squares = np.einsum("md,md->m", self._centers, self._centers)

    def __call__(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return float32 (..., M), of photos' features (..., D)."""
        apart = np.einsum("...d,...d->...", features, features)[..., None] + self._squares
        inner = features @ self._centers.T
        inner *= 2
        apart -= inner
        np.maximum(apart, 0, out=apart)
        apart *= self._falls
        near: NDArray[np.float32] = np.exp(apart, out=apart)  # in place: a block of photos stays in the cache
        return near


def as_centers(features: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return features as a kernel's centers."""
    centers: NDArray[np.uint8] = np.rint(np.clip(features, 0, 1) * STEPS).astype(np.uint8)
    return centers


def as_features(centers: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a kernel's centers as features."""
    return centers.astype(np.float32) / np.float32(STEPS)
