"""Products as staff list them: what to look at first, a search, and a correction of several at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from saekdong.catalog.query import Query
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import OTHER, ChoiceError
from saekdong.database import StoreError
from saekdong.errors import SaekdongError
from saekdong.review.corrections import correct
from saekdong.web.access import visitor_of
from saekdong.web.desk.console import PAGES, Console
from saekdong.web.desk.lists import LISTS, count_text_of, read_list
from saekdong.web.desk.views import Tab, desk_address, page_address
from saekdong.web.site.addresses import local_address
from saekdong.web.site.forms import Fields, fields, form
from saekdong.web.site.rendering import lang_of
from saekdong.web.site.views import Card, card, choices

_PATH = "/desk/products"
_AT_ONCE = 48
_MOST_TEXT = 200


def listing_routes(console: Console) -> list[Route]:
    """Return the routes of the list of products."""
    pages = _Listing(console)
    return [Route(_PATH, pages.products), Route(f"{_PATH}/correct", pages.correct_several, methods=["POST"])]


@dataclass(frozen=True, eq=False)
class _Listing:
    console: Console

    def products(self, request: Request) -> Response:
        """Answer `/desk/products?show=&q=&label=&after=`: a list of `lists.LISTS`, or what a search finds."""
        return self._show(request, fields(request.url.query))

    def _show(self, request: Request, pairs: Fields, problem: str = "", status: int = 200) -> Response:
        given, lang, store = dict(pairs), lang_of(request), self.console.store
        text, label = given.get("q", "").strip()[:_MOST_TEXT], given.get("label", "")
        label = label if label in (*store.vocabulary.ids, OTHER) else ""
        is_search = bool(text or label) or given.get("show") == "all"
        show = "all" if is_search else given.get("show", "doubt")
        show = show if show in (*LISTS, "all") else "doubt"
        here = [("show", show), ("q", text), ("label", label)]
        cards, following, total = (
            self._searched(request, text, label, given.get("after", ""))
            if is_search
            else self._listed(request, show, given.get("after", ""))
        )
        saved = given.get("saved", "")
        return PAGES.page(
            request,
            "products.html.j2",
            status,
            tabs=self._tabs(request, show),
            show=show,
            text=text,
            choices=choices(store.vocabulary, {OTHER: 1}, [label], lang),
            cards=cards,
            total=total,
            next_page=page_address(_PATH, here, after=following),
            is_last=not following,
            first_page=page_address(_PATH, here) if given.get("after") else "",
            here_address=page_address(_PATH, here, after=given.get("after", "")),
            may_write=visitor_of(request).may("editor") and not store.is_read_only,
            token=visitor_of(request).form_token,
            saved=saved if saved.isdecimal() else "",
            problem=problem,
        )

    def _tabs(self, request: Request, show: str) -> list[Tab]:
        texts = PAGES.texts(request)
        tabs = [
            Tab(texts[f"list_{name}"], f"{_PATH}?show={name}", count_text_of(self.console.store, name), name == show)
            for name in LISTS
        ]
        return [*tabs, Tab(texts["list_all"], f"{_PATH}?show=all", "", show == "all")]

    def _listed(self, request: Request, show: str, after: str) -> tuple[list[tuple[str, Card]], str, str]:
        found = read_list(self.console.store, show, lang_of(request), after, _AT_ONCE + 1)
        cards = [
            (each.product.product.id, self._card(each.product, request, [each.why], show, each.place))
            for each in found[:_AT_ONCE]
        ]
        return cards, found[_AT_ONCE - 1].place if len(found) > _AT_ONCE else "", ""

    def _searched(self, request: Request, text: str, label: str, after: str) -> tuple[list[tuple[str, Card]], str, str]:
        query = Query(labels=(label,) if label else (), text=text, sort="newest", limit=_AT_ONCE, after=after or None)
        try:
            page = self.console.store.find(query)
        except SaekdongError:
            return [], "", "0"  # a cursor of another search
        cards = [(each.product.id, self._card(each, request)) for each in page.products]
        return cards, page.next or "", page.total_text

    def _card(
        self, product: TaggedProduct, request: Request, notes: Iterable[str] = (), show: str = "", place: str = ""
    ) -> Card:
        texts, address = PAGES.texts(request), desk_address(product, show, place)
        said = [texts["corrected_by"].format(name=product.corrected_by)] if product.corrected_by else []
        feed = [f"{texts['feed_color']}: {product.product.color}"] if product.product.color else []
        notes = [*(each for each in notes if each), *feed, *said]
        return card(product, self.console.store.vocabulary, lang_of(request), address, *notes)

    async def correct_several(self, request: Request) -> Response:
        """Give several products the same label."""
        given = await form(request)
        return await anyio.to_thread.run_sync(partial(self._correct_several, request, given))

    def _correct_several(self, request: Request, given: Fields) -> Response:
        one, texts = dict(given), PAGES.texts(request)
        products = [value for key, value in given if key == "product"][:_AT_ONCE]
        labels = [value for key, value in given if key == "to"]
        back = local_address(one.get("back", _PATH))
        here = fields(back.partition("?")[2])
        if not products:
            return self._show(request, here, texts["several_none"], 422)
        count = 0
        try:
            for product in products:
                correct(self.console.loop, self.console.store, product, labels, visitor_of(request).name)
                count += 1
        except ChoiceError as error:
            return self._show(request, here, texts[f"choice_{error.reason}"], 422)
        except (SaekdongError, StoreError) as error:
            reason = texts["several_failed"].format(count=count, of=len(products), reason=error)
            return self._show(request, here, reason, 503)
        return RedirectResponse(page_address(_PATH, here, saved=str(count)), 303)
