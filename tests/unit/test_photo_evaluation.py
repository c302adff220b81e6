"""Judging tags of photos: figures by hand and by scipy, the report, comparisons."""

import io
import math
import re

import numpy as np
import pytest
from PIL import Image
from scipy import stats

from saekdong.color import OTHER, STARTER, Vocabulary
from saekdong.model.goals import check_goals, read_goals
from saekdong.model.intervals import bootstrap, wilson
from saekdong.photo import PhotoError, Source
from saekdong.tagging.photo_comparison import compare_photos
from saekdong.tagging.photo_evaluation import JudgedPhoto, evaluate_photos, judge_photo, photo_figure_names
from saekdong.tagging.photo_report import MOST_PICTURES, photo_report
from saekdong.tagging.scoring import score_tags

CODE = {label: code for code, label in enumerate(STARTER.ids)}


def picture(color=(200, 30, 40), side=300) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (side, side), color).save(file, "PNG")
    return file.getvalue()


def judged(truth: str, tags: str, share: float = 0.5, line: int = 2, name: str = "a.jpg", read=picture) -> JudgedPhoto:
    colors = frozenset(frozenset(CODE[label] for label in color.split("|")) for color in truth.split(";"))
    return JudgedPhoto(line, Source(name, read), colors, [CODE[tag] for tag in tags.split()], share)


SOME = [
    judged("red", "red", 0.9),
    judged("red;white", "white red", 0.5),
    judged("blue|navy", "navy", 0.7),
    judged("blue|navy;white", "green", 0.8, line=9, name="wrong.jpg"),
    judged("black", "", 0.15, line=8, name="doubtful.jpg"),
    judged("black", "gray black", 0.4, line=7, name="gray.jpg"),
]


@pytest.mark.parametrize(("part", "whole"), [(0, 3), (3, 3), (1, 2), (45, 60), (1, 1000)])
def test_wilsons_interval_is_scipys(part, whole):
    own, theirs = wilson(part, whole), stats.binomtest(part, whole).proportion_ci(method="wilson")
    assert (own.value, own.low, own.high) == pytest.approx((part / whole, theirs.low, theirs.high), abs=1e-6)
    assert math.isnan(wilson(0, 0).low)


def test_wilsons_interval_holds_the_share_itself_at_every_count():
    for whole in range(1, 200):
        for part in range(whole + 1):
            interval = wilson(part, whole)
            assert interval.low <= interval.value <= interval.high, (part, whole)


def test_the_bootstrap_draws_whole_groups():
    values = np.array([0.0] * 50 + [1.0] * 50)
    [mean] = bootstrap(lambda times: np.array([times @ values / times.sum()]), 100)
    assert mean.value == 0.5
    assert (mean.low, mean.high) == pytest.approx((0.4, 0.6), abs=0.03)


def test_figures_are_those_of_all_photos_together():
    result = evaluate_photos(SOME, STARTER)
    assert result.top1.value == pytest.approx(3 / 6)
    assert result.precision.value == pytest.approx(5 / 8)
    assert result.recall.value == pytest.approx(5 / 8)
    assert result.f1.value == pytest.approx(5 / 8)
    score = score_tags([photo.tags for photo in SOME], [photo.colors for photo in SOME])
    assert score.figures() == {"top1": 0.5, "precision": 0.625, "recall": 0.625, "f1": 0.625}
    for figure in (result.top1, result.precision, result.recall, result.f1):
        assert 0 < figure.low < figure.value < figure.high <= 1


def test_few_photos_prove_little_even_if_all_are_right():
    result = evaluate_photos([judged("red", "red")] * 5, STARTER)
    for figure in (result.top1, result.precision, result.recall, result.f1):
        assert figure.value == figure.high == 1
        assert figure.low == pytest.approx(wilson(5, 5).low)


def test_each_photo_counts_once_in_the_confusion_matrix():
    result = evaluate_photos(SOME, STARTER)
    assert result.confusion.shape == (14, 15)
    assert result.confusion.sum() == pytest.approx(len(SOME))
    assert np.trace(result.confusion[:, :-1]) / len(SOME) == pytest.approx(result.top1.value)
    assert result.confusion[CODE["white"], CODE["green"]] == 0.5
    assert result.confusion[CODE["blue"], CODE["green"]] == result.confusion[CODE["navy"], CODE["green"]] == 0.25
    assert result.confusion[CODE["black"], -1] == 1
    assert [(pair.given, pair.predicted) for pair in result.worst[:2]] == [("black", "gray"), ("black", OTHER)]


