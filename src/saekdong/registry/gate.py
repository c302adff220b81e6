"""The gate: what a challenger must pass before it becomes the champion.

People are asked blind about products whose first label would change, so a few dozen answers decide: on all other
products both models agree (docs/registry.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from saekdong.errors import SaekdongError
from saekdong.evidence.audit import AuditAnswers, Estimate, estimate_accuracy
from saekdong.evidence.gate import MOST_ANSWERS, THRESHOLD, DifferenceTest, recall_losses
from saekdong.lang import counted
from saekdong.loop import Answer, DrawItem, ModelVersion, NewItem
from saekdong.loop.answers import JUDGING
from saekdong.loop.versions import CHAMPION
from saekdong.model.artifact import unpack
from saekdong.registry.difference import LEAST, Difference
from saekdong.registry.promotion import Progress, Promoter, silent
from saekdong.tagging import Tagger

MOST_CHURN = 0.2
"""More products than this share must not get another first label at once."""

_SAME_SHARE = 1e-3
_PHOTOS_CHECKED = 500
_NO_NOTE: Mapping[str, Any] = {}


@dataclass(frozen=True)
class GateCheck:
    """One check of the gate.

    Attributes:
        name: of the check.
        passes: whether it is passed.
        reason: why, for people.
        figures: what it was decided by.
    """

    name: str
    passes: bool
    reason: str
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class GateReport:
    """What the gate says of a version.

    Attributes:
        version: the challenger.
        champion: the version in use.
        checks: all checks, in order.
        difference: what the challenger would change.
    """

    version: ModelVersion
    champion: ModelVersion
    checks: tuple[GateCheck, ...]
    difference: Difference

    @property
    def passes(self) -> bool:
        """Whether all checks are passed."""
        return all(check.passes for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data, without the difference."""
        checks = [asdict(check) for check in self.checks]
        return {
            "version": str(self.version),
            "champion": str(self.champion),
            "passes": self.passes,
            "checks": checks,
        }


