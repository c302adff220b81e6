"""What another model would change in a catalog, by the stored features: no photo is decoded."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saekdong.catalog.contract import Store
from saekdong.catalog.product_facts import ProductFacts, ProductGlance
from saekdong.catalog.product_tags import FIRST, Shares
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.catalog.wording import labels_of
from saekdong.color import OTHER
from saekdong.feature_store import FeatureStore
from saekdong.feature_store.store import is_transparent
from saekdong.tagging import Tagger
from saekdong.tagging.feed_words import FeedText
from saekdong.tagging.tagger import DOUBTFUL, SHOWN

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
        now = store.wording().vocabulary
        vocabulary = labels_of(model, now)
        self._wording = store.wording(vocabulary)
        self._same_labels = vocabulary == now
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
        if ids is None and self._same_labels and not self._all:
            glances = self._store.glances()
            while some := list(islice(glances, _AT_ONCE)):
                yield from self._glance(some)
                on_progress(self.difference.products)
            return
        facts = self._store.facts(ids, with_shares=False)
        while block := list(islice(facts, _AT_ONCE)):
            yield from self._compare(block, self._tag(_digests(block)))
            on_progress(self.difference.products)

    def _glance(self, block: Sequence[ProductGlance]) -> Iterator[Retag]:
        """Count the products whose labels stay; the others, and those that a glance does not decide, are compared."""
        tagged = self._tag(product.digest for product in block if product.digest)
        same: Counter[tuple[str, ...]] = Counter()
        others = []
        for product in block:
            if product.digest in tagged.rows and tagged.names(product.digest) == product.labels:
                same[product.labels] += 1
            else:
                others.append(product.id)
        self.difference.products += same.total()
        self.difference.compared += same.total()
        for labels, products in same.items():
            for label in labels:
                self.difference.before[label] += products
                self.difference.after[label] += products
        facts = list(self._store.facts(others, with_shares=False)) if others else []
        yield from self._compare(facts, tagged.plus(self._tag(_digests(facts) - tagged.rows.keys())))

    def _compare(self, block: Sequence[ProductFacts], tagged: "_TaggedPhotos") -> Iterator[Retag]:
        for product in block:
            self.difference.products += 1
            retag = self._retag(product, tagged)
            labels = retag.after if retag and not product.is_corrected else product.labels
            self.difference.before.update(list(product.labels))
            self.difference.after.update(list(labels))
            if retag:
                self._count(retag)
                yield retag

    def _tag(self, digests: Iterable[str]) -> "_TaggedPhotos":
        """Tag the photos whose features are stored."""
        found, rows = self._features.read_rows(digests)
        if not found:
            return _TaggedPhotos({}, self._tagger.vocabulary.ids, np.zeros((0, len(self._tagger.vocabulary))))
        shares = np.where(is_transparent(rows)[:, None], 0, self._tagger.shares_of(rows)).round(4)
        return _TaggedPhotos({each: row for row, each in enumerate(found)}, self._tagger.vocabulary.ids, shares)

    def _retag(self, product: ProductFacts, tagged: "_TaggedPhotos") -> Retag | None:
        read = [photo for photo in product.photos if photo.digest and photo.shares is not None]
        if self._instead_of and all(photo.model != self._instead_of for photo in read):
            return None
        if self._all and read and all(photo.model == self._model for photo in read):
            return None
        if product.is_corrected and not self._all:
            self.difference.corrected += 1
        elif not read:
            self.difference.without_photo += 1
        elif any(photo.digest not in tagged.rows for photo in read):
            self.difference.missing += 1
        else:
            return self._differing(product, [photo.digest for photo in read], tagged)
        return None

    def _differing(self, product: ProductFacts, read: Sequence[str], tagged: "_TaggedPhotos") -> Retag | None:
        self.difference.compared += 1
        if len(product.photos) == 1 and self._same_labels and not product.has_words:
            after = tagged.labels(read[0])
        else:
            photos = [tagged.shares(photo.digest) if photo.shares is not None else None for photo in product.photos]
            is_silent = self._same_labels and not product.has_words  # so its words need not be looked for
            after = self._wording.labels(photos, _NO_WORDS if is_silent else product.text)
        if not self._all:
            if list(after) == list(product.labels):
                return None
            if self._is_unsure(product.labels, after):
                self.difference.kept += 1
                return None
        return Retag(product, after, {digest: tagged.shares(digest) for digest in read})

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


def _digests(products: Iterable[ProductFacts]) -> set[str]:
    """Return the digests of the photos of products."""
    return {photo.digest for product in products for photo in product.photos if photo.digest}


class _TaggedPhotos:
    """What the other model says of a block of photos; most of them need only the labels to display.

    Args:
        rows: the row of each photo, by its digest.
        ids: of the labels, in the model's order.
        shares: of each label in each photo, (N, L).
    """

    def __init__(self, rows: Mapping[str, int], ids: Sequence[str], shares: NDArray[np.float64]) -> None:
        self.rows, self._ids, self._shares = rows, ids, shares
        # As `mean_shares` computes them, to the last bit.
        means = FIRST * shares / FIRST
        order = np.argsort(-means, axis=1, kind="stable")
        falling = np.take_along_axis(means, order, axis=1)
        first = falling[:, :1]
        shown = (falling >= SHOWN * first) & (first >= DOUBTFUL)
        self._order, self._falling, self._shown = order.tolist(), falling.tolist(), shown.sum(axis=1).tolist()

    def plus(self, other: "_TaggedPhotos") -> "_TaggedPhotos":
        """Return the photos of both blocks."""
        if not other.rows:
            return self
        rows = {**self.rows, **{digest: len(self._shares) + row for digest, row in other.rows.items()}}
        return _TaggedPhotos(rows, self._ids, np.concatenate([self._shares, other._shares]))

    def names(self, digest: str) -> tuple[str, ...]:
        """Return the labels of `labels` alone."""
        row = self.rows[digest]
        shown = self._shown[row]
        return tuple([self._ids[code] for code in self._order[row][:shown]]) if shown else (OTHER,)

    def shares(self, digest: str) -> Shares:
        """Return each label's share in a photo."""
        return dict(zip(self._ids, self._shares[self.rows[digest]].tolist(), strict=True))

    def labels(self, digest: str) -> Mapping[str, float]:
        """Return the labels to display of a product with this photo alone and no color words, by `shown_labels`."""
        row = self.rows[digest]
        codes, falling = self._order[row], self._falling[row]
        if not self._shown[row]:
            return {OTHER: falling[0]}
        return {self._ids[codes[place]]: falling[place] for place in range(self._shown[row])}
