"""The rule that makes a product's tags from the shares that a model gave to its photos."""

from collections.abc import Mapping, Sequence

import numpy as np

from saekdong.color import OTHER
from saekdong.tagging.tagger import shown_codes

Shares = Mapping[str, float]
"""The share of each label, 0 to 1."""


def product_tags(photos: Sequence[Shares | None]) -> Shares:
    """Return the mean of the photos' shares, only of the labels that are worth displaying.

    Args:
        photos: in order; the first photo counts twice. None for a photo without a result.
    """
    sums: dict[str, float] = {}
    weight = 0
    for position, shares in enumerate(photos):
        if shares is not None:
            weight += (each := 2 if position == 0 else 1)
            for label, share in shares.items():
                sums[label] = sums.get(label, 0) + each * share
    if not sums:
        return {}
    labels, means = list(sums), np.array(list(sums.values())) / weight
    return {labels[code]: float(means[code]) for code in shown_codes(means)} or {OTHER: float(means.max())}