@dataclass(frozen=True)
class Gate:
    """Judges whether a version may become the champion.

    Attributes:
        promoter: compares and promotes.
        goal: the least accuracy that the shop wants, 0 to 1; None if it set none.
    """

    promoter: Promoter
    goal: float | None = None

    def ask(
        self,
        version: ModelVersion,
        seed: int = 0,
        least: float = LEAST,
        on_progress: Progress = silent,
        ids: Sequence[str] | None = None,
        most: int = MOST_ANSWERS,
        note: Mapping[str, Any] = _NO_NOTE,
    ) -> int:
        """Fill the review queue with products whose first label would change, drawn by chance.

        Args:
            version: the challenger.
            seed: of the draw.
            least: as for `Promoter.promote`.
            on_progress: called with how many products are done.
            ids: of the products to draw from; None for all.
            most: add no more than so many.
            note: what the draw is also about.

        Returns:
            How many were added: up to 150 are asked in all.
        """
        champion, loop = self._champion(), self.promoter.loop
        asked = {item.item.product for item in self._items(version, champion)}
        changing: list[NewItem] = []
        retagging = self.promoter.retagging(version, least)
        for retag in retagging.retags(ids, on_progress):
            product, photo = retag.product, retag.product.main_photo
            before, after = (next(iter(labels), "") for labels in (product.labels, retag.after))
            if before != after and photo and not product.is_corrected:
                about = {"champion": before, "challenger": after}
                changing.append(NewItem(product.id, photo.digest, None, dict(retag.after), about))
        fresh = [item for item in changing if item.product not in asked]
        places = np.random.default_rng(seed).permutation(len(fresh))[: max(0, min(most, MOST_ANSWERS - len(asked)))]
        if len(places):
            chosen = [fresh[place] for place in places]
            about_draw = {"champion": champion.model, "compared": retagging.difference.compared, **note}
            loop.draw("difference", chosen, version.model, len(changing), seed, about_draw)
        return len(places)

    def judge(self, version: ModelVersion, least: float = LEAST, on_progress: Progress = silent) -> GateReport:
        """Return what the gate says of a version now.

        Raises:
            SaekdongError: there is no champion, or the version learned from colors alone.
        """
        champion = self._champion()
        difference = self.promoter.diff(version, least, on_progress)
        tagger = Tagger(unpack(self.promoter.loop.packed(version)))
        answers = list(self._answers(version, champion))
        checks = (
            _check_difference(answers, difference, is_asked=bool(self._items(version, champion))),
            self._check_goal(champion, tagger),
            self._check_recall(answers, difference, tagger),
            _check_products(difference),
            self._check_artifact(version, tagger),
        )
        return GateReport(version, champion, checks, difference)

    def _champion(self) -> ModelVersion:
        champion = self.promoter.loop.find_version(CHAMPION)
        if champion is None:
            raise SaekdongError("there is no champion to compare with", fix="promote a version first")
        return champion

    def _items(self, version: ModelVersion, champion: ModelVersion) -> list[DrawItem]:
        """Return what was asked about the difference of these two."""
        loop = self.promoter.loop
        draws = {
            draw.number
            for draw in loop.draws("difference")
            if draw.model == version.model and draw.about.get("champion") == champion.model
        }
        return [item for item in loop.items(purpose="difference") if item.draw in draws]

    def _answers(self, version: ModelVersion, champion: ModelVersion) -> Iterator[tuple[Answer, DrawItem]]:
        """Yield the answers to these items, in their order; no more than the test takes."""
        items = {item.number: item for item in self._items(version, champion)}
        answers = (
            (answer, items[answer.said.item])
            for answer in self.promoter.loop.answers()
            if answer.said.item in items and answer.said.kind in JUDGING
        )
        yield from islice(answers, MOST_ANSWERS)

    def _check_goal(self, champion: ModelVersion, tagger: Tagger) -> GateCheck:
        name = "accuracy"
        if self.goal is None:
            return GateCheck(name, True, "the shop sets no goal")
        estimate = self._audited(champion, tagger)
        if estimate is None:
            return GateCheck(
                name, False, f"the goal is {self.goal:.2f}, and no audit was answered", {"goal": self.goal}
            )
        reason = f"at least {estimate.low:.3f} of first tags are right (95%), the goal is {self.goal:.2f}"
        return GateCheck(name, estimate.low >= self.goal, reason, {"goal": self.goal, **asdict(estimate)})

    def _audited(self, champion: ModelVersion, tagger: Tagger) -> Estimate | None:
        """Return how often the challenger's first tag is right on the audit's photos; None below two answers.

        The champion's confidence stays the control variate: any is unbiased.
        """
        loop = self.promoter.loop
        draws = {draw.number: draw for draw in loop.draws("audit") if draw.model == champion.model}
        items = {item.number: item for item in loop.items(purpose="audit") if item.draw in draws}
        answers = [each for each in loop.answers() if each.said.item in items and each.said.kind in JUDGING]
        firsts = self._first_labels({items[answer.said.item or 0].item.photo for answer in answers}, tagger)
        rows: list[tuple[float, ...]] = []
        for answer in answers:
            asked = items[answer.said.item or 0]
            item, about = asked.item, asked.item.about
            mean = about.get("mean_confidence", draws[asked.draw].about.get("mean_confidence"))
            if item.photo in firsts and item.probability and mean is not None:
                weight = 1 / (draws[asked.draw].population * item.probability)
                row = (float(firsts[item.photo] in answer.said.given), about["confidence"], weight, mean)
                rows += [row] * about.get("times", 1)
        if len(rows) < 2:
            return None
        return estimate_accuracy(AuditAnswers(*np.array(rows, dtype=np.float64).T))

    def _first_labels(self, digests: set[str], tagger: Tagger) -> dict[str, str]:
        """Return the first label that a model gives photos whose features are stored, by digest."""
        found = self.promoter.features.read(digests)
        if not found:
            return {}
        shares = tagger.shares_of(np.stack(list(found.values())))
        return {digest: tagger.shown(row)[0].label for digest, row in zip(found, shares, strict=True)}

    def _check_recall(
        self, answers: list[tuple[Answer, DrawItem]], difference: Difference, tagger: Tagger
    ) -> GateCheck:
        name, ids = "recall", list(tagger.vocabulary.ids)
        if not answers:
            return GateCheck(
                name, not difference.flows, "no answers yet" if difference.flows else "no first label changes"
            )
        codes = {label: code for code, label in enumerate(ids)}
        truth = np.array([[label in answer.said.given for label in ids] for answer, _ in answers])
        before, after = (
            np.array([codes.get(item.item.about[who], len(ids)) for _, item in answers])
            for who in ("champion", "challenger")
        )
        shares = np.array([difference.before[label] for label in ids]) / max(difference.products, 1)
        losses = recall_losses(ids, truth, before, after, self._changed(answers), shares)
        blocked = [loss for loss in losses if loss.blocks]
        figures = {"losses": [asdict(loss) for loss in losses if loss.answers]}
        if not blocked:
            return GateCheck(name, True, "no label is proven to lose more than 5 points of recall (90%)", figures)
        worst = ", ".join(f"{loss.label} loses at least {loss.low:.0%}" for loss in blocked)
        return GateCheck(name, False, f"recall falls by more than 5 points: {worst}", figures)

    def _changed(self, answers: list[tuple[Answer, DrawItem]]) -> float:
        """Return the part of the products whose first label would change, when they were drawn.

        Those that were answered since have a correction, so they no longer count as a change.
        """
        drawn = {item.draw for _, item in answers}
        draws = [draw for draw in self.promoter.loop.draws("difference") if draw.number in drawn]
        return max(draw.population / int(draw.about["compared"]) for draw in draws)

    def _check_artifact(self, version: ModelVersion, tagger: Tagger) -> GateCheck:
        """Check the stored artifact: it gives again the shares that the catalog has from it, if there are any."""
        name = "artifact"
        if unpack(self.promoter.loop.packed(version)).id != version.model:
            return GateCheck(name, False, "the stored artifact is another model's")
        stored: dict[str, Any] = {}
        for product in self.promoter.store.facts():
            stored |= {photo.digest: photo.shares for photo in product.photos if photo.model == version.model}
            if len(stored) >= _PHOTOS_CHECKED:
                break
        features = self.promoter.features.read(stored)
        if not features:
            digests, rows = next(self.promoter.features.blocks(), ([], np.zeros((0, 1), np.float32)))
            sums = tagger.shares_of(rows[:_PHOTOS_CHECKED]).sum(axis=1) if digests else np.ones(1)
            return GateCheck(name, bool(np.allclose(sums, 1)), f"it tags {counted(len(sums), 'photo')} by its features")
        shares = tagger.shares_of(np.stack(list(features.values())))
        ids = tagger.vocabulary.ids
        kept = np.array([[(stored[digest] or {}).get(label, 0.0) for label in ids] for digest in features])
        wrong = int((np.abs(kept - shares).max(axis=1) > _SAME_SHARE).sum())
        reason = f"{wrong:,} of {counted(len(features), 'photo')} get other tags than the catalog has from it"
        return GateCheck(name, not wrong, reason, {"photos": len(features), "wrong": wrong})


