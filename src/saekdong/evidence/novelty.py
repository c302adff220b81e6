"""Novelty: how far a photo's features are from those of a reference, as their leverage in a linear model."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

COMPONENTS = 32


@dataclass(frozen=True, eq=False)
class Novelty:
    """The spread of a reference's features.

    Attributes:
        mean: (D,).
        axes: the principal axes with the most variance, each divided by its standard deviation, (C, D).
        rest: the mean variance along one of the other directions.
    """

    mean: Array
    axes: Array
    rest: float

    @classmethod
    def of(cls, features: NDArray[np.floating]) -> "Novelty":
        """Measure the features of a reference, (n, D), n at least 2."""
        x = features.astype(np.float64)
        mean = x.mean(axis=0)
        variances, axes = np.linalg.eigh(np.cov(x, rowvar=False, bias=True))
        most = min(COMPONENTS, len(variances) - 1)
        kept = variances[-most:]
        rest = max(float(variances[:-most].mean()), 1e-9)
        return cls(mean, (axes[:, -most:] / np.sqrt(np.maximum(kept, rest))).T, rest)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the spread as plain arrays, for `numpy.savez`."""
        return {"novelty_mean": self.mean, "novelty_axes": self.axes, "novelty_rest": np.array(self.rest)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> "Novelty":
        """Return the spread that `to_arrays` returned."""
        mean, axes, rest = (np.asarray(arrays[f"novelty_{name}"], np.float64) for name in ("mean", "axes", "rest"))
        return cls(mean, axes, float(rest))

    def leverage(self, features: NDArray[np.floating]) -> Array:
        """Return the novelty of photos, (n,): the squared Mahalanobis distance, about D for photos of the reference."""
        apart = features - self.mean
        within = apart @ self.axes.T
        lengths = (self.axes**2).sum(axis=1)
        outside = (apart * apart).sum(axis=1) - (within * within / lengths).sum(axis=1)
        leverage: Array = (within * within).sum(axis=1) + np.maximum(outside, 0) / self.rest
        return leverage
