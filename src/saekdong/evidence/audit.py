"""The audit: a random draw of products that a person checks, and the accuracy that it proves.

Answers that people give on their own are not a sample: someone who corrects half of the wrong tags that he sees makes
an accuracy of .76 look like .88. Only a draw with known probabilities is unbiased. The model's confidence serves
as control variate, which makes the interval narrower but never biased (Angelopoulos et al. 2023, "Prediction-powered
inference"; Särndal, Swensson and Wretman 1992, "Model assisted survey sampling", chapter 6).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_HALF = 0.5  # of the draws are uniform, so that no product has a weight above 2


@dataclass(frozen=True)
class Estimate:
    """A share with its interval, all 0 to 1.

    Attributes:
        value: the estimate.
        low, high: the ends of the interval.
        answers: the number of answers that it is based on.
    """

    value: float
    low: float
    high: float
    answers: int


@dataclass(frozen=True, eq=False)
class AuditAnswers:
    """The answers of an audit, one entry an answer, in any order.

    Attributes:
        right: 1 if the model's tag is right, otherwise 0, (n,).
        confidence: the model's probability that it is, 0 to 1, at the time of the draw, (n,).
        weight: 1 / (N x probability of the draw), by `draw_weights`, (n,).
        mean_confidence: the mean confidence of the population at the time of the draw, (n,).
    """

    right: Array
    confidence: Array
    weight: Array
    mean_confidence: Array

    def __post_init__(self) -> None:
        """Check that all have one entry an answer."""
        lengths = {len(each) for each in (self.right, self.confidence, self.weight, self.mean_confidence)}
        if len(lengths) > 1:
            raise ValueError(f"an audit needs one entry an answer, not {sorted(lengths)} entries")

    def __len__(self) -> int:
        """Return the number of answers."""
        return len(self.right)

    def values(self) -> Array:
        """Return an unbiased value of the accuracy for each answer, (n,), at most 2 from the mean confidence."""
        values: Array = self.mean_confidence + self.weight * (self.right - self.confidence)
        return values


def draw_probabilities(confidence: Sequence[float] | Array) -> Array:
    """Return how likely each product is to be the next one drawn: half uniform, half by sqrt(p (1 - p)).

    Products are drawn more often if the model is unsure, because their answers vary most.

    Args:
        confidence: p, the model's probability that its tag is right, 0 to 1, of each product, (N,), at least one.

    Returns:
        float64 (N,), summing to 1; none is below 1 / 2N.

    Example:
        >>> draw_probabilities([0.5, 1.0]).round(3)
        array([0.75, 0.25])
    """
    p = np.clip(np.asarray(confidence, dtype=np.float64), 0, 1)
    spread = np.sqrt(p * (1 - p))
    uniform = np.full(len(p), 1 / len(p))
    total = float(spread.sum())
    return _HALF * uniform + (1 - _HALF) * spread / total if total else uniform


def draw_weights(probabilities: Array) -> Array:
    """Return what an answer about each product counts: 1 / (N x its probability), at most 2."""
    weights: Array = 1 / (len(probabilities) * probabilities)
    return weights


def draw_audit(probabilities: Array, count: int, random: np.random.Generator) -> NDArray[np.intp]:
    """Draw products independently, with their probabilities; places into the population, (count,).

    A product may be drawn twice: ask once and count the answer twice. Draws without replacement would need joint
    probabilities, and a catalog is far larger than a draw.
    """
    return random.choice(len(probabilities), count, p=probabilities)


def estimate_accuracy(answers: AuditAnswers, level: float = 0.95) -> Estimate:
    """Return the accuracy in the population with its interval for one look.

    The difference estimator: the mean of f + w (y - c), with the population's mean confidence f, the product's
    confidence c and its weight w. Looking again after each answer makes the interval too narrow: use
    `sequences.AccuracySequence` for that.

    Args:
        answers: at least two.
        level: how often the interval contains the accuracy.

    Raises:
        ValueError: there are fewer than two answers.
    """
    count = len(answers)
    if count < 2:
        raise ValueError(f"an interval needs at least 2 answers, not {count}")
    values = answers.values()
    mean = float(values.mean())
    squares = float(((values - mean) ** 2).sum()) + PRIOR_ANSWERS * _expected_variance(answers)
    reach = t_quantile(0.5 + level / 2, count - 1) * math.sqrt(squares / (count - 1 + PRIOR_ANSWERS) / count)
    return Estimate(_inside(mean), _inside(mean - reach), _inside(mean + reach), count)


PRIOR_ANSWERS = 10
"""The variance that the confidence lets expect counts as that of so many answers.

A small audit with few errors has too high a mean and too small a variance: without this, the coverage of 50 answers is
.939 instead of .95.
"""


def _expected_variance(answers: AuditAnswers) -> float:
    """Return the variance of the values if the model were right as often as it is confident."""
    c = np.clip(answers.confidence, 0.05, 0.95)
    return float((answers.weight**2 * c * (1 - c)).mean())


def _inside(share: float) -> float:
    return min(1.0, max(0.0, share))


def t_quantile(probability: float, freedom: int) -> float:
    """Return a quantile of Student's t distribution (Hill 1970, "Algorithm 396: Student's t-quantiles").

    Args:
        probability: above 0.5 and below 1.
        freedom: degrees of freedom, at least 1; fewer count as 1.

    Example:
        >>> round(t_quantile(0.975, 10), 3)
        2.228
    """
    n, tails = float(max(freedom, 1)), 2 * (1 - probability)
    if n == 1:
        return 1 / math.tan(tails * math.pi / 2)
    if n == 2:
        return math.sqrt(2 / (tails * (2 - tails)) - 2)
    a = 1 / (n - 0.5)
    b = 48 / a**2
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * math.sqrt(a * math.pi / 2) * n
    y = (d * tails) ** (2 / n)
    if y > 0.05 + a:
        x = NormalDist().inv_cdf(tails / 2)
        y = x**2
        c += 0.3 * (n - 4.5) * (x + 0.6) if n < 5 else 0
        c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = math.expm1(a * y**2)
    else:
        y = ((1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)) * y - 1) * (n + 1) / (
            n + 2
        ) + 1 / y
    return math.sqrt(n * y)
