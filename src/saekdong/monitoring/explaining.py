"""Why an alarm was raised, in a sentence, figures and photos."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saekdong.color import Vocabulary
from saekdong.evidence.detector import ClassEvidence
from saekdong.evidence.monitor import Monitor
from saekdong.evidence.streams import Observations
from saekdong.lang import LANGS
from saekdong.monitoring.intake import Intake
from saekdong.monitoring.sentences import sentence

_MOST_MOVED = 1000
STRIP = 12
"""How many photos each of the two strips has."""


@dataclass(frozen=True)
class AlarmCause:
    """What moved in a segment.

    Attributes:
        cause: the stream's name, such as `ground_b`; for a label, `label navy`.
        segment: the segment; `shop` for the whole.
        evidence: sentences by language, medians, photos and tags, as plain data.
    """

    cause: str
    segment: str
    evidence: dict[str, Any]


def explain_alarm(
    evidence: ClassEvidence,
    monitor: Monitor,
    intake: Intake,
    observations: Observations,
    vocabulary: Vocabulary,
    day: str,
) -> AlarmCause:
    """Return why an alarm was raised; its typical photos are added by who knows the normal's.

    Args:
        evidence: the alarm.
        monitor: what the day was compared with.
        intake: the day's products.
        observations: of the same products.
        vocabulary: of the model.
        day: ISO 8601.
    """
    of_batch = intake.batches.of_product
    moved = np.flatnonzero(np.isin(of_batch, evidence.batches))
    labels = vocabulary.ids
    before, after = _levels(evidence, monitor, observations, moved, labels)
    segment = evidence.segment or "shop"
    name = evidence.stream.name
    sentences: dict[str, Any] = {lang: sentence(evidence, vocabulary, before, after, day, lang) for lang in LANGS}
    feeds = Counter(intake.batches.feed[of_batch[place]] for place in moved)
    content = {
        **sentences,
        "before": before,
        "after": after,
        "level": round(evidence.level, 2),
        "day": day,
        "moved": [intake.products[place] for place in moved[:_MOST_MOVED]],
        "products": [intake.products[place] for place in moved[:STRIP]],
        "photos": [intake.places[place] for place in moved[:STRIP]],
        "feeds": dict(feeds.most_common()),
        "tags": dict(Counter(_label(labels, int(code)) for code in observations.label[moved]).most_common()),
    }
    return AlarmCause(f"label {name}" if evidence.kind == "mix" else name, segment, content)


def _label(labels: Sequence[str], code: int) -> str:
    return labels[code] if code < len(labels) else "other"


def _levels(
    evidence: ClassEvidence,
    monitor: Monitor,
    observations: Observations,
    moved: NDArray[np.intp],
    labels: Sequence[str],
) -> tuple[float | None, float | None]:
    """Return the median of what moved in the normal and in the products that moved it; a share for labels."""
    stream = evidence.stream
    if stream.form == "event" or not len(moved):
        return None, None
    if stream.kind == "mix":
        column = monitor.detector.reference.streams.index(stream)
        expected = monitor.detector.reference.expect([("", "", "")])[0][0, column]
        code = labels.index(stream.name) if stream.name in labels else len(labels)
        return round(float(expected), 3), round(float((observations.label[moved] == code).mean()), 3)
    names = [each.name for each in monitor.detector.reference.streams if each.form == "rank"]
    column = names.index(stream.name)
    values = observations.ranked()[moved, column]
    known = values[np.isfinite(values)]
    knots = monitor.ranks.knots[-1, column]
    return round(float(np.median(knots)), 2), round(float(np.median(known)), 2) if len(known) else None
