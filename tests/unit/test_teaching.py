"""Teaching: what a shop's labeled photos make of the starter, and whether it got better."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import saekdong
from saekdong.color import STARTER, Vocabulary
from saekdong.errors import ArtifactError, RowsError
from saekdong.model import artifact
from saekdong.photo import Source, read_photo
from saekdong.photo.features import SIDE
from saekdong.photo.kernel import describe_photo
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.tagging import Tagger, starter, tag_photo
from saekdong.tagging.described import DescribedPhotos, LabeledPhoto
from saekdong.tagging.photo_rows import product_colors
from saekdong.tagging.teaching import (
    KEPT,
    LEAST_PHOTOS,
    Examples,
    check_enough,
    learn_model,
    prior_model,
    save_taught,
    teach,
)
from saekdong.tagging.verdict import TagComparison, paired_interval

SHAPES = ("mug", "shirt", "bag", "shoe")
OWN = Vocabulary.from_list([*STARTER.to_list(), {"id": "khaki"}, {"id": "teal"}])
NO_GRAY = OWN.only(set(OWN.ids) - {"gray"})


@cache
def drawn(label: str, shape: str) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """A drawn product's features and colors."""
    photo = read_photo(jpeg(draw(plain(COLORS[label][0]), shape)), SIDE)
    description = describe_photo(photo.pixels, photo.alpha)
    return description.features, product_colors(photo.pixels, description.weights)


def described(
    labels: list[str], vocabulary: Vocabulary = STARTER, means: dict[str, str] | None = None
) -> DescribedPhotos:
    """Drawn products of these colors, a photo each; `means` gives other labels to some colors."""
    photos, features, colors = [], [], []
    for number, label in enumerate(labels):
        own = (means or {}).get(label, label)
        code = vocabulary.ids.index(own)
        photos.append(LabeledPhoto(number + 2, Source(f"{number}.jpg", lambda: b""), frozenset([frozenset([code])])))
        feature, color = drawn(label, SHAPES[number % len(SHAPES)])
        features.append(feature)
        colors.append(color)
    return DescribedPhotos("photos.csv", vocabulary, photos, np.stack(features), colors)


@pytest.mark.slow
@given(
    st.lists(st.sampled_from(STARTER.ids), min_size=2, max_size=14, unique=True),
    st.integers(1, 300),
    st.sampled_from([STARTER, OWN]),
    st.booleans(),
)
@settings(max_examples=4, derandomize=True)
def test_whatever_labels_the_photos_have_the_model_can_be_used(tmp_path_factory, labels, count, vocabulary, renamed):
    means = {labels[0]: "khaki"} if renamed and vocabulary is OWN else {}
    photos = described([labels[n % len(labels)] for n in range(count)], vocabulary, means)
    if count < LEAST_PHOTOS:
        with pytest.raises(RowsError, match=f"{count} photos can be used"):
            teach(photos)
        return
    taught = teach(photos)
    path = tmp_path_factory.mktemp("taught") / "model.tar.gz"
    save_taught(taught.artifact, path)
    model = saekdong.load(path)
    assert model.vocabulary == vocabulary
    assert model.tagger.shape[1] == model.table.grid.shape[3] == len(vocabulary)
    for label in COLORS:
        tags = tag_photo(Tagger(model), "", jpeg(draw(plain(COLORS[label][0]), "mug"))).tags
        assert {tag.label for tag in tags} <= {*vocabulary.ids, "other"}
        assert "teal" not in {tag.label for tag in tags}
    named = model.predict([COLORS[label][0] for label in COLORS]).tolist()
    assert set(named) <= set(vocabulary.ids) - {"teal"}
    assert ("teal" in taught.unknown) == (vocabulary is OWN)


@pytest.fixture(scope="module")
def five_labels():
    """A model taught with eleven photos of five labels."""
    return teach(described(["black", "white", "gray", "red", "yellow"] * 2 + ["gray"], NO_GRAY, {"gray": "khaki"}))


