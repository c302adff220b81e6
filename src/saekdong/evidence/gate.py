"""The gate: whether a challenger is better than the champion, asked blind about products whose tags would change."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

Verdict = Literal["better", "not proven", "open"]

THRESHOLD = 20.0
"""The evidence at which the challenger is better: if it is not, that happens at most once in 20 gates."""

MOST_ANSWERS = 150
MOST_LOSS = 0.05
_STAKES = np.linspace(0.1, 0.6, 26)  # those that are best if a challenger is 2 to 6 points better


@dataclass(frozen=True)
class DifferenceTest:
    """The test of the difference after some answers.

    The two tags are shown in random order, A and B. An answer is a win if the challenger's tag is better, a loss if
    the champion's is, and a tie if both are or neither is. A gambler stakes a part of his capital on each win: as long
    as losses are at least as likely, he cannot expect to win (Waudby-Smith and Ramdas 2024). The evidence is the mean
    capital over stakes.

    Attributes:
        wins, losses, ties: the number of each.
    """

    wins: int = 0
    losses: int = 0
    ties: int = 0

    def after(self, preference: int) -> "DifferenceTest":
        """Return the test after an answer: 1 for a win, -1 for a loss, 0 for a tie."""
        return DifferenceTest(
            self.wins + (preference > 0), self.losses + (preference < 0), self.ties + (preference == 0)
        )

    @property
    def answers(self) -> int:
        """The number of answers."""
        return self.wins + self.losses + self.ties

    @property
    def evidence(self) -> float:
        """The evidence that the challenger is better; 1 before any answer."""
        capital = self.wins * np.log1p(_STAKES) + self.losses * np.log1p(-_STAKES)
        return float(np.exp(np.minimum(capital, 700)).mean())

    @property
    def verdict(self) -> Verdict:
        """Whether the challenger is better; open while more answers may prove it."""
        if self.evidence >= THRESHOLD:
            return "better"
        return "not proven" if self.answers >= MOST_ANSWERS else "open"


@dataclass(frozen=True)
class RecallLoss:
    """How much recall a label loses by promotion, as shares of its products; negative if it gains.

    Attributes:
        label: its id.
        loss: the estimate.
        low, high: the ends of the interval.
        answers: the number of answers about products of this label.
    """

    label: str
    loss: float
    low: float
    high: float
    answers: int

    @property
    def blocks(self) -> bool:
        """Whether it is proven that the label loses more than `MOST_LOSS`."""
        return self.low > MOST_LOSS


def recall_losses(
    labels: Sequence[str],
    truth: NDArray[np.bool_],
    champion: NDArray[np.intp],
    challenger: NDArray[np.intp],
    changed: float,
    shares: Array,
    level: float = 0.90,
) -> list[RecallLoss]:
    """Return each label's loss of recall, from answers about a uniform draw of the products whose tags change.

    Only these products can change recall: the loss is their part of the products, times how much more often the
    champion's tag is right among them, divided by the label's share of all products.

    Args:
        labels: the vocabulary's ids, L.
        truth: the labels that a person gave to each product of the draw, (n, L).
        champion: the code of its first label, L for `other`, (n,).
        challenger: the same of the challenger.
        changed: the part of all products whose tags change, 0 to 1.
        shares: the share of all products that have each label, (L,), by the audit or by the champion's tags.
        level: of the interval, one-sided: 90% for the lower end and 90% for the upper end.
    """
    count = max(len(truth), 1)
    z = NormalDist().inv_cdf(level)
    losses = []
    for code, label in enumerate(labels):
        has = truth[:, code]
        kept = [has & (tags == code) for tags in (champion, challenger)]
        values = kept[0].astype(np.float64) - kept[1]
        mean = float(values.sum()) / count
        # Two answers more, a loss and a gain, as in Agresti and Coull's interval: no answers prove nothing.
        squares = float((values**2).sum()) + 2 - (count + 2) * (mean * count / (count + 2)) ** 2
        error = math.sqrt(squares / (count + 2) / count)
        scale = changed / max(float(shares[code]), 1 / count)
        loss, low, high = (min(1.0, max(-1.0, scale * each)) for each in (mean, mean - z * error, mean + z * error))
        losses.append(RecallLoss(label, loss, low, high, int(has.sum())))
    return losses
