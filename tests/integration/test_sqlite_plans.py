"""What only SQLite can show: every query of the store reads an index, and its steps of prices hold a price once."""

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saekdong.catalog.query import MATCHES, SORTS, Query
from saekdong.catalog.review import NEAR_TIE
from saekdong.catalog.sqlite.coded_query import CodedQuery
from saekdong.catalog.sqlite.doubt import COUNT, PAGE
from saekdong.catalog.sqlite.indexed import (
    Indexed,
    best_share_query,
    count_conditions,
    gather_query,
    order_queries,
    set_query,
)
from saekdong.catalog.sqlite.listing import SCALE, price_buckets, spans
from saekdong.catalog.sqlite.records import read_products
from saekdong.catalog.sqlite.schema import NEAR_TIE_PARTS
from saekdong.catalog.sqlite.searched import SEARCH
from saekdong.catalog.sqlite.worklists import CORRECTED, FAILED, UNTAGGED
from stores import fill, open_sqlite


@pytest.fixture
def store(tmp_path):
    with open_sqlite(tmp_path) as store:
        fill(store, 50)
        yield store


def queries_of(store, connection: sqlite3.Connection, query: Query) -> list[tuple[str, tuple[object, ...]]]:
    wanted = CodedQuery.of(store._labels, connection, query)
    answer = Indexed(wanted)
    found: list[tuple[str, tuple[object, ...]]] = []
    for after in (None, (1.0, 5)):
        in_order = [set_query(wanted, 1, after)] if wanted.by_set else order_queries(wanted, after)
        found += [(text, (wanted.category, wanted.streams[0], *values)) for text, values in in_order]
    for way in answer.costs(query.limit):
        if way != "order":
            text, values = gather_query(wanted, way)
            found.append((text, (wanted.category, wanted.streams[0], *values)))
    for condition, values in count_conditions(wanted.low, wanted.high):
        text = f"SELECT sum(n) FROM facet_count WHERE category = ? AND {condition}"  # noqa: S608
        found += [(text, (wanted.category, *values))]
    found.append((best_share_query(wanted), (wanted.category, 5)))
    return found


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("match", MATCHES)
@pytest.mark.parametrize("prices", [(None, None), (0.0, 100.0)])
@pytest.mark.parametrize("labels", [("navy",), ("navy", "red")])
def test_every_query_searches_an_index_and_sorts_nothing(store, sort, match, prices, labels):
    store.correct("p0", ["navy", "red"], "x")
    with store._database.reading() as connection:
        query = Query(labels, match, "", "A", *prices, sort=sort)
        for text, values in queries_of(store, connection, query):
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", values)]
            assert all(step.startswith("SEARCH") or "LIST SUBQUERY" in step for step in plan), (text, plan)
            if "color = ?" in text:
                assert any("(category=? AND color=?" in step for step in plan), plan
            if "INDEXED BY facet_labels" in text and "AND labels" in text:
                assert any("(category=? AND color=? AND labels=?" in step for step in plan), plan
            if "labels = ?" in text:
                assert any("(category=? AND color=? AND labels=? AND (share,product)<" in step for step in plan), plan
            elif "(share, product) <" in text:
                assert any("(category=? AND color=? AND (share,product)<" in step for step in plan), plan
            if "product < ?" in text and sort == "newest":
                assert any("(category=? AND color=? AND product<?" in step for step in plan), plan


def test_other_queries_search_an_index_too(store):
    seen: list[str] = []
    with store._database.reading() as connection:
        connection.set_trace_callback(seen.append)
        CodedQuery.of(store._labels, connection, Query(("navy",), category="A")).shown_categories()
        read_products(connection, store._labels, [1, 2])
        connection.set_trace_callback(None)
        for text in seen:
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]
            scans = [step for step in plan if step.startswith("SCAN")]
            # Labels and sets are few and read whole.
            assert all(step.split()[1] in ("label", "label_set") for step in scans), (text, plan)
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {SEARCH}", ('"머그"',))]
    assert any("VIRTUAL TABLE INDEX" in step for step in plan)
    assert any(step.startswith("SEARCH listing USING INTEGER PRIMARY KEY") for step in plan)
    assert not any("TEMP B-TREE" in step for step in plan)


def test_the_order_is_read_from_an_index(store):
    with store._database.reading() as connection:
        plans = [
            " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", values))
            for query, values in ((PAGE, (1, 1, 1, 48)), (COUNT, ()))
        ]
    assert "USING COVERING INDEX listing_doubt" in plans[0]
    assert "USING COVERING INDEX listing_doubt" in plans[1]
    assert "TEMP B-TREE" not in plans[0]
    assert round(NEAR_TIE * SCALE) == NEAR_TIE_PARTS


@pytest.mark.parametrize(
    ("query", "index"),
    [(FAILED, "photo_failed"), (UNTAGGED, "listing_untagged"), (CORRECTED, "product_corrected")],
)
def test_products_to_work_through_are_found_by_an_index(store, query, index):
    with store._database.reading() as connection:
        plan = str(connection.execute(f"EXPLAIN QUERY PLAN {query}", (9, 9)).fetchall())
    assert f"INDEX {index}" in plan
    assert "ORDER BY" not in plan


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(0, 1e9))
@settings(max_examples=500)
def test_the_steps_of_a_span_of_prices_hold_a_price_once_or_never(low, high, price):
    low, high = sorted((low, high))
    held = sum(
        level == its and first <= bucket <= last
        for its, bucket in price_buckets(price)
        for level, first, last in spans(low, high)
    )
    assert held == (low <= price <= high)