@pytest.mark.slow
def test_labels_without_a_photo_keep_what_the_starter_knows(five_labels):
    model = five_labels.artifact
    assert Tagger(model).tag(np.full((64, 64, 3), (31, 42, 82), np.uint8))[0].label == "navy"
    assert model.predict(COLORS["green"][0]) == "green"


@pytest.mark.slow
def test_a_label_that_neither_photos_nor_the_starter_know_is_reported_and_never_given(five_labels):
    assert five_labels.unknown == ("teal",)
    teal = NO_GRAY.ids.index("teal")
    assert not five_labels.artifact.tagger[:, teal].any()
    assert not five_labels.artifact.kernel.weights[:, teal].any()
    assert not five_labels.artifact.table.grid[..., teal].any()


@pytest.mark.slow
def test_a_shops_own_label_is_learned_from_few_photos(five_labels):
    assert not five_labels.kept_starter
    gray = jpeg(draw(plain(COLORS["gray"][0]), "mug"))
    assert tag_photo(Tagger(five_labels.artifact), "", gray).tags[0].label == "khaki"


def test_the_artifact_records_how_good_it_is(five_labels):
    told = five_labels.artifact.info["tagger"]
    assert told["verdict"] == five_labels.comparison.verdict
    assert told["differences"].keys() == {"top1", "f1"}
    assert five_labels.artifact.tags_photos
    assert not five_labels.artifact.missed_goal


def test_photos_that_are_tagged_right_already_leave_the_starter_as_it_is():
    photos = described(["navy", "red", "green", "white", "brown"] * 2)
    examples = Examples.of(photos.features, photos.truth, STARTER)
    prior = prior_model(STARTER)
    model, parts = learn_model(examples, prior)
    assert parts == KEPT
    assert model is prior
    assert np.array_equal(model.into(starter()).tagger, starter().tagger)


def test_one_color_does_not_become_everything():
    """Ten photos of navy called black: the others keep their names."""
    photos = described(["navy"] * 8 + ["red"] * 2, means={"navy": "black"})
    examples = Examples.of(photos.features, photos.truth, STARTER)
    model, parts = learn_model(examples, prior_model(STARTER))
    assert parts[min(parts)] > 0
    tagger = Tagger(model.into(starter()))
    for label in ("green", "white", "yellow", "pink", "beige"):
        assert tag_photo(tagger, "", jpeg(draw(plain(COLORS[label][0]), "shirt"))).tags[0].label == label


@pytest.mark.slow
@pytest.mark.parametrize("broken", ["a column too many", "not finite", "features of another version"])
def test_a_model_that_cannot_be_used_is_never_written(tmp_path, broken):
    model = starter()
    match broken:
        case "a column too many":
            model = replace(model, tagger=np.zeros((len(model.tagger), 15), np.float32))
        case "not finite":
            model = replace(model, tagger=np.full_like(model.tagger, np.nan))
        case _:
            model = replace(model, info={**model.info, "tagger": {"features": 1}})
    with pytest.raises(ArtifactError):
        save_taught(model, tmp_path / "shop" / "model.tar.gz")
    assert not (tmp_path / "shop").exists()
    if broken != "features of another version":
        with pytest.raises(ArtifactError, match="the model cannot be written"):
            artifact.save_unpacked(model, tmp_path)
        assert list(tmp_path.iterdir()) == []


def test_too_few_photos_are_refused():
    check_enough(LEAST_PHOTOS, "photos.csv")
    with pytest.raises(RowsError, match=r"photos.csv: 9 photos can be used, and teaching needs at least 10"):
        check_enough(9, "photos.csv")


def compared(before: list[int], after: list[int], also: int = 0) -> TagComparison:
    """Photos of the label 0, tagged 0 (right) or 1; `also` of them get a wrong second tag after."""
    tags = [[code, 1] if place < also else [code] for place, code in enumerate(after)]
    return TagComparison([[code] for code in before], tags, [frozenset([frozenset([0])])] * len(before))


