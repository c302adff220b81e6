"""Kinds of model, calibration, search: what each promises."""

import re
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from saekdong.cli.app import run
from saekdong.errors import SaekdongError
from saekdong.model import search as search_module
from saekdong.model.calibration import Calibration, fit_calibration, log_loss
from saekdong.model.charts import tree_picture
from saekdong.model.classifier import Classifier, Recipe, cross_validate, fit
from saekdong.model.estimators import KINDS, model_kind, parse_settings
from saekdong.model.rtree import nodes_of
from saekdong.model.search import LADDER, candidates_for, search

FAST = {"random-forest": {"trees": 10}, "extra-trees": {"trees": 10}, "boosting": {"rounds": 5}}


@pytest.fixture(scope="module")
def fitted(sample_rows) -> Callable[[str, str], Classifier]:
    """Fit a kind of model to the sample rows in a color space, once for all tests."""
    return cache(lambda kind, space: fit(sample_rows, Recipe(space, kind, FAST.get(kind, {})), Calibration()))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_learns_the_sample_rows(sample_rows, fitted, kind):
    classifier = fitted(kind, "lab")
    chances = classifier.probabilities(sample_rows.rgb)
    assert chances.shape == (len(sample_rows), 14)
    assert np.allclose(chances.sum(axis=1), 1)
    assert np.all(chances >= 0)
    assert np.mean(chances.argmax(axis=1) == sample_rows.codes) > 0.7


