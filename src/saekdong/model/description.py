"""Describe a file of rows before training."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from saekdong.color import ciede2000, from_lab, to_hex, to_space
from saekdong.model.reading import Reading
from saekdong.model.rows import Rows

FEW_COLORS = 10


@dataclass(frozen=True)
class LabelSummary:
    """One label's rows.

    Attributes:
        label: its id.
        rows: how many rows it has.
        colors: how many different colors.
        weight: the sum of its rows' weights.
        mean: the mean color in Lab, as hex.
        spread: the mean CIEDE2000 distance of its rows from that color.
        reach: the distance within which nine in ten of its rows lie.
    """

    label: str
    rows: int
    colors: int
    weight: float
    mean: str
    spread: float
    reach: float


@dataclass(frozen=True)
class Description:
    """The summary of a file of rows.

    Attributes:
        rows, colors, rejected, duplicates: their numbers.
        imbalance: the rows of the most frequent label for each row of the rarest.
        labels: a summary for each label that occurs, in the vocabulary's order.
        missing: labels of the vocabulary without a row.
        few: labels with fewer than ten different colors, which are too few for training.
        sources: rows by source.
        conflicts: colors under several labels, with the lines and labels.
    """

    rows: int
    colors: int
    rejected: int
    duplicates: int
    imbalance: float
    labels: list[LabelSummary]
    missing: list[str]
    few: list[str]
    sources: dict[str, int]
    conflicts: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain data for JSON."""
        return {**vars(self), "labels": [vars(summary) for summary in self.labels]}


def describe_rows(reading: Reading) -> Description:
    """Describe the rows that were read: counts, imbalance, conflicts, and each label's mean color and spread."""
    rows = reading.rows
    present = [code for code in range(len(rows.vocabulary)) if rows.counts[code]]
    summaries = [_summary(rows, code) for code in present]
    counts = rows.counts[present]
    return Description(
        rows=len(rows),
        colors=len(np.unique(rows.colors)),
        rejected=len(reading.rejected),
        duplicates=len(reading.duplicates),
        imbalance=round(float(counts.max() / counts.min()), 1),
        labels=summaries,
        missing=[label.id for code, label in enumerate(rows.vocabulary) if not rows.counts[code]],
        few=[summary.label for summary in summaries if summary.colors < FEW_COLORS],
        sources=_sources(rows),
        conflicts=[{"color": conflict.color, "labels": conflict.labels} for conflict in reading.conflicts],
    )


def _summary(rows: Rows, code: int) -> LabelSummary:
    mine = rows.codes == code
    lab = to_space(rows.rgb[mine], "lab")
    mean = np.average(lab, axis=0, weights=rows.weight[mine])
    distance = ciede2000(lab, mean)
    return LabelSummary(
        rows.vocabulary[code].id,
        int(mine.sum()),
        len(np.unique(rows.colors[mine])),
        round(float(rows.weight[mine].sum()), 6),
        to_hex(from_lab(mean)),
        round(float(np.average(distance, weights=rows.weight[mine])), 2),
        round(float(np.percentile(distance, 90)), 2),
    )


def _sources(rows: Rows) -> dict[str, int]:
    names, counts = np.unique(rows.source, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return {str(names[place]): int(counts[place]) for place in order}
