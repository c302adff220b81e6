"""A catalog whose products share colors, and what is near a color by looking at all of them."""

import numpy as np
from hypothesis import strategies as st

from saekdong.catalog.contract import Store
from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.query import MATCHES, Query
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import ciede2000, to_space
from saekdong.photo import DominantColor

LABELS = ("navy", "white", "red")
CATEGORIES = ("A", "A > B", "C", "")
TITLES = ("머그컵", "도자기 머그", "small cup")
MANY = 300


def fill_with_colors(store: Store) -> None:
    rng = np.random.default_rng(0)
    run = store.begin("feed")
    store.put([_product(n, rng) for n in range(MANY)], run)
    store.put([(Product("no photo", "머그"), [])], run)
    store.finish(run)
    store.correct("p3", ["red"], "x")


def _product(n: int, rng: np.random.Generator) -> tuple[Product, list[PhotoResult]]:
    # Of few values, so that products share colors; the fourth color is not a main one.
    rgb = (rng.integers(0, 6, (4, 3)) * 51).tolist()
    palette = tuple(DominantColor(*color, score, 0.2) for color, score in zip(rgb, (0.1, 0.3, 0.14, 0.9), strict=True))
    shares = dict(zip(rng.choice(LABELS, 2, replace=False).tolist(), (0.6, 0.4), strict=True))
    price = None if n % 7 == 0 else float(rng.integers(1, 99))
    product = Product(f"p{n}", TITLES[n % 3], CATEGORIES[n % 4], price, photos=("a",))
    return product, [PhotoResult("a", shares=shares, palette=palette)]


def difference(shown: TaggedProduct, target: list[int]) -> float:
    main = [color for place, color in enumerate(shown.palette[:3]) if place == 0 or color.score >= 0.15]
    colors = np.array([(color.red, color.green, color.blue) for color in main], dtype=np.uint8)
    return float(ciede2000(to_space(colors, "lab"), to_space(np.array([target], dtype=np.uint8), "lab")).min())


def all_matches(store: Store, query: Query) -> list[TaggedProduct]:
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
