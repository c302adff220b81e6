"""What a listing shows for a filter: products, counts, what is chosen, and advice where nothing matches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from saekdong.catalog.contract import Store
from saekdong.catalog.page import Page
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import parse_color
from saekdong.lang import Lang
from saekdong.web.shop import views
from saekdong.web.shop.advice import Advice, advise
from saekdong.web.shop.color_words import split_colors
from saekdong.web.shop.filters import Filter
from saekdong.web.shop.settings import ShopSettings
from saekdong.web.shop.texts import TEXTS
from saekdong.web.site.views import Choice

AT_ONCE = 48
"""Products on a page."""


@dataclass(frozen=True)
class ShopListing:
    """A page of products with the filter.

    Attributes:
        filter: what is chosen.
        page: what the catalog found.
        choices: the labels to choose from.
        folded: the labels without products.
        categories: the categories to choose from.
        chips: what is chosen, to be taken away one by one.
        cards: the products.
        count: how many there are, in words.
        note: what else a customer should know; empty if nothing.
        next: the `after` of the next page; empty on the last one.
        advice: what to do where nothing matches.
    """

    filter: Filter
    page: Page
    choices: Sequence[Choice]
    folded: Sequence[Choice]
    categories: views.Categories
    chips: Sequence[views.Chip]
    cards: Sequence[views.ProductCard]
    count: str
    note: str
    next: str
    advice: Sequence[Advice]


def read_filter(store: Store, pairs: Sequence[tuple[str, str]]) -> Filter:
    """Return what an address asks for; color words of its search become the chosen colors."""
    chosen = Filter.read(pairs, store.vocabulary)
    if not chosen.text:
        return chosen
    searched = split_colors(store.wording().words, chosen.text)
    known = [*store.vocabulary.ids]
    labels = sorted({label for label in searched.labels if label in known}, key=known.index)
    if not labels:
        return chosen
    return chosen.with_changes(labels=tuple(labels), text=searched.text, asked=chosen.text)


def shop_listing(store: Store, settings: ShopSettings, chosen: Filter, lang: Lang) -> ShopListing:
    """Return what a filter lets pass.

    Raises:
        SaekdongError: `Filter.after` belongs to another order.
    """
    vocabulary = store.vocabulary
    page = store.find(chosen.query(AT_ONCE))
    products, is_capped = page.products, page.capped
    if chosen.near:
        nearest = store.nearest(parse_color(chosen.near), chosen.query(AT_ONCE))
        products, is_capped = tuple(near.product for near in nearest.products), nearest.capped
    cards = make_cards(store, settings, products, lang)
    shown, folded = views.filter_choices(vocabulary, page.labels, chosen.labels, lang)
    return ShopListing(
        filter=chosen,
        page=page,
        choices=shown,
        folded=folded,
        categories=views.categories(chosen, page.categories),
        chips=views.chips(chosen, vocabulary, lang, settings.currency),
        cards=cards,
        count=views.count_text(page.total_text, len(cards) if chosen.near else None, lang),
        note=TEXTS["capped" if page.capped else "near_capped"][lang] if is_capped else "",
        next=page.next or "" if not chosen.near else "",
        advice=() if cards else advise(store, chosen, lang),
    )


def make_cards(
    store: Store, settings: ShopSettings, products: Iterable[TaggedProduct], lang: Lang
) -> list[views.ProductCard]:
    """Return products as cards, with the colors of their variants."""
    products = list(products)
    groups = store.group_labels({shown.product.group for shown in products if shown.product.group})
    return [
        views.product_card(
            shown,
            product_address(shown.product.id),
            store.vocabulary,
            lang,
            groups.get(shown.product.group, ()),
            settings.currency,
        )
        for shown in products
    ]


def product_address(product_id: str) -> str:
    """Return the address of a product's page."""
    return f"/product?{urlencode({'id': product_id}, errors='replace')}"


def is_worth_indexing(chosen: Filter) -> bool:
    """Return whether a search engine should list this page: all products, a category, a color, or both.

    Example:
        >>> is_worth_indexing(Filter(labels=("navy",))), is_worth_indexing(Filter(text="mug"))
        (True, False)
    """
    rest = replace(chosen, labels=(), category="", sort=Filter.sort, after="", asked="")
    return rest == Filter() and len(chosen.labels) < 2


def canonical_address(chosen: Filter) -> str:
    """Return the one address of a listing: without its order and its place."""
    return chosen.address(sort=Filter.sort)
