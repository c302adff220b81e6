"""How often two people give the same product the same color: no model can be right more often than that."""

from collections.abc import Sequence

from saekdong.evidence.audit import Estimate
from saekdong.loop import Answer, Loop
from saekdong.loop.answers import JUDGING
from saekdong.model.intervals import wilson


def is_right(first: str, given: Sequence[str]) -> bool:
    """Return whether a first label is one of those that a person gave: what the figure top1 counts."""
    return first in given


def answers_to_items(loop: Loop) -> dict[int, Answer]:
    """Return the answer to each item that was answered, by the item's number."""
    return {each.said.item: each for each in loop.answers() if each.said.item is not None and each.said.kind in JUDGING}


def asked_twice(loop: Loop) -> list[tuple[Answer, Answer]]:
    """Return the two answers to each item that two people answered, in order of the items."""
    answers, draws = answers_to_items(loop), {draw.number: draw for draw in loop.draws("again")}
    pairs = []
    for item in loop.items(purpose="again", state="answered"):
        first, second = answers.get(draws[item.draw].about["again"]), answers.get(item.number)
        if first and second:
            pairs.append((first, second))
    return pairs


def agreement(loop: Loop) -> Estimate | None:
    """Return how often a second person's first label is one of the first person's labels; None if none was asked."""
    pairs = asked_twice(loop)
    if not pairs:
        return None
    share = wilson(sum(map(_agree, pairs)), len(pairs))
    return Estimate(share.value, share.low, share.high, len(pairs))


def disputed(loop: Loop) -> list[str]:
    """Return the products that two people gave different colors, the last ones first."""
    return [pair[0].said.product for pair in reversed(asked_twice(loop)) if not _agree(pair)]


def _agree(pair: tuple[Answer, Answer]) -> bool:
    first, second = pair
    return is_right(second.said.given[0], first.said.given)
