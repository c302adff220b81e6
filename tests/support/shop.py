"""A simulated shop: feeds that upload batches of similar products every day, seasons, drifts, and a merchandiser.

Days are drawn from a pool of photos whose features were computed once, with and without each drift.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from saekdong.evidence.detector import ClassEvidence
from saekdong.evidence.monitor import Monitor
from saekdong.evidence.novelty import Novelty
from saekdong.evidence.reference import WEEKS
from saekdong.evidence.streams import Observations, Ranks
from saekdong.evidence.units import Batches, join_batches


@dataclass(frozen=True, eq=False)
class Pool:
    """Photos, and what a model says of them.

    Attributes:
        features, statistics, shares: by drift, "none" among them, (P, D), (P, K), (P, L).
        category: of each photo.
        right: the labels that are right for each photo, bool (P, L).
    """

    features: Mapping[str, np.ndarray]
    statistics: Mapping[str, np.ndarray]
    shares: Mapping[str, np.ndarray]
    category: np.ndarray
    right: np.ndarray
    neighbors: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        """Find the 20 nearest photos of the same category for each photo, itself among them."""
        features = self.features["none"]
        squares = (features**2).sum(axis=1)
        apart = squares[:, None] + squares - 2 * features @ features.T
        apart[self.category[:, None] != self.category] += 1e3
        np.fill_diagonal(apart, -1)
        object.__setattr__(self, "neighbors", np.argsort(apart, axis=1, kind="stable")[:, :20])

    def __len__(self) -> int:
        """Return the number of photos."""
        return len(self.category)

    @property
    def label(self) -> np.ndarray:
        """The code of each photo's first label without any drift."""
        return self.shares["none"].argmax(axis=1)


@dataclass(frozen=True)
class Change:
    """What changes in the shop from a day on.

    Attributes:
        day: the first day.
        part: the share of the batches.
        drift: the drift of their photos; "none" for a change of what is offered.
        feeds: only batches of these feeds; of all if it is empty.
        labels: batches of products with these labels, such as a season's colors.
        categories: batches of products of these categories.
        products: whether `part` is of single products, not of batches.
    """

    day: int
    part: float = 1.0
    drift: str = "none"
    feeds: frozenset[int] = frozenset()
    labels: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()
    products: bool = False


@dataclass(frozen=True, eq=False)
class Day:
    """One day's products.

    Attributes:
        photo: of each product, a place in the pool, (n,).
        drift: the name of each product's drift, (n,).
        batch: of each product, (n,).
        feed, category: of each batch, (B,).
    """

    photo: np.ndarray
    drift: np.ndarray
    batch: np.ndarray
    feed: np.ndarray
    category: np.ndarray

    @property
    def shared(self) -> np.ndarray:
        """Which products show the photo of another batch: the placeholder, if several batches do."""
        placeholder = self.drift == "placeholder"
        return placeholder & (len(np.unique(self.batch[placeholder])) > 1)

    @property
    def batches(self) -> Batches:
        """The batches as monitoring sees them."""
        category = [f"{each}" for each in self.category]
        return Batches(self.batch, [f"{each}" for each in self.feed], category, [""] * len(category))


@dataclass(frozen=True, eq=False)
class Shop:
    """A shop; the same seed gives the same days.

    Attributes:
        pool: its photos.
        seed: of everything random.
        feeds: how many feeds it has; each prefers some categories.
        batches: how many batches a day, on average; Sundays have a third.
        size: the mean size of a batch.
        alike: a batch's photos are among so many that are most alike, at most 20.
        changes: what changes.
        hidden: categories that are not offered before a change names them.
    """

    pool: Pool
    seed: int
    feeds: int = 10
    batches: float = 30.0
    size: int = 10
    alike: int = 12
    changes: Sequence[Change] = ()
    hidden: frozenset[int] = frozenset()

    def days(self, count: int, first: int = 0) -> Iterator[Day]:
        """Yield days, the first of them numbered `first`."""
        for number in range(first, first + count):
            yield self.day(number)

    def day(self, number: int) -> Day:
        """Return one day; days are independent of each other."""
        random = np.random.default_rng([self.seed, number])
        count = max(1, random.poisson(self.batches * (1 / 3 if number % 7 == 6 else 10 / 9)))
        feed = random.choice(self.feeds, count, p=self._sizes())
        changed = [self._change(number, int(each), random) for each in feed]
        seeds = [self._seed(int(each), change, random) for each, change in zip(feed, changed, strict=True)]
        photos, drifts, batch = [], [], []
        for place, (seed, change) in enumerate(zip(seeds, changed, strict=True)):
            size = 1 + random.poisson(self.size - 1)
            photo = self.pool.neighbors[seed][random.integers(0, self.alike, size)]
            hit = np.ones(size, bool) if change is None or not change.products else random.random(size) < change.part
            photos.append(photo)
            drifts.append(np.where(hit, change.drift if change else "none", "none"))
            batch.append(np.full(size, place))
        photo = np.concatenate(photos)
        return Day(photo, np.concatenate(drifts), np.concatenate(batch), feed, self.pool.category[seeds])

    def _sizes(self) -> np.ndarray:
        sizes = np.random.default_rng([self.seed, 1 << 20]).uniform(0.5, 1.5, self.feeds)
        return sizes / sizes.sum()

    def _change(self, number: int, feed: int, random: np.random.Generator) -> Change | None:
        """Return the change that a batch of a feed has; several changes share the batches."""
        for change in self.changes:
            applies = number >= change.day and (not change.feeds or feed in change.feeds)
            if applies and (change.products or random.random() < change.part):
                return change
        return None

    def _seed(self, feed: int, change: Change | None, random: np.random.Generator) -> int:
        """Return the photo that a batch is like."""
        sums = self._preferences[feed]
        if change is not None and (change.labels or change.categories):
            wanted = np.zeros(len(self.pool), bool)
            wanted |= np.isin(self.pool.label, sorted(change.labels))
            wanted |= np.isin(self.pool.category, sorted(change.categories))
            sums = np.cumsum(wanted)
        return int(np.searchsorted(sums, random.random() * sums[-1], "right"))

    @cached_property
    def _preferences(self) -> np.ndarray:
        """How often each feed offers products like the photos up to each one, (feeds, P)."""
        random = np.random.default_rng([self.seed, 1 << 21])
        categories = self.pool.category.max() + 1
        liked = random.gamma(0.7, size=(self.feeds, categories)) + 0.05
        liked[:, sorted(self.hidden)] = 0
        weights = liked[:, self.pool.category] * random.gamma(0.7, size=(self.feeds, len(self.pool)))
        return np.cumsum(weights, axis=1)


