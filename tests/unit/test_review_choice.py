"""What to ask next, which answers are suspicious, and the gate's test of a difference."""

import numpy as np
import pytest

from saekdong.evidence.choice import choose_rare, choose_teaching
from saekdong.evidence.gate import DifferenceTest, recall_losses
from saekdong.evidence.suspects import leave_one_out, suspicion

# --- what teaches ----------------------------------------------------------------------------------------------------


def test_items_that_teach_are_doubtful_different_and_at_most_two_of_a_batch():
    random = np.random.default_rng(0)
    centers = random.normal(size=(20, 8)) * 3
    batch = np.arange(200) // 10
    features = centers[batch] + random.normal(0, 0.05, (200, 8))
    margin = np.where(batch < 10, 0.1, 0.9)
    chosen = choose_teaching(margin, features, batch, 12)
    assert len(set(chosen.tolist())) == 12
    assert np.bincount(batch[chosen]).max() <= 2
    assert set(batch[chosen].tolist()) <= set(range(10))
    assert len(set(batch[chosen][:8].tolist())) >= 6


def test_few_products_and_none_can_be_chosen():
    assert choose_teaching(np.zeros(0), np.zeros((0, 3)), np.zeros(0, int), 5).tolist() == []
    assert sorted(choose_teaching(np.zeros(2), np.zeros((2, 3)), np.arange(2), 5).tolist()) == [0, 1]


def test_rare_labels_come_first_with_their_surest_products():
    labels = np.array([0, 0, 1, 1, 2])
    chosen = choose_rare(labels, [50, 2, 0], np.array([0.9, 0.8, 0.5, 0.7, 0.4]), 4)
    assert chosen.tolist() == [4, 3, 0, 2]
    assert choose_rare(np.zeros(0, int), [1], np.zeros(0), 3).tolist() == []


# --- suspects --------------------------------------------------------------------------------------------------------


def labeled(wrong, seed=0):
    """Return nearness, answers, prior and the places of wrong answers, for 150 photos in 5 groups of a label each."""
    random = np.random.default_rng(seed)
    label = np.arange(150) % 5
    photos = np.eye(5)[label] + random.normal(0, 0.15, (150, 5))
    near = np.exp(-2 * ((photos[:, None] - photos[None]) ** 2).sum(axis=2))
    places = random.choice(150, wrong, replace=False)
    given = label.copy()
    given[places] = (given[places] + 1) % 5
    prior = np.full((150, 5), 0.2)
    return near, np.eye(5)[given], prior, set(places.tolist())


def test_wrong_answers_are_the_most_suspicious():
    near, answers, prior, wrong = labeled(15)
    order = np.argsort(-suspicion(leave_one_out(near, answers, prior), answers > 0))
    assert len(wrong & set(order[:15].tolist())) >= 14


def test_the_closed_form_is_a_fit_without_the_photo():
    near, answers, prior, _ = labeled(10)
    left = np.arange(150) != 7
    inverse = np.linalg.inv(near[np.ix_(left, left)] + 0.5 * np.eye(149))
    expected = prior[7] + near[7, left] @ inverse @ (answers - prior)[left]
    assert leave_one_out(near, answers, prior)[7] == pytest.approx(expected)


def test_an_answer_of_one_of_two_likely_labels_is_less_suspicious_than_an_unlikely_one():
    scores = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 0.0]])
    given = np.eye(3, dtype=bool)[[0, 2, 1]]
    assert suspicion(scores, given).tolist() == [0.5, 1.0, 0.5]


# --- the gate --------------------------------------------------------------------------------------------------------


def promoted(wins, losses, gates=400, seed=0, test=DifferenceTest):
    """Return how often a challenger is promoted whose tag wins and loses with these probabilities."""
    random, promotions = np.random.default_rng(seed), 0
    for _ in range(gates):
        gate = test()
        for each in random.random(150):
            gate = gate.after(1 if each < wins else -1 if each < wins + losses else 0)
            if (verdict := gate.verdict) != "open":
                break
        promotions += verdict == "better"
    return promotions / gates


class ZGate(DifferenceTest):
    """A z-test at 5%, looked at after each answer."""

    def after(self, preference):
        each = super().after(preference)
        return ZGate(each.wins, each.losses, each.ties)

    @property
    def verdict(self):
        if self.wins - self.losses > 1.645 * np.sqrt(max(self.wins + self.losses, 1)):
            return "better"
        return "open"


def test_a_better_challenger_is_promoted_within_150_answers():
    assert promoted(0.51, 0.14) >= 0.85  # 4 points better, if 11% of the tags change


def test_a_challenger_that_is_worse_is_not_promoted():
    assert promoted(0.28, 0.37) <= 0.015
    assert promoted(0.23, 0.42) <= 0.005


def test_a_z_test_at_each_answer_would_promote_it():
    assert promoted(0.28, 0.37, test=ZGate) > 0.05


def test_the_evidence_is_one_at_first_and_the_verdict_is_open_up_to_the_last_answer():
    test = DifferenceTest()
    assert test.evidence == pytest.approx(1)
    assert test.verdict == "open"
    assert DifferenceTest(0, 0, 149).verdict == "open"
    assert DifferenceTest(0, 0, 150).verdict == "not proven"
    assert DifferenceTest(10_000, 0, 0).verdict == "better"
    assert test.after(1).after(0).after(-1) == DifferenceTest(1, 1, 1)


def test_a_label_that_loses_recall_blocks_and_one_with_few_answers_does_not():
    truth = np.zeros((100, 3), bool)
    truth[:60, 0], truth[60:98, 1], truth[98:, 2] = True, True, True
    champion = np.concatenate([np.zeros(60, int), np.full(38, 2), [2, 2]])
    challenger = np.concatenate([np.full(60, 1), np.ones(38, int), [0, 0]])
    losses = recall_losses(["red", "blue", "mint"], truth, champion, challenger, 0.15, np.array([0.3, 0.3, 0.05]))
    assert [each.blocks for each in losses] == [True, False, False]
    assert losses[0].loss == pytest.approx(0.15 * 0.6 / 0.3)
    assert losses[1].loss < 0
    assert losses[2].low < 0.05 < losses[2].high
    assert [each.answers for each in losses] == [60, 38, 2]


def test_without_answers_no_label_blocks():
    losses = recall_losses(["red"], np.zeros((0, 1), bool), np.zeros(0, int), np.zeros(0, int), 0.15, np.array([1.0]))
    assert not losses[0].blocks
