"""Figures of a model, against scikit-learn and by hand; goals; comparisons; descriptions."""

import math

import numpy as np
import pytest
from sklearn import metrics

from saekdong.color import ciede2000, to_space
from saekdong.errors import SaekdongError
from saekdong.model.comparison import compare_models
from saekdong.model.description import describe_rows
from saekdong.model.evaluation import Evaluation, evaluate, figure_names
from saekdong.model.goals import check_goals, parse_goal, read_goals
from saekdong.model.lookup import LookupTable
from saekdong.model.reading import read_rows


@pytest.fixture(scope="module")
def noisy(sample_rows, trained) -> tuple[np.ndarray, Evaluation]:
    """Probabilities that are often wrong, and their evaluation."""
    random = np.random.default_rng(0)
    chances = random.dirichlet(np.full(14, 0.2), len(sample_rows))
    chances[np.arange(len(sample_rows)), sample_rows.codes] += 0.5
    chances /= chances.sum(axis=1, keepdims=True)
    return chances, evaluate(sample_rows, chances, trained.artifact.table)


def test_figures_are_scikit_learns(sample_rows, noisy):
    chances, result = noisy
    given, predicted = sample_rows.codes, chances.argmax(axis=1)
    assert result.accuracy.value == pytest.approx(metrics.accuracy_score(given, predicted))
    assert result.balanced_accuracy.value == pytest.approx(metrics.balanced_accuracy_score(given, predicted))
    assert result.macro_f1.value == pytest.approx(metrics.f1_score(given, predicted, average="macro"))
    assert result.log_loss == pytest.approx(metrics.log_loss(given, chances, labels=range(14)))
    assert np.array_equal(result.confusion, metrics.confusion_matrix(given, predicted, labels=range(14)))
    recalls = metrics.recall_score(given, predicted, average=None, labels=range(14))
    precisions = metrics.precision_score(given, predicted, average=None, labels=range(14))
    assert [score.recall for score in result.labels] == pytest.approx(recalls)
    assert [score.precision for score in result.labels] == pytest.approx(precisions)


def test_intervals_hold_the_value_and_narrow_with_rows(sample_rows, noisy, trained):
    chances, result = noisy
    for interval in (result.accuracy, result.balanced_accuracy, result.macro_f1):
        assert interval.low < interval.value < interval.high
    few = np.arange(0, len(sample_rows), 8)
    fewer = evaluate(sample_rows.take(few), chances[few], trained.artifact.table).accuracy
    assert fewer.high - fewer.low > 2 * (result.accuracy.high - result.accuracy.low)


def test_rows_of_one_color_do_not_narrow_the_interval(sample_rows, noisy, trained):
    chances, result = noisy
    again = np.tile(np.arange(len(sample_rows)), 4)
    repeated = evaluate(sample_rows.take(again), chances[again], trained.artifact.table).accuracy
    assert repeated.high - repeated.low == pytest.approx(result.accuracy.high - result.accuracy.low, rel=0.15)


def test_weights_weigh(make_rows, trained):
    rows = make_rows([[0, 0, 0], [255, 255, 255]], ["black", "white"], [3, 1])
    chances = np.full((2, 14), 0.01)
    chances[:, rows.codes[0]] = 0.87
    result = evaluate(rows, chances, trained.artifact.table)
    assert result.accuracy.value == 0.75
    assert result.balanced_accuracy.value == 0.5


def test_perfect_calibration_has_no_error(make_rows, trained):
    colors = [[n, n, n] for n in range(100)]
    rows = make_rows(colors, ["black"] * 80 + ["gray"] * 20)
    chances = np.zeros((100, 14))
    chances[:, rows.codes[0]], chances[:, rows.codes[99]] = 0.8, 0.2
    assert evaluate(rows, chances, trained.artifact.table).calibration_error == pytest.approx(0)


