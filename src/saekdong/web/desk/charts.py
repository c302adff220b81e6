"""Charts as drawings: where lines, bands and stripes run. The templates draw them; see `charts.html.j2`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 40, 10, 10, 24
_ACROSS, _DOWN = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
_MOST_TICKS = 6


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, and what it says."""

    at: float
    text: str


@dataclass(frozen=True)
class Line:
    """A line, its points as SVG's `points`."""

    name: str
    points: str


@dataclass(frozen=True)
class LineChart:
    """Lines over time, with a band and a goal if they have one.

    Attributes:
        lines: each as SVG's `points`.
        band: a closed shape around the first line; empty for none.
        goal: how far down the goal is; None for none.
        across: ticks of the time.
        up: ticks of the values.
    """

    lines: Sequence[Line]
    band: str
    goal: float | None
    across: Sequence[Tick]
    up: Sequence[Tick]


@dataclass(frozen=True)
class Stripe:
    """A part of a stacked bar: where it begins, its size, its color, and what it is."""

    x: float
    y: float
    width: float
    height: float
    color: str
    title: str


@dataclass(frozen=True)
class StripeChart:
    """Stacked bars, one a week, and the ticks below them."""

    stripes: Sequence[Stripe]
    across: Sequence[Tick]


def band_chart(points: Mapping[str, tuple[float, float, float]], goal: float | None, name: str) -> LineChart:
    """Return a line with its interval, of shares from 0 to 1.

    Args:
        points: by time, the value and the ends of its interval.
        goal: the share to reach, or None.
        name: of the line.

    Example:
        >>> band_chart({"W1": (0.5, 0.4, 0.6), "W2": (0.8, 0.7, 0.9)}, None, "accuracy").lines[0].points
        '40.0,142.9 630.0,63.1'
    """
    lows = [low for _, low, _ in points.values()] + ([goal] if goal is not None else [])
    floor = max(0.0, int(10 * min(lows, default=0) - 0.5) / 10)
    places = _places(len(points))

    def down(value: float) -> float:
        return round(TOP + _DOWN * (1 - (min(max(value, floor), 1) - floor) / (1 - floor)), 1)

    line = _points((x, down(value)) for x, (value, _, _) in zip(places, points.values(), strict=True))
    upper = [(x, down(high)) for x, (_, _, high) in zip(places, points.values(), strict=True)]
    lower = [(x, down(low)) for x, (_, low, _) in zip(places, points.values(), strict=True)]
    steps = [floor + step * (1 - floor) / 4 for step in range(5)]
    return LineChart(
        [Line(name, line)],
        _points([*upper, *reversed(lower)]),
        None if goal is None else down(goal),
        _ticks(list(points), places),
        [Tick(down(step), f"{step:.0%}") for step in steps],
    )


def evidence_chart(levels: Mapping[str, Mapping[str, float]], names: Mapping[str, str]) -> LineChart:
    """Return the evidence of each class by day; the values are log10 of evidence / threshold, and 0 raises an alarm.

    Args:
        levels: by day, the value of each class.
        names: of the classes.
    """
    lowest, highest = -6.0, 2.0
    places = _places(len(levels))

    def down(value: float) -> float:
        return round(TOP + _DOWN * (1 - (min(max(value, lowest), highest) - lowest) / (highest - lowest)), 1)

    lines = [
        Line(name, _points((x, down(each.get(kind, lowest))) for x, each in zip(places, levels.values(), strict=True)))
        for kind, name in names.items()
    ]
    up = [Tick(down(step), f"10{_superscript(step)}" if step else "1") for step in (-6, -4, -2, 0, 2)]
    return LineChart(lines, "", down(0), _ticks(list(levels), places), up)


def stripe_chart(weeks: Mapping[str, Sequence[int]], colors: Sequence[str], names: Sequence[str]) -> StripeChart:
    """Return the shares of labels by week as stacked stripes.

    Args:
        weeks: by week, how many products of each label.
        colors: of the labels.
        names: of the labels.
    """
    width = _ACROSS / max(1, len(weeks))
    bar = min(width * 0.82, 48)
    stripes, ticks = [], []
    for place, counts in enumerate(weeks.values()):
        total, above, x = sum(counts) or 1, 0.0, LEFT + place * width + (width - bar) / 2
        for count, color, name in zip(counts, colors, names, strict=False):
            height = _DOWN * count / total
            if count:
                title = f"{name} {count / total:.0%}"
                stripes.append(
                    Stripe(round(x, 1), round(TOP + above, 1), round(bar, 1), round(height, 1), color, title)
                )
            above += height
        ticks.append(x + bar / 2)
    return StripeChart(stripes, _ticks(list(weeks), ticks))


def _places(count: int) -> list[float]:
    """Return how far right each of some points is."""
    if count == 1:
        return [LEFT + _ACROSS / 2]
    return [LEFT + _ACROSS * number / (count - 1) for number in range(count)]


def _ticks(texts: Sequence[str], places: Sequence[float]) -> list[Tick]:
    """Return at most six ticks, the last point among them."""
    every = max(1, -(-len(texts) // _MOST_TICKS))
    chosen = [number for number in range(len(texts)) if (len(texts) - 1 - number) % every == 0]
    return [Tick(round(places[number], 1), texts[number]) for number in chosen]


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _superscript(number: int) -> str:
    return str(number).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
