"""Labels that a measurement covers badly: too few cases, or never found."""

from collections.abc import Iterable
from dataclasses import dataclass

FEW = 10
"""With fewer cases of a label, its recall is a guess."""


@dataclass(frozen=True)
class Unmeasured:
    """Labels that a person should check.

    Attributes:
        never: labels that the model found in none of their cases (recall 0), with the number of cases.
        few: labels with fewer than ten cases, with that number.
    """

    never: dict[str, int]
    few: dict[str, int]

    @classmethod
    def of(cls, scores: Iterable[tuple[str, int, float]]) -> "Unmeasured":
        """Return them for labels' ids, numbers of cases and recalls; a label without a case is in neither.

        Example:
            >>> Unmeasured.of([("red", 40, 0.9), ("mint", 12, 0.0), ("navy", 3, 1.0), ("pink", 0, float("nan"))])
            Unmeasured(never={'mint': 12}, few={'navy': 3})
        """
        cases = [(label, count, recall) for label, count, recall in scores if count]
        return cls(
            {label: count for label, count, recall in cases if recall == 0},
            {label: count for label, count, _ in cases if count < FEW},
        )
