"""What people and models did in a shop: answers, draws, runs, versions, aliases, alarms, and who did what when.

All of it is in `loop.db`, the file to back up: the catalog and the features can be made again, what people said cannot.
"""

from saekdong.loop.alarms import Alarm, AlarmKind
from saekdong.loop.answers import Answer, AnswerKind, Judgment
from saekdong.loop.draws import Draw, DrawItem, ItemTakenError, NewItem, Purpose
from saekdong.loop.events import Event
from saekdong.loop.loop import FILE, Loop
from saekdong.loop.runs import Run
from saekdong.loop.versions import Alias, Lineage, ModelVersion

__all__ = [
    "FILE",
    "Alarm",
    "AlarmKind",
    "Alias",
    "Answer",
    "AnswerKind",
    "Draw",
    "DrawItem",
    "Event",
    "ItemTakenError",
    "Judgment",
    "Lineage",
    "Loop",
    "ModelVersion",
    "NewItem",
    "Purpose",
    "Run",
]
