"""Teaching few photos of a shop: how the tags of its other photos change, and how far the verdict can be trusted.

Needs the evaluation data. Four shops, eight draws each. The shop is unseen: its starter was fitted to the other three
shops and to the drawings (scripts/make_starter.py). The scores are of the shop's photos that were not drawn.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from make_starter import described, fit_starter
from saekdong.color import STARTER
from saekdong.tagging.kernel_fit import KernelFit, choose_centers
from saekdong.tagging.photo_model import PhotoModel
from saekdong.tagging.scoring import count_tags, figures_of
from saekdong.tagging.teaching import (
    LEAST_PHOTOS,
    MOST_CENTERS,
    TAUGHT_WIDTH,
    Examples,
    JudgedModel,
    judge_model,
    learn_model,
    prior_model,
)
from saekdong.tagging.verdict import paired_interval
from tools import EVALUATION, table

COUNTS = (5, 10, 20, 50, 100)
DRAWS = 8
ONE_RIDGE = 0.5
SAMPLES = 1000
SAMPLE_SIZES = (10, 30, 100, 300)
FIGURES = [0, 3]  # top1 and f1 in the order of figures_of


@dataclass(frozen=True, eq=False)
class Shop:
    """A shop's photos, and the starter's model that never saw them."""

    name: str
    photos: Examples
    unseen: PhotoModel

    def draw(self, count: int, seed: int) -> tuple[Examples, Examples]:
        """Return so many of the photos, drawn at random, and the others."""
        order = np.random.default_rng([seed, *self.name.encode()]).permutation(len(self.photos.truth))
        return self.photos.take(order[:count]), self.photos.take(order[count:])

    @property
    def half(self) -> int:
        """How many photos are half of them."""
        return len(self.photos.truth) // 2


@dataclass(frozen=True, eq=False)
class Lesson:
    """Photos drawn from an unseen shop, and what teaching them changes on its other photos.

    Attributes:
        judged: the model that `teach` chooses, and its comparison on the photos drawn.
        counts: of the other photos before and after, as `paired_interval` takes them.
        weighed: change of top1 and f1 on the other photos, (2,).
        one_ridge: the same if one ridge is used for every shop.
    """

    judged: JudgedModel
    counts: np.ndarray
    weighed: np.ndarray
    one_ridge: np.ndarray


def measure() -> Iterator[str]:
    """Yield the lines of the report."""
    if not (EVALUATION / "products" / "truth.csv").is_file():
        yield f"left out: no evaluation data in {EVALUATION} (use --data)"
        return
    with threadpool_limits(1):
        shops = _shops()
        few = {count: [lesson for shop in shops for lesson in _lessons(shop, count)] for count in COUNTS}
        halves = {shop.name: _lessons(shop, shop.half) for shop in shops}
        half = [lesson for lessons in halves.values() for lesson in lessons]
        yield "Mean change of top1 / f1 on a shop's other photos, in points:"
        yield ""
        yield from _by_count(
            {**{_row_name(count): lessons for count, lessons in few.items()}, "half of the shop's": half}
        )
        yield ""
        yield "The verdict on the photos drawn, and the change on the shop's other photos:"
        yield ""
        accepted = [lesson for count in COUNTS if count >= LEAST_PHOTOS for lesson in few[count]]
        yield from _by_verdict([*accepted, *half])
        yield ""
        yield "After half of the shop's photos, by shop; the shipped starter was fitted to all of them:"
        yield ""
        yield from _by_shop(shops, halves)
        yield ""
        yield f"How often the 95% interval holds the true difference, {SAMPLES:,} samples each:"
        yield ""
        yield from _coverage(np.concatenate([lessons[0].counts for lessons in halves.values()]))


def _shops() -> list[Shop]:
    features, names, truth = described(EVALUATION)
    photos = Examples.of(features, truth, STARTER)
    shops = []
    for name in sorted(set(names)):
        own, others = (photos.take(np.flatnonzero(mask)) for mask in (names == name, names != name))
        shops.append(Shop(str(name), own, fit_starter(others.features, others.wanted)))
    return shops


def _lessons(shop: Shop, count: int) -> list[Lesson]:
    return [_lesson(shop, *shop.draw(count, seed)) for seed in range(DRAWS)]


def _lesson(shop: Shop, drawn: Examples, others: Examples) -> Lesson:
    judged = judge_model(drawn, shop.unseen)
    counts = np.stack([_count(others, shop.unseen), _count(others, judged.model)], axis=1)
    return Lesson(judged, counts, _rise(counts), _one_ridge(drawn, others, shop.unseen))


def _one_ridge(drawn: Examples, others: Examples, prior: PhotoModel) -> np.ndarray:
    fit = KernelFit.of(drawn.features, choose_centers(drawn.features, MOST_CENTERS), width=TAUGHT_WIDTH)
    model = prior.plus(fit.solve(drawn.wanted - prior.scores(drawn.features), ONE_RIDGE))
    return _rise(np.stack([_count(others, prior), _count(others, model)], axis=1))


def _weighed(drawn: Examples, others: Examples, prior: PhotoModel) -> np.ndarray:
    model, _ = learn_model(drawn, prior)
    return _rise(np.stack([_count(others, prior), _count(others, model)], axis=1))


def _count(photos: Examples, model: PhotoModel) -> np.ndarray:
    return count_tags(photos.tags(model.scores(photos.features)), photos.truth)


def _rise(counts: np.ndarray) -> np.ndarray:
    """Return by how much top1 and f1 rise, (2,)."""
    rise: np.ndarray = np.diff(figures_of(counts.sum(axis=0)), axis=0)[0, FIGURES]
    return rise


def _row_name(count: int) -> str:
    return f"{count} (refused)" if count < LEAST_PHOTOS else str(count)


def _by_count(lessons: dict[str, list[Lesson]]) -> Iterator[str]:
    rows = []
    for name, group in lessons.items():
        top1 = np.array([lesson.weighed[0] for lesson in group])
        kept = [lesson.judged.kept_prior for lesson in group]
        means = (_points([lesson.one_ridge for lesson in group]), _points([lesson.weighed for lesson in group]))
        rows.append((name, *means, *(f"{np.mean(part):.0%}" for part in (top1 < 0, top1 > 0, kept))))
    header = ["photos", "one ridge", "weighed", "top1 worse", "top1 better", "starter kept"]
    yield from table(header, rows)


def _by_verdict(lessons: list[Lesson]) -> Iterator[str]:
    groups: dict[str, list[np.ndarray]] = {"better": [], "worse": [], "too few to say": [], "starter kept": []}
    for lesson in lessons:
        name = "starter kept" if lesson.judged.kept_prior else lesson.judged.comparison.verdict
        groups[name].append(lesson.weighed)
    rows = []
    for name, rises in groups.items():
        neither_falls = sum(bool((rise >= 0).all()) for rise in rises)
        sum_falls = sum(bool(rise.sum() < 0) for rise in rises)
        rows.append((name, len(rises), neither_falls, sum_falls, _points(rises) if rises else ""))
    yield from table(["verdict", "draws", "neither figure falls", "their sum falls", "mean change"], rows)


def _by_shop(shops: list[Shop], halves: dict[str, list[Lesson]]) -> Iterator[str]:
    shipped = prior_model(STARTER)
    rows = []
    for shop in shops:
        draws = [shop.draw(shop.half, seed) for seed in range(DRAWS)]
        unseen = (_points([getattr(lesson, how) for lesson in halves[shop.name]]) for how in ("one_ridge", "weighed"))
        seen = (_points([learn(*draw, shipped) for draw in draws]) for learn in (_one_ridge, _weighed))
        rows.append((shop.name, *unseen, *seen))
    header = ["shop", "unseen, one ridge", "unseen, weighed", "shipped starter, one ridge", "shipped starter, weighed"]
    yield from table(header, rows)


def _coverage(photos: np.ndarray) -> Iterator[str]:
    """Draw samples of these photos, tagged before and after, with replacement; all of them are the truth."""
    true = _rise(photos)
    random = np.random.default_rng(0)
    rows = []
    for size in SAMPLE_SIZES:
        inside = np.zeros(2)
        for _ in range(SAMPLES):
            low, high = paired_interval(photos[random.integers(len(photos), size=size)])
            inside += (low[FIGURES] <= true) & (true <= high[FIGURES])
        rows.append((size, *(f"{share:.1%}" for share in inside / SAMPLES)))
    yield from table(["photos in a sample", "top1", "f1"], rows)


def _points(rises: list[np.ndarray]) -> str:
    """Return the mean change of top1 and f1 in points."""
    top1, f1 = np.mean(rises, axis=0) * 100
    return f"{top1:+.1f} / {f1:+.1f}"
