"""The review: one question after another, answered by keys or by a form, and a grid to confirm many at once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat
from typing import NamedTuple
from urllib.parse import urlencode

import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from saekdong.color import OTHER, ChoiceError
from saekdong.database import StoreError
from saekdong.errors import SaekdongError
from saekdong.lang import Lang
from saekdong.loop import ItemTakenError
from saekdong.review.bulk import confirm_all, unconfirmed
from saekdong.review.queue import MOST_AT_ONCE, Question
from saekdong.web.access import visitor_of
from saekdong.web.desk.console import PAGES, Console
from saekdong.web.desk.views import desk_address
from saekdong.web.site.forms import Fields, fields, form
from saekdong.web.site.rendering import lang_of
from saekdong.web.site.views import (
    Bar,
    Picture,
    Swatch,
    card,
    choices,
    label_of,
    picture,
    price_text,
    swatch,
    swatch_of,
    usable_photos,
)

KEYS = (*(f"Digit{number}" for number in (*range(1, 10), 0)), *(f"Key{letter}" for letter in "QWERTYUIPADFGHXCVBNM"))
"""The keys of the labels in the vocabulary's order, as `KeyboardEvent.code`: the same under Korean input."""

_Work = Callable[[Request, Fields], Response]
_Endpoint = Callable[[Request], Awaitable[Response]]

_GRID = 24
_MOST_SECONDS = 3600.0
_REVIEW = "/desk/review"


class LabelKey(NamedTuple):
    """A label to choose: its swatch, and its key as `event.code` and as people read it."""

    swatch: Swatch
    code: str
    cap: str


@dataclass(frozen=True)
class Asked:
    """A question as the page shows it.

    Attributes:
        item: the item's number.
        purpose: why it is asked.
        title: the product's.
        price: as people write it.
        category: its path.
        address: of the product's page.
        pictures: its photos.
        shown: the model's labels; none if they are hidden.
        is_blind: the model's labels are hidden.
    """

    item: int
    purpose: str
    title: str
    price: str
    category: str
    address: str
    pictures: Sequence[Picture]
    shown: Sequence[Bar]
    is_blind: bool


def review_routes(console: Console) -> list[Route]:
    """Return the routes of the review."""
    pages = _Review(console)
    return [
        Route(_REVIEW, pages.ask),
        Route(f"{_REVIEW}/answer", pages.posted(pages.answer), methods=["POST"]),
        Route(f"{_REVIEW}/undo", pages.posted(pages.undo), methods=["POST"]),
        Route(f"{_REVIEW}/draw", pages.posted(pages.draw), methods=["POST"]),
        Route(f"{_REVIEW}/bulk", pages.grid),
        Route(f"{_REVIEW}/bulk/confirm", pages.posted(pages.confirm), methods=["POST"]),
    ]