@pytest.mark.parametrize(
    ("comparison", "verdict"),
    [
        (compared([1] * 20, [0] * 20), "better"),
        (compared([0] * 20, [1] * 20), "worse"),
        (compared([1] * 3 + [0] * 97, [0] * 100), "too few to say"),
        (compared([1] * 10 + [0] * 90, [0] * 100), "better"),
        (compared([0] * 100, [0] * 100, also=30), "worse"),
        (compared([1] * 10 + [0] * 90, [0] * 100, also=24), "too few to say"),
        (compared([1] * 10 + [0] * 90, [0] * 100, also=60), "worse"),
        (compared([1], [0]), "too few to say"),
        (compared([0], [0]), "too few to say"),
    ],
)
def test_the_verdict_looks_at_both_figures_and_at_chance(comparison, verdict):
    assert comparison.verdict == verdict


@given(st.integers(1, 300), st.integers(0, 300), st.integers(0, 300))
def test_intervals_hold_the_difference_and_few_photos_never_make_them_narrow(photos, gained, lost):
    gained = min(gained, photos)
    lost = min(lost, photos - gained)
    same = photos - gained - lost
    rise = compared([1] * gained + [0] * (lost + same), [0] * gained + [1] * lost + [0] * same).differences["top1"]
    assert -1 <= rise.low <= rise.value <= rise.high <= 1
    assert rise.high - rise.low >= min(1, 2 / (photos + 2))


def test_the_interval_is_bonett_and_prices_for_top1():
    """10 photos gained and 4 lost of 100, by the formula of Bonett and Price 2012."""
    comparison = compared([1] * 10 + [0] * 90, [0] * 10 + [1] * 4 + [0] * 86)
    p12, p21 = 11 / 102, 5 / 102
    half = 1.959964 * np.sqrt((p12 + p21 - (p12 - p21) ** 2) / 102)
    rise = comparison.differences["top1"]
    assert (rise.low, rise.high) == pytest.approx((p12 - p21 - half, p12 - p21 + half), abs=2e-3)
    assert rise.value == pytest.approx(0.06)


def test_intervals_cover_the_truth_95_times_in_100():
    """Photos drawn from a population whose difference is known; at least 94%, few photos more."""
    random = np.random.default_rng(0)
    right, wrong, half = [1, 1, 1, 1, 1, 1], [1, 0, 1, 0, 1, 0], [1, 1, 2, 1, 1, 1]
    kinds = np.array([[right, right], [wrong, half], [right, wrong], [wrong, wrong]], dtype=np.int64)
    chances = np.array([0.7, 0.1, 0.05, 0.15])
    top1 = chances[1] - chances[2]
    inside = []
    for photos in (10, 50, 200):
        for _ in range(300):
            low, high = paired_interval(kinds[random.choice(4, photos, p=chances)])
            inside.append(low[0] <= top1 <= high[0])
    assert np.mean(inside) >= 0.94


def test_changes_count_what_became_right_and_what_became_wrong():
    comparison = compared([0, 0, 1, 1], [0, 1, 0, 0])
    assert [(change.photo, change.before, change.after) for change in comparison.changes] == [
        (1, 0, 1),
        (2, 1, 0),
        (3, 1, 0),
    ]
    assert comparison.count_changes() == (2, 1)


def test_tags_of_scores_are_those_that_the_tagger_gives():
    """Olive brown among them, whose second name `other names` takes away: teach's verdict counts what the shop sees."""
    colors = [(142, 117, 63), *(COLORS[label][0] for label in COLORS)]
    pixels = [read_photo(jpeg(draw(plain(color), "mug")), SIDE).pixels for color in colors]
    features = np.stack([describe_photo(each).features for each in pixels])
    for vocabulary in (STARTER, NO_GRAY):
        model = prior_model(vocabulary)
        photos = Examples.of(features, [frozenset([frozenset([0])])] * len(features), vocabulary)
        tagger = Tagger(model.into(replace(starter(), vocabulary=vocabulary)))
        shown = [[vocabulary.ids[code] for code in tags] or ["other"] for tags in photos.tags(model.scores(features))]
        assert shown == [[tag.label for tag in tagger.tag(each)] for each in pixels]
