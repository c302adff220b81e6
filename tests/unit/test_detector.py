"""The detector on a simulated shop of drawn photos; and what a z-test, or products as units, do in its place."""

from dataclasses import replace

import numpy as np
import pytest

from saekdong.color import STARTER
from saekdong.evidence.detector import Detector
from saekdong.evidence.reference import Reference
from saekdong.evidence.streams import Stream
from saekdong.evidence.units import Batches
from saekdong.photo.statistics import NAMES
from support.drawn_pool import drawn_pool
from support.shop import Change, Day, Shop, Watched

START = 56
WEEKS = 20


@pytest.fixture(scope="module")
def shop():
    pool = drawn_pool(("warm", "dark", "placeholder"))
    return Watched.of(Shop(pool, seed=1, alike=3), STARTER.ids, NAMES)


def alarms(watched, days):
    return [each for evidence in watched.watch(days) for each in evidence if each.alarm and each.kind != "mix"]


def test_weeks_without_a_change_raise_no_alarm(shop):
    assert alarms(shop, 7 * WEEKS) == []


def test_a_season_of_other_colors_raises_no_alarm(shop):
    for part, labels in ((0.15, {0, 5}), (0.3, {1, 7, 9})):
        assert alarms(shop.with_changes(Change(START, part, labels=frozenset(labels))), 28) == []


@pytest.mark.parametrize(
    ("change", "days"),
    [
        (Change(START, 1.0, "warm"), 1),
        (Change(START, 0.3, "warm"), 3),
        (Change(START, 1.0, "warm", frozenset({2})), 7),
        (Change(START, 0.3, "dark"), 3),
        (Change(START, 1.0, "dark", frozenset({2})), 5),
        (Change(START, 0.05, "placeholder", products=True), 1),
    ],
)
def test_changed_photos_raise_an_alarm_within_days(shop, change, days):
    found = shop.with_changes(change).alarm_day(days)
    assert found is not None


def test_a_new_category_raises_an_alarm_within_a_week(shop):
    hidden = Watched.of(replace(shop.shop, hidden=frozenset({3})), STARTER.ids, NAMES)
    assert hidden.with_changes(Change(START, 0.2, categories=frozenset({3}))).alarm_day(7) is not None


def test_an_alarm_names_the_segment_the_stream_and_the_batches(shop):
    changed = shop.with_changes(Change(START, 1.0, "warm", frozenset({2})))
    for number, evidence in enumerate(changed.watch(7)):  # noqa: B007
        photo = [each for each in evidence if each.alarm and each.kind == "photo"]
        if photo:
            break
    assert [each.segment for each in photo] == ["feed 2"]
    assert photo[0].stream.name in {"ground_b", "ground_a", "product_b"}
    assert photo[0].batches
    feeds = changed.shop.day(START + number).feed
    assert {int(feeds[batch]) for batch in photo[0].batches} == {2}


# --- what the properties above do not survive ------------------------------------------------------------------------


class ZTest(Watched):
    """Compares each day's mean with the reference's by a z-test, at 1 in 1,000 for each stream."""

    def watch(self, days, first=START):
        reference = self.monitor.detector.reference
        spread = np.sqrt(reference.variance[0]) * np.sqrt(sum(len(day.feed) for day in self.shop.days(START)))
        for evidence, day in zip(super().watch(days, first), self.shop.days(days, first), strict=True):
            scores = self.day_scores(day)
            means = np.nanmean(scores, axis=0)
            z = (means - reference.effect[0, :-1]) / (spread[:-1] / np.sqrt(len(day.feed)) + 1e-9)
            raised = (np.abs(z) > 3.29) & np.array([each.kind != "mix" for each in reference.streams[:-1]])
            yield [replace(evidence[0], kind="photo", level=float(raised.any()) - 1)]


class EveryProductDay(Day):
    """A day whose products count as batches."""

    @property
    def batches(self):
        names = [[f"{each}" for each in part[self.batch]] for part in (self.feed, self.category)]
        return Batches(np.arange(len(self.batch)), *names, [""] * len(self.batch))


