"""How accurate the first tag is, as an audit proves it: products drawn by chance, asked blind."""

from dataclasses import dataclass

from saekdong.evidence.audit import Estimate, estimate_accuracy
from saekdong.evidence.sequences import AccuracySequence
from saekdong.loop import Loop
from saekdong.review.audit import audit_answers


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
    answers = audit_answers(loop, model)
    once = estimate_accuracy(answers) if len(answers) > 1 else None
    return Accuracy(once, AccuracySequence.start().after(answers).estimate())
