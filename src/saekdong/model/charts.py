"""The charts of the reports, as SVG for HTML pages."""

import functools
import io
import re
import warnings
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from saekdong.color import Vocabulary, to_space
from saekdong.lang import Lang
from saekdong.model.evaluation import Bin, Evaluation
from saekdong.model.intervals import Interval
from saekdong.model.rows import Rows
from saekdong.model.rtree import Node
from saekdong.model.texts import TEXTS

MOST_POINTS = 4_000
MOST_LEAVES = 60
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "saekdong",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.parse_math": False,
}
_INK = "#333333"
_LINE = "#2f6fc4"
_Draw = TypeVar("_Draw", bound=Callable[..., Any])


def _styled(draw: _Draw) -> _Draw:
    """Run a drawing function under the charts' own style, independent of the caller's matplotlib settings."""

    @functools.wraps(draw)
    def styled(*arguments: Any) -> Any:
        with mpl.rc_context({**mpl.rcParamsDefault, **_STYLE}):
            return draw(*arguments)

    return cast("_Draw", styled)


@_styled
def label_bars(rows: Rows, lang: Lang) -> str:
    """Draw the number of rows of each label, each bar in its label's color: the hands-on's plot(table(LABEL))."""
    labels = [(label, rows.counts[code]) for code, label in enumerate(rows.vocabulary) if rows.counts[code]]
    figure = Figure(figsize=(8, 0.6 + 0.32 * len(labels)), layout="constrained")
    axes = figure.subplots()
    names = [label.name(lang) for label, _ in labels]
    bars = axes.barh(names, [count for _, count in labels], color=[label.swatch for label, _ in labels], edgecolor=_INK)
    axes.bar_label(bars, labels=[f"{count:,}" for _, count in labels], padding=3)
    axes.invert_yaxis()
    axes.set_xlabel(TEXTS["rows"][lang])
    return _svg(figure, TEXTS["rows_by_label"][lang])


@_styled
def lab_planes(rows: Rows, lang: Lang) -> str:
    """Draw the rows in CIELAB, a* by b* and C* by L*, each point in its own color.

    If there are more than 4,000 different colors, a random sample of 4,000 is shown.
    """
    colors = np.unique(rows.rgb, axis=0)
    if len(colors) > MOST_POINTS:
        colors = np.random.default_rng(0).choice(colors, MOST_POINTS, replace=False)
    lab = to_space(colors, "lab")
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    _points(left, lab[:, 1], lab[:, 2], colors, ("a*", "b*"))
    left.set_aspect("equal", adjustable="datalim")
    _points(right, np.hypot(lab[:, 1], lab[:, 2]), lab[:, 0], colors, ("C*", "L*"))
    return _svg(figure, TEXTS["rows_in_lab"][lang])


def _points(
    axes: Axes,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    colors: NDArray[np.uint8],
    names: tuple[str, str],
) -> None:
    axes.scatter(x, y, c=colors / 255, s=14, edgecolors="#00000033", linewidths=0.4, rasterized=True)
    axes.set_xlabel(names[0])
    axes.set_ylabel(names[1])
    axes.grid(color="#eeeeee")
    axes.set_axisbelow(True)


def confusion_picture(evaluation: Evaluation, lang: Lang) -> str:
    """Draw the confusion matrix, each line as shares of the rows with that label."""
    names = [label.name(lang) for label in evaluation.vocabulary]
    return matrix_picture(evaluation.confusion, names, names, (TEXTS["given"][lang], TEXTS["predicted"][lang]), lang)


