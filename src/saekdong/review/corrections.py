"""Corrections: an answer in the loop first, then the product's labels in the catalog.

The loop is the record, and the catalog follows it. If the process is killed between the two, or the catalog was made
again from its feeds, `reconcile` brings the catalog in line.
"""

from collections.abc import Sequence

from saekdong.catalog.contract import Store
from saekdong.color import OTHER, ChoiceError, chosen_labels
from saekdong.errors import SaekdongError
from saekdong.loop import Answer, Judgment, Loop
from saekdong.loop.answers import judgment


def correct(loop: Loop, store: Store, product: str, labels: Sequence[str] | None, by: str) -> None:
    """Record that a person gave a product these labels, or removed its correction, and let the catalog follow.

    Args:
        loop: the record.
        store: the catalog.
        product: the product's id.
        labels: the main one first, or `other` alone; None removes the correction.
        by: the person.

    Raises:
        SaekdongError: there is no such product.
        ChoiceError: see `chosen_labels`.
    """
    chosen = None if labels is None else tuple(chosen_labels(labels, store.vocabulary))
    loop.answer(by, said_of(store, product, chosen))
    follow(loop, store, product)


def said_of(store: Store, product: str, labels: tuple[str, ...] | None, *, item: int | None = None) -> Judgment:
    """Return the judgment that a product has these labels; None that the model's labels count again.

    Raises:
        SaekdongError: there is no such product.
    """
    facts = next(iter(store.facts([product])), None)
    if facts is None:
        raise SaekdongError(f"there is no product {product}", fix="see 'saekdong catalog show'")
    photo = facts.main_photo
    digest, model = (photo.digest, photo.model) if photo else ("", "")
    shown = tuple(facts.labels)
    if labels is None:
        return Judgment("remove", product, (), shown, digest, model, item=item)
    made = judgment(labels, shown, product, digest, "" if facts.is_corrected else model)
    return Judgment(made.kind, product, made.given, shown, digest, made.model, item=item)


def undo(loop: Loop, store: Store, by: str) -> Answer | None:
    """Let a person's last answer no longer count; return it, or None if there is none."""
    undone = loop.undo(by)
    if undone:
        follow(loop, store, undone.said.product)
    return undone


def reconcile(loop: Loop, store: Store) -> int:
    """Bring the catalog's corrections in line with the answers; return how many changed.

    Corrections of a catalog that had no record of answers become answers first.
    """
    stored = dict(store.corrected())
    said = {answer.said.product: answer for answer in loop.corrections()}
    missing = [product for product in stored if product not in said and not loop.history(product)]
    loop.import_answers((stored[each].at, stored[each].by, _imported(each, stored[each].labels)) for each in missing)
    changed = 0
    for product, answer in said.items():
        if product not in stored or stored[product].labels != answer.said.given:
            changed += follow(loop, store, product)
    for product in stored:
        if product not in said and product not in missing:
            changed += follow(loop, store, product)
    return changed


def _imported(product: str, labels: tuple[str, ...]) -> Judgment:
    return Judgment("other" if labels == (OTHER,) else "correct", product, labels)


def follow(loop: Loop, store: Store, product: str) -> bool:
    """Let the catalog have the labels that the answers give a product.

    Returns:
        Whether it has them: not if it has no such product, or the shop no longer has such a label.
    """
    if store.get(product) is None:
        return False
    while True:
        answer = loop.correction(product)
        try:
            store.correct(product, answer.said.given if answer else None, answer.by if answer else "")
        except ChoiceError:
            return False
        # Somebody else may have answered between the two, and have written the catalog first.
        if loop.correction(product) == answer:
            return True