class EveryProductShop(Shop):
    """A shop whose products count as batches."""

    def day(self, number):
        day = super().day(number)
        return EveryProductDay(day.photo, day.drift, day.batch, day.feed, day.category)


def test_a_z_test_raises_false_alarms(shop):
    assert len(alarms(ZTest(shop.shop, shop.monitor, shop.scores), 7 * WEEKS)) > WEEKS


def test_products_as_units_raise_false_alarms(shop):
    own = shop.shop
    products = EveryProductShop(own.pool, own.seed, alike=own.alike)
    assert alarms(replace(shop, shop=products), 7 * WEEKS)


# --- the detector by itself ------------------------------------------------------------------------------------------

STREAM = Stream("photo", "chroma", "rank")


def detector(mean=0.5, error=0.01):
    streams = (STREAM, Stream("mix", "red", "share"), Stream("model", "margin", "high"))
    shape = (1, len(streams))
    return Detector(Reference(streams, {"": 0}, np.full(shape, mean), np.full(shape, error**2)), ("", "feed a"))


def run(watch, means, days, state=None):
    state = watch.start() if state is None else state
    for _ in range(days):
        members = np.ones((2, len(means)), bool)
        members[1, 1:] = False
        state, evidence = watch.step(state, means, [()] * len(means), members)
    return state, evidence


def test_the_evidence_grows_with_a_change_in_either_direction():
    for value, upward in ((0.9, True), (0.1, False)):
        _, evidence = run(detector(), np.full((5, 3), value), 5)
        photo = next(each for each in evidence if each.kind == "photo" and each.segment == "")
        assert photo.level > -2
        assert photo.stream == STREAM
        assert photo.upward is upward


def test_values_at_the_bound_are_no_evidence():
    _, evidence = run(detector(), np.full((5, 3), 0.5), 1000)
    assert all(each.level < -2 for each in evidence)


def test_a_tail_that_becomes_rarer_is_no_evidence():
    _, evidence = run(detector(0.4), np.array([[0.4, 0.4, 0.0]]), 400)
    assert next(each for each in evidence if each.kind == "model").level < -2


def test_missing_values_and_days_without_batches_change_nothing():
    watch = detector()
    state, _ = run(watch, np.full((5, 3), 0.6), 5)
    same, _ = watch.step(state, np.empty((0, 3)), [], np.empty((2, 0), bool))
    assert np.array_equal(same.sums, state.sums)
    missing, evidence = run(watch, np.full((5, 3), np.nan), 1)
    assert np.array_equal(missing.sums[:, 0], np.zeros_like(missing.sums[:, 0]))
    assert not any(each.alarm for each in evidence)


def test_after_an_alarm_the_class_starts_again_in_its_segment():
    state, evidence = run(detector(), np.full((30, 3), 0.99), 1)
    alarm = next(each for each in evidence if each.kind == "photo" and each.segment == "")
    assert alarm.alarm
    assert len(alarm.batches) == 12
    assert np.isneginf(state.sums[0, :, 0]).all()
    assert not np.isneginf(state.sums[1, 0, 0]).all()


def test_thousands_of_batches_a_day_do_not_overflow():
    _, evidence = run(detector(), np.full((20_000, 3), 1.0), 1)
    assert all(np.isfinite(each.level) for each in evidence)
    assert evidence[0].alarm


def test_the_mean_capital_of_chance_stays_below_the_number_of_days():
    watch, random = detector(error=0.0), np.random.default_rng(0)
    totals = []
    for _ in range(100):
        state = watch.start()
        for _ in range(20):
            means = (random.random((4, 3)) < 0.53).astype(float)  # as wild as batches can be, at the bound
            state, _ = watch.step(state, means, [()] * 4, np.ones((2, 4), bool))
        totals.append(np.exp(state.sums[0, 0, 0]).mean())
    assert np.mean(totals) < 20 * 1.5
