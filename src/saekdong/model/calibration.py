"""Calibrate probabilities: of the colors with probability 0.8, eight in ten have the label."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]

_FLOOR = 1e-9
_ROWS_NEEDED = 50
# Confident mistakes can be explained by doubt alone, a local optimum, so one search starts beyond it.
_STARTS = ((0.0, -4.0), (1.5, -6.0))


@dataclass(frozen=True)
class Calibration:
    """Temperature scaling with a share of doubt: p -> (1 - doubt) x softmax(log p / temperature) + doubt / labels.

    Both keep the order of the labels, so calibration never changes which label is first. The temperature is that of
    Guo et al. 2017 ("On calibration of modern neural networks"); without the doubt, mislabeled rows would make it
    endlessly large.
    """

    temperature: float = 1.0
    doubt: float = 0.0

    def apply(self, probabilities: Probabilities) -> Probabilities:
        """Return calibrated probabilities, (N, L), rows summing to 1.

        Example:
            >>> Calibration(temperature=0.5).apply(np.array([[0.8, 0.2]])).round(3)
            array([[0.941, 0.059]])
        """
        return self.apply_to_logs(np.log(np.maximum(probabilities, _FLOOR)))

    def apply_to_logs(self, logs: NDArray[np.float64]) -> Probabilities:
        """Return the same as `apply`, from natural logarithms of probabilities."""
        odds = np.exp((logs - logs.max(axis=1, keepdims=True)) / self.temperature)
        sharpened = odds / odds.sum(axis=1, keepdims=True)
        calibrated: Probabilities = (1 - self.doubt) * sharpened + self.doubt / logs.shape[1]
        return calibrated


def log_loss(probabilities: Probabilities, codes: NDArray[np.intp], weight: NDArray[np.float64]) -> float:
    """Return the weighted mean of -log(probability of the right label), natural logarithm."""
    right = np.maximum(probabilities[np.arange(len(codes)), codes], _FLOOR)
    return float(np.average(-np.log(right), weights=weight))


def fit_calibration(probabilities: Probabilities, codes: NDArray[np.intp], weight: NDArray[np.float64]) -> Calibration:
    """Choose the temperature and the doubt that give the least log loss on out-of-fold probabilities.

    With fewer than 50 rows, return no change: there is too little data.
    """
    from scipy.optimize import minimize

    if len(codes) < _ROWS_NEEDED:
        return Calibration()

    logs = np.log(np.maximum(probabilities, _FLOOR))

    def loss(parameters: NDArray[np.float64]) -> float:
        return log_loss(_from_parameters(parameters).apply_to_logs(logs), codes, weight)

    found = [minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-7}) for start in _STARTS]
    best = _from_parameters(min(found, key=lambda result: float(result.fun)).x)
    return Calibration(round(best.temperature, 6), round(best.doubt, 6))


def _from_parameters(parameters: NDArray[np.float64]) -> Calibration:
    log_temperature, logit_doubt = np.clip(parameters, [-3.0, -12.0], [3.0, 0.0])
    return Calibration(float(np.exp(log_temperature)), float(1 / (1 + np.exp(-logit_doubt))))
