"""Folds and splits: no color on both sides, stratified, repeatable."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saekdong.errors import SaekdongError
from saekdong.model.splits import assign_folds, split, split_ordered

COLOR = st.tuples(*[st.integers(0, 3)] * 3)
ROWS = st.lists(st.tuples(COLOR, st.sampled_from(["red", "blue", "green"])), min_size=2, max_size=80)


@settings(max_examples=60)
@given(drawn=ROWS, seed=st.integers(0, 5))
def test_no_color_stands_in_two_folds_or_on_both_sides(make_rows, drawn, seed):
    rows = make_rows([color for color, _ in drawn], [label for _, label in drawn])
    folds = assign_folds(rows, 4, seed)
    for color in np.unique(rows.colors):
        assert len(set(folds[rows.colors == color])) == 1
    try:
        train, test = split(rows, 0.3, seed)
    except SaekdongError:
        return
    assert sorted([*train, *test]) == list(range(len(rows)))
    assert not set(rows.colors[train]) & set(rows.colors[test])


def test_each_label_gives_its_share(sample_rows):
    train, test = split(sample_rows, 0.3, 0)
    share = sample_rows.take(test).counts / sample_rows.counts
    assert np.all(np.abs(share[sample_rows.counts >= 20] - 0.3) < 0.03)
    assert len(train) + len(test) == len(sample_rows)


def test_the_seed_decides(sample_rows):
    assert np.array_equal(split(sample_rows, 0.3, 1)[1], split(sample_rows, 0.3, 1)[1])
    assert not np.array_equal(split(sample_rows, 0.3, 1)[1], split(sample_rows, 0.3, 2)[1])
    assert np.array_equal(assign_folds(sample_rows, 5, 3), assign_folds(sample_rows, 5, 3))


def test_folds_are_stratified(sample_rows):
    folds = assign_folds(sample_rows, 5, 0)
    counts = np.array([sample_rows.take(np.flatnonzero(folds == fold)).counts for fold in range(5)])
    assert np.all(np.ptp(counts, axis=0) <= 1)


def test_ordered_takes_the_first_rows_to_train(sample_rows):
    train, test = split_ordered(sample_rows)
    assert train.tolist() == list(range(round(0.7 * len(sample_rows))))
    assert test[0] == len(train)


@pytest.mark.parametrize("share", [0, 1, -0.5, 2, float("nan")])
def test_impossible_shares_are_refused(sample_rows, share):
    with pytest.raises(SaekdongError, match="test share"):
        split(sample_rows, share)


def test_one_color_cannot_be_split(make_rows):
    with pytest.raises(SaekdongError, match="too few colors"):
        split(make_rows([[1, 1, 1], [1, 1, 1]], ["red", "blue"]))
