"""One product as staff see it: its photos, tags and history, and the form that corrects it."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple
from urllib.parse import quote, urlencode

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from saekdong.catalog.contract import Store
from saekdong.catalog.corrections import write_corrections
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import OTHER, ChoiceError, to_hex
from saekdong.database import StoreError
from saekdong.errors import SaekdongError
from saekdong.fetch.urls import is_web
from saekdong.lang import Lang
from saekdong.loop import Answer
from saekdong.model.identity import ModelId
from saekdong.review.corrections import correct
from saekdong.web.access import visitor_of
from saekdong.web.desk.console import PAGES, Console
from saekdong.web.desk.lists import LISTS, Listed, read_list
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

_SAVED = {"yes": "saved", "back": "taken_back"}


def product_routes(console: Console) -> list[Route]:
    """Return the routes of products and corrections."""
    pages = _Products(console)
    return [
        Route("/desk/product", pages.product),
        Route("/desk/product/correct", pages.correct, methods=["POST"]),
        Route("/desk/corrections.csv", pages.corrections),
    ]


@dataclass(frozen=True, eq=False)
class _Products:
    console: Console

    def product(self, request: Request) -> Response:
        """Answer `/desk/product?id=`: one product; with `show` and `place`, as a step of a list."""
        fields = request.query_params
        shown = self.console.get(fields.get("id", ""))
        saved = TEXTS[_SAVED[fields["saved"]]][lang_of(request)] if fields.get("saved") in _SAVED else ""
        # `other` is chosen by people alone: the model's says that it does not know.
        given = [tag.label for tag in shown.tags if tag.label != OTHER or shown.corrected_by]
        step = _Step.read(fields)
        return self._show_product(request, shown, given, step, saved)

    def _show_product(
        self,
        request: Request,
        shown: TaggedProduct,
        given: list[str],
        step: "_Step",
        saved: str = "",
        problem: str = "",
        status: int = 200,
    ) -> Response:
        """Show a product.

        Args:
            request: what is answered.
            shown: the product.
            given: the labels that the form has checked.
            step: the list and the place from which it was opened.
            saved: says what was saved.
            problem: says why something was not saved.
            status: the answer's.
        """
        lang, vocabulary, product = lang_of(request), self.console.store.vocabulary, shown.product
        following = step.following(self.console.store, lang)
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
            history=self._history(product.id, request),
            palette=[(color, f"/?{urlencode({'near': color})}") for color in colors],
            choices=choices(vocabulary, {OTHER: 1}, given, lang),
            variants=[
                self._card(each, request)
                for each in self.console.store.variants(product.group)
                if each.product.id != product.id
            ],
            is_read_only=self.console.store.is_read_only,
            is_writer=visitor_of(request).may("editor"),
            sign_in=f"{SIGN_IN}?back={quote(desk_address(shown, *step), safe='')}",
            token=visitor_of(request).form_token,
            step=step,
            list_name=PAGES.texts(request)[f"list_{step.show}"] if step.show else "",
            following=desk_address(following.product, step.show, following.place) if following else "",
            saved=saved,
            problem=problem,
        )

    async def correct(self, request: Request) -> Response:
        """Answer a correction, or that it is taken back."""
        fields = await form(request)
        return await anyio.to_thread.run_sync(partial(self._correct, request, fields))

    def _correct(self, request: Request, fields: Fields) -> Response:
        one, lang = dict(fields), lang_of(request)
        shown, step = self.console.get(one.get("id", "")), _Step.read(one)
        given = [value for key, value in fields if key == "label"]

        def refuse(status: int, problem: str) -> Response:
            return self._show_product(request, shown, given, step, problem=problem, status=status)

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
        if one.get("do") == "save-next" and (following := step.following(self.console.store, lang)):
            return RedirectResponse(desk_address(following.product, step.show, following.place, "yes"), 303)
        return RedirectResponse(desk_address(shown, *step, "back" if takes_back else "yes"), 303)

    def corrections(self, _: Request) -> Response:
        """Answer `/desk/corrections.csv`: what people corrected, as `saekdong teach` reads it."""
        stream = io.StringIO()
        write_corrections(self.console.store.corrections(), stream)
        headers = {"Content-Disposition": 'attachment; filename="photos.csv"', "Cache-Control": "no-store"}
        return Response(stream.getvalue(), headers=headers, media_type="text/csv")

    def _card(self, product: TaggedProduct, request: Request) -> Card:
        corrected = [PAGES.texts(request)["corrected"]] if product.corrected_by else []
        return card(product, self.console.store.vocabulary, lang_of(request), desk_address(product), *corrected)

    def _history(self, product_id: str, request: Request) -> list[tuple[Answer, str, str]]:
        """Return what people said about a product, the newest first, with what they said in words, and the model."""
        lang, texts, vocabulary = lang_of(request), PAGES.texts(request), self.console.store.vocabulary
        answers = self.console.loop.history(product_id)
        undone = {each.undoes for each in answers if each.undoes}
        said = []
        for each in reversed([one for one in answers if one.said.kind != "undo"]):
            names = ", ".join(label_of(vocabulary, label).name(lang) for label in each.said.given)
            text = texts[f"said_{each.said.kind}"].format(labels=names)
            text += f" ({texts['said_undone']})" if each.number in undone else ""
            said.append((each, text, ModelId.stored(each.said.model).short if each.said.model else ""))
        return said


class _Step(NamedTuple):
    """From where a product was opened: a list of `lists.LISTS`, and the place in it; both empty from elsewhere."""

    show: str = ""
    place: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "_Step":
        show, place = given.get("show", ""), given.get("place", "")
        return cls(show, place) if show in LISTS and place else cls()

    def following(self, store: Store, lang: Lang) -> Listed | None:
        """Return the next product of the list."""
        found = read_list(store, self.show, lang, self.place, 1) if self.show else []
        return found[0] if found else None
