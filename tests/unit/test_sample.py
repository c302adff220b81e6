"""The sample catalog: many products of known colors, and a feed without them."""

import csv
from collections import Counter
from itertools import pairwise

import pytest

from saekdong.color import STARTER
from saekdong.samples.catalog import draw_products, write_catalog
from saekdong.tagging import Tagger, starter, tag_photo


def test_products_differ_and_their_colors_are_spread():
    products = list(draw_products(70, "en"))
    assert len({product.id for product in products}) == 70
    assert len({product.photo for product in products}) == 70
    firsts = Counter(product.labels[0] for product in products)
    assert set(firsts) == set(STARTER.ids)
    assert max(firsts.values()) == min(firsts.values())
    assert all(one.labels[0] != next_one.labels[0] for one, next_one in pairwise(products))
    assert sum(len(product.labels) == 2 for product in products) == 14


def test_a_seed_draws_the_same_again():
    first, again, other = (list(draw_products(8, "ko", seed)) for seed in (1, 1, 2))
    assert first == again
    assert all(one.photo != differing.photo for one, differing in zip(first, other, strict=True))


def test_the_feed_lists_the_photos_and_tells_no_colors(tmp_path):
    products = list(draw_products(14, "ko"))
    feed, labels = write_catalog(products, tmp_path)
    text = feed.read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["id"] for row in rows] == [product.id for product in products]
    assert [(tmp_path / row["photo"]).read_bytes() for row in rows] == [product.photo for product in products]
    told = {row["photo"]: row["labels"] for row in csv.DictReader(labels.read_text(encoding="utf-8").splitlines())}
    assert [told[row["photo"]].split(";") for row in rows] == [list(product.labels) for product in products]
    words = {word for label in STARTER for word in label.words()}
    assert not any(word in text for word in words)


@pytest.mark.slow
def test_the_starter_tags_nearly_all_rightly():
    tagger = Tagger(starter())
    products = list(draw_products(112, "en", seed=3))
    firsts = [tag_photo(tagger, product.id, product.photo).tags[0].label for product in products]
    right = sum(first in product.labels for first, product in zip(firsts, products, strict=True))
    assert right >= 0.97 * len(products)
