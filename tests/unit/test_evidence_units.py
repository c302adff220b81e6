"""Batches, streams, ranks, the reference and novelty: the parts of monitoring."""

import numpy as np
import pytest

from saekdong.evidence.monitor import Monitor
from saekdong.evidence.novelty import Novelty
from saekdong.evidence.reference import Reference
from saekdong.evidence.streams import Observations, Ranks, Stream, all_streams, batch_scores
from saekdong.evidence.units import Batches, batch_means, group_batches, join_batches, shared_photos

RANK = Stream("photo", "chroma", "rank")


def batches_of(*numbers, feed="a", category="x"):
    count = max(numbers) + 1
    return Batches(np.array(numbers), [feed] * count, [category] * count, [""] * count)


def observations(values, shares=None):
    shares = np.tile([0.8, 0.2], (len(values), 1)) if shares is None else shares
    return Observations.of(shares, np.asarray(values, float)[:, None], np.zeros(len(values)))


def test_products_of_one_item_group_are_a_batch():
    keys = [("a", 1, "x"), ("a", 1, "y"), ("a", 1, "x"), ("a", 2, "x"), ("b", 1, "x")]
    assert group_batches(keys).tolist() == [0, 1, 0, 2, 3]


def test_products_without_a_group_are_batches_of_their_own_unless_their_photos_are_alike():
    keys = [("a", 1, ""), ("a", 1, ""), ("a", 1, ""), ("b", 1, "")]
    assert group_batches(keys).tolist() == [0, 1, 2, 3]
    features = np.array([[0.0, 0], [0.1, 0], [1, 0], [1, 0]])
    assert group_batches(keys, features).tolist() == [0, 0, 1, 2]


def test_a_run_of_alike_photos_is_not_one_batch_without_end():
    numbers = group_batches([("a", 1, "")] * 100, np.zeros((100, 2)))
    assert np.bincount(numbers).tolist() == [40, 40, 20]


def test_batch_means_leave_out_what_is_missing():
    means = batch_means(np.array([[1.0, np.nan], [3, np.nan], [5, 7]]), np.array([1, 0, 1]))
    assert means.tolist()[1] == [3, 7]
    assert means[0, 0] == 3
    assert np.isnan(means[0, 1])
    assert batch_means(np.empty((0, 2)), np.array([], dtype=int)).shape == (0, 2)


def test_a_photo_is_shared_if_another_batch_has_it():
    shared = shared_photos(["p", "p", "q", "q", "", ""], np.array([0, 0, 1, 2, 3, 4]))
    assert shared.tolist() == [False, False, True, True, False, False]
    assert shared_photos(["p"], np.array([0]), frozenset({"p"})).tolist() == [True]


def test_batches_of_several_days_join():
    joined = join_batches([batches_of(0, 0, 1), batches_of(0, feed="b")])
    assert joined.of_product.tolist() == [0, 0, 1, 2]
    assert joined.feed == ["a", "a", "b"]
    assert joined.segments[2] == ("feed b", "category x", "")
    with pytest.raises(ValueError, match="one feed, category and host each"):
        Batches(np.array([0, 1]), ["a"], ["x"], [""])


def test_ranks_are_within_the_label_and_ties_count_half():
    values = np.concatenate([np.zeros(60), np.arange(100.0, 160)])
    shares = np.repeat([[0.8, 0.2], [0.2, 0.8]], 60, axis=0)
    ranks = Ranks.of(observations(values, shares))
    scores = ranks.scores(observations([0.0, 100, 130], np.array([[0.8, 0.2], [0.2, 0.8], [0.8, 0.2]])))
    first = len(("label", "label", "other"))
    assert scores[:, first].round(1).tolist() == [0.5, 0.0, 1.0]


def test_missing_statistics_and_failed_photos_have_no_rank():
    ranks = Ranks.of(observations(np.arange(100.0)))
    missing = ranks.scores(observations([np.nan]))
    assert np.isnan(missing[0, 3])
    failed = Observations.of(np.array([[0.8, 0.2]]), np.zeros((1, 1)), np.zeros(1), np.array([True]))
    scores = ranks.scores(failed)
    assert np.isnan(scores[0, :-2]).all()
    assert scores[0, -2:].tolist() == [1, 0]


