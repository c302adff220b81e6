"""How a shop did over time: accuracy and label shares by week, evidence by day, as the desk draws them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from saekdong.evidence.audit import AuditAnswers, Estimate, estimate_accuracy
from saekdong.loop import Loop
from saekdong.monitoring.baseline import unpack_arrays
from saekdong.monitoring.watching import KIND
from saekdong.review.audit import audited
from saekdong.review.week import week_of


@dataclass(frozen=True)
class History:
    """How a shop did over time.

    Attributes:
        accuracy: by week, what all answers of the audit until then say.
        evidence: by day, log10 of evidence / threshold of each class of streams.
        labels: by week, how many products of each label came in; the last entry is those without a label.
    """

    accuracy: Mapping[str, Estimate]
    evidence: Mapping[str, Mapping[str, float]]
    labels: Mapping[str, tuple[int, ...]]


def shop_history(loop: Loop, model: str, weeks: int = 26, days: int = 90) -> History:
    """Return how a shop did.

    Args:
        loop: the record.
        model: the id of the model whose accuracy is asked.
        weeks: how many of the last weeks with data.
        days: how many of the last looks.
    """
    looks = [run for run in loop.runs(KIND) if run.result][-days:]
    levels = {run.key: run.result["levels"] for run in looks if run.result and run.result["levels"]}
    return History(_accuracy(loop, model, weeks), levels, _labels(loop, weeks))


def _accuracy(loop: Loop, model: str, weeks: int) -> dict[str, Estimate]:
    times, answers = audited(loop, model)
    ends = {week_of(at): place + 1 for place, at in enumerate(times)}
    kept = [(week, end) for week, end in ends.items() if end > 1][-weeks:]
    return {week: estimate_accuracy(_until(answers, end)) for week, end in kept}


def _until(answers: AuditAnswers, end: int) -> AuditAnswers:
    columns = (answers.right, answers.confidence, answers.weight, answers.mean_confidence)
    return AuditAnswers(*(column[:end] for column in columns))


def _labels(loop: Loop, weeks: int) -> dict[str, tuple[int, ...]]:
    by_week: dict[str, np.ndarray] = {}
    for day, packed in sorted(loop.facts("shop").items()):
        counts = unpack_arrays(packed)["labels"]
        week = week_of(day)
        # A shop whose labels changed begins again.
        same = week in by_week and len(by_week[week]) == len(counts)
        by_week[week] = by_week[week] + counts if same else counts
    return {week: tuple(map(int, counts)) for week, counts in list(by_week.items())[-weeks:]}