@dataclass(frozen=True, eq=False)
class _Review:
    console: Console

    def ask(self, request: Request) -> Response:
        """Answer `/desk/review`: the next question; with `item`, that one of the person's."""
        given = dict(fields(request.url.query))
        return self._show(request, given.get("item", ""), said=given.get("saved", ""))

    def _show(self, request: Request, item: str, said: str = "", problem: str = "", status: int = 200) -> Response:
        console, lang, texts = self.console, lang_of(request), PAGES.texts(request)
        questions: list[Question] = []
        if not console.store.is_read_only:
            questions = console.review.next(visitor_of(request).name, MOST_AT_ONCE)
        chosen = next((each for each in questions if str(each.item) == item), questions[0] if questions else None)
        rest = [each for each in questions if each is not chosen]
        counts = {purpose: states.get("open", 0) for purpose, states in console.loop.count_items().items()}
        return PAGES.page(
            request,
            "review.html.j2",
            status,
            question=self._asked(chosen, request) if chosen else None,
            following=[self._asked(each, request) for each in rest],
            labels=self._labels(lang),
            open_items=[(texts[f"purpose_{purpose}"], count) for purpose, count in counts.items() if count],
            open_count=sum(counts.values()),
            is_read_only=console.store.is_read_only,
            token=visitor_of(request).form_token,
            said=texts.get(f"review_said_{said}", ""),
            problem=problem,
        )

    def _asked(self, question: Question, request: Request) -> Asked:
        lang, vocabulary, shown = lang_of(request), self.console.store.vocabulary, question.product
        labels = question.labels or {}
        return Asked(
            question.item,
            question.purpose,
            shown.product.title or shown.product.id,
            price_text(shown.product.price, shown.product.currency, lang),
            shown.product.category,
            desk_address(shown),
            [picture(shown, number) for number in usable_photos(shown)],
            [Bar(swatch_of(label, vocabulary, lang), max(1, round(100 * share))) for label, share in labels.items()],
            question.labels is None,
        )

    def _labels(self, lang: Lang) -> list[LabelKey]:
        vocabulary = self.console.store.vocabulary
        keys = chain(KEYS, repeat(""))
        return [
            LabelKey(swatch(label, lang), key, key.removeprefix("Digit").removeprefix("Key"))
            for label, key in zip(vocabulary, keys, strict=False)
        ]

    # Answers

    def posted(self, work: _Work) -> _Endpoint:
        """Return the endpoint of a form: what cannot be recorded is said on the page."""

        async def endpoint(request: Request) -> Response:
            given = await form(request)
            return await anyio.to_thread.run_sync(partial(self._checked, work, request, given))

        return endpoint

    def _checked(self, work: _Work, request: Request, given: Fields) -> Response:
        one, texts = dict(given), PAGES.texts(request)
        try:
            return work(request, given)
        except ItemTakenError:
            return self._show(request, "", problem=texts["review_taken"], status=409)
        except ChoiceError as error:
            reason = texts.get(f"choice_{error.reason}", str(error))
            return self._show(request, one.get("item", ""), problem=reason, status=422)
        except (SaekdongError, StoreError) as error:
            reason = texts["not_saved"].format(reason=error)
            return self._show(request, one.get("item", ""), problem=reason, status=503)

    def answer(self, request: Request, given: Fields) -> Response:
        """Record an answer: `do` is `labels`, `right`, `other` or `skip`; `label` comes in the order of importance."""
        one, by, queue = dict(given), visitor_of(request).name, self.console.review
        item, seconds = _number(one.get("item", "")), _seconds(one.get("seconds", ""))
        labels = _ordered([value for key, value in given if key == "label"], one.get("order", ""))
        do = one.get("do", "labels")
        if do == "skip":
            queue.skip(by, item, seconds)
        elif do == "right" or (do == "labels" and not labels and one.get("blind") != "yes"):
            queue.confirm(by, item, seconds)
        else:
            queue.answer(by, item, (OTHER,) if do == "other" else labels, seconds)
        return RedirectResponse(f"{_REVIEW}?saved={'skip' if do == 'skip' else 'yes'}", 303)

    def undo(self, request: Request, _: Fields) -> Response:
        """Take the person's last answer back, and ask again what it was about."""
        undone = self.console.review.undo(visitor_of(request).name)
        if undone is None:
            return RedirectResponse(f"{_REVIEW}?saved=none", 303)
        back = {"saved": "back"} | ({"item": str(undone.said.item)} if undone.said.item else {})
        return RedirectResponse(f"{_REVIEW}?{urlencode(back)}", 303)

    def draw(self, _: Request, __: Fields) -> Response:
        """Fill the queue for this week."""
        drawn = self.console.review.draw()
        return RedirectResponse(f"{_REVIEW}?saved={'drawn' if any(drawn.values()) else 'drawn_none'}", 303)

    # Many at once

    def grid(self, request: Request) -> Response:
        """Answer `/desk/review/bulk?label=`: products of one first label, never looked at, to confirm at once."""
        console, lang, given = self.console, lang_of(request), fields(request.url.query)
        label = next((value for key, value in given if key == "label"), "")
        vocabulary = console.store.vocabulary
        if label and label not in vocabulary.ids:
            raise HTTPException(404)
        wrong = [console.store.get(value) for key, value in given[: _GRID + 2] if key == "wrong"]
        found = unconfirmed(console.store, label, _GRID) if label else []
        return PAGES.page(
            request,
            "bulk.html.j2",
            label=label_of(vocabulary, label).name(lang) if label else "",
            label_id=label,
            choices=choices(vocabulary, {}, [label], lang),
            products=[(each, card(each, vocabulary, lang, desk_address(each))) for each in found],
            wrong=[card(each, vocabulary, lang, desk_address(each)) for each in wrong if each],
            token=visitor_of(request).form_token,
            saved=dict(given).get("saved", "") if dict(given).get("saved", "").isdecimal() else "",
        )

    def confirm(self, request: Request, given: Fields) -> Response:
        """Confirm the labels of the products shown, except of those taken out."""
        shown = [value for key, value in given if key == "shown"][:_GRID]
        wrong = {value for key, value in given if key == "wrong"}
        label = dict(given).get("of", "")
        seen = [tuple(each.split(" ", 1)) for each in shown if " " in each]
        right = {product: int(change) for change, product in seen if change.isdecimal() and product not in wrong}
        count = confirm_all(self.console.loop, self.console.store, right, visitor_of(request).name)
        then = [("label", label), ("saved", str(count)), *(("wrong", each) for _, each in seen if each in wrong)]
        return RedirectResponse(f"{_REVIEW}/bulk?{urlencode(then)}", 303)


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 15:
        raise HTTPException(404)
    return int(text)


def _seconds(text: str) -> float | None:
    """Read how long a person looked; anything else is unknown."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return round(seconds, 1) if 0 <= seconds <= _MOST_SECONDS else None


def _ordered(labels: Sequence[str], order: str) -> list[str]:
    """Return the chosen labels, the first chosen first.

    Example:
        >>> _ordered(["navy", "red"], "red navy gone"), _ordered(["navy", "red"], "")
        (['red', 'navy'], ['navy', 'red'])
    """
    places = {label: place for place, label in enumerate(order.split())}
    return sorted(labels, key=lambda label: places.get(label, len(places)))
