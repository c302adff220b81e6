"""Flows from label to label as pictures: ribbons between two columns of bars, and a grid of counts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from saekdong.web.site.views import Swatch

WIDTH = 520
_LEFT, _RIGHT, _BAR = 150, 358, 12
_HEIGHT, _GAP, _TOP, _LEAST = 220, 8, 4, 3.0
_MOST_RIBBONS = 24
_HEATS = 4

SwatchOf = Callable[[str], Swatch]


@dataclass(frozen=True, slots=True)
class Flow:
    """Products that would move from one first label to another.

    Attributes:
        before: the label now; empty if there is none.
        after: the label then.
        count: how many products.
        examples: the ids of some of them.
    """

    before: str
    after: str
    count: int
    examples: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What addresses call it."""
        return f"{self.before}~{self.after}"


@dataclass(frozen=True, slots=True)
class FlowBar:
    """A bar of the picture, with the label's name beside it.

    Attributes:
        swatch: the label's.
        count: how many products.
        top, height: in the picture's units.
        middle: where its name stands.
    """

    swatch: Swatch
    count: int
    top: float
    height: float
    middle: float


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A flow in the picture.

    Attributes:
        flow: the flow.
        before, after: the labels' swatches.
        path: the outline, as SVG writes it.
    """

    flow: Flow
    before: Swatch
    after: Swatch
    path: str


@dataclass(frozen=True, slots=True)
class FlowPicture:
    """The flows drawn.

    Attributes:
        height: of the picture; it is `WIDTH` wide.
        left, right: the bars of labels now and then.
        ribbons: between them, the widest first.
        rest: how many products flow in ways too small to be drawn.
    """

    height: int
    left: tuple[FlowBar, ...]
    right: tuple[FlowBar, ...]
    ribbons: tuple[Ribbon, ...]
    rest: int


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of the grid: how many products, and how dark it is, from 0 to 4."""

    count: int
    heat: int


@dataclass(frozen=True, slots=True)
class FlowGrid:
    """Counts from label to label.

    Attributes:
        columns: the labels then.
        rows: the labels now, each with a cell for each column.
    """

    columns: tuple[Swatch, ...]
    rows: tuple[tuple[Swatch, tuple[GridCell, ...]], ...]


def draw_flows(flows: Sequence[Flow], swatch_of: SwatchOf) -> FlowPicture:
    """Return the flows as a picture.

    Args:
        flows: the largest first.
        swatch_of: returns a label's swatch by its id.
    """
    shown = flows[:_MOST_RIBBONS]
    sources, targets = _totals(shown, lambda flow: flow.before), _totals(shown, lambda flow: flow.after)
    scale = _HEIGHT / max(1, sum(flow.count for flow in shown))
    left, right = _bars(sources, scale, swatch_of), _bars(targets, scale, swatch_of)
    tops = (
        {each: bar.top for each, bar in zip(totals, bars, strict=True)}
        for totals, bars in ((sources, left), (targets, right))
    )
    from_top, to_top = tops
    ribbons = []
    # In the order of the bars, so that ribbons of one bar cross as little as they can.
    for flow in sorted(shown, key=lambda flow: (list(sources).index(flow.before), list(targets).index(flow.after))):
        height = flow.count * scale
        ends = from_top[flow.before], to_top[flow.after]
        from_top[flow.before] += height
        to_top[flow.after] += height
        ribbons.append(Ribbon(flow, swatch_of(flow.before), swatch_of(flow.after), _path(*ends, height)))
    bottom = max((bar.top + bar.height for bar in (*left, *right)), default=0)
    rest = sum(flow.count for flow in flows[_MOST_RIBBONS:])
    return FlowPicture(round(bottom) + 2 * _TOP, left, right, tuple(ribbons), rest)


def grid_of(flows: Sequence[Flow], swatch_of: SwatchOf) -> FlowGrid:
    """Return the flows as a grid, labels in the order of how many products leave or reach them."""
    counts = {(flow.before, flow.after): flow.count for flow in flows}
    most = max(counts.values(), default=1)
    columns = list(_totals(flows, lambda flow: flow.after))
    rows = []
    for before in _totals(flows, lambda flow: flow.before):
        found = (counts.get((before, after), 0) for after in columns)
        rows.append((swatch_of(before), tuple(GridCell(count, _heat(count, most)) for count in found)))
    return FlowGrid(tuple(map(swatch_of, columns)), tuple(rows))


def _totals(flows: Sequence[Flow], end: Callable[[Flow], str]) -> dict[str, int]:
    """Return how many products each label gives or gets, most first."""
    found: dict[str, int] = {}
    for flow in flows:
        found[end(flow)] = found.get(end(flow), 0) + flow.count
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def _bars(totals: dict[str, int], scale: float, swatch_of: SwatchOf) -> tuple[FlowBar, ...]:
    bars, top = [], float(_TOP)
    for label, count in totals.items():
        height = max(_LEAST, count * scale)
        # A name needs more room than a thin bar.
        room = max(height, 14.0)
        bars.append(FlowBar(swatch_of(label), count, round(top, 1), round(height, 1), round(top + height / 2 + 4, 1)))
        top += room + _GAP
    return tuple(bars)


def _path(start: float, end: float, height: float) -> str:
    """Return the outline of a ribbon between the columns.

    Example:
        >>> _path(0, 20, 10)
        'M162 0C260 0 260 20 358 20V30C260 30 260 10 162 10Z'
    """
    left, right = _LEFT + _BAR, _RIGHT
    middle = (left + right) // 2
    a, b, c, d = (f"{value:.4g}" for value in (start, end, end + height, start + height))
    return f"M{left} {a}C{middle} {a} {middle} {b} {right} {b}V{c}C{middle} {c} {middle} {d} {left} {d}Z"


def _heat(count: int, most: int) -> int:
    return 0 if not count else 1 + min(_HEATS - 1, int(_HEATS * count / (most + 1)))
