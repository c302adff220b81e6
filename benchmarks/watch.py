"""Monitoring, audit, review and gate on simulated shops of the evaluation photos: the rows of the goals.

    python benchmarks/watch.py                              all rows, row 1 with 10,000 weeks: half an hour
    python benchmarks/watch.py 3 4 5 --cache FOLDER         some rows; FOLDER keeps the photos' features
    python benchmarks/watch.py 1 --weeks 1000 --seed 7      fewer weeks, other shops

Row 1 counts photo and model alarms in weeks without a change; 2 in benign seasons; 3-5 are days to the alarm after a
change of photos (the median and the worst of several shops); 6-7 coverage and width of the audit's interval; 8 how
often the sequence is right at all of 52 weekly looks; 9 how many answers teach as much as 80 random ones; 10 the
precision at k among k planted wrong labels; 11 how often the gate promotes.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from tools import EVALUATION, table

WEEKS_OF_SHOP = 100
START = 56
MISTAKES = 0.05
LEAST = 0.05


def main() -> None:
    """Measure the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", type=int, metavar="ROW", help="1 to 11; all of them by default")
    parser.add_argument("--weeks", type=int, default=10_000, help="of rows 1 and 2; row 2 takes a tenth of them")
    parser.add_argument("--seed", type=int, default=0, help="of the simulated shops")
    parser.add_argument("--repeats", type=int, default=1000, help="of rows 6 to 11")
    parser.add_argument("--cache", type=Path, help="a folder that keeps the photos' features")
    parser.add_argument("--shops", nargs="*", help="of the evaluation data; all four by default")
    arguments = parser.parse_args()
    if not (EVALUATION / "products" / "truth.csv").is_file():
        parser.error(f"there is no evaluation data in {EVALUATION}; set SAEKDONG_EVALUATION")
    measure = Measure(arguments)
    rows = arguments.rows or sorted(measure.rows)
    if unknown := set(rows) - set(measure.rows):
        parser.error(f"there is no row {sorted(unknown)}; choose from {sorted(measure.rows)}")
    for row in dict.fromkeys(measure.rows[each] for each in rows):
        for line in row():
            print(line, flush=True)
        print()