def test_events_are_of_whole_batches():
    streams = all_streams(["a", "b"], ["chroma"])
    seen = observations([1.0, 2, 3, 4])
    scores = Ranks.of(seen).scores(seen)
    scores[1, -1] = 1
    means = batch_scores(streams, scores, batches_of(0, 0, 1, 1), frozenset({"x"}))
    assert [stream.name for stream in streams[-3:]] == ["failed", "shared", "unfamiliar"]
    assert means[:, -3:].tolist() == [[0, 1, 0], [0, 0, 0]]
    assert batch_scores(streams, scores, batches_of(0, 0, 1, 1), frozenset())[:, -1].tolist() == [1, 1]


def test_a_batch_is_compared_with_its_own_feed_and_category_the_more_batches_they_have():
    random = np.random.default_rng(0)
    feed, category = np.repeat([0, 1, 2], [200, 200, 4]), np.arange(404) % 2
    means = np.array([0.3, 0.7, 0.5])[feed] + np.array([-0.1, 0.1])[category] + random.normal(0, 0.1, 404)
    factors = [(f"f{a}", f"c{b}", f"f{a} c{b}") for a, b in zip(feed, category, strict=True)]
    reference = Reference.of((RANK,), means[:, None], factors, np.arange(404) % 8)
    asked = [
        ("f0", "c0", "f0 c0"),
        ("f1", "c1", "f1 c1"),
        ("f2", "c1", "f2 c1"),
        ("new", "c0", "new"),
        ("new", "new", "new"),
    ]
    mean, error = reference.expect(asked)
    assert mean[:, 0] == pytest.approx([0.2, 0.8, 0.6, means.mean() - 0.1, means.mean()], abs=0.06)
    assert error[2, 0] > 2 * error[0, 0]


def test_feeds_that_do_not_differ_are_one():
    random = np.random.default_rng(0)
    means, feed = random.normal(0.5, 0.1, (400, 1)), np.arange(400) % 20
    reference = Reference.of((RANK,), means, [(f"{each}",) for each in feed], np.arange(400) % 8)
    mean, _ = reference.expect([(f"{each}",) for each in range(20)])
    assert np.ptp(mean) < 0.03


def test_errors_grow_if_weeks_differ():
    random = np.random.default_rng(0)
    week = np.repeat(np.arange(8), 50)
    steady = random.normal(0.5, 0.1, (400, 1))
    moving = steady + random.normal(0, 0.1, 8)[week][:, None]
    errors = [Reference.of((RANK,), each, [("a",)] * 400, week).variance[0, 0] for each in (steady, moving)]
    assert errors[1] > 3.5 * errors[0]


def test_a_reference_of_few_batches_is_an_error():
    with pytest.raises(ValueError, match="at least 8 batches, not 3"):
        Reference.of((RANK,), np.zeros((3, 1)), [("a",)] * 3, np.zeros(3, int))


def test_novelty_is_large_off_the_reference_and_about_its_dimension_on_it():
    random = np.random.default_rng(0)
    reference = random.normal(size=(400, 60)) * np.linspace(2, 0.1, 60)
    novelty = Novelty.of(reference)
    assert novelty.leverage(reference).mean() == pytest.approx(60, rel=0.25)
    assert novelty.leverage(reference + 1.0).mean() > 150


def test_a_monitor_is_the_same_after_it_was_stored(tmp_path):
    random = np.random.default_rng(0)
    seen = observations(random.normal(size=400))
    batches = Batches(np.arange(400) // 4, ["a"] * 50 + ["b"] * 50, ["x"] * 100, ["h"] * 100)
    monitor = Monitor.of(
        Novelty.of(random.normal(size=(400, 5))), seen, batches, np.arange(100) % 8, ["red", "blue"], ["chroma"]
    )
    assert monitor.detector.segments == ("", "category x", "feed a", "feed b", "host h")
    np.savez(tmp_path / "monitor.npz", **monitor.to_arrays())
    with np.load(tmp_path / "monitor.npz", allow_pickle=False) as arrays:
        stored = Monitor.from_arrays(arrays)
    today = observations(random.normal(size=8) + 2), batches_of(*range(8))
    states = [each.step(each.start(), *today) for each in (monitor, stored)]
    assert np.array_equal(states[0][0].sums, states[1][0].sums)
    assert states[0][1] == states[1][1]
