"""A canary: a part of the shop gets another version's tags first, and people compare the two, blind.

The part is whole feeds, or products by chance if no feeds are of the right size. A canary that is killed is continued
by the next call of `resume`; it ends with a promotion of its version, or is taken back.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from saekdong.catalog.product_facts import ProductFacts
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.errors import SaekdongError
from saekdong.evidence.gate import DifferenceTest
from saekdong.loop import ModelVersion, Run
from saekdong.loop.answers import JUDGING
from saekdong.loop.versions import CANARY, CHAMPION
from saekdong.model.artifact import unpack
from saekdong.registry.difference import LEAST, Difference, Retagging
from saekdong.registry.gate import Gate
from saekdong.registry.promotion import CANARY_KIND, Progress, Promoter, silent
from saekdong.tagging import Tagger

ASKED = 40
"""So many of its products whose first label changes are put into the review queue."""

_AT_ONCE = 500


@dataclass(frozen=True)
class Canary:
    """A version on trial.

    Attributes:
        version: the version.
        share: the part of the products that it should have, 0 to 1.
        feeds: the feeds whose products it has; empty if it has products of all feeds, by chance.
    """

    version: ModelVersion
    share: float
    feeds: tuple[str, ...]

    def has(self, product: ProductFacts) -> bool:
        """Return whether a product belongs to its part of the shop."""
        return product.feed in self.feeds if self.feeds else _chance(f"{self.version} {product.id}") < self.share


@dataclass(frozen=True)
class CanaryReport:
    """How a canary does.

    Attributes:
        canary: the version on trial, with its part of the shop.
        products: how many products the part has.
        tagged: how many of them have its tags.
        asked: how many were put into the queue.
        test: the blind answers so far, as the gate counts them.
    """

    canary: Canary
    products: int
    tagged: int
    asked: int
    test: DifferenceTest

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "version": str(self.canary.version),
            "share": self.canary.share,
            "feeds": list(self.canary.feeds),
            "products": self.products,
            "tagged": self.tagged,
            "asked": self.asked,
            "answers": self.test.answers,
            "wins": self.test.wins,
            "losses": self.test.losses,
            "evidence": round(self.test.evidence, 3),
            "verdict": self.test.verdict,
        }


@dataclass(frozen=True)
class CanaryTrial:
    """Puts a version on trial in a part of the shop, and takes it back.

    Attributes:
        promoter: the catalog, its features, and the record of versions.
    """

    promoter: Promoter

    def current(self) -> Canary | None:
        """Return the version on trial, or None."""
        loop = self.promoter.loop
        version = loop.find_version(CANARY)
        begun = [run for run in loop.runs(CANARY_KIND) if not run.inputs.get("ends")]
        return _canary(version, begun[-1]) if version and begun else None

    def begin(
        self,
        version: ModelVersion,
        share: float,
        by: str,
        why: str,
        least: float = LEAST,
        on_progress: Progress = silent,
    ) -> Difference:
        """Give a part of the shop a version's tags, and put products whose first label changes into the review queue.

        The same version and share again give its tags to products that came in since.

        Args:
            version: the version.
            share: the part of the products, above 0, below 1.
            by: who decided.
            why: the reason, for the history.
            least: by how much it must be surer of another first label.
            on_progress: called with how many products are done.

        Raises:
            SaekdongError: another version is on trial, it is the champion, it learned from colors alone, or a
                promotion has not ended.
        """
        loop, store = self.promoter.loop, self.promoter.store
        self.promoter.job.check_ended(version)
        self.promoter.retagging(version, least)
        if version == loop.version(CHAMPION):
            raise SaekdongError(f"{version} is the champion already", fix="name another version")
        feeds = _feeds(store.feed_counts(), share, str(version))
        inputs = {"version": str(version), "why": why, "least": least, "share": share, "feeds": feeds}
        run = loop.begin_run(by, CANARY_KIND, f"{len(loop.runs(CANARY_KIND)) + 1} {version}", inputs)
        return self.carry_out(run, on_progress)

    def end(self, by: str, why: str, on_progress: Progress = silent) -> Difference:
        """Take the canary back: what it tagged, the champion tags again.

        Raises:
            SaekdongError: there is none, or a promotion has not ended.
        """
        loop, canary = self.promoter.loop, self.current()
        if canary is None:
            raise SaekdongError("no version is on trial", fix="see 'saekdong registry list'")
        self.promoter.job.check_ended(canary.version)
        inputs = {"version": str(canary.version), "why": why, "least": -1.0, "ends": True}
        run = loop.begin_run(by, CANARY_KIND, f"{len(loop.runs(CANARY_KIND)) + 1} {canary.version}", inputs)
        return self.carry_out(run, on_progress)

    def carry_out(self, run: Run, on_progress: Progress = silent) -> Difference:
        """Do what a run says, or what is left of it."""
        loop, version = self.promoter.loop, self.promoter.loop.version(run.inputs["version"])
        if run.inputs.get("ends"):
            champion = loop.version(CHAMPION)
            retagging = self._retagging(champion, -1.0, instead_of=version.model)
            self._write(retagging, champion, None, on_progress)
            if loop.find_version(CANARY):
                loop.alias(run.by, CANARY, None, run.inputs["why"])
        else:
            canary = _canary(version, run)
            ids = [each.id for each in self.promoter.store.facts(with_shares=False) if canary.has(each)]
            if not any(draw.about.get("canary") == run.number for draw in loop.draws("difference")):
                note = {"canary": run.number}
                Gate(self.promoter).ask(version, least=run.inputs["least"], ids=ids, most=ASKED, note=note)
            if loop.find_version(CANARY) != version:
                loop.alias(run.by, CANARY, version, run.inputs["why"])
            self._accept(version)
            retagging = self._retagging(version, run.inputs["least"])
            self._write(retagging, version, ids, on_progress)
        loop.end_run(run.number, retagging.difference.to_json())
        return retagging.difference

    def resume(self, on_progress: Progress = silent) -> Difference | None:
        """Continue what has not ended; return None if there is nothing."""
        run = next(iter(self.promoter.loop.runs(CANARY_KIND, open_only=True)), None)
        return self.carry_out(run, on_progress) if run else None

    def report(self) -> CanaryReport | None:
        """Return how the canary does; None if no version is on trial."""
        canary, loop = self.current(), self.promoter.loop
        if canary is None:
            return None
        part = [each for each in self.promoter.store.facts() if canary.has(each)]
        tagged = sum(any(photo.model == canary.version.model for photo in each.photos) for each in part)
        draws = {each.number for each in loop.draws("difference") if "canary" in each.about}
        items = {
            each.number: each
            for each in loop.items(purpose="difference")
            if each.draw in draws and loop.find_draw(each.draw).model == canary.version.model
        }
        test = DifferenceTest()
        for answer in loop.answers():
            if answer.said.item in items and answer.said.kind in JUDGING:
                about, given = items[answer.said.item].item.about, answer.said.given
                test = test.after((about["challenger"] in given) - (about["champion"] in given))
        return CanaryReport(canary, len(part), tagged, len(items), test)

    def _accept(self, version: ModelVersion) -> None:
        """Let the catalog keep a version's tags beside those of its model."""
        store = self.promoter.store
        model = store.model()
        if model and version.model not in model.current:
            accepts = (*model.accepts, str(version.model))
            store.set_model(TaggingModel(model.name, model.id, model.since, model.packed, accepts))

    def _retagging(self, version: ModelVersion, least: float, instead_of: str | None = None) -> Retagging:
        packed = self.promoter.loop.packed(version)
        model = TaggingModel(str(version), version.model, "", packed)
        store, features = self.promoter.store, self.promoter.features
        return Retagging(store, features, Tagger(unpack(packed)), model, least, instead_of)

    def _write(self, retagging: Retagging, version: ModelVersion, ids: list[str] | None, on_progress: Progress) -> None:
        retags = retagging.retags(ids, on_progress)
        while some := list(islice(retags, _AT_ONCE)):
            self.promoter.store.put_shares(((each.product.id, each.shares) for each in some), version.model)


def _canary(version: ModelVersion, run: Run) -> Canary:
    return Canary(version, run.inputs["share"], tuple(run.inputs["feeds"]))


def _feeds(counts: Mapping[str, int], share: float, key: str) -> list[str]:
    """Return feeds that together have half to one and a half of a share of the products; none if no feeds have."""
    wanted, chosen, size = share * sum(counts.values()), [], 0
    for feed in sorted(counts, key=lambda feed: _chance(f"{key} {feed}")):
        if size + counts[feed] <= 1.5 * wanted:
            chosen.append(feed)
            size += counts[feed]
    return chosen if size >= wanted / 2 else []


def _chance(text: str) -> float:
    """Return a number from 0 to 1 that depends on a text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) / 2**64
