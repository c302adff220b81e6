"""The answers of the audit, as the estimators of accuracy take them."""

from collections.abc import Iterator

import numpy as np

from saekdong.evidence.audit import AuditAnswers
from saekdong.loop import Loop
from saekdong.loop.answers import JUDGING
from saekdong.review.agreement import is_right


def audit_answers(loop: Loop, model: str) -> AuditAnswers:
    """Return what the audit's answers say about the first labels of a model, in the order of the answers.

    Args:
        loop: the record.
        model: the model's id; answers about others are left out.
    """
    return audited(loop, model)[1]


def audited(loop: Loop, model: str) -> tuple[list[str], AuditAnswers]:
    """Return the audit's answers as `audit_answers`, and when each was given, ISO 8601."""
    rows = list(_rows(loop, model))
    columns = np.array([row for _, *row in rows], dtype=np.float64).reshape(-1, 4).T
    return [at for at, *_ in rows], AuditAnswers(*columns)


def _rows(loop: Loop, model: str) -> Iterator[tuple[str, float, float, float, float]]:
    """Yield for each pick that was answered: when, right, confidence, weight, mean confidence of the population."""
    draws = {draw.number: draw for draw in loop.draws("audit") if draw.model == model}
    items = {item.number: item for item in loop.items(purpose="audit") if item.draw in draws}
    for answer in loop.answers():
        if answer.said.kind not in JUDGING or answer.said.item not in items:
            continue
        item = items[answer.said.item]
        asked, about = item.item, item.item.about
        right = is_right(next(iter(asked.shown), ""), answer.said.given)
        weight = 1 / (draws[item.draw].population * asked.probability) if asked.probability else 1.0
        row = (answer.at, float(right), about["confidence"], weight, about["mean_confidence"])
        yield from [row] * about.get("times", 1)  # a product that was picked twice is asked once
