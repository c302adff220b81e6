"""The products nearest to a color: by the index the same as by looking at all, whatever else is wanted."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.query import MATCHES, Query
from saekdong.catalog.sqlite import SqliteStore, near, nearest
from saekdong.catalog.sqlite.coded_query import CodedQuery
from saekdong.catalog.sqlite.nearest import BEARING, COLORS
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import STARTER, ciede2000, to_space
from saekdong.photo import DominantColor

LABELS = ("navy", "white", "red")
CATEGORIES = ("A", "A > B", "C", "")
TITLES = ("머그컵", "도자기 머그", "small cup")
MANY = 300


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    store = SqliteStore.open(tmp_path_factory.mktemp("near") / "catalog.db", STARTER)
    rng = np.random.default_rng(0)
    run = store.begin("feed")
    store.put([_product(n, rng) for n in range(MANY)], run)
    store.put([(Product("no photo", "머그"), [])], run)
    store.finish(run)
    store.correct("p3", ["red"], "x")
    yield store
    store.close()


def _product(n: int, rng: np.random.Generator) -> tuple[Product, list[PhotoResult]]:
    # Of few values, so that products share colors; the fourth color is no main one.
    rgb = (rng.integers(0, 6, (4, 3)) * 51).tolist()
    palette = tuple(DominantColor(*color, score, 0.2) for color, score in zip(rgb, (0.1, 0.3, 0.14, 0.9), strict=True))
    shares = dict(zip(rng.choice(LABELS, 2, replace=False).tolist(), (0.6, 0.4), strict=True))
    price = None if n % 7 == 0 else float(rng.integers(1, 99))
    product = Product(f"p{n}", TITLES[n % 3], CATEGORIES[n % 4], price, photos=("a",))
    return product, [PhotoResult("a", shares=shares, palette=palette)]


def _difference(shown: TaggedProduct, target: list[int]) -> float:
    main = [color for place, color in enumerate(shown.palette[:3]) if place == 0 or color.score >= 0.15]
    colors = np.array([(color.red, color.green, color.blue) for color in main], dtype=np.uint8)
    return float(ciede2000(to_space(colors, "lab"), to_space(np.array([target], dtype=np.uint8), "lab")).min())


def _all_that_fit(store: SqliteStore, query: Query) -> list[TaggedProduct]:
    page = store.find(Query(*_wishes(query)))
    products = list(page.products)
    while page.next:
        page = store.find(Query(*_wishes(query), after=page.next))
        products += page.products
    return [shown for shown in products if shown.palette]


def _wishes(query: Query) -> tuple[object, ...]:
    return query.labels, query.match, query.text, query.category, query.price_min, query.price_max


queries = st.builds(
    Query,
    labels=st.lists(st.sampled_from([*LABELS, "brown"]), max_size=2, unique=True).map(tuple),
    match=st.sampled_from(MATCHES),
    text=st.sampled_from(["", "", "머그", "small", "없는"]),
    category=st.sampled_from(["", "A", "A > B", "Nowhere"]),
    price_min=st.sampled_from([None, None, 0.0, 20.0]),
    price_max=st.sampled_from([None, None, 50.0, 1.0]),
    limit=st.sampled_from([1, 5, 40, 200]),
)


@settings(max_examples=300)
@given(
    query=queries,
    target=st.lists(st.integers(0, 255), min_size=3, max_size=3),
    compared=st.sampled_from([0, 10, 5_000]),
    passed=st.sampled_from([5, 60, 20_000]),
)
def test_the_nearest_that_fit_are_the_nearest_of_all_that_fit(store, query, target, compared, passed):
    differences = {shown.product.id: _difference(shown, target) for shown in _all_that_fit(store, query)}
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
    best = min(_difference(shown, [255, 0, 0]) for shown in _all_that_fit(store, Query(("navy",))))
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
