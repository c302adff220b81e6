"""A confidence sequence: an interval of the accuracy that stays valid however often one looks at it.

The hedged betting intervals of Waudby-Smith and Ramdas 2024, "Estimating means of bounded random variables by
betting": for each possible accuracy m, one gambler bets that it is higher and one that it is lower. Those m at which a
gambler became rich are excluded.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saekdong.evidence.audit import AuditAnswers, Estimate

Array = NDArray[np.float64]

STEPS = 1000
"""The possible accuracies are 0, 1 / STEPS, ..., 1."""

_REACH = 2.0  # an answer's value is at most so far from the mean confidence, the largest weight of a draw
_STAKE = 0.75  # of a gambler's capital, at most
_FIRST_VARIANCE = 0.25


@dataclass(frozen=True, eq=False)
class AccuracySequence:
    """What the answers so far prove about the accuracy; resume it from these fields.

    Attributes:
        higher, lower: the logarithm of the capital of the gamblers who bet that the accuracy is higher, or lower, than
            each of the possible ones, (STEPS + 1,).
        answers: the number of answers.
        total: the sum of their values.
        squares: the sum of the squared distances of each value from the mean before it.
        level: how often the interval contains the accuracy at all looks together.
        low, high: the ends of the intersection of all intervals so far.
    """

    higher: Array
    lower: Array
    answers: int = 0
    total: float = 0.0
    squares: float = 0.0
    level: float = 0.95
    low: float = 0.0
    high: float = 1.0

    @classmethod
    def start(cls, level: float = 0.95) -> "AccuracySequence":
        """Return the sequence before any answer."""
        return cls(np.zeros(STEPS + 1), np.zeros(STEPS + 1), level=level)

    def after(self, answers: AuditAnswers) -> "AccuracySequence":
        """Return the sequence after more answers, in the order of their draw."""
        m = np.linspace(0, 1, STEPS + 1)
        higher, lower = self.higher.copy(), self.lower.copy()
        count, total, squares = self.answers, self.total, self.squares
        threshold = math.log(2 / (1 - self.level))
        low, high = self.low, self.high
        for value, center in zip(answers.values().tolist(), answers.mean_confidence.tolist(), strict=True):
            variance = (_FIRST_VARIANCE + squares) / (count + 1)
            bet = math.sqrt(2 * threshold / (variance * (count + 1) * math.log(count + 2)))
            higher += np.log1p(np.minimum(bet, _STAKE / (m - center + _REACH)) * (value - m))
            lower += np.log1p(np.minimum(bet, _STAKE / (center + _REACH - m)) * (m - value))
            mean = (total + 0.5) / (count + 1)
            squares += (value - mean) ** 2
            total, count = total + value, count + 1
            possible = m[np.maximum(higher, lower) < threshold]
            if len(possible):
                low, high = max(low, float(possible[0])), min(high, float(possible[-1]))
        return AccuracySequence(higher, lower, count, total, squares, self.level, low, max(low, high))

    def estimate(self) -> Estimate:
        """Return the mean of the answers' values, moved into the interval, and the interval."""
        mean = self.total / self.answers if self.answers else 0.5
        return Estimate(min(max(mean, self.low), self.high), self.low, self.high, self.answers)