def _check_difference(answers: list[tuple[Answer, DrawItem]], difference: Difference, *, is_asked: bool) -> GateCheck:
    """Check by blind answers that the challenger is better where its first label differs.

    Products that were asked about differed, also if a canary or answers have changed their labels since.
    """
    name = "better"
    if not difference.flows and not is_asked:
        return GateCheck(name, True, "no first label changes")
    test = DifferenceTest()
    for answer, item in answers:
        if test.verdict == "better":
            break
        about, given = item.item.about, answer.said.given
        test = test.after((about["challenger"] in given) - (about["champion"] in given))
    figures = {"wins": test.wins, "losses": test.losses, "ties": test.ties, "evidence": round(test.evidence, 3)}
    reason = (
        f"{counted(test.answers, 'answer')}: {test.wins} for it, {test.losses} against it; "
        f"evidence {test.evidence:.1f} of {THRESHOLD:.0f}"
    )
    if test.verdict == "open":
        reason += f"; up to {MOST_ANSWERS - test.answers} more answers may prove it: ask with --ask"
    return GateCheck(name, test.verdict == "better", reason, figures)


def _check_products(difference: Difference) -> GateCheck:
    """Check that no product loses all labels, and that not too many change at once."""
    passes = not difference.emptied and difference.churn <= MOST_CHURN
    reason = (
        f"{counted(difference.emptied, 'product')} would lose all labels; "
        f"{difference.churn:.1%} would get another first label, at most {MOST_CHURN:.0%} may"
    )
    return GateCheck("products", passes, reason, {"emptied": difference.emptied, "churn": round(difference.churn, 4)})
