"""Photo and words: which label comes first, where tags come from, and how far words are trusted."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saekdong.color import STARTER
from saekdong.errors import SaekdongError
from saekdong.tagging import Tagger, starter
from saekdong.tagging.feed_words import (
    MOST_TRUST,
    PRIOR_TRUST,
    FeedText,
    WordAgreement,
    fuse,
    measure_trust,
    named_labels,
)
from saekdong.words import ColorWords

WORDS = ColorWords(STARTER)
TAGGER = Tagger(starter())


def shares_of(**labels):
    shares = np.full(len(STARTER), 1e-6)
    for label, share in labels.items():
        shares[STARTER.ids.index(label)] = share
    return shares / shares.sum()


def named(title="", color=""):
    return named_labels(WORDS, FeedText(title, color))


def tags_of(shares, trust=None, **texts):
    return [(tag.label, tag.source) for tag in fuse(shares, named(**texts), trust).tags(TAGGER)]


def test_without_words_the_photo_decides():
    shares = shares_of(black=0.6, gray=0.4)
    assert tags_of(shares, title="Puma T-shirt") == [("black", "photo"), ("gray", "photo")]
    assert np.allclose(fuse(shares, {}).shares, shares)


def test_words_decide_which_plausible_label_comes_first():
    assert tags_of(shares_of(black=0.55, navy=0.4, gray=0.05), title="네이비 셔츠")[0] == ("navy", "title")
    assert tags_of(shares_of(black=0.55, navy=0.45), color="Navy", title="Navy Shirt")[0] == ("navy", "color")


def test_a_word_that_is_not_trusted_changes_nothing():
    shares = shares_of(black=0.7, gray=0.3)
    assert np.allclose(fuse(shares, named(title="Red Shirt"), {"title": 0.0}).shares, shares, atol=1e-3)
    assert tags_of(shares, {"title": 0.05}, title="Red Shirt")[0] == ("black", "photo")


def test_several_colors_in_a_title_support_several_tags():
    tags = tags_of(shares_of(white=0.5, green=0.48, gray=0.02), title="Green & White Shirt")
    assert set(tags) == {("green", "title"), ("white", "title")}


def test_colors_that_words_leave_out_are_kept_where_words_often_do():
    shares = shares_of(white=0.51, red=0.49)
    assert ("red", "photo") in tags_of(shares, {"title": 0.8}, title="White Shirt")
    assert tags_of(shares, {"title": MOST_TRUST}, title="White Shirt") == [("white", "title")]


def test_words_name_the_color_of_a_product_without_a_usable_photo():
    assert tags_of(np.zeros(len(STARTER)), title="Red Shirt") == [("red", "title")]


def _measured(count, *, right, seed=0):
    """Return the agreement of a column whose words are right so often; the photos are right in 80%."""
    random = np.random.default_rng(seed)
    products = []
    for _ in range(count):
        label, other = random.permutation(len(STARTER))[:2]
        seen = label if random.random() < 0.8 else other
        word = label if random.random() < right else random.integers(len(STARTER))
        shares = shares_of(**{STARTER.ids[seen]: 0.58, STARTER.ids[random.integers(len(STARTER))]: 0.2, "gray": 0.22})
        products.append((shares, named(title=f"{STARTER[int(word)].en} shirt")))
    return measure_trust(products)["title"]


def test_trust_is_measured_without_labels():
    true, nonsense = _measured(400, right=1.0), _measured(400, right=0.0)
    assert true.trust > 0.9
    assert nonsense.trust < 0.15
    assert true.interval[0] > nonsense.interval[1]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_few_products_change_trust_little(count):
    measured = _measured(count, right=0.0) if count else WordAgreement.none(len(STARTER))
    assert abs(measured.trust - PRIOR_TRUST) < 0.35
    assert measured.interval[0] < 0.1
    assert measured.interval[1] > 0.1


def test_a_title_beside_a_color_column_is_trusted_by_itself():
    both = named(title="Navy shirt", color="Black")
    assert set(measure_trust([(shares_of(navy=0.9), both)])) == {"title with color", "color with title"}
    trust = {"title with color": 0.9, "color with title": 0.1, "title": 0.0, "color": 1.0}
    assert fuse(shares_of(black=0.5, navy=0.5), both, trust).tags(TAGGER)[0].label == "navy"


def test_agreement_adds_up_and_survives_json():
    first, second = _measured(30, right=1.0, seed=1), _measured(20, right=0.5, seed=2)
    both = first + second
    assert both.products == 50
    assert WordAgreement.from_json(json.loads(json.dumps(both.to_json()))) == both
    assert first + WordAgreement.none(len(STARTER)) == first
    with pytest.raises(SaekdongError, match="measure it again"):
        WordAgreement.from_json({"products": 3})


_SHARES = st.lists(st.floats(0, 1), min_size=14, max_size=14).map(np.array)
_TITLES = st.lists(st.sampled_from(["red", "네이비", "off white", "멀티", "shirt", "gold"]), max_size=4).map(" ".join)


_KEYS = ("title", "color", "title with color", "color with title")


@given(_SHARES, _TITLES, st.sampled_from(["", "Wine", "BK"]), st.floats(0, 1))
def test_fused_shares_are_shares(shares, title, color, trust):
    total = shares.sum()
    fused = fuse(shares / total if total else shares, named(title, color), dict.fromkeys(_KEYS, trust))
    assert (fused.shares >= 0).all()
    assert fused.shares.sum() == pytest.approx(1 if total or named(title, color) else 0)


def test_a_column_of_little_trust_is_not_used():
    fused = fuse(shares_of(black=0.51, navy=0.49), named(title="Navy Shirt"), {"title": 0.1})
    assert [(tag.label, tag.source) for tag in fused.tags(TAGGER)] == [("black", "photo"), ("navy", "photo")]
