"""The questions of a week: a random audit, products that teach most, suspects, and products of rare labels."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from saekdong.catalog.contract import Store
from saekdong.color import OTHER
from saekdong.evidence.audit import draw_audit, draw_probabilities
from saekdong.evidence.choice import choose_rare, choose_teaching
from saekdong.evidence.units import group_batches
from saekdong.feature_store import FeatureStore
from saekdong.loop import Loop, NewItem, Purpose
from saekdong.review.candidates import Candidate, confidences, read_candidates
from saekdong.review.suspects import find_suspects
from saekdong.tagging import Tagger

WEEKLY: Mapping[Purpose, int] = {"audit": 25, "teach": 20, "suspect": 10, "rare": 5}
"""How many products a week are asked about, by purpose."""

_TEACHING_POOL = 4000
"""Among so many products of the smallest margins, those that teach most are looked for."""


@dataclass(frozen=True)
class WeeklyDraw:
    """Chooses what to ask people about in a week.

    Attributes:
        loop: what was asked and answered.
        store: the catalog.
        features: its photos' features.
        tagger: of the catalog's model; None if it cannot be used, then no answer is suspected.
    """

    loop: Loop
    store: Store
    features: FeatureStore
    tagger: Tagger | None = None

    def fill(self, counts: Mapping[Purpose, int], seed: int) -> dict[Purpose, int]:
        """Ask about so many products in this week; what was drawn in it before counts.

        Args:
            counts: how many of each purpose, for the whole week.
            seed: of the random draw, together with how much was drawn before.

        Returns:
            How many products were added of each purpose.
        """
        week = week_of(self.loop.time())
        missing = {purpose: count - self._drawn(purpose, week) for purpose, count in counts.items()}
        if all(count <= 0 for count in missing.values()):
            return dict.fromkeys(counts, 0)
        random = np.random.default_rng([seed, len(self.loop.draws())])
        chooser = _Chooser(self, list(read_candidates(self.store)), random)
        model = self.store.model()
        added: dict[Purpose, int] = {}
        for purpose, count in missing.items():
            choice = chooser.choose(purpose, count) if count > 0 else _Choice()
            added[purpose] = len(choice.items)
            if choice.items:
                about = {"week": week, "picks": choice.picks}
                self.loop.draw(purpose, choice.items, model.id if model else "", choice.population, seed, about)
        return added

    def _drawn(self, purpose: Purpose, week: str) -> int:
        return sum(draw.about["picks"] for draw in self.loop.draws(purpose) if draw.about.get("week") == week)


def week_of(at: str) -> str:
    """Return the week of a time, ISO 8601.

    Example:
        >>> week_of("2026-11-27T17:00:00+00:00")
        '2026-W48'
    """
    year, week, _ = np.datetime64(at[:10], "D").astype(object).isocalendar()
    return f"{year}-W{week:02}"


@dataclass(frozen=True)
class _Choice:
    """What was chosen: items, of how many products, and how often one was picked."""

    items: Sequence[NewItem] = ()
    population: int = 0
    picks: int = 0


class _Chooser:
    """Chooses products for one purpose after another, none twice."""

    def __init__(self, week: WeeklyDraw, candidates: Sequence[Candidate], random: np.random.Generator) -> None:
        self._week, self._candidates, self._random = week, candidates, random
        open_items = week.loop.items(state="open")
        self._asked = {item.item.product for item in open_items}
        self._audited = {item.item.product for item in open_items if item.purpose == "audit"}

    def choose(self, purpose: Purpose, count: int) -> _Choice:
        """Return at most `count` products to ask about."""
        choose = {"audit": self._audit, "teach": self._teach, "suspect": self._suspects, "rare": self._rare}[purpose]
        choice = choose(count)
        self._asked.update(item.product for item in choice.items)
        return choice

    def _audit(self, count: int) -> _Choice:
        """Draw products by chance; one that is drawn twice is asked once, and its answer counts twice."""
        population = [each for each in self._candidates if each.product not in self._audited]
        if not population:
            return _Choice()
        confidence = confidences(population)
        probabilities = draw_probabilities(confidence)
        times = Counter(draw_audit(probabilities, count, self._random).tolist())
        mean = float(confidence.mean())
        items = [
            _item(
                population[place],
                float(probabilities[place]),
                times=n,
                confidence=float(confidence[place]),
                mean_confidence=mean,
            )
            for place, n in times.items()
        ]
        return _Choice(items, len(population), count)

    def _teach(self, count: int) -> _Choice:
        free = self._free()
        margins = np.array([each.margin for each in free])
        # In the order of the feed, in which products that look alike follow each other.
        pool = [free[place] for place in sorted(np.argsort(margins, kind="stable")[:_TEACHING_POOL])]
        features = self._week.features.read(each.photo for each in pool)
        known = [each for each in pool if each.photo in features]
        if not known:
            return _choice(sorted(pool, key=lambda each: each.margin)[:count], free)
        margin = np.array([each.margin for each in known])
        rows = np.stack([features[each.photo] for each in known])
        batch = group_batches([each.batch for each in known], rows)
        return _choice([known[place] for place in choose_teaching(margin, rows, batch, count)], free)

    def _suspects(self, count: int) -> _Choice:
        before = {item.item.product for item in self._week.loop.items(purpose="suspect")}
        by_id = {each.product: each for each in self._candidates if each.product not in self._asked | before}
        found = find_suspects(self._week.loop, self._week.store, self._week.features, self._week.tagger)
        chosen = [by_id[product] for product in dict.fromkeys(found) if product in by_id]
        return _choice(chosen[:count], list(by_id.values()))

    def _rare(self, count: int) -> _Choice:
        free = [each for each in self._free() if each.first != OTHER]
        given = Counter(label for answer in self._week.loop.corrections() for label in answer.said.given)
        labels = sorted({each.first for each in free}, key=lambda label: (label not in given, label))
        codes = np.array([labels.index(each.first) for each in free], dtype=np.intp)
        chosen = choose_rare(codes, [given[label] for label in labels], confidences(free), count)
        return _choice([free[place] for place in chosen], free)

    def _free(self) -> list[Candidate]:
        """Return the products that no person decided about, and none is asked about."""
        return [each for each in self._candidates if not each.is_corrected and each.product not in self._asked]


def _choice(chosen: Iterable[Candidate], population: Sequence[Candidate]) -> _Choice:
    items = [_item(each) for each in chosen]
    return _Choice(items, len(population), len(items))


def _item(candidate: Candidate, probability: float | None = None, **about: Any) -> NewItem:
    return NewItem(candidate.product, candidate.photo, probability, candidate.labels, about)