class Measure:
    """The rows, with the options of the command."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        from watched_photos import SHOPS, real_shops

        every = real_shops(arguments.cache)
        self.shops = {name: every[name] for name in arguments.shops or SHOPS}
        self.weeks, self.seed, self.repeats = arguments.weeks, arguments.seed, arguments.repeats
        self.rows: dict[int, Callable[[], Iterator[str]]] = {
            1: self.weeks_without_change,
            2: self.seasons,
            3: self.changed_photos,
            4: self.changed_photos,
            5: self.new_things,
            6: self.coverage,
            7: self.coverage,
            8: self.weekly_looks,
            9: self.teaching,
            10: self.suspects,
            11: self.gate,
        }

    def watched(self, name: str, seed: int, **options):
        """Return a simulated shop of the photos of a real one, after its reference."""
        from saekdong.color import STARTER
        from saekdong.photo.statistics import NAMES
        from support.shop import Shop, Watched

        return Watched.of(Shop(self.shops[name].pool, 1000 * self.seed + seed, **options), STARTER.ids, NAMES)

    def weeks_without_change(self) -> Iterator[str]:
        """Row 1."""
        yield "### Row 1: alarms in weeks without a change"
        yield ""
        rows = []
        for name in self.shops:
            alarms, weeks = {"mix": 0, "photo": 0, "model": 0}, 0
            highest = -9.0
            while weeks < self.weeks // len(self.shops):
                for evidence in self.watched(name, weeks).watch(7 * WEEKS_OF_SHOP):
                    for each in evidence:
                        alarms[each.kind] += each.alarm
                        highest = max(highest, each.level if each.kind != "mix" else -9)
                weeks += WEEKS_OF_SHOP
            rows.append((name, weeks, alarms["photo"] + alarms["model"], alarms["mix"], f"{10**highest:.5f}"))
        yield from table(
            ("shop", "weeks", "photo and model alarms", "mix alarms", "highest evidence / threshold"), rows
        )

    def seasons(self) -> Iterator[str]:
        """Row 2."""
        from support.shop import Change

        yield "### Row 2: photo and model alarms in 10 weeks of a season"
        yield ""
        rows = []
        for part in (0.15, 0.3):
            alarms = weeks = 0
            for shop in range(max(1, self.weeks // 200)):
                name = list(self.shops)[shop % len(self.shops)]
                watched = self.watched(name, shop)
                labels = np.random.default_rng(shop).choice(np.unique(watched.shop.pool.label), 3, replace=False)
                season = Change(START, part, labels=frozenset(labels.tolist()))
                for evidence in watched.with_changes(season).watch(70):
                    alarms += sum(each.alarm and each.kind != "mix" for each in evidence)
                weeks += 10
            rows.append((f"{part:.0%}", weeks, alarms))
        yield from table(("batches of the season's colors", "weeks", "alarms"), rows)

    def changed_photos(self) -> Iterator[str]:
        """Rows 3 and 4, and other drifts."""
        from support.drifts import DRIFTS
        from support.shop import Change

        yield "### Rows 3 and 4: days to the alarm after photos changed, median / worst of 12 shops"
        yield ""
        rows = []
        for drift in DRIFTS:
            if drift == "placeholder":
                continue
            parts: tuple[Callable[[int], Change], ...] = (
                lambda _feed, drift=drift: Change(START, 1.0, drift),
                lambda _feed, drift=drift: Change(START, 0.3, drift),
                lambda feed, drift=drift: Change(START, 1.0, drift, frozenset({feed})),
            )
            rows.append((drift, *(self._days(change) for change in parts)))
        yield from table(("drift", "whole shop", "30% of the batches", "one feed of ten"), rows)

    def new_things(self) -> Iterator[str]:
        """Row 5."""
        from support.shop import Change

        yield "### Row 5: days to the alarm after new things, median / worst"
        yield ""
        rows = [
            (
                "placeholder photos, 5% of products",
                self._days(lambda _feed: Change(START, 0.05, "placeholder", products=True)),
            )
        ]
        days, without_name = [], []
        for name, shop in self.shops.items():
            sizes = np.bincount(shop.pool.category)
            for category in np.flatnonzero((sizes >= 12) & (sizes < 0.6 * len(shop.pool))).tolist():
                hidden = self.watched(name, category, hidden=frozenset({category}))
                changed = hidden.with_changes(Change(START, 0.2, categories=frozenset({category})))
                days.append(changed.alarm_day(14))
                known = replace(changed.monitor, familiar=changed.monitor.familiar | {f"{category}"})
                without_name.append(replace(changed, monitor=known).alarm_day(14))
        rows.append((f"a new category, 20% of batches ({len(days)} categories)", _median_and_worst(days)))
        rows.append(("the same if the feed names no new category", _median_and_worst(without_name)))
        yield from table(("change", "days"), rows)

    def _days(self, change: Callable[[int], object], shops: int = 12) -> str:
        """Return the median and the worst number of days to a photo or model alarm."""
        days = []
        for seed in range(shops):
            watched = self._watched_for_days(seed)
            days.append(watched.with_changes(change(seed % 10)).alarm_day(14))
        return _median_and_worst(days)

    def _watched_for_days(self, seed: int):
        if seed not in self._kept:
            self._kept[seed] = self.watched(list(self.shops)[seed % len(self.shops)], seed)
        return self._kept[seed]

    _kept: dict[int, object] = {}  # noqa: RUF012, one command measures once

    def coverage(self) -> Iterator[str]:
        """Rows 6 and 7."""
        from saekdong.evidence.audit import estimate_accuracy

        yield "### Rows 6 and 7: coverage and width of the audit's 95% interval"
        yield ""
        counts = (50, 100, 200, 400)
        rows = []
        for name, shop in self.shops.items():
            cells = []
            for count in counts:
                random = np.random.default_rng([self.seed, count])
                looks = [estimate_accuracy(self._audit(shop, count, random)) for _ in range(8 * self.repeats)]
                hits = np.mean([look.low <= shop.right.mean() <= look.high for look in looks])
                cells.append(f"{hits:.3f} ({np.mean([look.high - look.low for look in looks]):.3f})")
            rows.append((name, f"{shop.right.mean():.3f}", *cells))
        yield from table(("shop", "accuracy", *(f"{count} answers" for count in counts)), rows)

    def weekly_looks(self) -> Iterator[str]:
        """Row 8."""
        from saekdong.evidence.audit import estimate_accuracy
        from saekdong.evidence.sequences import AccuracySequence

        yield "### Row 8: how often the interval is right at all of 52 weekly looks, 25 answers a week"
        yield ""
        rows = []
        for name, shop in self.shops.items():
            accuracy, sequences, single, widths = shop.right.mean(), [], [], []
            for seed in range(max(1, self.repeats // 5)):
                answers = self._audit(shop, 52 * 25, np.random.default_rng([self.seed, seed]))
                sequence = AccuracySequence.start().after(answers)  # it only narrows: its end is right if all looks are
                sequences.append(sequence.low <= accuracy <= sequence.high)
                widths.append(sequence.high - sequence.low)
                looks = [estimate_accuracy(_first(answers, 25 * week)) for week in range(1, 53)]
                single.append(all(look.low <= accuracy <= look.high for look in looks))
            rows.append((name, f"{np.mean(sequences):.3f}", f"{np.mean(single):.3f}", f"{np.mean(widths):.3f}"))
        yield from table(("shop", "sequence", "intervals for one look", "width of the sequence after a year"), rows)

    def teaching(self) -> Iterator[str]:
        """Row 9."""
        from saekdong.tagging.teaching import learn_model

        yield "### Row 9: change of top1 on 120 other photos of the shop, in points, by the answers that taught it"
        yield ""
        changes: dict[str, list[float]] = {}
        for seed in range(max(1, self.repeats // 50)):
            for name, shop in self.shops.items():
                order = np.random.default_rng([self.seed, seed, *name.encode()]).permutation(len(shop.truth))
                test, own = (shop.photos.take(part) for part in (order[:120], order[120:]))
                before = _top1(shop.unseen, test)
                for count in (40, 60, 80):
                    model, _ = learn_model(own.take(np.arange(count)), shop.unseen)
                    changes.setdefault(f"{count} random", []).append(_top1(model, test) - before)
                for rounds in (2, 4):
                    model = _taught_in_rounds(shop.unseen, own, rounds, 40 // rounds)
                    key = f"40 chosen in {rounds} rounds"
                    changes.setdefault(key, []).append(_top1(model, test) - before)
        rows = []
        for key, values in changes.items():
            apart = np.array(values) - np.array(changes["80 random"])
            error = apart.std() / np.sqrt(len(apart))
            rows.append((key, f"{100 * np.mean(values):.2f}", f"{100 * apart.mean():+.2f} ± {100 * error:.2f}"))
        yield from table(("answers", "change", "against 80 random ones (standard error)"), rows)

    def suspects(self) -> Iterator[str]:
        """Row 10."""
        from saekdong.evidence.suspects import leave_one_out, suspicion
        from saekdong.tagging.photo_model import Nearness, as_centers

        yield "### Row 10: precision at k of k planted wrong answers"
        yield ""
        rows = []
        for rate in (0.05, 0.1):
            for planted in ("another product's labels", "one label for one of the right ones"):
                cells = []
                for shop in self.shops.values():
                    features, values = shop.photos.features, []
                    near = Nearness(as_centers(features))(features).astype(np.float64)
                    prior = shop.unseen.scores(features)
                    for seed in range(max(1, self.repeats // 50)):
                        random = np.random.default_rng([self.seed, seed])
                        given, wrong = _plant(shop, rate, random, whole=planted.startswith("another"))
                        answers = given / given.sum(axis=1, keepdims=True) if planted.startswith("one") else given * 1.0
                        scores = suspicion(leave_one_out(near, answers, prior), given)
                        first = np.argsort(-scores, kind="stable")[: int(wrong.sum())]
                        values.append(wrong[first].mean())
                    cells.append(float(np.mean(values)))
                rows.append((f"{rate:.0%}, {planted}", f"{np.mean(cells):.3f}", *(f"{cell:.2f}" for cell in cells)))
        yield from table(("wrong answers", "mean", *self.shops), rows)

    def gate(self) -> Iterator[str]:
        """Row 11."""
        yield "### Row 11: promoted within 150 answers, 5% of them mistakes"
        yield ""
        rows = []
        for name, shop in self.shops.items():
            cells, answers = [], []
            for points in (4, 0, -1, -2):
                runs = [
                    _gate(shop, points / 100, np.random.default_rng([self.seed, seed, points + 9]))
                    for seed in range(2 * self.repeats)
                ]
                cells.append(f"{np.mean([each == 'better' for each, _ in runs]):.4f}")
                answers.append(int(np.median([count for _, count in runs])))
            rows.append((name, *cells, answers[0]))
        header = ("shop", "4 points better", "equal", "1 point worse", "2 points worse", "median answers if better")
        yield from table(header, rows)

    def _audit(self, shop, count: int, random: np.random.Generator):
        from saekdong.evidence.audit import AuditAnswers, draw_audit, draw_probabilities, draw_weights

        probabilities = draw_probabilities(shop.confidence)
        places = draw_audit(probabilities, count, random)
        center = np.full(count, shop.confidence.mean())
        right = shop.right[places].astype(float)
        return AuditAnswers(right, shop.confidence[places], draw_weights(probabilities)[places], center)


def _top1(model, photos) -> float:
    from saekdong.tagging.scoring import count_tags, micro_scores

    return micro_scores(count_tags(photos.tags(model.scores(photos.features)), photos.truth).sum(axis=0))[0]


def _taught_in_rounds(model, photos, rounds: int, count: int):
    """Return the model after rounds of answers to the photos that teach most."""
    from saekdong.evidence.choice import choose_teaching
    from saekdong.evidence.units import group_batches
    from saekdong.tagging.tagger import TEMPERATURE, to_shares
    from saekdong.tagging.teaching import learn_model

    prior, chosen = model, np.zeros(0, int)
    batch = group_batches([("feed", 0, "")] * len(photos.truth), photos.features)
    for _ in range(rounds):
        shares = np.sort([to_shares(scores, TEMPERATURE) for scores in model.scores(photos.features)], axis=1)
        margin = shares[:, -1] - shares[:, -2]
        left = np.setdiff1d(np.arange(len(margin)), chosen)
        best = choose_teaching(margin[left], photos.features[left], batch[left], count)
        chosen = np.concatenate([chosen, left[best]])
        model, _ = learn_model(photos.take(chosen), prior)
    return model


def _plant(shop, rate: float, random: np.random.Generator, *, whole: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return answers, bool (N, L), and which of them are wrong.

    A wrong answer gives the labels of another product without a common color; or, if not `whole`, every answer is one
    label, and a wrong one is any other label.
    """
    right = shop.pool.right
    given, wrong = right.copy(), np.zeros(len(right), bool)
    if not whole:
        first = np.array([random.choice(np.flatnonzero(row)) for row in right])
        given = np.eye(right.shape[1], dtype=bool)[first]
    wrong[random.choice(len(right), round(rate * len(right)), replace=False)] = True
    for place in np.flatnonzero(wrong):
        if whole:
            others = np.flatnonzero(~(right & right[place]).any(axis=1))
            given[place] = right[random.choice(others)]
        else:
            given[place] = False
            given[place, random.choice(np.flatnonzero(~right[place]))] = True
    return given, wrong


