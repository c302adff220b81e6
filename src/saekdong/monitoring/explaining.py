"""Why an alarm was raised, in a sentence, figures and photos."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saekdong.color import OTHER, Vocabulary
from saekdong.evidence.detector import ClassEvidence
from saekdong.evidence.monitor import Monitor
from saekdong.evidence.streams import Observations
from saekdong.lang import LANGS
from saekdong.monitoring.intake import Intake
from saekdong.monitoring.sentences import Move, sentence

_MOST_MOVED = 1000
_LEAST_SPREAD = 1e-3
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
    move = _move_of(evidence, monitor, observations, moved, vocabulary.ids)
    segment = evidence.segment or "shop"
    sentences: dict[str, Any] = {lang: sentence(move, evidence.segment, vocabulary, day, lang) for lang in LANGS}
    feeds = Counter(intake.batches.feed[of_batch[place]] for place in moved)
    tags = Counter(_label(vocabulary.ids, int(code)) for code in observations.label[moved])
    content = {
        **sentences,
        "before": move.before,
        "after": move.after,
        "level": round(evidence.level, 2),
        "day": day,
        "moved": [intake.products[place] for place in moved[:_MOST_MOVED]],
        "products": [intake.products[place] for place in moved[:STRIP]],
        "photos": [intake.places[place] for place in moved[:STRIP]],
        "feeds": dict(feeds.most_common()),
        "tags": dict(tags.most_common()),
    }
    return AlarmCause(f"label {move.name}" if move.kind == "mix" else move.name, segment, content)


def _label(labels: Sequence[str], code: int) -> str:
    return labels[code] if code < len(labels) else OTHER


def _move_of(
    evidence: ClassEvidence,
    monitor: Monitor,
    observations: Observations,
    moved: NDArray[np.intp],
    labels: Sequence[str],
) -> Move:
    """Return what moved: the label's share, the event, or of the class's statistics the one that moved most."""
    stream, streams = evidence.stream, monitor.detector.reference.streams
    if stream.form == "event":
        return Move(stream.kind, stream.name, upward=True)
    if stream.kind == "mix":
        expected = monitor.detector.reference.expect([("", "", "")])[0][0, streams.index(stream)]
        code = labels.index(stream.name) if stream.name in labels else len(labels)
        share = round(float((observations.label[moved] == code).mean()), 3)
        return Move("mix", stream.name, evidence.upward, round(float(expected), 3), share)
    ranked = [each for each in streams if each.form == "rank"]
    own = [column for column, each in enumerate(ranked) if each.kind == stream.kind]
    values, knots = observations.ranked()[moved][:, own], monitor.ranks.knots[-1, own]
    before = np.median(knots, axis=1)
    after = np.array([_median(column) for column in values.T])
    effects = np.nan_to_num((after - before) / (knots.std(axis=1) + _LEAST_SPREAD), nan=0.0)
    most = int(np.abs(effects).argmax())
    levels = (round(float(each[most]), 2) + 0.0 for each in (before, after))
    return Move(stream.kind, ranked[own[most]].name, bool(effects[most] > 0), *levels)


def _median(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else math.nan
