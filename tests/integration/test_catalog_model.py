"""Every store against a plain model of it: after any put, correction, tagging or removal, find is right."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from saekdong.catalog.page import Page
from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.query import MATCHES, SORTS, Query
from saekdong.color import OTHER
from saekdong.tagging.tagger import shown_codes
from stores import OpenStore

LABELS = ("navy", "white", "red", "green")
CATEGORIES = ("", "Home", "Home > Mugs", "Home > Mugs > Small", "Wear", "Wear > Shoes")
TITLES = ("Nova 머그컵", "도자기머그", "small Cup", "컵 받침", "Café mug", "")
PRICES = st.one_of(st.none(), st.sampled_from([0.0, 0.5, 9.99, 10.0, 10.01, 9900.0, 10_000.0, 1e9]), st.floats(0, 1e7))
shares = st.lists(st.integers(0, 10), min_size=4, max_size=4).map(
    lambda parts: {label: round(part / max(sum(parts), 1), 4) for label, part in zip(LABELS, parts, strict=True)}
)


def tags_of(photos: list[dict[str, float] | None]) -> list[tuple[str, float]]:
    weighted = [(2.5 if place == 0 else 1, each) for place, each in enumerate(photos) if each is not None]
    if not weighted:
        return []
    weight = sum(each for each, _ in weighted)
    means = np.array([sum(times * photo[label] for times, photo in weighted) / weight for label in LABELS])
    found = [(LABELS[code], float(means[code])) for code in shown_codes(means)] or [(OTHER, float(means.max()))]
    return [(label, round(share * 10_000)) for label, share in found]


class Entry:
    """A product in the model."""

    def __init__(self, number: int, product: Product, photos: list[dict[str, float] | None]) -> None:
        self.number, self.product, self.photos = number, product, photos
        self.correction: list[str] | None = None
        self.gone = False

    @property
    def tags(self) -> dict[str, int]:
        if self.correction:
            return {label: round(10_000 / len(self.correction)) for label in self.correction}
        return dict(tags_of(self.photos))


def fits(entry: Entry, query: Query, *, labels: bool = True, category: bool = True) -> bool:
    product, tags = entry.product, entry.tags
    wanted = [label in tags for label in query.labels]
    if labels and query.labels and not (any(wanted) if query.match == "any" else all(wanted)):
        return False
    if category and query.category and f"{product.category} > ".find(f"{query.category} > ") != 0:
        return False
    if (query.price_min is not None or query.price_max is not None) and not (
        product.price is not None
        and (query.price_min is None or query.price_min <= product.price)
        and (query.price_max is None or product.price <= query.price_max)
    ):
        return False
    text = f"{product.title} {product.category} {product.id}".casefold().replace("é", "e")
    return not query.text or query.text.casefold() in text


def sort_key(entry: Entry, query: Query) -> tuple[float, int]:
    if query.sort == "newest":
        return 0, -entry.number
    if query.sort == "share":
        labels = query.labels[:1] if query.match == "all" else query.labels
        bearing = [entry.tags[label] for label in labels if label in entry.tags] or entry.tags.values()
        return -max(bearing, default=0), -entry.number
    sign = 1 if query.sort == "price" else -1
    price = entry.product.price
    return (float("inf") if price is None else sign * price), sign * entry.number


queries = st.builds(
    Query,
    labels=st.lists(st.sampled_from([*LABELS, OTHER, "brown"]), max_size=3, unique=True).map(tuple),
    match=st.sampled_from(MATCHES),
    text=st.sampled_from(["", "", "", "머그", "컵", "머그컵", "cup", "cafe", "없는"]),
    category=st.sampled_from([*CATEGORIES, "Nowhere"]),
    price_min=st.one_of(st.none(), PRICES),
    price_max=st.one_of(st.none(), PRICES),
    sort=st.sampled_from(SORTS),
    limit=st.integers(1, 4),
)


class Catalog(RuleBasedStateMachine):
    """Two feeds put and lose products while somebody corrects them."""

    def __init__(self, open_store: OpenStore) -> None:
        super().__init__()
        self.open_store = open_store

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.store = self.open_store(self.folder)
        self.entries: dict[str, Entry] = {}

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    @rule(
        numbers=st.lists(st.integers(0, 11), min_size=1, max_size=6),
        title=st.sampled_from(TITLES),
        category=st.sampled_from(CATEGORIES),
        price=PRICES,
        photos=st.lists(st.one_of(st.none(), shares), max_size=3),
        whole=st.booleans(),
    )
    def put(self, numbers, title, category, price, photos, whole):
        run = self.store.begin("feed")
        places = tuple(f"{place}.jpg" for place in range(len(photos)))
        results = [
            PhotoResult(place, shares=each) if each is not None else PhotoResult(place, error=("damaged", "no"))
            for place, each in zip(places, photos, strict=True)
        ]
        batch = [Product(f"p{n}", title, category, price, photos=places) for n in numbers]
        self.store.put([(product, results) for product in batch], run)
        for product in batch:
            entry = self.entries.get(product.id)
            earlier = entry.photos if entry else []
            kept = [new if new is not None else old for new, old in zip(photos, earlier + [None] * 3, strict=False)]
            if entry is None:
                entry = self.entries[product.id] = Entry(len(self.entries) + 1, product, kept)
            entry.product, entry.photos, entry.gone = product, kept, False
        if whole:
            # What an interrupted run saw does not count: the feed is read again as a whole.
            gone = {id for id, entry in self.entries.items() if not entry.gone} - {p.id for p in batch}
            assert self.store.finish(run) == len(gone)
            for id in gone:
                self.entries[id].gone = True

    @precondition(lambda self: self.entries)
    @rule(
        data=st.data(),
        labels=st.one_of(st.none(), st.just([OTHER]), st.lists(st.sampled_from(LABELS), min_size=1, unique=True)),
    )
    def correct(self, data, labels):
        entry = self.entries[data.draw(st.sampled_from(sorted(self.entries)))]
        self.store.correct(entry.product.id, labels, "somebody")
        entry.correction = labels

    @rule(query=queries)
    def find(self, query):
        there = [entry for entry in self.entries.values() if not entry.gone]
        found = sorted((e for e in there if fits(e, query)), key=lambda e: sort_key(e, query))
        page = self.store.find(query)
        assert page.total == len(found)
        assert self.walk(query, page) == [entry.product.id for entry in found]
        self.check_counts(query, page, there)

    def walk(self, query: Query, page: Page) -> list[str]:
        ids = [shown.product.id for shown in page.products]
        while page.next:
            page = self.store.find(Query(**{**{f: getattr(query, f) for f in query.__slots__}, "after": page.next}))
            ids += [shown.product.id for shown in page.products]
        return ids

    def check_counts(self, query: Query, page: Page, there: list[Entry]) -> None:
        free = [entry for entry in there if fits(entry, query, labels=False)]
        base = set(query.labels) if query.match == "all" else set()
        for label, n in page.labels.items():
            assert n == sum(1 for entry in free if base | {label} <= set(entry.tags)), label
        anywhere = [entry for entry in there if fits(entry, query, category=False)]
        for path, n in page.categories.items():
            assert n == sum(1 for entry in anywhere if f"{entry.product.category} > ".startswith(f"{path} > ")), path

    @invariant()
    def is_as_rebuilt(self) -> None:
        if hasattr(self, "store"):
            assert self.store.differences() == 0

    @invariant()
    def shows_each_product_as_it_is(self) -> None:
        for id, entry in getattr(self, "entries", {}).items():
            shown = self.store.get(id)
            assert shown is not None
            assert shown.gone == entry.gone
            if not entry.gone:
                assert {tag.label: round(tag.share * 10_000) for tag in shown.tags} == entry.tags


def test_a_store_is_as_its_model(open_store):
    often = settings(max_examples=60, stateful_step_count=25, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(lambda: Catalog(open_store), settings=often)
