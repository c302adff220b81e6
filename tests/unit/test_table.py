"""The compiled table says what its classifier says."""

import numpy as np
import pytest

from saekdong.model.calibration import Calibration
from saekdong.model.classifier import Recipe, fit
from saekdong.model.compiling import TableAgreement, compile_table
from saekdong.model.lookup import LookupTable, encode_probabilities


@pytest.mark.slow
@pytest.mark.parametrize("space", ["rgb", "lab", "hsv"])
def test_the_table_agrees_with_its_classifier(sample_rows, space):
    classifier = fit(sample_rows, Recipe(space, "tree"), Calibration(2.0, 0.01))
    table, agreement = compile_table(classifier, sample_rows)
    colors = np.random.default_rng(7).integers(0, 256, (20_000, 3), dtype=np.uint8)
    assert np.mean(table.codes(sample_rows.rgb) == classifier.codes(sample_rows.rgb)) == agreement.rows >= 0.995
    assert np.mean(table.codes(colors) == classifier.codes(colors)) > 0.99
    assert agreement.is_enough()
    behind = np.abs(table.probabilities(colors) - classifier.probabilities(colors)).sum(axis=1)
    assert np.median(behind) < 0.02


@pytest.mark.slow
def test_small_islands_of_one_color_are_not_lost(make_rows):
    """Rows that stand alone among another label's are asked at full fineness."""
    random = np.random.default_rng(0)
    colors = random.integers(0, 256, (400, 3)).tolist()
    rows = make_rows(colors, random.choice(["red", "blue"], 400).tolist())
    classifier = fit(rows, Recipe("rgb", "knn", {"k": 1}), Calibration())
    table, agreement = compile_table(classifier, rows)
    assert np.array_equal(table.codes(rows.rgb), classifier.codes(rows.rgb))
    assert agreement.rows == 1


@pytest.mark.slow
def test_progress_reaches_its_end(sample_rows):
    told: list[tuple[int, int]] = []
    classifier = fit(sample_rows, Recipe("rgb", "tree"), Calibration())
    compile_table(classifier, sample_rows, lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_lookups_are_the_same_whatever_the_chunk():
    random = np.random.default_rng(3)
    table = LookupTable(random.integers(0, 9, 1 << 24, dtype=np.uint8), np.ones((4, 4, 4, 9), np.uint8))
    colors = random.integers(0, 256, (20_011, 3), dtype=np.uint8)
    red, green, blue = colors.astype(int).T
    assert np.array_equal(table.codes(colors), table.labels[red << 16 | green << 8 | blue])


def test_probabilities_survive_their_coding():
    chances = np.random.default_rng(0).dirichlet(np.full(14, 0.3), 1000)
    coded = (encode_probabilities(chances) / 255.0) ** 2
    assert np.abs(coded / coded.sum(axis=1, keepdims=True) - chances).max() < 0.01


def test_what_is_enough():
    good = {"bits": 7, "rows": 0.995, "near_rows": 0.999, "cube": 0.9, "accuracy_lost": 0.001}
    assert TableAgreement(**good).is_enough()
    assert not TableAgreement(**{**good, "rows": 0.99}).is_enough()
    assert not TableAgreement(**{**good, "near_rows": 0.99}).is_enough()
    assert not TableAgreement(**{**good, "accuracy_lost": 0.002}).is_enough()