@_styled
def matrix_picture(
    counts: NDArray[np.float64], down: Sequence[str], across: Sequence[str], titles: tuple[str, str], lang: Lang
) -> str:
    """Draw a confusion matrix, (D, A), each line as shares of its sum.

    Args:
        counts: how often each line's label got each column's.
        down: the lines' names.
        across: the columns' names.
        titles: of the lines, and of the columns.
        lang: the language of the chart's title.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-12)
    size = 1.8 + 0.44 * len(down), 1.8 + 0.44 * len(across)
    figure = Figure(figsize=(size[1] + 0.8, size[0]), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(across)), across, rotation=45, ha="right")
    axes.set_yticks(range(len(down)), down)
    axes.set_ylabel(titles[0])
    axes.set_xlabel(titles[1])
    for given, predicted in zip(*np.nonzero(counts), strict=True):
        ink = "white" if shares[given, predicted] > 0.5 else _INK
        text = f"{counts[given, predicted]:.4g}"
        axes.text(predicted, given, text, ha="center", va="center", color=ink, fontsize=8)
    return _svg(figure, TEXTS["confusion"][lang])


@_styled
def calibration_curve(bins: Sequence[Bin], lang: Lang) -> str:
    """Draw the share of right answers by probability; larger dots stand for more rows."""
    x, y = [step.probability for step in bins], [step.accuracy for step in bins]
    figure, axes = _reliability(TEXTS["probability"][lang], TEXTS["share_right"][lang])
    _dots(axes, x, y, [step.rows for step in bins])
    return _svg(figure, TEXTS["calibration"][lang])


@_styled
def share_curve(shares: Sequence[float], right: Sequence[Interval], photos: Sequence[int], lang: Lang) -> str:
    """Draw the share of right first tags by the tag's share of the product, with 95% intervals."""
    y = [each.value for each in right]
    figure, axes = _reliability(TEXTS["first_share"][lang], TEXTS["share_right"][lang])
    reach = [[each.value - each.low for each in right], [each.high - each.value for each in right]]
    axes.errorbar(shares, y, yerr=reach, fmt="none", ecolor=_LINE, elinewidth=1, capsize=3)
    _dots(axes, shares, y, photos)
    return _svg(figure, TEXTS["share_and_right"][lang])


def _reliability(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(4.6, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="#aaaaaa", linestyle="--", linewidth=1)
    axes.set(xlim=(0, 1.02), ylim=(0, 1.05), xlabel=x, ylabel=y)
    return figure, axes


def _dots(axes: Axes, x: Sequence[float], y: Sequence[float], counts: Sequence[int]) -> None:
    axes.plot(x, y, color=_LINE, linewidth=1.5)
    axes.scatter(x, y, s=[20 + 180 * count / max(counts) for count in counts], color=_LINE, alpha=0.7)


@_styled
def tree_picture(nodes: Sequence[Node], channels: Sequence[str], vocabulary: Vocabulary, lang: Lang) -> str | None:
    """Draw a tree as R's plot(model); text(model) does, or return None if it has more than 60 leaves."""
    leaves = [place for place, node in enumerate(nodes) if node.feature is None]
    if len(leaves) > MOST_LEAVES:
        return None
    across = _places_across(nodes, leaves)
    depth = max(node.depth for node in nodes)
    figure = Figure(figsize=(max(5, 0.75 * len(leaves)), 1.2 + 0.62 * (depth + 1)), layout="constrained")
    axes = figure.subplots()
    axes.set_axis_off()
    for place, node in enumerate(nodes):
        if node.feature is None or node.left is None or node.right is None:
            _draw_leaf(axes, across[place], node, vocabulary, lang)
            continue
        for child in (node.left, node.right):
            x, y = (
                [across[place], across[child], across[child]],
                [-node.depth, -node.depth, -nodes[child].depth],
            )
            axes.plot(x, y, color=_INK, linewidth=1)
        split = f"{channels[node.feature]} < {node.threshold:.4g}"
        # The white box hides the end of the line from the parent behind the letters.
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
        axes.text(across[place], -node.depth + 0.08, split, ha="center", va="bottom", fontsize=8, bbox=box)
    return _svg(figure, TEXTS["tree"][lang])


def _draw_leaf(axes: Axes, x: float, node: Node, vocabulary: Vocabulary, lang: Lang) -> None:
    label = vocabulary[node.code]
    axes.scatter([x], [-node.depth - 0.02], s=110, marker="s", color=label.swatch, edgecolors=_INK, zorder=3)
    text = f"{label.name(lang)}\n{node.rows:,} · {node.share:.0%}"
    axes.text(x, -node.depth - 0.22, text, ha="center", va="top", fontsize=7.5)


def _places_across(nodes: Sequence[Node], leaves: Sequence[int]) -> list[float]:
    """Return each node's horizontal position: leaves evenly, each other node midway between its children."""
    across = [0.0] * len(nodes)
    for place, leaf in enumerate(leaves):
        across[leaf] = float(place)
    for place in reversed(range(len(nodes))):
        node = nodes[place]
        if node.left is not None and node.right is not None:
            across[place] = (across[node.left] + across[node.right]) / 2
    return across


def _svg(figure: Figure, title: str) -> str:
    """Return a figure as an SVG element with a title for screen readers; equal figures result in equal text."""
    stream = io.StringIO()
    with warnings.catch_warnings():
        # The SVG keeps text as text: the browser's fonts have Korean glyphs, which matplotlib's may lack.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        figure.savefig(stream, format="svg", metadata={"Date": None, "Title": title}, dpi=150)
    svg = stream.getvalue()
    svg = svg[svg.index("<svg") :]
    return re.sub(r"<svg ", f'<svg role="img" aria-label="{title}" ', svg, count=1)
