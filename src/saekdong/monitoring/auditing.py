"""How accurate the first tag is, as an audit proves it: products drawn by chance, asked blind."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from saekdong.evidence.audit import AuditAnswers, Estimate, estimate_accuracy
from saekdong.evidence.sequences import AccuracySequence
from saekdong.loop import Answer, DrawItem, Loop
from saekdong.loop.answers import JUDGING


@dataclass(frozen=True)
class Accuracy:
    """What the audit's answers say about the first tag of one model.

    Attributes:
        once: the estimate with its interval for one look; None with fewer than two answers.
        always: the interval that holds at all looks together.
    """

    once: Estimate | None
    always: Estimate


def audited_accuracy(loop: Loop, model: str) -> Accuracy:
    """Return the accuracy of a model's first tags.

    Args:
        loop: the record.
        model: the model's id; answers about others are left out.
    """
    draws = {draw.number: draw for draw in loop.draws("audit") if draw.model == model}
    items = {item.number: item for item in loop.items(purpose="audit") if item.draw in draws}
    asked = [(answer, items[answer.said.item]) for answer in loop.answers() if answer.said.item in items]
    answers = _audit_answers(
        (answer, item, draws[item.draw].population) for answer, item in asked if answer.said.kind in JUDGING
    )
    once = estimate_accuracy(answers) if len(answers) > 1 else None
    return Accuracy(once, AccuracySequence.start().after(answers).estimate())


def _audit_answers(asked: Iterable[tuple[Answer, DrawItem, int]]) -> AuditAnswers:
    """Return the answers as the estimator takes them; see `review.queue` for what an audit's items hold."""
    rows = []
    for answer, item, population in asked:
        first = next(iter(item.item.shown), "")
        weight = 1 / (population * item.item.probability) if item.item.probability else 1.0
        about = item.item.about
        rows.append((first in answer.said.given, about["confidence"], weight, about["mean_confidence"]))
    return AuditAnswers(*np.array(rows, dtype=np.float64).reshape(-1, 4).T)
