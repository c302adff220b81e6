"""The pages and their routes."""

import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl, quote

import anyio.to_thread
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from saekdong._version import __version__
from saekdong.catalog.contract import Store
from saekdong.catalog.corrections import write_corrections
from saekdong.catalog.page import Near, Page
from saekdong.catalog.query import SORTS, Query
from saekdong.catalog.review import MOST_COUNTED
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import OTHER, ChoiceError, parse_color, to_hex
from saekdong.database import StoreError
from saekdong.entrance.errors import RequestError
from saekdong.entrance.sites import is_other_site
from saekdong.errors import SaekdongError
from saekdong.fetch.urls import is_web
from saekdong.files import is_below
from saekdong.lang import LANGS
from saekdong.model.identity import ModelId
from saekdong.photo import PhotoError, photo_at
from saekdong.review.corrections import correct
from saekdong.web.api import CatalogApi, add_catalog
from saekdong.web.studio import views
from saekdong.web.studio.filters import Filter, plain_number
from saekdong.web.studio.guard import Guard, is_own_token, new_token
from saekdong.web.studio.rendering import COOKIE, STATIC, lang_of, matches, page
from saekdong.web.studio.sign_in import SIGN_IN, SignIn, local_address
from saekdong.web.studio.texts import TEXTS
from saekdong.web.studio.thumbnails import LARGE, SMALL, Thumbnails

_AT_ONCE = 48
_MOST_FORM, _MOST_FIELDS = 64 << 10, 1000
_SAVED = {"yes": "saved", "back": "taken_back"}
_YEAR = 365 * 24 * 3600
_FOREVER = {"Cache-Control": f"private, max-age={_YEAR}, immutable"}


def build_studio(api: CatalogApi, cache: Path, host: str = "127.0.0.1", names: Collection[str] = ()) -> FastAPI:
    """Return the studio as an ASGI app: the pages, and the catalog's API beside them.

    Args:
        api: what the API answers from; the pages show its catalog.
        cache: a folder for small versions of its photos.
        host: the address that will be listened on; on this machine alone, the studio answers to its names alone.
        names: other names that it answers to, as a proxy passes them on.
    """
    pages = _Pages(api, Thumbnails(cache), SignIn(api.token))
    app = FastAPI(title="Saekdong", version=__version__, docs_url=None, redoc_url=None)
    app.add_exception_handler(RequestError, _refuse)
    add_catalog(app, api)
    app.add_middleware(Guard, host=host, names=names, origins=api.origins)
    app.add_route("/photo", pages.photo)
    app.mount("/static", GZipMiddleware(StaticFiles(directory=STATIC)))
    app.mount("/", pages.app())
    return app


