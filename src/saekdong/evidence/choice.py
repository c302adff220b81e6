"""What to ask next: items that teach most, suspects, and products of rare labels.

Audit answers prove the accuracy, so they must not teach: a model that was fitted to them makes it look too high.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

MOST_OF_BATCH = 2
"""Of products that look alike, so many are asked about at a time."""

_CANDIDATES = 3  # times as many as are asked for: those with the smallest margins
_RIDGE = 1.0


def choose_teaching(margin: Array, features: NDArray[np.floating], batch: Indices, count: int) -> Indices:
    """Return the products whose answers teach most, the best first, at most `count`, (k,).

    Among the products with the smallest margins, one after another the one that the ones chosen before explain least,
    weighted by its doubt: greedy D-optimal design (Chaloner and Verdinelli 1995), at most `MOST_OF_BATCH` of a batch.

    Args:
        margin: between the shares of the first two labels, (N,).
        features: of the photos, (N, D).
        batch: of each product, by `units.group_batches`, (N,).
        count: how many to choose.
    """
    order = np.argsort(margin, kind="stable")
    candidates = order[_first_of_batches(batch[order])][: _CANDIDATES * count]
    if not len(candidates):
        return candidates
    x = features[candidates].astype(np.float64)
    x = x - x.mean(axis=0)
    scale = np.sqrt((x * x).sum(axis=1).mean()) or 1.0
    x /= scale
    doubt = 1.0 - margin[candidates]
    left = (x * x).sum(axis=1) + 1e-9
    basis = np.zeros((len(x), 0))
    chosen: list[int] = []
    for _ in range(min(count, len(candidates))):
        gain = np.where(np.isin(np.arange(len(x)), chosen), -1, doubt * left)
        best = int(gain.argmax())
        chosen.append(best)
        column = (x @ x[best] - basis @ basis[best]) / np.sqrt(left[best] + _RIDGE)
        basis = np.column_stack([basis, column])
        left = np.maximum(left - column**2, 0)
    return candidates[chosen]


def choose_rare(labels: Indices, counts: Sequence[int], confidence: Array, count: int) -> Indices:
    """Return products that the model gives its rarest labels, for labels with few answers, at most `count`, (k,).

    Args:
        labels: the code of each product's first label, (N,).
        counts: the number of answers that each label has, L.
        confidence: the share of the first label, (N,).
        count: how many to choose.

    Returns:
        The surest product of the label with the fewest answers first, then the next label's, and so on around.
    """
    chosen: list[int] = []
    order = np.argsort(-confidence, kind="stable")
    queues = {code: order[labels[order] == code].tolist() for code in range(len(counts))}
    by_count = sorted((code for code in queues if queues[code]), key=lambda code: counts[code])
    for turn in range(max((len(queue) for queue in queues.values()), default=0)):
        chosen += [queues[code][turn] for code in by_count if turn < len(queues[code])]
        if len(chosen) >= count:
            break
    return np.array(chosen[:count], dtype=np.intp)


def _first_of_batches(batch: Indices) -> NDArray[np.bool_]:
    """Return which products are among the first `MOST_OF_BATCH` of their batch, in this order."""
    order = np.argsort(batch, kind="stable")
    ordered = batch[order]
    place = np.arange(len(batch)) - np.searchsorted(ordered, ordered)
    first = np.zeros(len(batch), dtype=bool)
    first[order] = place < MOST_OF_BATCH
    return first
