"""One look at the shop a day: what came in is compared with the normal, and alarms are raised, once each.

A look that is killed at any step is continued by the next call. What a day showed, and the evidence so far, are kept
in one transaction.
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

import numpy as np

from saekdong.catalog.contract import Store
from saekdong.evidence.detector import ClassEvidence, DetectorState
from saekdong.evidence.health import is_overdue
from saekdong.evidence.monitor import Monitor
from saekdong.evidence.streams import Observations
from saekdong.feature_store import FeatureStore
from saekdong.loop import Alarm, AlarmKind, Loop, NewItem
from saekdong.model.artifact import Artifact
from saekdong.monitoring.auditing import Accuracy, audited_accuracy
from saekdong.monitoring.baseline import Baseline, make_baseline, pack_arrays, unpack_arrays
from saekdong.monitoring.explaining import STRIP, explain_alarm
from saekdong.monitoring.intake import Intake, Watermark, new_products
from saekdong.monitoring.services import EndpointFacts, ServiceProblem, disk_problems, endpoint_problems
from saekdong.tagging import Tagger

KIND = "watch"
QUIET_DAYS = 14
"""An alarm closes itself after so many days without new evidence."""

PROOF = 40
"""How many photos of its segment an alarm about photos puts into the queue."""

Deliver = Callable[[Alarm], None]


def _deliver_to_none(_: Alarm) -> None:
    """Deliver an alarm to no one."""


@dataclass(frozen=True)
class Look:
    """What a look found.

    Attributes:
        day: ISO 8601.
        products: how many products came in.
        batches: how many batches they are.
        is_compared: whether they were compared with a normal.
        has_normal: whether there is a normal now: the next look compares with it.
        alarms: the numbers of the alarms that were raised or seen again.
        opened: the numbers of those that are new.
        closed: the numbers of the alarms that were closed.
        levels: the evidence of each class in the shop: log10 of evidence / threshold; 0 or above is an alarm.
    """

    day: str
    products: int
    batches: int
    is_compared: bool
    has_normal: bool
    alarms: tuple[int, ...] = ()
    opened: tuple[int, ...] = ()
    closed: tuple[int, ...] = ()
    levels: Mapping[str, float] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Watch:
    """What watches a shop.

    Attributes:
        loop: the record.
        store: the catalog.
        features: of its photos.
        artifact: the champion.
        goal: the least accuracy that the shop wants, 0 to 1; None if it has not said.
        deliver: delivers an alarm to people; it is called for each open alarm of a look.
        endpoints: returns the shop's endpoints.
        zone: the time zone of the shop's days; None for this machine's.
    """

    loop: Loop
    store: Store
    features: FeatureStore
    artifact: Artifact
    goal: float | None = None
    deliver: Deliver = _deliver_to_none
    endpoints: Callable[[], Sequence[EndpointFacts]] = tuple
    zone: tzinfo | None = None

    def look(self, by: str = "saekdong") -> Look:
        """Look at what came in since the last look, and at services.

        A second call on the same day returns what the first one found; it looks at services again.
        """
        day = self.today().isoformat()
        run = self.loop.begin_run(by, KIND, day)
        if run.result is not None:
            self._check_services()
            return _stored(run.result)
        if self.loop.state(_done(day)) is None:
            self._compare(day)
        findings = json.loads(self.loop.state(_done(day)) or b"{}")
        look = self._raise(findings)
        self.loop.end_run(run.number, look.to_json())
        return look

    def set_normal(self, by: str, why: str) -> bool:
        """Declare what the catalog has now the new normal; return whether there are enough products for one."""
        made = make_baseline(self.store, self.features, Tagger(self.artifact))
        if made is None:
            return False
        until = new_products(self.store, self.features, self._mark()).until  # they are the normal, not compared with it
        self.loop.put_state(self._state(made) | {_MARK: json.dumps(asdict(until)).encode()})
        self.loop.close_alarms(_COMPARED)
        self.loop.record(by, "new normal", why=why, model=self.artifact.id)
        return True

    def today(self) -> date:
        """Return the day that it is in the shop's time zone."""
        return self._day_of(self.loop.clock())

    def _day_of(self, time: datetime) -> date:
        return time.astimezone(self.zone).date()

    def accuracy(self) -> Accuracy:
        """Return what the audit says about the champion's first tags."""
        return audited_accuracy(self.loop, self.artifact.id)

    # What came in

    def _compare(self, day: str) -> None:
        """Compare the new products with the normal; keep the evidence and what was found in one transaction."""
        mark = self._mark()
        came = new_products(self.store, self.features, mark)
        tagger = Tagger(self.artifact)
        monitor = self._monitor()
        intake = Intake.of(came.products, self.features)
        findings: dict[str, Any] = {"day": day, "products": len(intake), "batches": len(intake.batches), "alarms": []}
        state: dict[str, bytes] = {}
        facts: dict[str, bytes] = {}
        if monitor is None:
            if (made := make_baseline(self.store, self.features, tagger)) is not None:
                state = self._state(made)
        elif len(intake):
            observations = intake.observe(tagger, self.features, monitor.novelty, came.earlier)
            detector = DetectorState(unpack_arrays(self._need(_DETECTOR))["sums"])
            after, evidence = monitor.step(detector, observations, intake.batches)
            state = {_DETECTOR: pack_arrays({"sums": after.sums})}
            findings |= self._found(evidence, monitor, intake, observations, day)
            facts["shop"] = pack_arrays(_day_facts(observations))
        findings |= {"is_compared": monitor is not None, "has_normal": monitor is not None or bool(state)}
        state |= {_MARK: json.dumps(asdict(came.until)).encode(), _done(day): json.dumps(findings).encode()}
        self.loop.put_facts(day, facts, state)

    def _found(
        self,
        evidence: Sequence[ClassEvidence],
        monitor: Monitor,
        intake: Intake,
        observations: Observations,
        day: str,
    ) -> dict[str, Any]:
        photos = json.loads(self._need(_PHOTOS))
        alarms = []
        explained = {each.segment for each in evidence if each.alarm and each.kind == "photo"}
        for each in evidence:
            # Where photos have changed, that is why the model doubts.
            if each.alarm and not (each.kind == "model" and each.segment in explained):
                finding = explain_alarm(each, monitor, intake, observations, self.artifact.vocabulary, day)
                finding.evidence["typical"] = random.Random(day + finding.cause).sample(photos, min(STRIP, len(photos)))
                kind: AlarmKind = "mix" if each.kind == "mix" else "photo"
                alarms.append({"kind": kind, **asdict(finding)})
        levels = {each.kind: round(each.level, 2) for each in evidence if not each.segment}
        return {"alarms": _without_repeats(alarms), "levels": levels}

    def _mark(self) -> Watermark:
        stored = self.loop.state(_MARK)
        return Watermark(**json.loads(stored)) if stored else Watermark()

    def _monitor(self) -> Monitor | None:
        """Return the normal of this champion, or None: another champion's is not one."""
        stored, model = self.loop.state(_MONITOR), self.loop.state(_MODEL)
        if stored is None or model != self.artifact.id.encode():
            return None
        return Monitor.from_arrays(unpack_arrays(stored))

    def _state(self, made: Baseline) -> dict[str, bytes]:
        """Return a new normal, and the evidence before the first day, as they are kept."""
        return {
            _MONITOR: pack_arrays(dict(made.monitor.to_arrays())),
            _PHOTOS: json.dumps(made.photos).encode(),
            _DETECTOR: pack_arrays({"sums": made.monitor.start().sums}),
            _MODEL: self.artifact.id.encode(),
        }

    def _need(self, name: str) -> bytes:
        value = self.loop.state(name)
        assert value is not None, name  # noqa: S101 (written in the same transaction as the normal)
        return value

    # Alarms

    def _raise(self, findings: Mapping[str, Any]) -> Look:
        """Raise the alarms that a day's evidence, the audit and the services ask for; close those that are quiet."""
        raised = [self._raise_one(each) for each in findings["alarms"]]
        if proven := self._below_goal():
            raised.append(proven)
        for alarm, _ in raised:
            self._deliver(alarm)
        quiet = (self.loop.clock() - timedelta(days=QUIET_DAYS)).isoformat(timespec="seconds")
        is_new_normal = findings["has_normal"] and not findings["is_compared"]
        closed = self.loop.close_alarms(_COMPARED, "9999" if is_new_normal else quiet)
        closed += self.loop.close_alarms(("model",), but=[alarm.number for alarm, _ in raised])
        services, ended = self._check_services()
        raised += services
        closed += ended
        return Look(
            findings["day"],
            findings["products"],
            findings["batches"],
            findings["is_compared"],
            findings["has_normal"],
            tuple(alarm.number for alarm, _ in raised),
            tuple(alarm.number for alarm, is_new in raised if is_new),
            tuple(alarm.number for alarm in closed),
            findings.get("levels"),
        )

    def _raise_one(self, found: Mapping[str, Any]) -> tuple[Alarm, bool]:
        alarm, is_new = self.loop.raise_alarm(found["kind"], found["cause"], found["segment"], found["evidence"])
        asked = {draw.about.get("alarm") for draw in self.loop.draws("segment")}
        if alarm.kind == "photo" and alarm.number not in asked:
            self._order_proof(alarm)
        return alarm, is_new

    def _order_proof(self, alarm: Alarm) -> None:
        """Put random photos of the alarm's segment to the front of the queue."""
        moved = alarm.evidence["moved"]
        chosen = random.Random(alarm.number).sample(moved, min(PROOF, len(moved)))
        items = [
            NewItem(each.id, each.main_photo.digest if each.main_photo else "", None, each.labels)
            for each in self.store.facts(chosen)
        ]
        self.loop.draw("segment", items, self.artifact.id, len(moved), alarm.number, {"alarm": alarm.number})

    def _below_goal(self) -> tuple[Alarm, bool] | None:
        if self.goal is None:
            return None
        accuracy = self.accuracy().always
        if not accuracy.answers or accuracy.high >= self.goal:
            return None
        percent = f"{accuracy.high:.0%}"
        evidence = {
            "en": f"at most {percent} of first tags are right, below the goal of {self.goal:.0%}",
            "ko": f"첫 색이 맞는 상품은 많아야 {percent}로, 목표 {self.goal:.0%}보다 낮습니다",
            **asdict(accuracy),
        }
        return self.loop.raise_alarm("model", "accuracy", "shop", evidence)

    def _check_services(self) -> tuple[list[tuple[Alarm, bool]], list[Alarm]]:
        """Raise and deliver an alarm for each service that does not work; close those of services that do again.

        Unlike what came in, services are looked at each time, not once a day.

        Returns:
            The open alarms, each with whether it is new; and those that were closed.
        """
        problems = [
            *self._overdue(),
            *endpoint_problems(self.endpoints(), self.loop.clock().timestamp()),
            *disk_problems(self.store.path.parent),
        ]
        raised = [self.loop.raise_alarm("service", each.cause, each.segment, each.evidence) for each in problems]
        closed = self.loop.close_alarms(("service",), but=[alarm.number for alarm, _ in raised])
        for alarm, _ in raised:
            self._deliver(alarm)
        return raised, closed

    def _overdue(self) -> Iterator[ServiceProblem]:
        """Yield the feeds that were not read for twice their rhythm, in days."""
        today = self.today().toordinal()
        for feed, reads in self.store.feed_reads().items():
            days = sorted({self._day_of(datetime.fromisoformat(each)).toordinal() for each in reads})
            if is_overdue(days, today):
                last = date.fromordinal(days[-1]).isoformat()
                yield ServiceProblem(
                    "feed overdue",
                    f"feed {feed}",
                    {
                        "en": f"feed {feed} was not read since {last}, for more than twice as long as usual",
                        "ko": f"피드 {feed}를 {last} 뒤로 평소의 두 배 넘게 읽지 않았습니다",
                    },
                )

    def _deliver(self, alarm: Alarm) -> None:
        today = self.today().isoformat()
        if alarm.kind != "mix" and alarm.snoozed_until <= today:
            self.deliver(alarm)


