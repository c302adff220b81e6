"""Forests: scikit-learn's, fitted on all cores, evaluated on one."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Forest:
    """A random forest or extra trees.

    The trees predict one after the other. scikit-learn's own predict would use threads: the sum would depend on which
    is done first, and parallel callers would disturb each other's warning filters.
    """

    def __init__(self, forest: Any) -> None:
        self.forest = forest

    def fit(self, x: NDArray[np.float64], y: NDArray[np.intp], sample_weight: NDArray[np.float64]) -> "Forest":
        """Grow the trees."""
        self.forest.fit(x, y, sample_weight=sample_weight)
        self.classes_ = self.forest.classes_
        return self

    def predict_proba(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean of the class shares of the leaves that each row falls into, (N, classes)."""
        asked = x.astype(np.float32)
        total = np.zeros((len(x), len(self.classes_)))
        for tree in self.forest.estimators_:
            total += tree.tree_.predict(asked)
        shares: NDArray[np.float64] = total / len(self.forest.estimators_)
        return shares
