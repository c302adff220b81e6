"""Products as staff see them: what to look at, one product with its tags, and corrections."""

import io
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote, urlencode

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from saekdong.catalog.corrections import write_corrections
from saekdong.catalog.review import MOST_COUNTED
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import OTHER, ChoiceError, to_hex
from saekdong.database import StoreError
from saekdong.errors import SaekdongError
from saekdong.fetch.urls import is_web
from saekdong.model.identity import ModelId
from saekdong.review.corrections import correct
from saekdong.web.access import visitor_of
from saekdong.web.desk.console import PAGES, Console
from saekdong.web.desk.sign_in import SIGN_IN
from saekdong.web.desk.texts import TEXTS
from saekdong.web.desk.views import desk_address
from saekdong.web.site.forms import Fields, form
from saekdong.web.site.rendering import lang_of
from saekdong.web.site.views import (
    Card,
    bars,
    card,
    choices,
    label_of,
    photo_errors,
    picture,
    price_text,
    usable_photos,
)

_AT_ONCE = 48
_SAVED = {"yes": "saved", "back": "taken_back"}


def product_routes(console: Console) -> list[Route]:
    """Return the routes of products and corrections."""
    pages = _Products(console)
    return [
        Route("/desk/product", pages.product),
        Route("/desk/product/correct", pages.correct, methods=["POST"]),
        Route("/desk/doubtful", pages.doubtful),
        Route("/desk/conflicts", pages.conflicts),
        Route("/desk/corrections.csv", pages.corrections),
    ]


@dataclass(frozen=True, eq=False)
class _Products:
    console: Console

    def product(self, request: Request) -> Response:
        """Answer `/desk/product?id=`: one product; with `review`, as a step of the review."""
        fields = request.query_params
        shown = self.console.get(fields.get("id", ""))
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
        lang, vocabulary, product = lang_of(request), self.console.store.vocabulary, shown.product
        following = self.console.store.doubtful(place, 1) if place else []
        colors = [to_hex((color.red, color.green, color.blue)) for color in shown.palette]
        return PAGES.page(
            request,
            "product.html.j2",
            status,
            product=shown,
            title=product.title or product.id,
            price=price_text(product.price, product.currency, lang),
            pictures=[picture(shown, number) for number in usable_photos(shown)],
            errors=photo_errors(shown, lang),
            category_address=f"/?{urlencode({'category': product.category})}",
            shop_page=product.link if is_web(product.link) else "",
            bars=bars(shown, vocabulary, lang),
            models=[ModelId.stored(model).short for model in shown.models if model],
            palette=[(color, f"/?{urlencode({'near': color})}") for color in colors],
            choices=choices(vocabulary, {OTHER: 1}, given, lang),
            variants=[
                self._card(each, request)
                for each in self.console.store.variants(product.group)
                if each.product.id != product.id
            ],
            is_read_only=self.console.store.is_read_only,
            is_writer=visitor_of(request).may("editor"),
            sign_in=f"{SIGN_IN}?back={quote(desk_address(shown, place), safe='')}",
            token=visitor_of(request).form_token,
            place=place,
            following=desk_address(following[0].product, following[0].place) if following else "",
            saved=saved,
            problem=problem,
        )

    async def correct(self, request: Request) -> Response:
        """Answer a correction, or that it is taken back."""
        fields = await form(request)
        return await anyio.to_thread.run_sync(partial(self._correct, request, fields))

    def _correct(self, request: Request, fields: Fields) -> Response:
        one, lang = dict(fields), lang_of(request)
        shown, place = self.console.get(one.get("id", "")), one.get("review", "")
        given = [value for key, value in fields if key == "label"]

        def refuse(status: int, problem: str) -> Response:
            return self._show_product(request, shown, given, place, problem=problem, status=status)

        takes_back = one.get("do") == "take-back"
        try:
            correct(
                self.console.api.loop,
                self.console.store,
                shown.product.id,
                None if takes_back else given,
                by=visitor_of(request).name,
            )
        except ChoiceError as error:
            return refuse(422, TEXTS[f"choice_{error.reason}"][lang])
        except (SaekdongError, StoreError) as error:
            return refuse(503, TEXTS["not_saved"][lang].format(reason=error))
        return RedirectResponse(desk_address(shown, place, "back" if takes_back else "yes"), 303)

    def doubtful(self, request: Request) -> Response:
        """Answer `/desk/doubtful`: what a person should look at, the most doubtful first."""
        lang, after = lang_of(request), request.query_params.get("after", "")
        in_doubt = self.console.store.doubtful(after, _AT_ONCE + 1)
        count = self.console.store.count_doubtful()
        return PAGES.page(
            request,
            "doubtful.html.j2",
            doubtful=[self._card(each.product, request, place=each.place) for each in in_doubt[:_AT_ONCE]],
            count=f"{min(count, MOST_COUNTED):,}{'+' if count > MOST_COUNTED else ''}",
            next_page=f"/desk/doubtful?after={in_doubt[_AT_ONCE - 1].place}" if len(in_doubt) > _AT_ONCE else "",
            is_first=not after,
            failed=[
                self._card(product, request, ", ".join(photo_errors(product, lang)))
                for product in ([] if after else self.console.store.failures(_AT_ONCE))
            ],
        )

    def conflicts(self, request: Request) -> Response:
        """Answer `/desk/conflicts`: products whose feed names a color that no photo shows, the surest first."""
        lang, vocabulary, after = lang_of(request), self.console.store.vocabulary, request.query_params.get("after", "")
        found = self.console.store.conflicts(after, _AT_ONCE + 1)
        count = self.console.store.count_conflicts()
        return PAGES.page(
            request,
            "conflicts.html.j2",
            cards=[
                self._card(each.product, request, each.finding(partial(label_of, vocabulary), lang))
                for each in found[:_AT_ONCE]
            ],
            count=f"{min(count, MOST_COUNTED):,}{'+' if count > MOST_COUNTED else ''}",
            next_page=f"/desk/conflicts?after={found[_AT_ONCE - 1].place}" if len(found) > _AT_ONCE else "",
            is_first=not after,
        )

    def corrections(self, _: Request) -> Response:
        """Answer `/desk/corrections.csv`: what people corrected, as `saekdong teach` reads it."""
        stream = io.StringIO()
        write_corrections(self.console.store.corrections(), stream)
        headers = {"Content-Disposition": 'attachment; filename="photos.csv"', "Cache-Control": "no-store"}
        return Response(stream.getvalue(), headers=headers, media_type="text/csv")

    def _card(self, product: TaggedProduct, request: Request, *notes: str, place: str = "") -> Card:
        lang, address = lang_of(request), desk_address(product, place)
        corrected = [TEXTS["corrected"][lang]] if product.corrected_by else []
        return card(product, self.console.store.vocabulary, lang, address, *notes, *corrected)
