"""How a shop is doing, on one page: its lamp, accuracy, evidence, alarms and open work."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from saekdong.loop import Alarm, Loop
from saekdong.loop.versions import CHAMPION
from saekdong.monitoring.auditing import Accuracy
from saekdong.monitoring.watching import KIND, Watch

Lamp = Literal["green", "yellow", "red", "gray"]
"""green: all is well; yellow: photos or labels have changed; red: accuracy below the goal, or a service fails; gray:
there is nothing to compare with yet."""


@dataclass(frozen=True)
class Status:
    """How a shop is doing.

    Attributes:
        lamp: the sum of it.
        champion: the version in use, or the catalog's model if none is registered.
        accuracy: of the first tag, by the audit.
        goal: the accuracy that the shop wants, or None.
        last_look: the day of the last look; empty if there was none.
        levels: the evidence of each class at the last look: log10 of evidence / threshold.
        alarms: the open alarms, the newest first.
        open_items: how many items wait for an answer, by purpose.
        answers: how many answers there are.
    """

    lamp: Lamp
    champion: str
    accuracy: Accuracy
    goal: float | None
    last_look: str
    levels: dict[str, float]
    alarms: tuple[Alarm, ...]
    open_items: dict[str, int]
    answers: int

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        from saekdong.monitoring.delivery import as_document

        accuracy = {
            "once": asdict(self.accuracy.once) if self.accuracy.once else None,
            "always": asdict(self.accuracy.always),
            "goal": self.goal,
        }
        return {
            "lamp": self.lamp,
            "champion": self.champion,
            "accuracy": accuracy,
            "last_look": self.last_look,
            "levels": self.levels,
            "alarms": [as_document(alarm) for alarm in self.alarms],
            "open_items": self.open_items,
            "answers": self.answers,
        }


def read_status(watch: Watch) -> Status:
    """Return how a shop is doing."""
    loop = watch.loop
    looks = [run for run in loop.runs(KIND) if run.result]
    last = looks[-1].result if looks else None
    alarms = tuple(loop.alarms(open_only=True))
    counts = {purpose: states.get("open", 0) for purpose, states in loop.count_items().items()}
    return Status(
        _lamp(alarms, has_normal=bool(last and last["has_normal"])),
        _champion(loop, watch),
        watch.accuracy(),
        watch.goal,
        last["day"] if last else "",
        dict((last or {}).get("levels") or {}),
        alarms,
        {purpose: n for purpose, n in counts.items() if n},
        len(loop.answers()),
    )


def _lamp(alarms: tuple[Alarm, ...], *, has_normal: bool) -> Lamp:
    if any(alarm.kind in ("model", "service") for alarm in alarms):
        return "red"
    if alarms:
        return "yellow"
    return "green" if has_normal else "gray"


def _champion(loop: Loop, watch: Watch) -> str:
    version = loop.find_version(CHAMPION)
    model = watch.store.model()
    return str(version) if version else str(model) if model else "none"
