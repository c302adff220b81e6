"""Goals such as `accuracy>=0.9`: the figures that a model must reach before a shop uses it."""

import difflib
import math
import operator
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from saekdong.errors import SaekdongError

_COMPARE = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
_GOAL = re.compile(r"\s*([\w.-]+?)\s*(>=|<=|>|<)\s*([0-9.]+)(%?)\s*")


@dataclass(frozen=True)
class Goal:
    """A bound on a figure."""

    figure: str
    comparison: str
    bound: float

    def __str__(self) -> str:
        return f"{self.figure}{self.comparison}{self.bound:g}"


@dataclass(frozen=True)
class Outcome:
    """A goal, the figure that the model has, and whether it is met."""

    goal: Goal
    value: float
    met: bool


def parse_goal(text: str) -> Goal:
    """Read a goal such as `accuracy>=0.9`, `recall.navy>=80%` or `log_loss<0.4`.

    Raises:
        SaekdongError: the text is malformed.

    Example:
        >>> parse_goal("recall.navy >= 80%").bound
        0.8
    """
    found = _GOAL.fullmatch(text)
    try:
        bound = float(found[3]) if found else math.nan
    except ValueError:
        bound = math.nan
    if found is None or math.isnan(bound):
        raise SaekdongError(f"{text!r} is not a goal", fix="write one such as 'accuracy>=0.9'")
    return Goal(found[1], found[2], bound / 100 if found[4] else bound)


def read_goals(texts: Sequence[str], figures: Collection[str]) -> list[Goal]:
    """Read goals, each of which bounds one of `figures`.

    Raises:
        SaekdongError: a text is not a goal, or names an unknown figure.
    """
    goals = [parse_goal(text) for text in texts]
    for goal in goals:
        if goal.figure not in figures:
            near = difflib.get_close_matches(goal.figure, figures, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise SaekdongError(
                f"goal {str(goal)!r} names no figure of a model", fix=hint + "use one of " + ", ".join(figures)
            )
    return goals


def check_goals(goals: Sequence[Goal], figures: Mapping[str, float]) -> list[Outcome]:
    """Compare goals with a model's figures. A figure that could not be computed (NaN) does not meet any goal."""
    return [
        Outcome(goal, figures[goal.figure], bool(_COMPARE[goal.comparison](figures[goal.figure], goal.bound)))
        for goal in goals
    ]
