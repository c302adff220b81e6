"""Every store: the products nearest to a color are the same as by looking at all, whatever the rest of the query."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from near_catalogs import all_matches, difference, fill_with_colors, queries
from saekdong.catalog.contract import Store
from stores import OpenStore


@pytest.fixture(scope="module")
def store(open_store: OpenStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("near")) as store:
        fill_with_colors(store)
        yield store


@settings(max_examples=100)
@given(query=queries, target=st.lists(st.integers(0, 255), min_size=3, max_size=3))
def test_the_nearest_that_match_are_the_nearest_of_all_that_match(store, query, target):
    differences = {shown.product.id: difference(shown, target) for shown in all_matches(store, query)}
    found = store.nearest(target, query)
    told = {each.product.product.id: each.difference for each in found.products}
    assert not found.capped
    assert all(each == pytest.approx(differences[product]) for product, each in told.items())
    assert list(told.values()) == pytest.approx(sorted(differences.values())[: query.limit])
