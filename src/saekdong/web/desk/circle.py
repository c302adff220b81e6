"""The circle of the loop: its stations, each with its state, a figure, and where it leads."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from saekdong.loop import AlarmKind
from saekdong.monitoring.status import Status

State = Literal["good", "doubt", "bad", "idle"]
RADIUS, CENTER = 76, 110


@dataclass(frozen=True)
class Place:
    """A station on the circle: its name, a figure, its state, its page, and where it is drawn."""

    name: str
    figure: str
    state: State
    address: str
    x: float
    y: float


def place_stations(status: Status, texts: Mapping[str, str], products: str) -> list[Place]:
    """Return the stations, the data at the top, clockwise.

    Args:
        status: how the shop is doing.
        texts: what the pages say.
        products: how many products the catalog has.
    """
    kinds = {alarm.kind for alarm in status.alarms}
    open_items = sum(status.open_items.values())
    accuracy = status.accuracy.once
    figures: list[tuple[str, str, State, str]] = [
        ("data", products, "bad" if "service" in kinds else "good" if products != "0" else "idle", "/desk/products"),
        ("review", f"{open_items:,}", "doubt" if open_items else "good", "/desk/review"),
        ("training", f"{status.answers:,}", "good" if status.answers else "idle", "/desk/training"),
        (
            "models",
            f"{accuracy.value:.0%}" if accuracy else "–",
            "bad" if "model" in kinds else "good" if accuracy else "idle",
            "/desk/models",
        ),
        ("inference", status.champion, "good" if status.champion != "none" else "idle", "/desk/inference"),
        ("watching", f"{len(status.alarms):,}", _watching(status, kinds), "/desk#alarms"),
    ]
    return [
        Place(texts[f"station_{name}"], figure, state, address, *_point(number, len(figures)))
        for number, (name, figure, state, address) in enumerate(figures)
    ]


def _watching(status: Status, kinds: set[AlarmKind]) -> State:
    if kinds & {"photo", "mix"}:
        return "doubt"
    return "idle" if status.lamp == "gray" else "good"


def _point(number: int, count: int) -> tuple[float, float]:
    angle = 2 * math.pi * number / count - math.pi / 2
    return round(CENTER + RADIUS * math.cos(angle), 1), round(CENTER + RADIUS * math.sin(angle), 1)