def test_labels_have_figures_with_intervals():
    labels = {score.label: score for score in evaluate_photos(SOME, STARTER).labels}
    assert (labels["black"].photos, labels["black"].given) == (2, 1)
    assert labels["black"].recall == wilson(1, 2)
    assert labels["black"].precision == wilson(1, 1)
    assert labels["blue"].recall == wilson(1, 2), "navy names that blue as well"
    assert math.isnan(labels["blue"].precision.value)
    assert math.isnan(labels["pink"].recall.value)


def test_the_share_is_held_against_how_often_the_first_tag_is_right():
    photos = [judged("red", "red", 0.75)] * 3 + [judged("blue", "red", 0.72)] + [judged("blue", "red", 0.31)] * 2
    result = evaluate_photos(photos, STARTER)
    assert [(step.photos, step.right) for step in result.steps] == [(2, wilson(0, 2)), (4, wilson(3, 4))]
    assert result.calibration_error == pytest.approx((2 * 0.31 + 4 * abs(0.7425 - 0.75)) / 6)


def test_the_surest_mistakes_come_first():
    wrong = evaluate_photos(SOME, STARTER).wrong
    assert [photo.source.name for photo in wrong] == ["wrong.jpg", "gray.jpg", "doubtful.jpg"]


def test_goals_can_name_every_figure():
    result = evaluate_photos(SOME, STARTER)
    assert list(result.figures()) == photo_figure_names(STARTER)
    goals = read_goals(["recall.black>=50%", "recall.pink>=0", "calibration_error<1"], result.figures())
    assert [outcome.met for outcome in check_goals(goals, result.figures())] == [True, False, True]


def test_what_cannot_be_read_is_returned():
    def fail() -> bytes:
        raise PhotoError("not-found", "there is no such file")

    assert isinstance(judge_photo(None, judged("red", "red", read=fail)), PhotoError)  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_report_is_one_file_of_bounded_size(lang):
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "PNG")
    photos = [judged("black", "white", 0.9, n, f"{n}.png", file.getvalue) for n in range(2, 2 + 3 * MOST_PICTURES)]
    page = photo_report("m", "f.csv", evaluate_photos([*SOME, *photos], STARTER), [], lang)
    assert page.count("<li>") == page.count("data:image/webp;base64,") == MOST_PICTURES
    assert len(page) < 3 << 20
    assert not re.search(r"<script|<link|(?:src|href)=.(?!data:image/|#)|url\((?!#)|@import", page)
    assert ("검정" in page) == (lang == "ko")


def test_nothing_of_an_untrusted_photo_but_its_pixels_is_on_the_page():
    def broken() -> bytes:
        return b"\xff\xd8\xff<script>alert(1)</script>"

    evil = '"><script>alert(1)</script>\udcff.jpg'
    photos = [judged("red", "blue", 0.9, 2, evil), judged("red", "blue", 0.8, 3, "b.jpg", broken)]
    page = photo_report(evil[:-5], "<b>.csv", evaluate_photos(photos, STARTER), [], "en")
    assert "<script" not in page
    assert "<b>" not in page
    assert "cannot be read" in page
    page.encode()


@pytest.mark.slow
def test_a_large_vocabulary_does_not_make_a_large_matrix():
    vocabulary = Vocabulary.from_list([{"id": f"label-{number}"} for number in range(200)])
    photos = [
        JudgedPhoto(n, Source(f"{n}.jpg", picture), frozenset([frozenset([n])]), [(n + n % 2) % 200], 0.5)
        for n in range(200)
    ]
    page = photo_report("m", "f.csv", evaluate_photos(photos, vocabulary), [], "en")
    assert "40 most frequent labels" in page
    assert len(page) < 2 << 20


def test_two_models_are_compared_photo_by_photo():
    right, wrong = judged("red;white", "red white"), judged("red;white", "blue")
    result = compare_photos([wrong] * 12 + [right] * 20, [right] * 11 + [wrong] + [right] * 20)
    assert (result.top1.only_a, result.top1.only_b, result.top1.better) == (0, 11, "B")
    assert result.top1.p_value == pytest.approx(2 / 2**11)
    assert result.top1.difference.value == pytest.approx(11 / 32)
    assert result.f1_difference.value == pytest.approx(result.f1_b - result.f1_a)
    assert 0 < result.f1_difference.low < result.f1_difference.value < result.f1_difference.high
    same = compare_photos(SOME, SOME)
    assert same.top1.better is None
    assert (same.f1_difference.low, same.f1_difference.high) == (0, 0)
