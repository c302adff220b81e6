"""A support vector machine with probabilities from its own decision values."""

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC


class Svm:
    """An RBF support vector machine on standardized features.

    The probabilities are the softmax of the one-against-all decision values; calibration sharpens or flattens them.
    """

    def __init__(self, c: float = 30.0, gamma: float = 0.5, seed: int = 0) -> None:
        self.scaler = StandardScaler()
        self.machine = SVC(C=c, gamma=gamma, cache_size=500, random_state=seed)

    def fit(self, x: NDArray[np.float64], y: NDArray[np.intp], sample_weight: NDArray[np.float64]) -> "Svm":
        """Fit the scaler and the machine."""
        scaled = self.scaler.fit_transform(x)
        self.machine.fit(scaled, y, sample_weight=sample_weight)
        self.classes_ = self.machine.classes_
        return self

    def predict_proba(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the softmax of the decision values, (N, classes)."""
        decision = self.machine.decision_function(self.scaler.transform(x))
        if decision.ndim == 1:
            decision = np.stack([-decision, decision], axis=1)
        odds = np.exp(decision - decision.max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = odds / odds.sum(axis=1, keepdims=True)
        return shares