def observe(pool: Pool, novelty: Novelty, drift: str) -> Observations:
    """Return all photos of a pool, with a drift, as monitoring sees them."""
    leverage = novelty.leverage(pool.features[drift])
    return Observations.of(pool.shares[drift], pool.statistics[drift], leverage)


@dataclass(frozen=True, eq=False)
class Watched:
    """A shop whose first weeks are the reference of a monitor.

    Attributes:
        shop: the shop.
        monitor: of its reference.
        scores: of the pool's photos in each stream, by drift.
    """

    shop: Shop
    monitor: Monitor
    scores: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, shop: Shop, labels: Sequence[str], statistics: Sequence[str], weeks: int = WEEKS) -> "Watched":
        """Watch a shop from day 7 x weeks on."""
        days = list(shop.days(7 * weeks))
        photos, pool = np.concatenate([day.photo for day in days]), shop.pool
        novelty = Novelty.of(pool.features["none"][photos])
        whole = observe(pool, novelty, "none")
        rows = (getattr(whole, name)[photos] for name in ("shares", "label", "statistics", "model", "failed", "shared"))
        week = np.concatenate([np.full(len(day.batches), number // 7) for number, day in enumerate(days)])
        batches = join_batches([day.batches for day in days])
        monitor = Monitor.of(novelty, Observations(*rows), batches, week, labels, statistics)
        return cls(shop, monitor, cls._scores(monitor.ranks, pool, novelty))

    @staticmethod
    def _scores(ranks: Ranks, pool: Pool, novelty: Novelty) -> Mapping[str, np.ndarray]:
        return {drift: ranks.scores(observe(pool, novelty, drift)) for drift in pool.features}

    def with_changes(self, *changes: Change) -> "Watched":
        """Return the same shop with changes after the reference."""
        return replace(self, shop=replace(self.shop, changes=changes))

    def day_scores(self, day: Day) -> np.ndarray:
        """Return the scores of a day's products."""
        scores = self.scores["none"][day.photo]
        for drift in np.unique(day.drift):
            mine = day.drift == drift
            scores[mine] = self.scores[drift][day.photo[mine]]
        scores[:, -1] = day.shared
        return scores

    def watch(self, days: int, first: int = 7 * WEEKS) -> Iterator[list[ClassEvidence]]:
        """Yield the evidence of each day."""
        state = self.monitor.start()
        for day in self.shop.days(days, first):
            state, evidence = self.monitor.step_scores(state, self.day_scores(day), day.batches)
            yield evidence

    def alarm_day(self, days: int, kinds: Collection[str] = ("photo", "model")) -> int | None:
        """Return the first day with an alarm of these classes, from 1; None if there is none."""
        for number, evidence in enumerate(self.watch(days), 1):
            if any(each.alarm and each.kind in kinds for each in evidence):
                return number
        return None


@dataclass(frozen=True)
class Merchandiser:
    """A person who answers, with mistakes, and corrects some of the wrong tags that he sees.

    Attributes:
        mistakes: the share of his answers that are wrong.
        notices: the share of the wrong tags that he corrects on his own.
    """

    mistakes: float = 0.05
    notices: float = 0.5

    def judge(self, right: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Return whether he calls tags right, bool, of whether they are."""
        return right ^ (random.random(right.shape) < self.mistakes)

    def label(self, codes: np.ndarray, labels: int, random: np.random.Generator) -> np.ndarray:
        """Return the labels that he gives to products of the right labels `codes`."""
        wrong = random.random(codes.shape) < self.mistakes
        return np.where(wrong, (codes + random.integers(1, labels, codes.shape)) % labels, codes)

    def apparent_accuracy(self, right: np.ndarray, random: np.random.Generator) -> float:
        """Return the accuracy after his corrections, if what he did not correct counts as right half of the time."""
        corrected = ~right & (random.random(right.shape) < self.notices)
        return float((right | ~corrected).mean())