_COMPARED: tuple[AlarmKind, ...] = ("mix", "photo")
"""The kinds of alarms that compare with the normal: a new normal ends them."""

_MONITOR, _PHOTOS, _MODEL = "normal", "normal's photos", "normal's model"
_DETECTOR, _MARK = "detector", "watched"


def _done(day: str) -> str:
    return f"look {day}"


def _stored(result: Mapping[str, Any]) -> Look:
    lists = {name: tuple(result[name]) for name in ("alarms", "opened", "closed")}
    return Look(**{**result, **lists})


def _without_repeats(alarms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the alarms without those of a part if the whole shop has the same: it is one cause."""
    whole = {(each["kind"], each["cause"]) for each in alarms if each["segment"] == "shop"}
    return [each for each in alarms if each["segment"] == "shop" or (each["kind"], each["cause"]) not in whole]


def _day_facts(observations: Observations) -> dict[str, np.ndarray]:
    """Return what the console shows of a day: the number of products by label, and the mean of each statistic."""
    known = observations.ranked()[~observations.failed]
    means = known.mean(axis=0) if len(known) else np.full(known.shape[1], np.nan)
    return {
        "labels": np.bincount(observations.label, minlength=observations.shares.shape[1] + 1),
        "statistics": means,
        "failed": np.array([observations.failed.sum()]),
    }