@dataclass(frozen=True, eq=False)
class _Pages:
    """What the routes share."""

    api: CatalogApi
    thumbnails: Thumbnails
    writers: SignIn
    token: str = field(default_factory=new_token)

    @property
    def store(self) -> Store:
        """The catalog."""
        return self.api.store

    def app(self) -> Starlette:
        """Return the pages as an app that shows errors as a page."""
        return Starlette(
            routes=[
                Route("/", self.listing),
                Route("/product", self.product),
                Route("/product/correct", self.correct, methods=["POST"]),
                Route("/review", self.review),
                Route("/conflicts", self.conflicts),
                Route(SIGN_IN, self.sign_in, methods=["GET", "POST"]),
                Route("/corrections.csv", self.corrections),
                Route("/language", self.language),
            ],
            middleware=[Middleware(GZipMiddleware, minimum_size=1000)],
            exception_handlers={HTTPException: _show_status, Exception: _show_failure},
        )

    def listing(self, request: Request) -> Response:
        """Answer `/`: the products that the filter in the address lets pass."""
        given = _fields(request.url.query)
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
        self, request: Request, chosen: Filter, found: Page, cards: list[views.Card], is_capped: bool
    ) -> Response:
        lang, vocabulary = lang_of(request), self.store.vocabulary
        return page(
            request,
            "listing.html.j2",
            filter=chosen,
            sorts=SORTS,
            choices=views.choices(vocabulary, found.labels, chosen.labels, lang),
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

    def _cards(self, products: Iterable[TaggedProduct], request: Request) -> list[views.Card]:
        lang = lang_of(request)
        return [views.card(product, self.store.vocabulary, lang) for product in products]

    def _near_cards(self, found: Iterable[Near], request: Request) -> list[views.Card]:
        lang, text = lang_of(request), TEXTS["difference"][lang_of(request)]
        return [
            views.card(near.product, self.store.vocabulary, lang, text.format(difference=f"{near.difference:.1f}"))
            for near in found
        ]

    def product(self, request: Request) -> Response:
        """Answer `/product?id=`: one product; with `review`, as a step of the review."""
        fields = request.query_params
        shown = self._get(fields.get("id", ""))
        saved = TEXTS[_SAVED[fields["saved"]]][lang_of(request)] if fields.get("saved") in _SAVED else ""
        # `other` is chosen by people alone: the model's says that it does not know.
        given = [tag.label for tag in shown.tags if tag.label != OTHER or shown.corrected_by]
        return self._show_product(request, shown, given, fields.get("review", ""), saved)

    def _show_product(
        self,
        request: Request,
        shown: TaggedProduct,
        given: list[str],
        place: str,
        saved: str = "",
        problem: str = "",
        status: int = 200,
    ) -> Response:
        """Show a product.

        Args:
            request: what is answered.
            shown: the product.
            given: the labels that the form has checked.
            place: the product's in the review; empty outside of it.
            saved: says what was saved.
            problem: says why something was not saved.
            status: the answer's.
        """
        lang, vocabulary, product = lang_of(request), self.store.vocabulary, shown.product
        following = self.store.doubtful(place, 1) if place else []
        colors = [to_hex((color.red, color.green, color.blue)) for color in shown.palette]
        return page(
            request,
            "product.html.j2",
            status,
            product=shown,
            title=product.title or product.id,
            price=views.price_text(product.price, product.currency, lang),
            pictures=[views.picture(shown, number) for number in views.usable_photos(shown)],
            errors=views.photo_errors(shown, lang),
            category_address=Filter(category=product.category).address(),
            shop_page=product.link if is_web(product.link) else "",
            bars=views.bars(shown, vocabulary, lang),
            models=[ModelId.stored(model).short for model in shown.models if model],
            palette=[(color, Filter(near=color).address()) for color in colors],
            choices=views.choices(vocabulary, {OTHER: 1}, given, lang),
            variants=[
                views.card(each, vocabulary, lang)
                for each in self.store.variants(product.group)
                if each.product.id != product.id
            ],
            is_read_only=self.store.is_read_only,
            is_writer=self.writers.knows(request),
            sign_in=f"{SIGN_IN}?back={quote(views.product_address(shown, place), safe='')}",
            token=self.token,
            place=place,
            following=views.product_address(following[0].product, following[0].place) if following else "",
            saved=saved,
            problem=problem,
        )

    async def correct(self, request: Request) -> Response:
        """Answer a correction, or that it is taken back."""
        fields = await _form(request)
        return await anyio.to_thread.run_sync(partial(self._correct, request, fields))

    def _correct(self, request: Request, fields: list[tuple[str, str]]) -> Response:
        one, lang = dict(fields), lang_of(request)
        if is_other_site(request.headers):
            return _message(request, 403, "refused_title", "refused_advice")
        shown, place = self._get(one.get("id", "")), one.get("review", "")
        given = [value for key, value in fields if key == "label"]

        def refuse(status: int, problem: str) -> Response:
            return self._show_product(request, shown, given, place, problem=problem, status=status)

        if not self.writers.knows(request):
            return refuse(403, TEXTS["not_saved_signed_out"][lang])
        if not is_own_token(one.get("token", ""), self.token):
            return refuse(403, TEXTS["not_saved_restarted"][lang])
        takes_back = one.get("do") == "take-back"
        try:
            correct(self.api.loop, self.store, shown.product.id, None if takes_back else given, by="studio")
        except ChoiceError as error:
            return refuse(422, TEXTS[f"choice_{error.reason}"][lang])
        except (SaekdongError, StoreError) as error:
            return refuse(503, TEXTS["not_saved"][lang].format(reason=error))
        return RedirectResponse(views.product_address(shown, place, "back" if takes_back else "yes"), 303)

    def review(self, request: Request) -> Response:
        """Answer `/review`: what a person should look at, the most doubtful first."""
        lang, vocabulary, after = lang_of(request), self.store.vocabulary, request.query_params.get("after", "")
        in_doubt = self.store.doubtful(after, _AT_ONCE + 1)
        count = self.store.count_doubtful()
        return page(
            request,
            "review.html.j2",
            doubtful=[views.card(each.product, vocabulary, lang, place=each.place) for each in in_doubt[:_AT_ONCE]],
            count=f"{min(count, MOST_COUNTED):,}{'+' if count > MOST_COUNTED else ''}",
            next_page=f"/review?after={in_doubt[_AT_ONCE - 1].place}" if len(in_doubt) > _AT_ONCE else "",
            is_first=not after,
            failed=[
                views.card(product, vocabulary, lang, ", ".join(views.photo_errors(product, lang)))
                for product in ([] if after else self.store.failures(_AT_ONCE))
            ],
        )

    def conflicts(self, request: Request) -> Response:
        """Answer `/conflicts`: products whose feed names a color that their photos do not show, the surest first."""
        lang, vocabulary, after = lang_of(request), self.store.vocabulary, request.query_params.get("after", "")
        found = self.store.conflicts(after, _AT_ONCE + 1)
        count = self.store.count_conflicts()
        return page(
            request,
            "conflicts.html.j2",
            cards=[
                views.card(each.product, vocabulary, lang, each.finding(partial(views.label_of, vocabulary), lang))
                for each in found[:_AT_ONCE]
            ],
            count=f"{min(count, MOST_COUNTED):,}{'+' if count > MOST_COUNTED else ''}",
            next_page=f"/conflicts?after={found[_AT_ONCE - 1].place}" if len(found) > _AT_ONCE else "",
            is_first=not after,
        )

    def corrections(self, _: Request) -> Response:
        """Answer `/corrections.csv`: what people corrected, as `saekdong teach` reads it."""
        stream = io.StringIO()
        write_corrections(self.store.corrections(), stream)
        headers = {"Content-Disposition": 'attachment; filename="photos.csv"', "Cache-Control": "no-store"}
        return Response(stream.getvalue(), headers=headers, media_type="text/csv")

    async def sign_in(self, request: Request) -> Response:
        """Answer `/sign-in`: the page that asks for the token, or the way back with a cookie."""
        fields = await _form(request) if request.method == "POST" else _fields(request.url.query)
        return self.writers.take(request, dict(fields))

    def language(self, request: Request) -> Response:
        """Answer `/language?to=&back=`: keep the language in a cookie and go back."""
        to, back = request.query_params.get("to", ""), request.query_params.get("back", "/")
        answer = RedirectResponse(local_address(back), 303)
        if to in LANGS:
            answer.set_cookie(COOKIE, to, max_age=_YEAR, samesite="lax", httponly=True)
        return answer

    def photo(self, request: Request) -> Response:
        """Answer `/photo?id=&n=`: a photo of a product, small; never one by its path.

        A feed may come from a supplier, so a file is shown only if it stands below the feed's folder or the workspace.
        """
        # Of letters that a header can hold, whatever the address says.
        tag = f'"{quote(request.query_params.get("v", "")[:20])}"'
        if matches(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=_FOREVER)
        shown = self._get(request.query_params.get("id", ""))
        places = {str(number): shown.product.photos[number] for number in views.usable_photos(shown)}
        place = places.get(request.query_params.get("n", ""))
        if place is None or is_web(place):
            # Browsers fetch those in the web from there; a feed shall not make the studio ask its own network.
            raise HTTPException(404)
        folders = (str(self.store.path.parent), self.store.feed_folder(shown.product.id))
        if not any(folder and is_below(place, folder) for folder in folders):
            raise HTTPException(404, "the photo stands outside of its feed's folder and the workspace")
        side = LARGE if request.query_params.get("size") == "large" else SMALL
        try:
            content = self.thumbnails.get(photo_at(place, Path()), str(shown.change), side)
        except PhotoError as error:
            raise HTTPException(404, error.problem) from error
        return Response(content, headers={"ETag": tag, **_FOREVER}, media_type="image/webp")

    def _get(self, product_id: str) -> TaggedProduct:
        shown = self.store.get(product_id)
        if shown is None:
            raise HTTPException(404)
        return shown


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


async def _form(request: Request) -> list[tuple[str, str]]:
    """Read a form's fields, at most 64 KiB of them."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_FORM:
            raise HTTPException(413)
    return _fields(body.decode("utf-8", "replace"))


def _fields(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise HTTPException(400) from error


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)  # noqa: S101
    return JSONResponse({"error": {"code": error.code, "message": error.message}}, error.status)


def _message(request: Request, status: int, heading: str, advice: str) -> Response:
    texts: Mapping[str, str] = {key: text[lang_of(request)] for key, text in TEXTS.items()}
    return page(request, "message.html.j2", status, heading=texts[heading], advice=texts[advice])


def _show_status(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == 404:
        return _message(request, 404, "no_such_page", "no_such_page_advice")
    return _message(request, error.status_code, "error_title", "error_advice")


def _show_failure(request: Request, _: Exception) -> Response:
    return _message(request, 500, "error_title", "error_advice")