def _gate(shop, difference: float, random: np.random.Generator) -> tuple[str, int]:
    """Return the verdict on a challenger that is better by exactly `difference`, and the number of answers.

    Champion and challenger are the unseen model and one that was taught 100 photos; on so many of the changed products
    the two change places that the difference of their accuracy is the one that is asked for.
    """
    from saekdong.evidence.gate import DifferenceTest

    preference, part = _preferences(shop)
    now = part * preference.mean()
    preference = preference.copy()
    swaps = round(abs(difference - now) / part * len(preference) / 2)
    candidates = np.flatnonzero(preference == (1 if now > difference else -1))
    preference[random.choice(candidates, min(swaps, len(candidates)), replace=False)] *= -1
    test = DifferenceTest()
    while (verdict := test.verdict) == "open":
        answer = int(random.choice(preference))
        if random.random() < MISTAKES:
            answer = int(random.choice([each for each in (-1, 0, 1) if each != answer]))
        test = test.after(answer)
    return verdict, test.answers


_PREFERENCES: dict[str, tuple[np.ndarray, float]] = {}


def _preferences(shop) -> tuple[np.ndarray, float]:
    """Return which tag is better for each product whose tag changes, 1 for the challenger's; and their part of all.

    A tag changes only if the challenger is surer by 5 points.
    """
    from saekdong.tagging.tagger import TEMPERATURE, to_shares
    from saekdong.tagging.teaching import learn_model

    if shop.name not in _PREFERENCES:
        values, products = [], 0
        for seed in range(5):
            order = np.random.default_rng(seed).permutation(len(shop.truth))
            taught, others = order[:100], order[100:]
            model, _ = learn_model(shop.photos.take(taught), shop.unseen)
            before = shop.pool.shares["none"][others]
            after = np.array([to_shares(each, TEMPERATURE) for each in model.scores(shop.photos.features[others])])
            tags = [shares.argmax(axis=1) for shares in (before, after)]
            surer = after.max(axis=1) >= np.take_along_axis(after, tags[0][:, None], axis=1)[:, 0] + LEAST
            changed = (tags[0] != tags[1]) & surer
            right = [shop.pool.right[others, each].astype(int) for each in tags]
            values.append((right[1] - right[0])[changed])
            products += len(others)
        joined = np.concatenate(values)
        _PREFERENCES[shop.name] = joined, len(joined) / products
    return _PREFERENCES[shop.name]


def _first(answers, count: int):
    from saekdong.evidence.audit import AuditAnswers

    return AuditAnswers(
        *(each[:count] for each in (answers.right, answers.confidence, answers.weight, answers.mean_confidence))
    )


def _median_and_worst(days: Sequence[int | None]) -> str:
    ordered = sorted(99 if day is None else day for day in days)
    return " / ".join("none in 14" if day == 99 else f"{day}" for day in (ordered[len(ordered) // 2], ordered[-1]))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