def test_mistakes_are_measured_to_the_nearest_color_of_their_label(make_rows):
    labels = np.zeros(1 << 24, dtype=np.uint8)
    labels[0x646464:] = 1
    rows = make_rows([[98, 100, 100], [0, 0, 0]], ["white", "black"])
    codes = rows.codes[[1, 0]]
    table = LookupTable(codes.astype(np.uint8)[labels], np.zeros((4, 4, 4, 14), np.uint8))
    chances = np.eye(14)[[codes[0], codes[0]]]
    result = evaluate(rows, chances, table)
    assert result.distances.mistakes == 1
    reachable = np.array([[100, 100, 100], [100, 100, 101], [101, 100, 100], [100, 101, 100]])
    own = to_space(np.array([[98, 100, 100]]), "lab")
    nearest = ciede2000(own, to_space(reachable, "lab")).min()
    assert nearest <= result.distances.median <= nearest + 1


def test_worst_confusions_come_with_swatches(noisy):
    worst = noisy[1].worst
    counts = [pair.rows for pair in worst]
    assert counts == sorted(counts, reverse=True)
    assert all(pair.given != pair.predicted and pair.examples for pair in worst)


def test_everything_is_plain_data(noisy):
    content = noisy[1].to_dict()
    assert set(content["accuracy"]) == {"value", "low", "high"}
    assert len(content["labels"]) == 14


@pytest.mark.parametrize(
    ("text", "bound"),
    [("accuracy>=0.9", 0.9), (" recall.navy >= 80% ", 0.8), ("log_loss<0.4", 0.4), ("macro_f1 > 1", 1)],
)
def test_goals_are_read(text, bound):
    assert parse_goal(text).bound == pytest.approx(bound)


@pytest.mark.parametrize("text", ["", "accuracy", "accuracy=0.9", "accuracy>=", ">=0.9", "accuracy>=1.2.3", "a>=x"])
def test_what_is_no_goal_is_refused(text):
    with pytest.raises(SaekdongError, match="is not a goal; write one such as"):
        parse_goal(text)


def test_goals_are_checked(noisy):
    figures = noisy[1].figures()
    low, high = read_goals(["accuracy>=0.01", "accuracy>=0.999"], figures)
    assert [outcome.met for outcome in check_goals([low, high], figures)] == [True, False]
    assert not check_goals(read_goals(["accuracy>=0"], ["accuracy"]), {"accuracy": math.nan})[0].met
    with pytest.raises(SaekdongError, match="did you mean 'accuracy'"):
        read_goals(["acuracy>=0.9"], figures)


def test_every_figure_has_a_name(noisy, sample_rows):
    assert list(noisy[1].figures()) == figure_names(sample_rows.vocabulary)


@pytest.mark.parametrize(
    ("only_a", "only_b", "p", "better"),
    [(9, 0, 0.00390625, "A"), (0, 0, 1, None), (5, 5, 1, None), (2, 12, 0.01293945, "B"), (700, 500, 9.31e-9, "A")],
)
def test_mcnemar(only_a, only_b, p, better):
    """Exact figures by the binomial distribution; the large one by (|a-b|-1)^2/(a+b) on chi-squared."""
    a = np.array([True] * only_a + [False] * only_b + [True] * 10)
    b = np.array([False] * only_a + [True] * only_b + [True] * 10)
    result = compare_models(a, b)
    assert result.p_value == pytest.approx(p, rel=0.02)
    assert result.better == better


def test_a_description_counts(write):
    reading = read_rows(
        write("R,G,B,LABEL,SOURCE\n0,0,0,black,a\n2,2,2,black,b\n9,9,9,black,a\n255,255,255,white,\n9,9,9,gray,a\n")
    )
    about = describe_rows(reading)
    assert (about.rows, about.colors, about.imbalance) == (5, 4, 3)
    assert about.sources == {"a": 3, "": 1, "b": 1}
    assert [summary.label for summary in about.labels] == ["black", "white", "gray"]
    assert about.labels[1].mean == "#ffffff"
    assert about.labels[1].spread == 0
    assert about.conflicts == [{"color": "#090909", "labels": {4: "black", 6: "gray"}}]
    assert "navy" in about.missing
    assert about.few == ["black", "white", "gray"]
