"""The shop's models: versions and where they come from, what a challenger would change, promotion and rollback."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from saekdong.jobs import JobOrder
from saekdong.lang import Lang
from saekdong.loop import Loop, ModelVersion
from saekdong.loop.versions import CHALLENGER, CHAMPION
from saekdong.registry.promotion import KIND as PROMOTION
from saekdong.web.desk.comparisons import ModelComparison, compare_order, find_comparison
from saekdong.web.desk.console import PAGES
from saekdong.web.desk.flows import Flow, draw_flows, grid_of
from saekdong.web.desk.texts.models import MODELS_TEXTS
from saekdong.web.desk.views import desk_address
from saekdong.web.desk.work import Fields, Work, feed_text, started_by, why_of
from saekdong.web.site.rendering import lang_of
from saekdong.web.site.views import Card, Swatch, card, swatch_of

DIFFERENCE = "/desk/models/diff"
_STRIPS, _IN_STRIP = 8, 6
_NO_COLOR = "#8c8d8f"


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """A version in the table.

    Attributes:
        version: the version.
        aliases: what it is called now, such as `champion`.
        made_from: what it learned from, in the reader's language.
        top1: how often its first tag was right when it was made, before and after; None if it does not say.
    """

    version: ModelVersion
    aliases: tuple[str, ...]
    made_from: str
    top1: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class FlowStrip:
    """Products of a flow: the flow, its labels, the address of all its examples, and some of them."""

    flow: Flow
    before: Swatch
    after: Swatch
    address: str
    cards: tuple[Card, ...]


def models_routes(work: Work) -> list[Route]:
    """Return the routes of models."""
    pages = _Models(work)
    return [
        Route("/desk/models", pages.models),
        Route(DIFFERENCE, pages.difference),
        Route("/desk/models/compare", work.starting(pages.compare), methods=["POST"]),
        Route("/desk/models/ask", work.starting(pages.ask), methods=["POST"]),
        Route("/desk/models/promote", pages.confirm_promotion),
        Route("/desk/models/promote/start", work.starting(pages.promote), methods=["POST"]),
        Route("/desk/models/resume", work.starting(pages.resume), methods=["POST"]),
        Route("/desk/models/rollback", pages.confirm_rollback),
        Route("/desk/models/rollback/start", work.starting(pages.roll_back), methods=["POST"]),
    ]


def difference_address(version: str = CHALLENGER, flow: Flow | None = None) -> str:
    """Return the address of what a version would change, or of one of its flows."""
    fields = {"of": version, "from": CHAMPION, **({"flow": flow.key} if flow else {})}
    return f"{DIFFERENCE}?{urlencode(fields)}"


@dataclass(frozen=True, eq=False)
class _Models:
    work: Work

    @property
    def _loop(self) -> Loop:
        return self.work.console.api.loop

    def models(self, request: Request) -> Response:
        """Answer `/desk/models`: the versions, and which was in use when."""
        loop, lang = self._loop, lang_of(request)
        aliases = loop.aliases()
        now = {alias.name: alias.version for alias in aliases}
        versions = [_shown(version, now, lang) for version in reversed(loop.versions())]
        champions = [alias for alias in aliases if alias.name == CHAMPION and alias.version]
        unfinished = next(iter(loop.runs(PROMOTION, open_only=True)), None)
        return self.work.page(
            request,
            "models.html.j2",
            champion=champions[-1] if champions else None,
            challenger=now.get(CHALLENGER),
            difference=difference_address(),
            versions=versions,
            history=aliases[::-1],
            previous=_previous(loop),
            unfinished=unfinished.inputs["version"] if unfinished else "",
        )

    def difference(self, request: Request) -> Response:
        """Answer `/desk/models/diff?of=&from=`: what a version would change, and whether it may be promoted."""
        fields = request.query_params
        version = self._loop.find_version(fields.get("of", CHALLENGER))
        champion = self._loop.find_version(CHAMPION)
        base = self._loop.find_version(fields.get("from", CHAMPION))
        found = find_comparison(self.work.jobs, version, champion) if version and champion else None
        show = partial(self.work.page, request, "difference.html.j2", candidate=version, champion=champion)
        if version is None or champion is None or version.model == champion.model:
            return show(comparison=None, reason="none")
        if base is None or base.model != champion.model:
            return show(comparison=None, reason="other", base=base or fields.get("from", ""))
        if found is None:
            return show(comparison=None, reason="missing")
        return show(comparison=found, **self._shown_difference(found, request, str(version)))

    def _shown_difference(self, found: ModelComparison, request: Request, version: str) -> Mapping[str, Any]:
        lang, flows = lang_of(request), found.flows
        swatch = partial(self._swatch, lang=lang)
        chosen = [flow for flow in flows if flow.key == request.query_params.get("flow")]

        def link_cell(before: str, after: str) -> str:
            return difference_address(version, Flow(before, after, 0))

        strips = [self._strip(flow, lang, version, None if chosen else _IN_STRIP) for flow in chosen or flows[:_STRIPS]]
        most = f"{swatch(flows[0].before).name} → {swatch(flows[0].after).name}" if flows else ""
        description = MODELS_TEXTS["flow_description"][lang].format(
            count=f"{sum(flow.count for flow in flows):,}", flows=len(flows), most=most
        )
        return {
            "is_old": found.is_old(self.work.console.store.version()),
            "checks": found.checks(lang, lambda label: swatch(label).name),
            "picture": draw_flows(flows, swatch),
            "grid": grid_of(flows, swatch),
            "flow_description": description,
            "strips": strips,
            "feed_text": feed_text,
            "link_cell": link_cell,
            "is_one_flow": bool(chosen),
            "all_address": difference_address(version),
        }

    def compare(self, request: Request, fields: Fields) -> JobOrder | Response:
        """Return the job that compares a version with the champion."""
        version, champion = self._need(fields), self._loop.find_version(CHAMPION)
        if champion is None:
            raise HTTPException(404)
        return compare_order(version, champion, self.work.console.store.version(), started_by(request))

    def ask(self, request: Request, fields: Fields) -> JobOrder | Response:
        """Return the job that asks people about a version."""
        version, person = self._need(fields), started_by(request)
        command = ["registry", "gate", "--ask", f"--by={person}", "--format", "json", "--", str(version)]
        return JobOrder("ask", [command], person, {"version": str(version)})

    def confirm_promotion(self, request: Request) -> Response:
        """Answer `/desk/models/promote?version=`: what a promotion does, before it is done."""
        return self._confirm_promotion(request, request.query_params)

    def _confirm_promotion(self, request: Request, fields: Mapping[str, str], problem: str = "") -> Response:
        version, champion = self._need(fields), self._loop.find_version(CHAMPION)
        found = find_comparison(self.work.jobs, version, champion) if champion else None
        lang = lang_of(request)
        return self.work.page(
            request,
            "promote.html.j2",
            422 if problem else 200,
            candidate=version,
            comparison=found,
            checks=found.checks(lang, lambda label: self._swatch(label, lang).name) if found else [],
            person=started_by(request),
            problem=problem,
            difference=difference_address(str(version)),
        )

    def promote(self, request: Request, fields: Fields) -> JobOrder | Response:
        """Return the job that promotes a version; without a reason only if the gate is passed."""
        version, champion, why = self._need(fields), self._loop.find_version(CHAMPION), why_of(fields)
        found = find_comparison(self.work.jobs, version, champion) if champion else None
        passes = found is not None and found.passes
        if not passes and not why:
            return self._confirm_promotion(request, fields, PAGES.texts(request)["promote_needs_why"])
        person = started_by(request)
        options = [f"--by={person}", f"--why={why}", *([] if passes else ["--force"])]
        command = ["registry", "promote", "--yes", "--format", "json", *options, "--", str(version)]
        return JobOrder("promote", [command], person, {"version": str(version), "why": why})

    def resume(self, request: Request, _: Fields) -> JobOrder | Response:
        """Return the job that finishes a promotion that was stopped."""
        person = started_by(request)
        return JobOrder("resume", [["registry", "promote", "--resume", "--format", "json", f"--by={person}"]], person)

    def confirm_rollback(self, request: Request) -> Response:
        """Answer `/desk/models/rollback`: what going back does, before it is done."""
        previous = _previous(self._loop)
        if previous is None:
            raise HTTPException(404)
        current = self._loop.find_version(CHAMPION)
        person = started_by(request)
        return self.work.page(request, "rollback.html.j2", candidate=previous, current=current, person=person)

    def roll_back(self, request: Request, fields: Fields) -> JobOrder | Response:
        """Return the job that goes back to the champion before."""
        if _previous(self._loop) is None:
            raise HTTPException(404)
        person, why = started_by(request), why_of(fields)
        command = ["registry", "rollback", "--yes", "--format", "json", f"--by={person}", f"--why={why}"]
        return JobOrder("rollback", [command], person, {"why": why})

    def _need(self, fields: Mapping[str, str]) -> ModelVersion:
        """Return the version that a form names.

        Raises:
            HTTPException: 404 if there is none.
        """
        version = self._loop.find_version(fields.get("version", ""))
        if version is None:
            raise HTTPException(404)
        return version

    def _swatch(self, label: str, lang: Lang) -> Swatch:
        if not label:
            return Swatch("", MODELS_TEXTS["no_label"][lang], _NO_COLOR, "light")
        return swatch_of(label, self.work.console.store.vocabulary, lang)

    def _strip(self, flow: Flow, lang: Lang, version: str, most: int | None) -> FlowStrip:
        store = self.work.console.store
        shown = [product for each in flow.examples[:most] if (product := store.get(each))]
        cards = tuple(card(product, store.vocabulary, lang, desk_address(product)) for product in shown)
        ends = self._swatch(flow.before, lang), self._swatch(flow.after, lang)
        return FlowStrip(flow, *ends, difference_address(version, flow), cards)


def _shown(version: ModelVersion, now: Mapping[str, str | None], lang: Lang) -> ShownVersion:
    lineage = version.lineage
    aliases = tuple(name for name in (CHAMPION, CHALLENGER) if now.get(name) == str(version))
    before, after = (lineage.figures.get(name) for name in ("before", "after"))
    top1 = (before["top1"], after["top1"]) if before and after and "top1" in before and "top1" in after else None
    return ShownVersion(version, aliases, _made_from(version, lang), top1)


def _made_from(version: ModelVersion, lang: Lang) -> str:
    lineage, kind = version.lineage, version.lineage.recipe.get("kind", "")
    if kind == "retrain":
        return MODELS_TEXTS["made_answers"][lang].format(count=f"{lineage.answers:,}")
    if kind == "teach":
        count = lineage.figures.get("photos") or len(lineage.photos)
        return MODELS_TEXTS["made_photos"][lang].format(count=f"{count:,}")
    return MODELS_TEXTS[f"made_{kind}" if kind in ("catalog", "import") else "made_other"][lang]


def _previous(loop: Loop) -> str | None:
    """Return the version that was the champion before the present one, or None."""
    names = [alias.version for alias in loop.aliases(CHAMPION) if alias.version]
    return next((name for name in reversed(names) if name != names[-1]), None)
