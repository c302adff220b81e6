"""The rule that makes a product's tags from the shares that a model gave to its photos."""

from collections.abc import Mapping, Sequence

import numpy as np

from saekdong.color import OTHER
from saekdong.tagging.tagger import shown_codes

Shares = Mapping[str, float]
"""The share of each label, 0 to 1."""

FIRST = 2.5
"""How much the first photo counts against each further one: then a color that only one of the others shows, such as
that of the model's trousers, stays below the part of the first label's share from which labels are shown (0.5)."""


def mean_shares(photos: Sequence[Shares | None]) -> Shares:
    """Return the mean of the photos' shares; empty if none has a result.

    Args:
        photos: in order; the first counts `FIRST`. None for a photo without a result.
    """
    sums: dict[str, float] = {}
    weight = 0.0
    for position, shares in enumerate(photos):
        if shares is not None:
            weight += (each := FIRST if position == 0 else 1.0)
            for label, share in shares.items():
                sums[label] = sums.get(label, 0) + each * share
    return {label: total / weight for label, total in sums.items()}


def product_tags(photos: Sequence[Shares | None]) -> Shares:
    """Return the labels of photos that are worth displaying, with their mean shares.

    Args:
        photos: see `mean_shares`.
    """
    return shown_labels(mean_shares(photos))


def shown_labels(shares: Shares) -> Shares:
    """Return the labels that are worth displaying in falling order of share; `other` if all are doubtful."""
    if not shares:
        return {}
    labels, means = list(shares), np.array(list(shares.values()))
    return {labels[code]: float(means[code]) for code in shown_codes(means)} or {OTHER: float(means.max())}