@pytest.mark.parametrize("space", ["rgb", "lab"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_knows_black_and_white_from_the_sample_rows(sample_rows, fitted, kind, space):
    classifier = fitted(kind, space)
    colors = np.array([[0, 0, 0], [20, 20, 22], [255, 255, 255], [248, 247, 244]], dtype=np.uint8)
    named = [sample_rows.vocabulary.ids[code] for code in classifier.probabilities(colors).argmax(axis=1)]
    assert named == ["black", "black", "white", "white"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_learns_two_labels_of_two_colors(make_rows, kind):
    colors = [[0, 0, 0], [9, 9, 9], [255, 255, 255], [240, 240, 240]] * 5
    rows = make_rows(colors, ["black", "black", "white", "white"] * 5)
    classifier = fit(rows, Recipe("lab", kind, FAST.get(kind, {})), Calibration())
    assert classifier.probabilities(rows.rgb).shape == (20, 14)


@pytest.mark.parametrize("kind", ["tree", "random-forest", "extra-trees", "boosting", "knn", "svm"])
def test_weights_count(make_rows, kind):
    colors = [[100, 100, 100]] * 40 + [[0, 0, 0]] * 20
    labels = ["gray"] * 20 + ["blue"] * 20 + ["black"] * 20
    heavy = make_rows(colors, labels, [1] * 20 + [50] * 20 + [1] * 20)
    chances = fit(heavy, Recipe("lab", kind, FAST.get(kind, {})), Calibration()).probabilities(heavy.rgb[:1])
    assert heavy.vocabulary.ids[chances.argmax()] == "blue"


@pytest.mark.parametrize("labels", [2, 3, 14])
def test_the_svm_decides_as_libsvm_does(sample_rows, labels):
    rows = sample_rows.take(np.flatnonzero(sample_rows.codes < labels))
    machine = fit(rows, Recipe("lab", "svm"), Calibration()).estimator
    x = np.random.default_rng(0).normal(0, 2, (700, 3))
    decision = machine.machine.decision_function(machine.scaler.transform(x))
    if labels == 2:
        decision = np.stack([-decision, decision], axis=1)
    odds = np.exp(decision)
    assert np.allclose(machine.predict_proba(x), odds / odds.sum(axis=1, keepdims=True), rtol=1e-9, atol=0)


def test_balance_helps_the_rare_label(make_rows):
    random = np.random.default_rng(0)
    colors = np.clip(random.normal(120, 12, (300, 3)), 0, 255).astype(int).tolist()
    colors += np.clip(random.normal(140, 12, (20, 3)), 0, 255).astype(int).tolist()
    rows = make_rows(colors, ["gray"] * 300 + ["white"] * 20)

    def found(balance: bool) -> int:
        classifier = fit(rows, Recipe("lab", "tree", {}, balance), Calibration())
        return int((classifier.codes(rows.rgb)[300:] == rows.codes[300:]).sum())

    assert found(True) > found(False)


def test_the_same_seed_gives_the_same_probabilities(sample_rows):
    recipe = Recipe("lab", "random-forest", {"trees": 20})
    first = fit(sample_rows, recipe, Calibration(), 5).probabilities(sample_rows.rgb)
    again = fit(sample_rows, recipe, Calibration(), 5).probabilities(sample_rows.rgb)
    other = fit(sample_rows, recipe, Calibration(), 6).probabilities(sample_rows.rgb)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_r_tree_keeps_its_bounds(sample_rows):
    classifier = fit(sample_rows, Recipe("lab", "tree"), Calibration())
    nodes = nodes_of(classifier.estimator)
    leaves = [node for node in nodes if node.feature is None]
    assert min(leaf.rows for leaf in leaves) >= 5
    assert min(node.rows for node in nodes if node.feature is not None) >= 10
    assert sum(leaf.rows for leaf in leaves) == len(sample_rows)
    full = fit(sample_rows, Recipe("lab", "tree", {"mindev": 0, "minsize": 2, "mincut": 1}), Calibration())
    assert len(nodes_of(full.estimator)) > len(nodes)


def test_no_line_runs_through_the_conditions_of_a_drawn_tree(sample_rows):
    """Each condition stands on a white box, drawn after the line from the node above."""
    classifier = fit(sample_rows, Recipe("lab", "tree"), Calibration())
    nodes = nodes_of(classifier.estimator)
    svg = tree_picture(nodes, classifier.channels, sample_rows.vocabulary, "en")
    boxed = re.findall(r'<g id="text_\d+">\s*<g id="patch_\d+">\s*<path [^>]*style="fill: #ffffff"', svg)
    assert len(boxed) == sum(node.feature is not None for node in nodes)
    assert svg.rindex('<g id="line2d_') < svg.index('<g id="text_')


def test_a_pruned_tree_is_smaller_than_a_full_one(sample_rows):
    pruned = fit(sample_rows, Recipe("lab", "pruned-tree"), Calibration())
    full = fit(sample_rows, Recipe("lab", "tree", {"mindev": 0, "minsize": 2, "mincut": 1}), Calibration())
    assert len(nodes_of(pruned.estimator)) < len(nodes_of(full.estimator)) / 2


def test_cross_validation_never_sees_a_held_out_color(make_rows):
    """Labels that are pure noise by color cannot be foreseen, however often each color is repeated."""
    random = np.random.default_rng(1)
    colors = np.repeat(random.integers(0, 256, (150, 3)), 4, axis=0).tolist()
    labels = np.repeat(random.choice(["red", "blue"], 150), 4).tolist()
    rows = make_rows(colors, labels)
    raw = cross_validate(rows, Recipe("rgb", "random-forest", {"trees": 20, "leaf": 1})).raw
    assert np.mean(raw.argmax(axis=1) == rows.codes) < 0.65


def test_a_label_of_one_color_is_held_out_without_harm(make_rows):
    rows = make_rows([[n, n, n] for n in range(60)] + [[255, 0, 0]] * 3, ["black"] * 30 + ["gray"] * 30 + ["red"] * 3)
    result = cross_validate(rows, Recipe("lab", "tree"))
    assert np.allclose(result.probabilities.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("model", "texts", "message"),
    [
        ("knn", {"K": "3"}, "no setting 'K'"),
        ("knn", {"k": "many"}, "k=many is not a whole number from 1 to 500"),
        ("knn", {"k": "0"}, "k=0 is not"),
        ("knn", {"k": "1.5"}, "k=1.5 is not a whole number"),
        ("svm", {"c": "nan"}, "c=nan is not a number"),
        ("forest", {}, "no model 'forest'.*random-forest"),
    ],
)
def test_wrong_settings_are_refused(model, texts, message):
    with pytest.raises(SaekdongError, match=message):
        parse_settings(model, texts)


def test_calibration_lowers_the_log_loss_and_keeps_the_order():
    random = np.random.default_rng(0)
    true = random.dirichlet([1, 1, 1], 3000)
    codes = np.array([random.choice(3, p=p) for p in true])
    too_sure = true**4 / (true**4).sum(axis=1, keepdims=True)
    weight = np.ones(len(codes))
    learned = fit_calibration(too_sure, codes, weight)
    assert learned.temperature == pytest.approx(4, rel=0.25)
    better = learned.apply(too_sure)
    assert log_loss(better, codes, weight) < log_loss(too_sure, codes, weight)
    assert np.array_equal(better.argmax(axis=1), too_sure.argmax(axis=1))


def test_calibration_of_few_rows_changes_nothing():
    assert fit_calibration(np.full((10, 2), 0.5), np.zeros(10, dtype=np.intp), np.ones(10)) == Calibration()


def test_search_prefers_the_simplest_within_one_standard_error(sample_rows):
    same = [Recipe("lab", "knn", {"k": 5}), Recipe("lab", "knn", {"k": 5.0}), Recipe("lab", "tree")]
    found = search(sample_rows, same)
    assert found.chosen is found.trials[0]
    assert found.best.accuracy == max(trial.accuracy for trial in found.trials)
    assert found.stopped == ""


def test_a_spent_budget_still_completes_one_trial(sample_rows):
    found = search(sample_rows, [Recipe("lab", "knn"), Recipe("lab", "tree")], budget=0)
    assert len(found.trials) == 1
    assert found.stopped == "budget"


def test_an_interrupted_search_keeps_the_best_so_far(sample_rows, monkeypatch):
    calls = iter([None, KeyboardInterrupt])
    tried = search_module._try

    def interrupt_second(*arguments):
        if next(calls) is KeyboardInterrupt:
            raise KeyboardInterrupt
        return tried(*arguments)

    monkeypatch.setattr(search_module, "_try", interrupt_second)
    found = search(sample_rows, [Recipe("lab", "tree"), Recipe("lab", "knn"), Recipe("rgb", "knn")])
    assert (len(found.trials), found.stopped) == (1, "interrupted")


def test_the_ladder_fits_what_is_asked_for():
    assert len(set(map(str, LADDER))) == len(LADDER)
    assert {recipe.space for recipe in candidates_for("luv", None, LADDER)} == {"luv"}
    assert {recipe.model for recipe in candidates_for(None, "svm", LADDER)} == {"svm"}
    assert len(candidates_for("luv", "tree", LADDER)) == 1
    assert {recipe.model for recipe in LADDER} == set(KINDS)
    for recipe in LADDER:
        assert model_kind(recipe.model).settings.keys() >= recipe.settings.keys()


def test_the_help_of_train_says_what_each_setting_means(capsys):
    assert run(["train", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for model, kind in KINDS.items():
        for name, setting in kind.settings.items():
            assert f"{model} {name}={setting.default:g} {setting.meaning}" in shown
