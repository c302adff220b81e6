"""The audit: its draw, its interval and its sequence; with what leaves out its weights, or teaches, as the contrast."""

import numpy as np
import pytest

from saekdong.evidence.audit import (
    AuditAnswers,
    draw_audit,
    draw_probabilities,
    draw_weights,
    estimate_accuracy,
    t_quantile,
)
from saekdong.evidence.sequences import AccuracySequence

AUDITS = 1000


class Population:
    """Products with the model's confidence, too high if it is unsure, and whether its tag is right."""

    def __init__(self, seed=0, size=4000):
        random = np.random.default_rng(seed)
        self.confidence = random.beta(4, 1.2, size)
        self.right = (random.random(size) < self.confidence**3).astype(float)
        self.probabilities = draw_probabilities(self.confidence)
        self.weights = draw_weights(self.probabilities)

    def audit(self, count, random, *, weighted=True):
        places = draw_audit(self.probabilities, count, random)
        weights = self.weights[places] if weighted else np.ones(count)
        center = np.full(count, self.confidence.mean())
        return AuditAnswers(self.right[places], self.confidence[places], weights, center)


def coverage(count, *, weighted=True, teach=False):
    """Return how often the interval contains the accuracy; with `teach`, the model learns from the audit first."""
    shop, random = Population(), np.random.default_rng(count)
    hits = 0
    for _ in range(AUDITS):
        answers = shop.audit(count, random, weighted=weighted)
        if teach:  # a model fixes half of its mistakes on photos that it was fitted to
            fixed = answers.right + (answers.right == 0) * (random.random(count) < 0.5)
            answers = AuditAnswers(fixed, answers.confidence, answers.weight, answers.mean_confidence)
        estimate = estimate_accuracy(answers)
        hits += estimate.low <= shop.right.mean() <= estimate.high
    return hits / AUDITS


@pytest.mark.parametrize("count", [50, 200, 800])
def test_the_interval_contains_the_accuracy_in_95_percent_of_audits(count):
    assert 0.935 <= coverage(count) <= 0.965


def test_without_weights_it_does_not():
    assert coverage(800, weighted=False) < 0.8


def test_if_audits_teach_it_does_not():
    assert coverage(200, teach=True) < 0.3


def test_the_interval_is_narrower_than_that_of_a_uniform_draw():
    shop, random = Population(), np.random.default_rng(0)
    widths = [(each := estimate_accuracy(shop.audit(100, random))).high - each.low for _ in range(50)]
    share = shop.right.mean()
    assert np.mean(widths) < 0.95 * 2 * 1.96 * np.sqrt(share * (1 - share) / 100)


def test_the_sequence_contains_the_accuracy_at_every_weekly_look():
    shop = Population()
    missed = set()
    for seed in range(40):
        random, sequence = np.random.default_rng(seed), AccuracySequence.start()
        for _ in range(20):
            sequence = sequence.after(shop.audit(25, random))
            if not sequence.low <= shop.right.mean() <= sequence.high:
                missed.add(seed)
    assert len(missed) <= 40 * 0.05
    assert sequence.high - sequence.low < 0.12


def test_one_look_intervals_at_every_week_miss_it_often():
    shop, missed = Population(), 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        answers = shop.audit(500, random)
        looks = [
            estimate_accuracy(
                AuditAnswers(
                    *(
                        each[:end]
                        for each in (answers.right, answers.confidence, answers.weight, answers.mean_confidence)
                    )
                )
            )
            for end in range(25, 501, 25)
        ]
        missed += any(not look.low <= shop.right.mean() <= look.high for look in looks)
    assert missed >= 60 * 0.15


def test_a_sequence_resumes_from_its_fields():
    answers = Population().audit(30, np.random.default_rng(1))
    parts = [
        AuditAnswers(answers.right[part], answers.confidence[part], answers.weight[part], answers.mean_confidence[part])
        for part in (slice(0, 11), slice(11, 30))
    ]
    resumed = AccuracySequence.start().after(parts[0]).after(parts[1])
    whole = AccuracySequence.start().after(answers)
    assert resumed.estimate() == whole.estimate()
    assert np.array_equal(resumed.higher, whole.higher)


def test_no_answer_counts_more_than_twice():
    probabilities = draw_probabilities([1, 1, 0.5, 0.9])
    assert probabilities.sum() == pytest.approx(1)
    assert draw_weights(probabilities).max() <= 2
    assert draw_probabilities([1, 1, 0]).tolist() == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize("right", [0, 1])
def test_answers_that_agree_still_have_an_interval(right):
    estimate = estimate_accuracy(
        AuditAnswers(np.full(10, float(right)), np.full(10, 0.9), np.ones(10), np.full(10, 0.9))
    )
    assert estimate.value == right
    assert estimate.high - estimate.low > 0.02


def test_too_few_answers_have_no_interval():
    with pytest.raises(ValueError, match="at least 2 answers, not 1"):
        estimate_accuracy(AuditAnswers(np.ones(1), np.ones(1), np.ones(1), np.ones(1)))
    with pytest.raises(ValueError, match="one entry an answer"):
        AuditAnswers(np.ones(2), np.ones(1), np.ones(1), np.ones(1))
    start = AccuracySequence.start().estimate()
    assert (start.low, start.high, start.answers) == (0, 1, 0)


@pytest.mark.parametrize(
    ("probability", "freedom", "quantile"),
    [(0.975, 1, 12.7062), (0.975, 2, 4.3027), (0.975, 4, 2.7764), (0.95, 9, 1.8331), (0.975, 99, 1.9842)],
)
def test_quantiles_of_t_are_those_of_tables(probability, freedom, quantile):
    assert t_quantile(probability, freedom) == pytest.approx(quantile, abs=1e-3)
