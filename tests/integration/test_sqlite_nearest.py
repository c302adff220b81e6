"""The nearest products in SQLite: within its bounds exact, beyond them said to be capped, and always by an index."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from near_catalogs import all_matches, difference, fill_with_colors, queries
from saekdong.catalog.query import Query
from saekdong.catalog.sqlite import near, nearest
from saekdong.catalog.sqlite.coded_query import CodedQuery
from saekdong.catalog.sqlite.nearest import BEARING, COLORS
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.color import ciede2000, to_space
from stores import open_sqlite


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    with open_sqlite(tmp_path_factory.mktemp("near")) as store:
        fill_with_colors(store)
        yield store


@settings(max_examples=300)
@given(
    query=queries,
    target=st.lists(st.integers(0, 255), min_size=3, max_size=3),
    compared=st.sampled_from([0, 10, 5_000]),
    passed=st.sampled_from([5, 60, 20_000]),
)
def test_the_nearest_that_fit_are_the_nearest_of_all_that_match(store, query, target, compared, passed):
    differences = {shown.product.id: difference(shown, target) for shown in all_matches(store, query)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearest, "MOST_COMPARED", compared)
        patch.setattr(nearest, "MOST_PASSED", passed)
        found = store.nearest(target, query)
    told = {each.product.product.id: each.difference for each in found.products}
    assert len(told) == len(found.products) <= query.limit
    assert list(told.values()) == sorted(told.values())
    assert all(difference == pytest.approx(differences[product]) for product, difference in told.items())
    if not found.capped:
        assert list(told.values()) == pytest.approx(sorted(differences.values())[: query.limit])
    else:
        assert len(differences) > compared
        assert len(told) >= min(query.limit, compared, len(differences))


def test_without_bounds_met_nothing_is_capped(store):
    assert not store.nearest((31, 42, 82), Query(limit=200)).capped
    assert not store.nearest((31, 42, 82), Query(("navy",), "all", price_max=50)).capped


def test_where_too_many_fit_it_says_so_and_the_nearest_of_the_newest_follow(store, monkeypatch):
    monkeypatch.setattr(nearest, "MOST_COMPARED", 50)
    monkeypatch.setattr(nearest, "MOST_PASSED", 20)
    found = store.nearest((255, 0, 0), Query(("navy",), limit=40))
    assert found.capped
    assert len(found.products) == 40
    assert all("navy" in [tag.label for tag in each.product.tags] for each in found.products)
    # Those reached by the index come first: they are the nearest of all.
    best = min(difference(shown, [255, 0, 0]) for shown in all_matches(store, Query(("navy",))))
    assert found.products[0].difference == pytest.approx(best)


def test_every_lookup_searches_an_index(store):
    with store._database.reading() as connection:
        seen: list[str] = []
        connection.set_trace_callback(seen.append)
        for query in (Query(), Query(("navy",), category="A", price_max=50), Query(text="머그")):
            wanted = CodedQuery.of(store._labels, connection, query)
            wanted.inside()
            list(near.nearest_colors(connection, (1, 2, 3)))
        connection.set_trace_callback(None)
        for text in seen:
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]
            scans = [step for step in plan if step.startswith("SCAN")]
            # The cells that are in use, and labels and sets, are few and read whole; `inside` is what is being found.
            few = ("near_cell", "label", "label_set", "inside")
            assert all(step.split()[1] in few for step in scans), (text, plan)
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {BEARING}", (1,))]
        assert plan == [
            "SEARCH near_product USING PRIMARY KEY (rgb=?)",
            "SEARCH listing USING INTEGER PRIMARY KEY (rowid=?)",
        ]
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {COLORS}", (1,))]
        assert plan == ["SEARCH listing USING INTEGER PRIMARY KEY (rowid=?)"]


def test_din99o_tells_the_least_that_colors_differ():
    """Search all of sRGB for colors that differ less than `LEAST` allows, most where CIEDE2000 turns: in the blues."""
    rng = np.random.default_rng(0)
    for step in (1, 2, 4, 8, 16, 32, 64, 255):
        for low, high in ((0, 256), (0, 40), (200, 256)):
            one = np.column_stack([rng.integers(low, high, (40_000, 2)), rng.integers(0, 256, 40_000)])
            other = np.clip(one + rng.integers(-step, step + 1, one.shape), 0, 255)
            labs = [to_space(each.astype(np.uint8), "lab") for each in (one, other)]
            apart = np.linalg.norm(near.din99o(labs[0]) - near.din99o(labs[1]), axis=1)
            assert (ciede2000(*labs) >= near.LEAST * apart).all()
