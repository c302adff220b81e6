"""The review queue: what a week asks, who is asked, and what the answers prove."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from queues import LABELS, MODEL, another_label, digest_of, fill_shop, main_label, open_features
from saekdong.catalog.contract import Store
from saekdong.catalog.products import PhotoResult, Product
from saekdong.color import ChoiceError
from saekdong.errors import SaekdongError
from saekdong.feature_store import PhotoFeatures
from saekdong.fetch import Mark
from saekdong.loop import ItemTakenError, Judgment, Loop
from saekdong.photo.features import LENGTH
from saekdong.review.corrections import correct
from saekdong.review.queue import ReviewQueue
from saekdong.tagging import Tagger, starter
from stores import labels_of

NONE = {"audit": 0, "teach": 0, "suspect": 0, "rare": 0}


@dataclass
class Shop:
    loop: Loop
    store: Store
    queue: ReviewQueue
    hours: float = 0.0

    def time(self) -> datetime:
        return datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=self.hours)


@pytest.fixture
def shop(open_store, tmp_path: Path) -> Iterator[Shop]:
    with open_store(tmp_path) as store, open_features(tmp_path) as features:
        fill_shop(store, features)
        shop: Shop
        with Loop.open(tmp_path / "loop.db", lambda: shop.time()) as loop:
            shop = Shop(loop, store, ReviewQueue(loop, store, features, Tagger(starter())))
            yield shop


def answer_all(shop: Shop, by: str, labels) -> int:
    """Answer all questions with what `labels` returns for a product; return how many."""
    count = 0
    while questions := shop.queue.next(by):
        shop.queue.answer(by, questions[0].item, labels(questions[0].product.product.id))
        count += 1
    return count


def test_a_week_is_drawn_once_however_often_it_is_drawn(shop):
    added = shop.queue.draw(seed=1)
    assert (added["teach"], added["rare"], added["suspect"]) == (20, 5, 0)
    audited = shop.loop.items(purpose="audit")
    assert sum(item.item.about["times"] for item in audited) == 25
    assert shop.queue.draw(seed=2) == {"audit": 0, "teach": 0, "suspect": 0, "rare": 0}
    assert shop.queue.draw({**NONE, "teach": 22}) == {**NONE, "teach": 2}
    shop.hours = 7 * 24
    assert shop.queue.draw({**NONE, "teach": 3}) == {**NONE, "teach": 3}


def test_the_audit_keeps_the_chance_of_each_pick(shop):
    shop.queue.draw({**NONE, "audit": 60}, seed=3)
    draw = shop.loop.draws("audit")[0]
    assert draw.population == 120
    confidence = np.array([next(iter(facts.labels.values())) for facts in shop.store.facts()])
    spread = np.sqrt(confidence * (1 - confidence))
    chances = dict(zip((f.id for f in shop.store.facts()), 0.5 / 120 + 0.5 * spread / spread.sum(), strict=True))
    for item in shop.loop.items(draw.number):
        assert item.item.probability == pytest.approx(chances[item.item.product])
        assert item.item.about["mean_confidence"] == pytest.approx(confidence.mean())


def test_a_product_is_not_audited_again_while_it_waits(shop):
    shop.queue.draw({**NONE, "audit": 60}, seed=3)
    first = {item.item.product for item in shop.loop.items()}
    shop.hours = 7 * 24
    shop.queue.draw({**NONE, "audit": 60}, seed=3)
    second = {item.item.product for item in shop.loop.items(draw=2)}
    assert not first & second
    assert shop.loop.draws("audit")[1].population == 120 - len(first)


def test_teaching_asks_about_unsure_products_and_two_of_a_group_at_most(shop):
    shop.queue.draw({**NONE, "teach": 20})
    items = shop.loop.items(purpose="teach")
    assert len({item.item.product for item in items}) == 20
    margins = {facts.id: -np.diff([*facts.labels.values(), 0.0])[0] for facts in shop.store.facts()}
    asked = [margins[item.item.product] for item in items]
    assert np.mean(asked) < np.mean(list(margins.values()))
    groups = Counter(int(item.item.product[1:]) // 4 for item in items)
    assert max(groups.values()) <= 2


def test_rare_products_are_of_labels_with_few_answers(shop):
    for facts in list(shop.store.facts())[:40]:
        if next(iter(facts.labels)) in LABELS:
            shop.loop.answer("mina", _said(facts.id, next(iter(facts.labels))))
    shop.queue.draw({**NONE, "rare": 3})
    assert main_label(shop.store, shop.loop.items(purpose="rare")[0].item.product) == "violet"


def _said(product: str, label: str) -> Judgment:
    return Judgment("correct", product, (label,), photo=digest_of(product), model=MODEL)


def test_answers_that_contradict_all_others_are_suspects_once(open_store, tmp_path):
    random = np.random.default_rng(1)
    with open_store(tmp_path) as store, open_features(tmp_path) as features, Loop.open(tmp_path / "loop.db") as loop:
        fill_shop(store, features, 40)
        near = random.random((2, LENGTH)).astype(np.float16)
        features.forget(digest_of(f"p{n}") for n in range(40))
        features.put(PhotoFeatures(digest_of(f"p{n}"), near[n % 2].tobytes(), b"") for n in range(40))
        for n in range(40):
            loop.answer("mina", _said(f"p{n}", ("red", "blue")[(n % 2) ^ (n == 7)]))
        queue = ReviewQueue(loop, store, features, Tagger(starter()))
        assert queue.draw({**NONE, "suspect": 1}) == {**NONE, "suspect": 1}
        assert [item.item.product for item in loop.items(purpose="suspect")] == ["p7"]
        asked = queue.next("jun")[0]
        queue.answer("jun", asked.item, ["red"])
        queue.draw({**NONE, "suspect": 10})
        assert "p7" not in [item.item.product for item in loop.items(draw=2)]


def test_the_audit_is_asked_without_the_models_labels(shop):
    shop.queue.draw({**NONE, "audit": 5}, seed=1)
    question = shop.queue.next("mina")[0]
    assert (question.purpose, question.labels) == ("audit", None)
    with pytest.raises(ChoiceError, match="without showing labels"):
        shop.queue.confirm("mina", question.item)
    shop.queue.answer("mina", question.item, ["violet"])
    product = question.product.product.id
    assert labels_of(shop.store, product) == ["violet"]
    assert [answer.said.item for answer in shop.loop.history(product)] == [question.item]


def test_shown_labels_are_confirmed_by_one_word(shop):
    shop.queue.draw({**NONE, "teach": 1})
    question = shop.queue.next("mina")[0]
    shop.queue.confirm("mina", question.item, seconds=2.5)
    said = shop.loop.answers()[0].said
    assert (said.kind, said.given, said.seconds) == ("confirm", tuple(question.labels), 2.5)
    assert labels_of(shop.store, said.product) == list(question.labels)


def test_two_people_get_different_items_and_answer_only_their_own(shop):
    shop.queue.draw({**NONE, "teach": 6})
    mine, theirs = shop.queue.next("mina", 3), shop.queue.next("jun", 3)
    assert not {each.item for each in mine} & {each.item for each in theirs}
    assert [each.item for each in shop.queue.next("mina", 3)] == [each.item for each in mine]
    with pytest.raises(ItemTakenError, match="is being asked of jun"):
        shop.queue.answer("mina", theirs[0].item, ["red"])
    shop.queue.answer("jun", theirs[0].item, ["red"])
    with pytest.raises(ItemTakenError, match="was answered already"):
        shop.queue.answer("jun", theirs[0].item, ["red"])
    with pytest.raises(SaekdongError, match="there is no item 999"):
        shop.queue.answer("jun", 999, ["red"])
    shop.hours = 0.1
    assert mine[0].item in [each.item for each in shop.queue.next("jun", 3)]


def test_products_that_are_gone_changed_or_decided_are_left_out(shop):
    shop.queue.draw({**NONE, "teach": 4})
    gone, changed, decided, left = (item.item.product for item in shop.loop.items())
    shop.store.correct(decided, ["red"], "jun")
    kept = {n: f"p{n}" for n in range(120) if f"p{n}" != gone}
    run = shop.store.begin("feed")
    shop.store.touch(kept.values(), run)
    photo = PhotoResult("https://shop.example/x.jpg", Mark(digest="ab" * 32), MODEL, {"navy": 1.0})
    shop.store.put([(Product(changed, photos=(photo.place,)), [photo])], run)
    shop.store.finish(run)
    assert [each.product.product.id for each in shop.queue.next("mina", 3)] == [left]
    assert shop.loop.count_items()["teach"] == {"gone": 3, "open": 1}


def test_undo_gives_labels_and_items_back_a_hundred_deep(shop):
    shop.queue.draw({**NONE, "audit": 500}, seed=1)
    before = {facts.id: list(facts.labels) for facts in shop.store.facts()}
    count = answer_all(shop, "mina", lambda product: [another_label(before[product][0])])
    assert count > 100
    undone = [shop.queue.undo("mina") for _ in range(count)]
    assert len({each.said.product for each in undone}) == count
    assert {facts.id: list(facts.labels) for facts in shop.store.facts()} == before
    assert shop.queue.undo("mina") is None
    assert shop.loop.count_items()["audit"] == {"open": count}


def test_a_skipped_item_is_not_asked_again_and_changes_nothing(shop):
    shop.queue.draw({**NONE, "teach": 1})
    question = shop.queue.next("mina")[0]
    shop.queue.skip("mina", question.item)
    assert shop.queue.next("jun") == []
    assert shop.store.get(question.product.product.id).corrected_by is None


def test_every_tenth_item_is_asked_of_another_person_whose_agreement_is_known(shop):
    shop.queue.draw({**NONE, "teach": 40})
    truth = {facts.id: next(iter(facts.labels)) for facts in shop.store.facts()}
    assert answer_all(shop, "mina", lambda product: [truth[product], "mint"]) == 40
    assert shop.queue.stats().agreement is None
    asked = shop.queue.next("jun", 3)
    assert {(each.purpose, each.labels) for each in asked} == {("again", None)}
    with pytest.raises(ItemTakenError, match="for another person"):
        shop.queue.answer("mina", shop.loop.items(purpose="again")[3].number, ["red"])
    for each, label in zip(asked, (None, None, "brown"), strict=True):
        shop.queue.answer("jun", each.item, [label or truth[each.product.product.id]])
    agreement = shop.queue.stats().agreement
    assert (round(agreement.value, 2), agreement.answers) == (0.67, 3)
    assert agreement.low < 0.3
    shop.queue.draw({**NONE, "suspect": 1})
    assert shop.loop.items(purpose="suspect")[0].item.product == asked[2].product.product.id


def test_the_audit_proves_the_accuracy_of_the_model_in_use(shop):
    shop.queue.draw({**NONE, "audit": 100}, seed=5)
    wrong = {f"p{n}" for n in range(120) if n % 4 == 0}
    truth = {
        facts.id: another_label(next(iter(facts.labels))) if facts.id in wrong else next(iter(facts.labels))
        for facts in shop.store.facts()
    }
    assert shop.queue.stats().accuracy is None
    answer_all(shop, "mina", lambda product: [truth[product]])
    figures = shop.queue.stats()
    assert figures.accuracy.low < 0.75 < figures.accuracy.high
    assert figures.accuracy.answers == 100
    assert list(figures.weeks) == ["2026-W48"]
    assert figures.people["mina"] == sum(figures.weeks.values())


def test_what_was_corrected_does_not_flatter_the_model(shop):
    product = "p0"
    before = main_label(shop.store, product)
    shop.store.correct(product, [another_label(before)], "mina")
    shop.queue.draw({**NONE, "audit": 400}, seed=1)
    item = next(item for item in shop.loop.items(purpose="audit") if item.item.product == product)
    assert next(iter(item.item.shown)) == before


def test_an_item_that_is_answered_again_after_an_undo_is_asked_of_another_person_once(shop):
    shop.queue.draw({**NONE, "teach": 10})
    assert answer_all(shop, "mina", lambda _: ["mint"]) == 10
    shop.queue.undo("mina")
    assert answer_all(shop, "mina", lambda _: ["red"]) == 1
    assert [item.item.product for item in shop.loop.items(purpose="again")] == [shop.loop.item(10).item.product]
    again = shop.queue.next("jun")[0]
    shop.queue.answer("jun", again.item, ["red"])
    assert shop.queue.stats().agreement.value == 1


def test_two_people_who_correct_one_product_at_once_leave_what_was_said_last(shop):
    with ThreadPoolExecutor(2) as pool:
        for _ in range(10):
            list(pool.map(lambda label: correct(shop.loop, shop.store, "p0", [label], label), ["mint", "brown"]))
            assert labels_of(shop.store, "p0") == list(shop.loop.correction("p0").said.given)
