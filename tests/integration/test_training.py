"""Training from end to end, in process: what it writes, that it repeats itself, and the hands-on's figures."""

import json

import numpy as np
import pytest

from saekdong.model import artifact
from saekdong.model.classifier import Recipe
from saekdong.model.description import describe_rows
from saekdong.model.goals import check_goals, parse_goal
from saekdong.model.outputs import write_training
from saekdong.model.reading import read_rows
from saekdong.model.reports import evaluation_report, rows_report
from saekdong.model.search import search
from saekdong.model.splits import split_ordered
from saekdong.model.training import train
from saekdong.model.tutorial import reproduce


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tree", "pruned-tree", "random-forest", "extra-trees", "boosting", "knn", "svm"])
def test_the_same_rows_and_seed_give_the_same_bytes(sample_rows, kind):
    few = sample_rows.take(np.arange(0, len(sample_rows), 9))
    settings = {"random-forest": {"trees": 20}, "extra-trees": {"trees": 20}, "boosting": {"rounds": 5}}.get(kind, {})
    recipe = Recipe("lab", kind, settings)
    first, again = train(few, recipe, 3), train(few, recipe, 3)
    assert artifact.pack(first.artifact) == artifact.pack(again.artifact)
    assert first.agreement.is_enough()


def test_training_writes_artifact_report_and_metrics(sample_rows, trained, tmp_path):
    outcomes = check_goals([parse_goal("accuracy>=0.1")], trained.evaluation.figures())
    found = search(sample_rows, [Recipe("lab", "tree"), Recipe("rgb", "tree")])
    write_training(tmp_path, trained, found, outcomes, "ko")
    assert {path.name for path in tmp_path.iterdir()} == {"model.tar.gz", "report.html", "metrics.json"}
    metrics = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["goals"][0]["met"] is True
    assert len(metrics["search"]["trials"]) == 2
    assert metrics["model"]["rows"]["count"] == len(sample_rows)
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert '<html lang="ko"' in report
    assert_self_contained(report)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_reports_load_nothing_and_escape_what_they_are_given(write, trained, lang):
    name = "<script>alert(1)</script>.csv"
    path = write("R,G,B,LABEL,SOURCE\n0,0,0,black,<b>x</b>\n255,255,255,white,<b>x</b>\n")
    reading = read_rows(path)
    evaluation = evaluation_report("<i>m</i>", name, trained.evaluation, [], lang)
    for report in (rows_report(name, reading.rows, describe_rows(reading), lang), evaluation):
        assert_self_contained(report)
        assert "<script" not in report
        assert "&lt;script&gt;" in report
        assert "<b>x" not in report
        assert "<i>m" not in report


def assert_self_contained(report: str) -> None:
    """No address is fetched: only XML namespaces and links that a person clicks name one."""
    for mark in ("src=", "@import", "<link", "url(http", "<iframe"):
        assert mark not in report
    for part in report.split("http")[1:]:
        assert part.startswith(("://www.w3.org/", "://purl.org/", "://creativecommons.org/", "s://matplotlib.org")), (
            part[:60]
        )


def test_a_model_learns_a_shops_own_words(write):
    lines = [f"{n},0,0,wine" for n in range(90, 130)] + [f"0,{n},{n},바다" for n in range(90, 130)]
    rows = read_rows(write("R,G,B,LABEL\n" + "\n".join(lines)), None).rows
    model = train(rows, Recipe("lab", "knn")).artifact
    assert model.predict([[110, 0, 0], [0, 100, 100]]).tolist() == ["wine", "바다"]


@pytest.mark.slow
def test_the_hands_on_is_repeated(shared):
    """Near the research table's figures: R's tree on RGB about .76 and on its Lab about .91 on its own split."""
    rows = read_rows(shared / "tutorial" / "rgb.csv").rows
    results = reproduce(rows)
    assert list(results) == ["rgb", "lab-linear"]
    assert results["lab-linear"].accuracy.value > results["rgb"].accuracy.value + 0.1
    assert results["rgb"].rows == len(split_ordered(rows)[1])
