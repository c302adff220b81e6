"""Units: the batches that monitoring counts.

A supplier uploads ten products that look alike. They carry little more information than one of them, so a test that
counts products raises false alarms every week. The mean of a batch is one observation.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

NEAR = 0.25
"""Photos are near-identical if the Euclidean distance of their features is below this (`photo.features`)."""

MOST = 40
"""A run of near-identical photos of more products becomes several batches."""


@dataclass(frozen=True, eq=False)
class Batches:
    """The batches of some products.

    Attributes:
        of_product: the number of each product's batch, by `group_batches`, (n,).
        feed, category, host: of each batch, B entries: its feed, the top category of its first product, and the host
            of that product's photo; "" if it has none.
    """

    of_product: Indices
    feed: Sequence[str]
    category: Sequence[str]
    host: Sequence[str]

    def __post_init__(self) -> None:
        """Check that each batch has a feed, a category and a host."""
        lengths = {len(self.feed), len(self.category), len(self.host)}
        if len(lengths) > 1 or (len(self.of_product) and int(self.of_product.max()) >= len(self.feed)):
            raise ValueError(f"batches need one feed, category and host each, not {sorted(lengths)}")

    def __len__(self) -> int:
        """Return the number of batches."""
        return len(self.feed)

    @property
    def factors(self) -> list[tuple[str, str, str]]:
        """What each batch's photos may depend on: its feed, its category, and both."""
        pairs = zip(self.feed, self.category, strict=True)
        return [(f"feed {a}", f"category {b}", f"feed {a}, category {b}") for a, b in pairs]

    @property
    def segments(self) -> list[tuple[str, ...]]:
        """The segments of each batch besides the shop."""
        kinds = (("feed", self.feed), ("category", self.category), ("host", self.host))
        named = [[f"{kind} {name}" if name else "" for name in names] for kind, names in kinds]
        return list(zip(*named, strict=True))


def join_batches(days: Sequence[Batches]) -> Batches:
    """Return the batches of several days as one."""
    starts = np.cumsum([0, *map(len, days)])
    of_product = [day.of_product + start for day, start in zip(days, starts, strict=False)]
    names = ([name for day in days for name in getattr(day, field)] for field in ("feed", "category", "host"))
    return Batches(np.concatenate(of_product) if days else np.array([], dtype=np.intp), *names)


def group_batches(
    keys: Sequence[tuple[Hashable, Hashable, str]], features: NDArray[np.floating] | None = None, near: float = NEAR
) -> Indices:
    """Return the batch of each product.

    Products of one feed, run and item group are a batch. A product without an item group joins the batch of the
    product before it if both come from the same feed and run, both have no group, and their photos are near-identical.

    Args:
        keys: feed, run and item group of each product, in the order of the feed; an empty group if it has none.
        features: the photos' features, (n, D); without them, products without a group are batches of their own.
        near: the largest distance of near-identical photos.

    Returns:
        The number of each product's batch, (n,), from 0 in the order of first products.

    Example:
        >>> group_batches([("a", 1, "x"), ("a", 1, "y"), ("a", 1, "x")]).tolist()
        [0, 1, 0]
    """
    batches: dict[Hashable, int] = {}
    result: list[int] = []
    length = 0
    for place, (feed, run, group) in enumerate(keys):
        if group:
            result.append(batches.setdefault((feed, run, group), len(batches)))
            continue
        joins = place > 0 and keys[place - 1] == keys[place] and length < MOST and _near(features, place, near)
        length = length + 1 if joins else 1
        result.append(result[-1] if joins else batches.setdefault(("alone", place), len(batches)))
    return np.array(result, dtype=np.intp)


def _near(features: NDArray[np.floating] | None, place: int, near: float) -> bool:
    if features is None:
        return False
    apart = features[place].astype(np.float64) - features[place - 1]
    return float(apart @ apart) < near * near


def batch_means(values: Array, batch: Indices) -> Array:
    """Return the mean of each batch's values, (B, S), of values (n, S); NaN values are left out of it.

    Args:
        values: of the products, (n, S).
        batch: each product's batch, (n,); every number from 0 to the largest occurs.

    Returns:
        NaN if a batch has no value.
    """
    order = np.argsort(batch, kind="stable")
    starts = np.searchsorted(batch[order], np.arange(batch.max() + 1)) if len(batch) else np.array([], dtype=np.intp)
    if not len(starts):
        return np.empty((0, values.shape[1]))
    known = np.isfinite(values)[order]
    sums = np.add.reduceat(np.where(known, values[order], 0), starts)
    counts = np.add.reduceat(known.astype(np.float64), starts)
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)


def shared_photos(photos: Sequence[str], batch: Indices, earlier: frozenset[str] = frozenset()) -> NDArray[np.bool_]:
    """Return which products have the photo of a product of another batch, such as "no picture yet", (n,).

    Args:
        photos: the digest of each product's photo; an empty one is shared with none.
        batch: each product's batch, by `group_batches`.
        earlier: the digests of photos of earlier batches.
    """
    owner: dict[str, int] = {}
    several = set(earlier)
    for photo, number in zip(photos, batch.tolist(), strict=True):
        if owner.setdefault(photo, number) != number:
            several.add(photo)
    return np.array([bool(photo) and photo in several for photo in photos], dtype=bool)
