"""The desk's first page: how the shop is doing, and what to do next; and the page of an alarm."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from saekdong.catalog.query import Query
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import OTHER_LABEL
from saekdong.loop import Alarm
from saekdong.monitoring.history import History, shop_history
from saekdong.monitoring.status import Status, read_status
from saekdong.monitoring.watching import Watch
from saekdong.web.access import visitor_of
from saekdong.web.desk import charts
from saekdong.web.desk.circle import place_stations
from saekdong.web.desk.console import PAGES, Console
from saekdong.web.desk.views import desk_address
from saekdong.web.site.forms import form
from saekdong.web.site.rendering import lang_of
from saekdong.web.site.views import Card, card, swatch, swatch_of

_DAYS = (7, 14, 30)
_NEWEST = Query(sort="newest", limit=1)
_STREAMS = ("photo", "mix", "model")


@dataclass(frozen=True)
class AlarmRow:
    """An alarm in the list: what happened, since when, and how many products are at stake."""

    number: int
    kind: str
    sentence: str
    since: str
    products: int
    snoozed_until: str


def dashboard_routes(console: Console) -> list[Route]:
    """Return the routes of the first page and of alarms."""
    pages = _Dashboard(console)
    return [
        Route("/desk", pages.show),
        Route("/desk/alarms/{number:int}", pages.alarm),
        Route("/desk/alarms/{number:int}/snooze", pages.snooze, methods=["POST"]),
    ]


@dataclass(frozen=True, eq=False)
class _Dashboard:
    console: Console
    _facts: "_Facts" = field(default_factory=lambda: _Facts())

    def show(self, request: Request) -> Response:
        """Answer `/desk`: the lamp, the circle, accuracy, evidence, labels, alarms and open work."""
        console, lang, texts = self.console, lang_of(request), PAGES.texts(request)
        watch = self._watch()
        status, history = self._facts.read(watch) if watch else (None, History({}, {}, {}))
        vocabulary = console.store.vocabulary
        swatches = [*(swatch(label, lang) for label in vocabulary), swatch(OTHER_LABEL, lang)]
        streams = {kind: texts[f"evidence_{kind}"] for kind in _STREAMS}
        products = console.store.find(_NEWEST).total_text
        return PAGES.page(
            request,
            "dashboard.html.j2",
            shop=status,
            products=products,
            is_empty=products == "0",
            places=place_stations(status, texts, products) if status else (),
            accuracy=charts.band_chart(
                {week: (each.value, each.low, each.high) for week, each in history.accuracy.items()},
                status.goal if status else None,
                texts["accuracy"],
            ),
            accuracy_rows=history.accuracy,
            evidence=charts.evidence_chart(history.evidence, streams),
            evidence_rows=history.evidence,
            streams=streams,
            labels=charts.stripe_chart(
                history.labels, [each.color for each in swatches], [each.name for each in swatches]
            ),
            label_rows=history.labels,
            swatches=swatches,
            alarms=[_row(alarm, lang) for alarm in _by_stake(status.alarms)] if status else [],
        )

    def alarm(self, request: Request) -> Response:
        """Answer `/desk/alarms/NUMBER`: why it was raised, with the products that moved it."""
        found, lang = self._alarm(request), lang_of(request)
        moved = [self.console.store.get(each) for each in found.evidence.get("products", ())]
        tags = found.evidence.get("tags", {})
        vocabulary = self.console.store.vocabulary
        return PAGES.page(
            request,
            "alarm.html.j2",
            alarm=_row(found, lang),
            is_open=found.closed is None,
            evidence=found.evidence,
            cards=[self._card(each, request) for each in moved if each],
            tags=[(swatch_of(label, vocabulary, lang), count) for label, count in tags.items()],
            feeds=found.evidence.get("feeds", {}),
            days=_DAYS,
            may_write=visitor_of(request).may("editor"),
            token=visitor_of(request).form_token,
        )

    async def snooze(self, request: Request) -> Response:
        """Let an alarm rest for some days."""
        days, number = dict(await form(request)).get("days", ""), request.path_params["number"]
        if days not in map(str, _DAYS):
            raise HTTPException(400)
        self._alarm(request)
        until = (self.console.loop.clock() + timedelta(days=int(days))).date().isoformat()
        self.console.loop.snooze(visitor_of(request).name, number, until)
        return RedirectResponse(f"/desk/alarms/{number}?{urlencode({'saved': 'yes'})}", 303)

    def _alarm(self, request: Request) -> Alarm:
        number = request.path_params["number"]
        found = next((each for each in self.console.loop.alarms() if each.number == number), None)
        if found is None:
            raise HTTPException(404)
        return found

    def _card(self, product: TaggedProduct, request: Request) -> Card:
        return card(product, self.console.store.vocabulary, lang_of(request), desk_address(product))

    def _watch(self) -> Watch | None:
        api = self.console.api
        if api.artifact is None:
            return None
        return Watch(self.console.loop, self.console.store, api.features, api.artifact, self.console.goal)


class _Facts:
    """What the page says, found again only after something was answered, looked at or raised."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key: Sequence[object] = ()
        self._found: tuple[Status, History] | None = None

    def read(self, watch: Watch) -> tuple[Status, History]:
        """Return how the shop does, and did."""
        with self._lock:
            key = (watch.loop.mark(), watch.artifact.id)
            if self._found is None or key != self._key:
                self._key, self._found = key, (read_status(watch), shop_history(watch.loop, watch.artifact.id))
            return self._found


def _by_stake(alarms: Sequence[Alarm]) -> list[Alarm]:
    """Return alarms, those that name the most products first; one about a service touches all."""
    return sorted(alarms, key=lambda alarm: (alarm.kind in ("service", "model"), _stake(alarm.evidence)), reverse=True)


def _stake(evidence: Mapping[str, object]) -> int:
    moved = evidence.get("moved", ())
    return len(moved) if isinstance(moved, Sequence) else 0


def _row(alarm: Alarm, lang: str) -> AlarmRow:
    sentence = str(alarm.evidence.get(lang, alarm.cause))
    return AlarmRow(alarm.number, alarm.kind, sentence, alarm.opened[:10], _stake(alarm.evidence), alarm.snoozed_until)
