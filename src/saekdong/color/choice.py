"""Validate the labels that a person gives to a product, for the studio, the API, files and the store."""

from collections.abc import Collection, Sequence
from typing import Literal

from saekdong.color.vocabulary import OTHER, Vocabulary
from saekdong.errors import SaekdongError

Reason = Literal["none", "unknown", "other-beside-labels"]


class ChoiceError(SaekdongError):
    """A person's choice of labels is invalid.

    Attributes:
        reason: the reason, for translation to another language.
    """

    def __init__(self, reason: Reason, problem: str, fix: str) -> None:
        self.reason = reason
        super().__init__(problem, fix)


def chosen_labels(labels: Sequence[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return a person's choice of labels, each once, in the order given.

    Args:
        labels: ids, or `other` alone for a product that no label fits.
        vocabulary: the shop's labels.

    Raises:
        ChoiceError: no label is chosen, one is not in the vocabulary, or `other` is chosen beside labels.

    Example:
        >>> from saekdong.color import STARTER
        >>> chosen_labels(["navy", "white", "navy"], STARTER)
        ('navy', 'white')
        >>> chosen_labels(["other", "navy"], STARTER)
        Traceback (most recent call last):
        saekdong.color.choice.ChoiceError: 'other' excludes all labels; choose either 'other' or labels
    """
    allowed = f"use {', '.join(vocabulary.ids)} or {OTHER}"
    if not labels:
        raise ChoiceError("none", "a correction needs a label", fix=allowed)
    for label in labels:
        if label != OTHER and label not in vocabulary.ids:
            raise ChoiceError("unknown", f"{label!r} is not a label", fix=allowed)
    check_other(labels)
    return tuple(dict.fromkeys(labels))


def check_other(labels: Collection[str]) -> None:
    """Check that `other`, which means that no label fits, is alone.

    Raises:
        ChoiceError: `other` is among other labels.
    """
    if OTHER in labels and set(labels) != {OTHER}:
        raise ChoiceError(
            "other-beside-labels", f"{OTHER!r} excludes all labels", fix=f"choose either {OTHER!r} or labels"
        )
