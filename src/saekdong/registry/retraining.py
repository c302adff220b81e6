"""Retraining: what people answered becomes a new version, from stored features, without decoding a photo.

The prior is the version at the root of the lineage that was not made by retraining: learning from a model that learned
from the same answers would count them twice. The same answers, day, seed and root give the same bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saekdong._version import __version__
from saekdong.catalog.contract import Store
from saekdong.color import Vocabulary
from saekdong.errors import SaekdongError
from saekdong.feature_store import FeatureStore
from saekdong.feature_store.store import is_transparent
from saekdong.lang import counted
from saekdong.loop import Answer, Lineage, Loop, ModelVersion
from saekdong.loop.versions import CHALLENGER
from saekdong.model.artifact import Artifact, pack, unpack
from saekdong.model.progress import StepProgress
from saekdong.photo.features import VERSION
from saekdong.tagging.photo_model import PhotoModel
from saekdong.tagging.relabeling import relabel
from saekdong.tagging.scoring import Truth
from saekdong.tagging.teaching import Examples, JudgedModel, check_enough, judge_model, tagger_info

KIND = "retrain"

AUDIT_WEEKS = 12
"""Answers of the audit teach only after so many weeks: before, they measure the model, which must not know them."""

ENOUGH_ANSWERS = 50
"""So many new teaching answers are a reason to retrain."""

MOST_DAYS = 90
"""After so many days, any new teaching answer is a reason to retrain."""

_TEACHING = ("confirm", "correct")


@dataclass(frozen=True, eq=False)
class LessonPhotos:
    """What retraining learns from.

    Attributes:
        digests: the photos, in the order of their answers.
        features: of the photos, float32 (N, D).
        truth: the photos' colors.
        without_features: answers whose photos' features are not stored.
    """

    digests: tuple[str, ...]
    features: NDArray[np.float32]
    truth: Truth
    without_features: int


@dataclass(frozen=True, eq=False)
class Retrained:
    """A model that answers taught.

    Attributes:
        version: the registered one; None if no model did better than the prior on photos held out.
        judged: how photos held out are tagged by the prior, and by models that were not taught with them.
        photos: how many photos it learned from.
        vocabulary: the labels.
        without_features: answers that could not teach, since features of their photos are not stored.
    """

    version: ModelVersion | None
    judged: JudgedModel
    photos: int
    vocabulary: Vocabulary
    without_features: int


@dataclass(frozen=True, slots=True)
class RetrainTriggers:
    """How near each reason to retrain is.

    Attributes:
        new_answers: teaching answers since the last run.
        days: since the last run; since the model was registered if there was none.
        alarms: the numbers of open alarms that prove too many wrong tags.
    """

    new_answers: int
    days: int
    alarms: tuple[int, ...]

    @property
    def is_due(self) -> bool:
        """Whether one of them is reached."""
        is_old = self.new_answers > 0 and self.days >= MOST_DAYS
        return bool(self.alarms) or self.new_answers >= ENOUGH_ANSWERS or is_old


@dataclass(frozen=True)
class Retraining:
    """Learns from the answers of a shop.

    Attributes:
        loop: the record of answers and versions.
        store: the catalog.
        features: its photos' features.
    """

    loop: Loop
    store: Store
    features: FeatureStore

    def reason(self, champion: ModelVersion, vocabulary: Vocabulary | None = None) -> str:
        """Return why retraining is due after `champion`; empty if it is not.

        Args:
            champion: the version in use.
            vocabulary: the labels that the shop has now; None for the champion's.
        """
        if vocabulary and (changed := self._changed_labels(champion, vocabulary)):
            return changed
        triggers = self.triggers(champion)
        if triggers.alarms:
            return f"alarm {triggers.alarms[0]}: the tags are less often right than they should be"
        if triggers.new_answers >= ENOUGH_ANSWERS:
            return counted(triggers.new_answers, "new teaching answer")
        return f"{triggers.days} days since the last model" if triggers.is_due else ""

    def triggers(self, champion: ModelVersion) -> "RetrainTriggers":
        """Return how near the reasons to retrain after `champion` are."""
        runs = [run for run in self.loop.runs(KIND) if run.finished]
        last = max((run.inputs["answers"] for run in runs), default=champion.lineage.answers)
        since = max((run.begun for run in runs), default=champion.at)
        alarms = (each for each in self.loop.alarms(open_only=True) if each.kind == "model" and each.opened > since)
        new = sum(answer.number > last for answer in self._teaching(self.loop.last_answer()))
        days = (self.loop.clock() - datetime.fromisoformat(since)).days
        return RetrainTriggers(new, days, tuple(alarm.number for alarm in alarms))

    def _changed_labels(self, champion: ModelVersion, vocabulary: Vocabulary) -> str:
        """Return how the labels differ from the champion's; empty if they do not, or the challenger has them."""
        before = self._labels(champion)
        challenger = self.loop.find_version(CHALLENGER)
        if vocabulary.ids == before or (challenger and self._labels(challenger) == vocabulary.ids):
            return ""
        changes = [f"+ {label}" for label in vocabulary.ids if label not in before]
        changes += [f"- {label}" for label in before if label not in vocabulary.ids]
        return f"the labels changed: {', '.join(changes) or 'another order'}"

    def _labels(self, version: ModelVersion) -> tuple[str, ...]:
        return unpack(self.loop.packed(version)).vocabulary.ids

    def retrain(
        self,
        parent: ModelVersion,
        by: str,
        why: str = "",
        seed: int = 0,
        on_progress: StepProgress | None = None,
        vocabulary: Vocabulary | None = None,
    ) -> Retrained:
        """Learn from all answers so far, and register the result as the challenger.

        If the labels changed, labels that stay keep what the root of the lineage knows of them, and new ones begin with
        what the starter knows of a label that means the same.

        Args:
            parent: the version in use.
            by: who retrains.
            why: the reason, for the history.
            seed: of the folds.
            on_progress: as for `judge_model`.
            vocabulary: the labels that the shop has now; None for those of `parent`.

        Raises:
            SaekdongError: there are too few answers, or the root of the lineage learned from colors alone.
        """
        answers, day = self.loop.last_answer(), self.loop.time()[:10]
        root = self.root(parent)
        base = unpack(self.loop.packed(root))
        if not base.tags_photos:
            raise SaekdongError(f"{root} learned from colors alone", fix="teach a model from photos: 'saekdong teach'")
        labels = vocabulary or unpack(self.loop.packed(parent)).vocabulary
        is_relabeled = labels.ids != base.vocabulary.ids
        if is_relabeled:
            base = relabel(base, labels)
        prior = PhotoModel.of(base)
        assert prior is not None  # noqa: S101 (it tags photos)
        lesson = self.lesson(base.vocabulary, answers, frozenset(root.lineage.photos))
        check_enough(len(lesson.digests), "answers")
        inputs = {"answers": answers, "parent": str(parent), "day": day, "seed": seed, "why": why}
        key = f"{parent} {answers} {day} {seed}"
        if is_relabeled:
            inputs["labels"] = list(labels.ids)
            key += f" {' '.join(labels.ids)}"
        run = self.loop.begin_run(by, KIND, key, inputs)
        photos = Examples.of(lesson.features[:, : len(prior.matrix)], lesson.truth, base.vocabulary)
        judged = judge_model(photos, prior, seed, *([on_progress] if on_progress else []))
        version = None
        if is_relabeled or not judged.kept_prior:
            recipe: dict[str, Any] = {"kind": KIND, "root": str(root), "day": day, "why": why}
            if is_relabeled:
                recipe["labels"] = list(labels.ids)
            version = self._register(by, parent, base, judged, seed, answers, recipe, lesson.digests)
        self.loop.end_run(run.number, {"version": version and str(version), "verdict": judged.comparison.verdict})
        return Retrained(version, judged, len(lesson.digests), base.vocabulary, lesson.without_features)

    def root(self, version: ModelVersion) -> ModelVersion:
        """Return the version at the root of a version's lineage that was not made by retraining."""
        while version.lineage.recipe.get("kind") == KIND:
            version = self.loop.version(version.parent)
        return version

    def lesson(self, vocabulary: Vocabulary, up_to: int, learned: frozenset[str] = frozenset()) -> LessonPhotos:
        """Return the photos that answers teach with: the last answer about each photo counts.

        Args:
            vocabulary: the labels; answers with others cannot teach.
            up_to: the number of the last answer.
            learned: digests of photos that the prior learned from; they are left out.
        """
        codes = {label: code for code, label in enumerate(vocabulary.ids)}
        answers = list(self._teaching(up_to))
        photos = self._main_photos(answer.said.product for answer in answers if not answer.said.photo)
        given: dict[str, tuple[str, ...]] = {}
        for answer in answers:
            digest = answer.said.photo or photos.get(answer.said.product, "")
            if digest and digest not in learned and codes.keys() >= set(answer.said.given):
                given.pop(digest, None)
                given[digest] = answer.said.given
        stored = self.features.read(given)
        digests = tuple(each for each in given if each in stored and not is_transparent(stored[each][None])[0])
        truth = [frozenset(frozenset((codes[label],)) for label in given[digest]) for digest in digests]
        rows = np.stack([stored[digest] for digest in digests]) if digests else np.zeros((0, 0), np.float32)
        return LessonPhotos(digests, rows, truth, len(given) - len(stored))

    def _teaching(self, up_to: int) -> list[Answer]:
        """Return the last answer about each product if it names labels, without products that an audit measures by."""
        measured = {item.number: item.item for item in self.loop.items(purpose="audit")}
        again = {draw.number: draw.about.get("again") for draw in self.loop.draws("again")}
        for item in self.loop.items(purpose="again"):
            if again[item.draw] in measured:
                measured[item.number] = item.item
        young = (self.loop.clock() - timedelta(weeks=AUDIT_WEEKS)).isoformat(timespec="seconds")
        last: dict[str, Answer] = {}
        products, photos = set(), set()
        for answer in self.loop.answers(up_to=up_to):
            if answer.said.item in measured and answer.at > young:
                products.add(answer.said.product)
                photos.add(answer.said.photo)
            if answer.said.kind != "skip":
                last.pop(answer.said.product, None)
                last[answer.said.product] = answer
        return [
            answer
            for product, answer in last.items()
            if answer.said.kind in _TEACHING
            and product not in products
            and not (answer.said.photo and answer.said.photo in photos)
        ]

    def _main_photos(self, products: Iterable[str]) -> dict[str, str]:
        """Return the digest of each product's main photo."""
        found = self.store.facts(list(products))
        return {facts.id: facts.main_photo.digest for facts in found if facts.main_photo}

    def _register(
        self,
        by: str,
        parent: ModelVersion,
        base: Artifact,
        judged: JudgedModel,
        seed: int,
        answers: int,
        recipe: dict[str, Any],
        digests: tuple[str, ...],
    ) -> ModelVersion:
        about = tagger_info(judged)
        kept = {name: value for name, value in base.info.items() if name != "goals"}
        made = judged.model.into(replace(base, info={**kept, "seed": seed, "tagger": about}))
        figures = {name: about[name] for name in ("photos", "before", "after", "verdict")}
        lineage = Lineage(recipe, answers, digests, VERSION, seed, __version__, figures)
        name = "shop" if parent.name == "starter" else parent.name
        version = self.loop.register(by, name, made.id, pack(made), lineage, str(parent))
        if judged.comparison.verdict != "worse" and version.model != parent.model:
            self.loop.alias(by, CHALLENGER, version, recipe["why"] or KIND)
        return version
