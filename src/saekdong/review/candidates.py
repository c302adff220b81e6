"""Products that may be asked about: those with a photo that a person can look at, with what the model says of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saekdong.catalog.contract import Store
from saekdong.catalog.product_facts import PhotoFacts, ProductFacts
from saekdong.catalog.products import NOWHERE
from saekdong.catalog.wording import Wording
from saekdong.tagging.feed_words import FeedText

_NO_WORDS = FeedText()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product that may be asked about.

    Attributes:
        product: its id.
        photo: the SHA-256 of its main photo.
        labels: the model's, with shares, in the order of display, whether or not a person corrected the product.
        is_corrected: whether a person chose its labels.
        batch: its feed, the run that saw it last, and its item group.
    """

    product: str
    photo: str
    labels: dict[str, float]
    is_corrected: bool
    batch: tuple[str, int, str]

    @property
    def first(self) -> str:
        """The model's first label."""
        return next(iter(self.labels))

    @property
    def confidence(self) -> float:
        """The share of the first label: how often such a first label is right."""
        return min(1.0, next(iter(self.labels.values())))

    @property
    def margin(self) -> float:
        """The share of the first label minus that of the second."""
        first, second = (*self.labels.values(), 0.0)[:2]
        return first - second


def read_candidates(store: Store, ids: Iterable[str] | None = None) -> Iterator[Candidate]:
    """Yield the candidates of a catalog, in the order in which its products came; of these ids if they are given."""
    wording = store.wording()
    for facts in store.facts(ids):
        photo = photo_of(facts)
        if photo and (labels := _labels(facts, wording)):
            batch = (facts.feed, facts.run, facts.group)
            yield Candidate(facts.id, photo.digest, labels, facts.is_corrected, batch)


def photo_of(facts: ProductFacts) -> PhotoFacts | None:
    """Return the photo that a product is judged by: its main one, if it can be shown to a person."""
    photo = facts.main_photo
    return photo if photo and not photo.place.startswith(NOWHERE) else None


def confidences(candidates: Iterable[Candidate]) -> NDArray[np.float64]:
    """Return the confidence of each candidate, (N,)."""
    return np.array([each.confidence for each in candidates], dtype=np.float64)


def _labels(facts: ProductFacts, wording: Wording) -> dict[str, float]:
    if not facts.is_corrected:
        return dict(facts.labels)
    shares = [photo.shares for photo in facts.photos]
    fused = wording.fuse(shares, facts.text if facts.has_words else _NO_WORDS)
    return {tag.label: tag.share for tag in fused.tags}
