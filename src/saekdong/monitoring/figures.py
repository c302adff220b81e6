"""How the shop is doing, as figures for Prometheus."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from saekdong.evidence.audit import estimate_accuracy
from saekdong.loop import Loop
from saekdong.loop.alarms import KINDS
from saekdong.loop.versions import CHAMPION
from saekdong.monitoring.watching import KIND
from saekdong.review.audit import audit_answers

if TYPE_CHECKING:
    from prometheus_client import Metric


def watch_figures(loop: Loop, model: str) -> "Iterator[Metric]":
    """Yield what the record of answers and alarms says now.

    Accuracy is given after two answers of the audit, the age of the last look after the first look.

    Args:
        loop: the record.
        model: the id of the model that tags.
    """
    from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily

    if champion := loop.find_version(CHAMPION):
        about = {"version": str(champion), "model": champion.model.short}
        yield InfoMetricFamily("saekdong_champion", "The version that tags.", about)
    alarms = Counter(alarm.kind for alarm in loop.alarms(open_only=True))
    opened = GaugeMetricFamily("saekdong_watch_alarms_open", "Open alarms.", labels=["kind"])
    for kind in KINDS:
        opened.add_metric([kind], alarms[kind])
    yield opened
    waiting = GaugeMetricFamily(
        "saekdong_review_items_open", "Products that wait for a person's answer.", labels=["purpose"]
    )
    for purpose, states in loop.count_items().items():
        waiting.add_metric([purpose], states.get("open", 0))
    yield waiting
    answers = audit_answers(loop, model)
    if len(answers) > 1:
        estimate = estimate_accuracy(answers)
        accuracy = GaugeMetricFamily(
            "saekdong_watch_accuracy",
            "How often the first tag is right, by the audit, and the ends of the 95% interval.",
            labels=["bound"],
        )
        for bound, value in (("low", estimate.low), ("estimate", estimate.value), ("high", estimate.high)):
            accuracy.add_metric([bound], value)
        yield accuracy
        yield GaugeMetricFamily(
            "saekdong_watch_accuracy_answers", "Answers of the audit about the model that tags.", estimate.answers
        )
    if looks := [run for run in loop.runs(KIND) if run.finished]:
        age = (loop.clock() - datetime.fromisoformat(looks[-1].finished or "")).total_seconds()
        yield GaugeMetricFamily("saekdong_watch_last_run_age_seconds", "Seconds since the last look.", max(age, 0.0))
