"""The review queue: asks people about products, one after another, and records what they say."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from saekdong.catalog.contract import Store
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.color import ChoiceError, chosen_labels
from saekdong.errors import SaekdongError
from saekdong.evidence.audit import Estimate, estimate_accuracy
from saekdong.feature_store import FeatureStore
from saekdong.locks import only_one
from saekdong.loop import Answer, DrawItem, Judgment, Loop, Purpose
from saekdong.loop.answers import JUDGING, judgment
from saekdong.loop.draws import PURPOSES, ItemState
from saekdong.review import corrections
from saekdong.review.agreement import agreement
from saekdong.review.audit import audit_answers
from saekdong.review.candidates import photo_of
from saekdong.review.week import WEEKLY, WeeklyDraw, week_of
from saekdong.tagging import Tagger

MOST_AT_ONCE = 3
"""How many items a person may have at once: the one to look at, and those whose photos are loaded meanwhile."""

_WEEKS = 12


@dataclass(frozen=True, slots=True)
class Question:
    """An item of the queue, as it is asked.

    Attributes:
        item: its number.
        purpose: why it is asked.
        product: what is asked about.
        labels: the model's labels with their shares, in the order of display; None if the person must not see them.
    """

    item: int
    purpose: Purpose
    product: TaggedProduct
    labels: Mapping[str, float] | None


@dataclass(frozen=True, slots=True)
class ReviewStats:
    """The queue in figures.

    Attributes:
        weeks: how many answers people gave in each of the last weeks, the newest last.
        people: how many answers each person gave in these weeks.
        items: how many items each purpose has in each state.
        agreement: how often two people agree on a product; None if none was asked twice.
        accuracy: how often the first label of the catalog's model is right, by the audit; None below two answers.
    """

    weeks: Mapping[str, int]
    people: Mapping[str, int]
    items: Mapping[Purpose, Mapping[ItemState, int]]
    agreement: Estimate | None
    accuracy: Estimate | None


class ReviewQueue:
    """Asks people about a catalog's products.

    Args:
        loop: what was asked and answered.
        store: the catalog.
        features: its photos' features.
        tagger: of the catalog's model; None if it cannot be used, then no answer is suspected.
    """

    def __init__(self, loop: Loop, store: Store, features: FeatureStore, tagger: Tagger | None = None) -> None:
        self._loop, self._store, self._features, self._tagger = loop, store, features, tagger

    def draw(self, counts: Mapping[Purpose, int] = WEEKLY, seed: int = 0) -> dict[Purpose, int]:
        """Fill the queue for this week; return how many products were added of each purpose.

        Args:
            counts: how many products to ask about in the week; those drawn in it before count.
            seed: of the random draw; the same one draws other products the next time.

        Raises:
            SaekdongError: another process is drawing.
        """
        with only_one(self._loop.path.with_name(".review-draw.lock"), "another process is filling the review queue"):
            return WeeklyDraw(self._loop, self._store, self._features, self._tagger).fill(counts, seed)

    def next(self, by: str, most: int = 1, purposes: Sequence[Purpose] = PURPOSES) -> list[Question]:
        """Return the next questions for a person, reserved for two minutes; no other person gets them.

        Items whose product is gone, has another photo, or was decided meanwhile are dropped.
        """
        while True:
            items = self._loop.next_items(by, purposes, most)
            questions = [self._question(item) for item in items]
            if all(questions):
                return [each for each in questions if each]

    def answer(self, by: str, item: int, labels: Sequence[str], seconds: float | None = None) -> int:
        """Record that an item's product has these labels; return the answer's number.

        Args:
            by: the person.
            item: the item's number.
            labels: the main one first, or `other` alone.
            seconds: how long the person looked.

        Raises:
            ItemTakenError: the item is asked of another person, or was answered already.
            ChoiceError: see `chosen_labels`.
            SaekdongError: there is no such item.
        """
        asked = self._need(item)
        given = chosen_labels(labels, self._store.vocabulary)
        return self._record(by, asked, given, seconds)

    def confirm(self, by: str, item: int, seconds: float | None = None) -> int:
        """Record that the labels shown are right; arguments and errors as for `answer`.

        Raises:
            ChoiceError: the person did not see the model's labels, or the shop no longer has one of them.
        """
        asked = self._need(item)
        if asked.is_blind:
            raise ChoiceError("none", f"item {item} is asked without showing labels", fix="give the labels")
        return self._record(by, asked, chosen_labels(tuple(asked.item.shown), self._store.vocabulary), seconds)

    def skip(self, by: str, item: int, seconds: float | None = None) -> int:
        """Record that a person cannot say; the item is not asked again. Arguments and errors as for `answer`."""
        asked = self._need(item)
        shown, photo = tuple(asked.item.shown), asked.item.photo
        return self._loop.answer(by, Judgment("skip", asked.item.product, (), shown, photo, "", seconds, item))

    def undo(self, by: str) -> Answer | None:
        """Let a person's last answer no longer count; return it, or None if there is none. Its item is open again."""
        return corrections.undo(self._loop, self._store, by)

    def stats(self) -> ReviewStats:
        """Return the queue in figures."""
        answers = [each for each in self._loop.answers() if each.said.kind in JUDGING]
        weeks = sorted(Counter(week_of(each.at) for each in answers).items())[-_WEEKS:]
        since = weeks[0][0] if weeks else ""
        people = Counter(each.by for each in answers if week_of(each.at) >= since)
        model = self._store.model()
        audit = audit_answers(self._loop, model.id if model else "")
        accuracy = estimate_accuracy(audit) if len(audit) > 1 else None
        return ReviewStats(
            dict(weeks), dict(people.most_common()), self._loop.count_items(), agreement(self._loop), accuracy
        )

    def _question(self, item: DrawItem) -> Question | None:
        """Return an item as it is asked; None if it is dropped."""
        product = self._store.get(item.item.product)
        facts = next(iter(self._store.facts([item.item.product])), None)
        photo = photo_of(facts) if facts else None
        is_decided = facts is not None and facts.is_corrected and item.purpose in ("teach", "rare")
        if product is None or photo is None or photo.digest != item.item.photo or is_decided:
            self._loop.drop_item(item.number)
            return None
        return Question(item.number, item.purpose, product, None if item.is_blind else dict(item.item.shown))

    def _need(self, number: int) -> DrawItem:
        item = self._loop.item(number)
        if item is None:
            raise SaekdongError(f"there is no item {number}", fix="ask for the next with 'saekdong review next'")
        return item

    def _record(self, by: str, asked: DrawItem, given: tuple[str, ...], seconds: float | None) -> int:
        shown, photo, product = tuple(asked.item.shown), asked.item.photo, asked.item.product
        said = judgment(given, shown, product, photo, self._loop.find_draw(asked.draw).model)
        number = self._loop.answer(
            by, Judgment(said.kind, product, given, shown, photo, said.model, seconds, asked.number)
        )
        corrections.follow(self._loop, self._store, product)
        return number
