"""What another model would change in a catalog, by the stored features: no photo is decoded."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from saekdong.catalog.contract import Store
from saekdong.catalog.product_facts import ProductFacts
from saekdong.catalog.product_tags import Shares
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.catalog.wording import labels_of
from saekdong.feature_store import FeatureStore
from saekdong.feature_store.store import is_transparent
from saekdong.tagging import Tagger
from saekdong.tagging.feed_words import FeedText

LEAST = 0.05
"""A product's first label changes only if the new model is surer of it by so much: 71% of the changes have 103% of the
gain (measured on the labeled photos of four shops)."""

EXAMPLES = 24
"""How many products stand for each pair of labels."""

_AT_ONCE = 2048
_NO_WORDS = FeedText()


@dataclass(frozen=True, slots=True)
class Retag:
    """A product that another model would tag otherwise.

    Attributes:
        product: its facts as they are.
        after: the labels that it would have, with shares, in the order of display.
        shares: the labels' shares in its photos by the other model, by the photo's digest.
    """

    product: ProductFacts
    after: Mapping[str, float]
    shares: Mapping[str, Shares]


@dataclass
class Difference:
    """What another model would change.

    Attributes:
        products: products that are not gone.
        compared: those tagged again from features.
        corrected: those that a person corrected; they keep their labels.
        missing: those whose photos' features are not stored; they keep their tags.
        without_photo: those without a photo that was ever read.
        changed: those compared that would get other labels.
        kept: those whose first label would change if the new model were surer by `least`.
        flows: products by their first label now and then, where it would change.
        examples: some products of each flow, by their ids.
        categories: products that would change, by category.
        feeds: products that would change, by feed.
        before: products by label now.
        after: products by label then.
        emptied: products that would have no label but `other`, and have one now.
    """

    products: int = 0
    compared: int = 0
    corrected: int = 0
    missing: int = 0
    without_photo: int = 0
    changed: int = 0
    kept: int = 0
    flows: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    categories: Counter[str] = field(default_factory=Counter)
    feeds: Counter[str] = field(default_factory=Counter)
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    emptied: int = 0

    @property
    def churn(self) -> float:
        """The share of the products compared that would get another first label, 0 to 1."""
        return self.flows.total() / self.compared if self.compared else 0.0

    @property
    def appear(self) -> list[str]:
        """Labels that no product has now, and some would have."""
        return sorted(label for label in self.after if not self.before[label])

    @property
    def vanish(self) -> list[str]:
        """Labels that some products have now, and none would have."""
        return sorted(label for label in self.before if not self.after[label])

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        return {
            "products": self.products,
            "compared": self.compared,
            "corrected": self.corrected,
            "missing": self.missing,
            "without_photo": self.without_photo,
            "changed": self.changed,
            "kept": self.kept,
            "churn": round(self.churn, 4),
            "emptied": self.emptied,
            "appear": self.appear,
            "vanish": self.vanish,
            "flows": [
                {"from": before, "to": after, "products": n, "examples": self.examples[before, after]}
                for (before, after), n in self.flows.most_common()
            ],
            "categories": dict(self.categories.most_common()),
            "feeds": dict(self.feeds.most_common()),
        }


class Retagging:
    """Compares the tags of a catalog's products with those of another model.

    Args:
        store: the catalog.
        features: its photos' features.
        tagger: of the other model; taught from photos.
        model: the other model.
        least: by how much it must be surer of another first label.
        instead_of: the id of a model; if it is given, only products with a photo that it tagged are compared, and all
            of them are yielded.
        all_products: compare all products that the other model has not tagged, and yield all of them.
    """

    def __init__(
        self,
        store: Store,
        features: FeatureStore,
        tagger: Tagger,
        model: TaggingModel,
        least: float = LEAST,
        instead_of: str | None = None,
        *,
        all_products: bool = False,
    ) -> None:
        self._store, self._features, self._tagger, self._least = store, features, tagger, least
        self._instead_of, self._all, self._model = instead_of, all_products or bool(instead_of), model.id
        now = store.wording()
        self._wording = store.wording(labels_of(model, now.vocabulary))
        self.difference = Difference()

    def retags(
        self,
        ids: Iterable[str] | None = None,
        on_progress: Callable[[int], None] = lambda done: None,  # noqa: ARG005
    ) -> Iterator[Retag]:
        """Yield the products that the other model would tag otherwise; `difference` counts meanwhile.

        Args:
            ids: of the products to compare; None for all.
            on_progress: called with how many products are done.
        """
        facts = self._store.facts(ids)
        while block := list(islice(facts, _AT_ONCE)):
            yield from self._compare(block)
            on_progress(self.difference.products)

    def _compare(self, block: Sequence[ProductFacts]) -> Iterator[Retag]:
        shares = self._shares({photo.digest for product in block for photo in product.photos if photo.digest})
        for product in block:
            self.difference.products += 1
            retag = self._retag(product, shares)
            labels = retag.after if retag and not product.is_corrected else product.labels
            self.difference.before.update(list(product.labels))
            self.difference.after.update(list(labels))
            if retag:
                self._count(retag)
                yield retag

    def _shares(self, digests: Iterable[str]) -> dict[str, Shares]:
        """Return each label's share by the other model in the photos whose features are stored, by digest."""
        found = self._features.read(digests)
        if not found:
            return {}
        rows = np.stack(list(found.values()))
        shares = np.where(is_transparent(rows)[:, None], 0, self._tagger.shares_of(rows)).round(4).tolist()
        ids = self._tagger.vocabulary.ids
        return {digest: dict(zip(ids, row, strict=True)) for digest, row in zip(found, shares, strict=True)}

    def _retag(self, product: ProductFacts, shares: Mapping[str, Shares]) -> Retag | None:
        read = [photo for photo in product.photos if photo.digest and photo.shares is not None]
        if self._instead_of and all(photo.model != self._instead_of for photo in read):
            return None
        if self._all and read and all(photo.model == self._model for photo in read):
            return None
        if product.is_corrected and not self._all:
            self.difference.corrected += 1
        elif not read:
            self.difference.without_photo += 1
        elif any(photo.digest not in shares for photo in read):
            self.difference.missing += 1
        else:
            return self._differing(product, {photo.digest: shares[photo.digest] for photo in read})
        return None

    def _differing(self, product: ProductFacts, shares: Mapping[str, Shares]) -> Retag | None:
        self.difference.compared += 1
        photos = [shares.get(photo.digest) if photo.shares is not None else None for photo in product.photos]
        fused = self._wording.fuse(photos, product.text if product.has_words else _NO_WORDS)
        after = {tag.label: tag.share for tag in fused.tags}
        if self._all:
            return Retag(product, after, shares)
        if list(after) == list(product.labels):
            return None
        if self._is_unsure(product.labels, after):
            self.difference.kept += 1
            return None
        return Retag(product, after, shares)

    def _is_unsure(self, before: Mapping[str, float], after: Mapping[str, float]) -> bool:
        first, then = (next(iter(labels.items()), ("", 0.0)) for labels in (before, after))
        return first[0] != then[0] and bool(first[0]) and then[1] < first[1] + self._least

    def _count(self, retag: Retag) -> None:
        difference, product = self.difference, retag.product
        if product.is_corrected or list(retag.after) == list(product.labels):
            return
        difference.changed += 1
        difference.categories[product.text.category] += 1
        difference.feeds[product.feed] += 1
        before, after = (next(iter(labels), "") for labels in (product.labels, retag.after))
        if before != after:
            difference.flows[before, after] += 1
            examples = difference.examples.setdefault((before, after), [])
            if len(examples) < EXAMPLES:
                examples.append(product.id)
            difference.emptied += after == "other"
