"""The customers' pages and their routes: the listing and one product, for reading alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from saekdong.catalog.contract import Store
from saekdong.catalog.page import Near, Page
from saekdong.catalog.query import SORTS, Query
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import parse_color, to_hex
from saekdong.errors import SaekdongError
from saekdong.fetch.urls import is_web
from saekdong.web.shop import views
from saekdong.web.shop.filters import Filter, plain_number
from saekdong.web.shop.texts import TEXTS
from saekdong.web.site.forms import fields
from saekdong.web.site.rendering import Pages, lang_of
from saekdong.web.site.views import Card, bars, card, choices, picture, price_text, usable_photos

HERE = Path(__file__).parent
PAGES = Pages(HERE, TEXTS)

_AT_ONCE = 48


def shop_routes(store: Store) -> list[Route]:
    """Return the routes of the customers' pages."""
    shop = _Shop(store)
    return [Route("/", shop.listing), Route("/product", shop.product)]


@dataclass(frozen=True, eq=False)
class _Shop:
    """What the routes share."""

    store: Store

    def listing(self, request: Request) -> Response:
        """Answer `/`: the products that the filter in the address lets pass."""
        given = fields(request.url.query)
        chosen = Filter.read(given, self.store.vocabulary)
        if given != chosen.pairs():
            # One address a listing: without what says nothing, as forms send it.
            return RedirectResponse(chosen.address(after=chosen.after), 303)
        query = _query(chosen)
        try:
            found = self.store.find(query)
        except SaekdongError:
            # A cursor of another order.
            return RedirectResponse(chosen.address(), 303)
        if not chosen.near:
            return self._show_listing(request, chosen, found, self._cards(found.products, request), found.capped)
        near = self.store.nearest(parse_color(chosen.near), query)
        return self._show_listing(request, chosen, found, self._near_cards(near.products, request), near.capped)

    def _show_listing(
        self, request: Request, chosen: Filter, found: Page, cards: list[Card], is_capped: bool
    ) -> Response:
        lang, vocabulary = lang_of(request), self.store.vocabulary
        return PAGES.page(
            request,
            "listing.html.j2",
            filter=chosen,
            sorts=SORTS,
            choices=choices(vocabulary, found.labels, chosen.labels, lang),
            categories=views.categories(found.categories, chosen.category),
            price_min=plain_number(chosen.price_min),
            price_max=plain_number(chosen.price_max),
            chips=views.chips(chosen, vocabulary, lang),
            cards=cards,
            count=views.count_text(found.total_text, len(cards) if chosen.near else None, lang),
            next_page=chosen.address(after=found.next) if found.next and not chosen.near else "",
            capped=("capped" if found.capped else "near_capped") if is_capped else "",
            is_empty_catalog=chosen.is_empty and not chosen.after,
        )

    def _cards(self, products: Iterable[TaggedProduct], request: Request) -> list[Card]:
        return [self._card(product, request) for product in products]

    def _near_cards(self, found: Iterable[Near], request: Request) -> list[Card]:
        text = TEXTS["difference"][lang_of(request)]
        return [self._card(near.product, request, text.format(difference=f"{near.difference:.1f}")) for near in found]

    def _card(self, product: TaggedProduct, request: Request, *notes: str) -> Card:
        return card(product, self.store.vocabulary, lang_of(request), views.product_address(product), *notes)

    def product(self, request: Request) -> Response:
        """Answer `/product?id=`: one product."""
        shown = self.store.get(request.query_params.get("id", ""))
        if shown is None:
            raise HTTPException(404)
        lang, vocabulary, product = lang_of(request), self.store.vocabulary, shown.product
        colors = [to_hex((color.red, color.green, color.blue)) for color in shown.palette]
        return PAGES.page(
            request,
            "product.html.j2",
            product=product,
            is_gone=shown.gone,
            title=product.title or product.id,
            price=price_text(product.price, product.currency, lang),
            pictures=[picture(shown, number) for number in usable_photos(shown)],
            category_address=Filter(category=product.category).address(),
            shop_page=product.link if is_web(product.link) else "",
            bars=bars(shown, vocabulary, lang),
            palette=[(color, Filter(near=color).address()) for color in colors],
            variants=[
                self._card(each, request)
                for each in self.store.variants(product.group)
                if each.product.id != product.id
            ],
        )


def _query(chosen: Filter) -> Query:
    return Query(
        labels=chosen.labels,
        match=chosen.match,
        text=chosen.text,
        category=chosen.category,
        price_min=chosen.price_min,
        price_max=chosen.price_max,
        sort=chosen.sort,
        after=chosen.after or None,
        limit=_AT_ONCE,
    )
