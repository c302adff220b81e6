"""The contract of a store: what every implementation does, in the catalog's own types.

`catalog/sqlite` is the implementation of today; `workspace.py` chooses and opens it. Everything else uses `Store`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, Self

from saekdong.catalog.conflicts import WordConflict
from saekdong.catalog.corrections import CorrectedPhoto, Correction
from saekdong.catalog.page import Nearest, Page
from saekdong.catalog.product_facts import ProductFacts, ProductGlance
from saekdong.catalog.product_tags import Shares
from saekdong.catalog.products import FeedOptions, PhotoResult, Product
from saekdong.catalog.query import Query
from saekdong.catalog.retagging import PhotoShares, Retaggable
from saekdong.catalog.review import Placed, Worklist
from saekdong.catalog.snapshot import Snapshot
from saekdong.catalog.stored_products import StoredProduct, TaggedProduct
from saekdong.catalog.summary import ProductRecord, Stats
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.catalog.wording import ColumnWords, OwnWords, ProductReading, Wording
from saekdong.color import Vocabulary
from saekdong.fetch import Mark

PAGE_OF_REVIEW = 48
"""How many products the review's methods return unless they are given a limit."""


class Store(Protocol):
    """A catalog of products, their photos and tags.

    Safe to share among threads, and other processes may read and write the same catalog. Each write is one transaction;
    each read sees one moment. Order of use to fill it: `begin`, then for each batch `known`, `put` and `touch`, at the
    end `finish`.

    Any method raises `StoreError` if the store fails, and `SaekdongError` if the user can fix what is wrong: a full
    disk, or writing to a catalog that is read-only.

    Attributes:
        vocabulary: the labels that corrections may use.
    """

    vocabulary: Vocabulary

    @property
    def path(self) -> Path:
        """The catalog's file in the workspace; the API's token and the locks of runs are kept beside it."""

    @property
    def is_read_only(self) -> bool:
        """Whether this user may not write the catalog."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

    def close(self) -> None:
        """Close the catalog; everything written is kept."""

    # Products

    def get(self, product_id: str) -> TaggedProduct | None:
        """Return a product, or None if the catalog does not have it."""

    def find(self, query: Query) -> Page:
        """Return a page of the products that match a query, with the filter's counts.

        Raises:
            SaekdongError: `Query.after` is not a `Page.next` of this sort order.
        """

    def nearest(self, rgb: Sequence[int], query: Query = ...) -> Nearest:
        """Return the products whose main colors are nearest to a color, among those that match a query.

        Args:
            rgb: sRGB, 0-255.
            query: `limit` is how many to return; `sort` and `after` are ignored.
        """

    def variants(self, group: str) -> list[TaggedProduct]:
        """Return the products of one group that are not gone, at most 100."""

    def group_labels(self, groups: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """Return the main label of each variant of some groups, each label once, in the variants' order.

        Args:
            groups: see `Product.group`; of each, 100 products at most are looked at.

        Returns:
            By group, without groups that no product has.
        """

    def version(self) -> int:
        """Return the number of the last change of any product; the same number, the same catalog."""

    def snapshot(self, since: int | None = None, *, gone: bool = False) -> AbstractContextManager[Snapshot]:
        """Lend all products as they are at one moment, or those that changed after the change `since`.

        Args:
            since: the number of a change; None for all products.
            gone: include products that are gone; among changes they always are.
        """

    # Runs over feeds

    def bulk(self) -> AbstractContextManager[None]:
        """Write much in the block."""

    def begin(self, feed: str) -> int:
        """Begin a run over a feed.

        Args:
            feed: the feed's name; products belong to the feed that put them last.

        Returns:
            The run's number, for `put`, `touch` and `finish`. Later runs have higher numbers.
        """

    def known(self, ids: Sequence[str]) -> dict[str, StoredProduct]:
        """Return the data that shows whether these products have changed, without those that are not in the catalog."""

    def put(
        self, products: Iterable[tuple[Product, Sequence[PhotoResult]]], run: int, model: TaggingModel | None = None
    ) -> int:
        """Store products and the results of tagging their photos, all in one transaction.

        A photo without a result keeps its earlier one. A photo that failed keeps the shares of its last success, beside
        its error, so that a photo server's bad hour empties no filter. Photos that the product no longer has are
        removed. A person's correction is kept. If a product is given twice, the last one counts.

        Args:
            products: each with the results of those of its photos that were tagged.
            run: as `begin` returned it.
            model: what gave the results. A catalog that has no tags yet takes it as its model.

        Returns:
            How many products that the catalog already had have other labels now.

        Raises:
            ModelChangedError: the results are another model's than the catalog's.
        """

    def touch(self, ids: Iterable[str], run: int) -> None:
        """Record that this run saw these products unchanged."""

    def remember(self, marks: Iterable[tuple[str, str, Mark]]) -> None:
        """Replace the marks of photos whose content is unchanged: a product's id, a photo's place, its mark."""

    def finish(self, run: int) -> int:
        """End a run: products of its feed that it neither put nor touched are marked gone and leave the filter.

        They are removed a few at a time, so that other writers need not wait. If the process is killed meanwhile,
        `finish_removal` removes the rest.

        Returns:
            How many were removed.
        """

    def finish_removal(self, feed: str) -> int:
        """Remove the products that the last finished run of a feed did not see, if it was killed before it had.

        Returns:
            How many were removed.
        """

    # Feeds

    def feed_options(self, feed: str) -> FeedOptions:
        """Return how a feed was read the last time."""

    def remember_feed(self, feed: str, options: FeedOptions) -> None:
        """Record how a feed is read, for the next run."""

    def feed_folder(self, product_id: str) -> str:
        """Return the folder of a product's feed; empty if the feed is at an address or the product was posted."""

    def has_other_feeds(self, feed: str) -> bool:
        """Return whether products that are not gone belong to other feeds than this and the API's."""

    def owners(self, ids: Sequence[str], feed: str) -> dict[str, str]:
        """Return the feeds of these products, of those that are not gone and belong to other feeds than this.

        Products that were posted to the API belong to the first feed that lists them.
        """

    # People

    def correct(self, product_id: str, labels: Sequence[str] | None, by: str) -> None:
        """Set a product's labels by hand: they win over the model's, now and whenever it is tagged again.

        Args:
            product_id: the product.
            labels: the main one first; they share the product evenly; or `other` alone. None removes the correction.
            by: the person.

        Raises:
            SaekdongError: there is no such product.
            ChoiceError: see `chosen_labels`.
        """

    def corrections(self) -> Iterator[CorrectedPhoto]:
        """Yield the main photo of each corrected product that is not gone, with the labels that a person chose."""

    def corrected(self) -> Iterator[tuple[str, Correction]]:
        """Yield the id of each product that a person corrected, also of those that are gone, with its correction."""

    def doubtful(self, after: str = "", limit: int = PAGE_OF_REVIEW) -> list[Placed]:
        """Return products in doubt, the most doubtful first; see `saekdong.catalog.review`.

        Args:
            after: the `Placed.place` of a product, to continue after it, whether or not it was corrected since. An
                invalid place means the start.
            limit: how many at most.
        """

    def count_doubtful(self) -> int:
        """Return how many products are in doubt; `MOST_COUNTED` + 1 if there are more than `MOST_COUNTED`."""

    def worklist(self, kind: Worklist, after: str = "", limit: int = PAGE_OF_REVIEW) -> list[Placed]:
        """Return products of a list, the newest in the catalog first; arguments as for `doubtful`."""

    def count_worklist(self, kind: Worklist) -> int:
        """Return how many products a list has; `MOST_COUNTED` + 1 if there are more than `MOST_COUNTED`."""

    # Words

    def own_words(self) -> OwnWords:
        """Return the shop's own color words, as `set_own_words` took them last."""

    def set_own_words(self, own: OwnWords) -> None:
        """Let these be the shop's own color words from now on; `fuse_again` applies them to the products."""

    def wording(self, vocabulary: Vocabulary | None = None) -> Wording:
        """Return what words mean in the catalog, and how much they are trusted.

        Args:
            vocabulary: the labels of another model than the catalog's.
        """

    def fuse_again(self, should_stop: Callable[[], bool] = ..., since: int | None = None) -> int:
        """Measure the trust in words, and fuse again what depends on it; no photo is read.

        It is done a few products at a time, so that other writers need not wait. If the process is killed meanwhile,
        the next call does the rest. Nothing is written if nothing changed.

        Args:
            should_stop: checked between transactions.
            since: the number of a change: `version` when a run began. By default, that of this moment.

        Returns:
            How many products have other labels now, of those that had not changed since.
        """

    def column_words(self) -> tuple[ColumnWords, ...]:
        """Return how many products each column of the feeds names a color of, and how often the photo agrees."""

    def conflicts(self, after: str = "", limit: int = PAGE_OF_REVIEW) -> list[WordConflict]:
        """Return products whose words and photos disagree, the surest first; see `saekdong.catalog.conflicts`.

        Args:
            after: the `WordConflict.place` of a product, to continue after it. An invalid place means the start.
            limit: how many at most.
        """

    def count_conflicts(self) -> int:
        """Return how many products are in conflict; `MOST_COUNTED` + 1 if there are more than `MOST_COUNTED`."""

    def readings(self) -> Iterator[ProductReading]:
        """Yield what feed and photos say of each product that is not gone."""

    # Models

    def model(self) -> TaggingModel | None:
        """Return the model that tags the catalog's photos, without its artifact, or None if none was set."""

    def models(self) -> list[tuple[TaggingModel, int]]:
        """Return the models that tagged photos of products that are not gone, with how many products; most first.

        A model that the catalog never had as its own is called `unknown`, as in a catalog of Saekdong 0.1.
        """

    def set_model(self, model: TaggingModel) -> None:
        """Let this model tag the catalog's photos from now on. Tags change when their products are added again."""

    def retaggable(self) -> Retaggable:
        """Return which products another model would tag."""

    def photo_shares(self, ids: Sequence[str]) -> list[PhotoShares]:
        """Return the photos of each product, with each label's share by the model in use, and its words."""

    def facts(
        self, ids: Iterable[str] | None = None, since: int = 0, *, with_shares: bool = True
    ) -> Iterator[ProductFacts]:
        """Yield what monitoring, reviews and comparisons need of products that are not gone.

        Args:
            ids: of the products; None for all.
            since: the number of a change: only products that changed after it, unless `ids` is given.
            with_shares: if not, photos that were tagged have empty shares, which saves half of the time.
        """

    def glances(self) -> Iterator[ProductGlance]:
        """Yield the products of `facts`, in the same order, with only what shows whether they change."""

    def put_shares(self, products: Iterable[tuple[str, Mapping[str, Shares]]], model: str) -> int:
        """Replace shares of products' photos by another model's, all in one transaction; nothing else changes.

        Args:
            products: ids, each with the labels' shares in its photos, by the photo's digest.
            model: the id of the model that gave the shares.

        Returns:
            How many products have other labels now.
        """

    # Figures and care

    def record(self, product_id: str) -> ProductRecord:
        """Return all that the catalog has about a product.

        Raises:
            SaekdongError: there is no such product; the message names similar ids.
        """

    def stats(self) -> Stats:
        """Return the catalog in figures."""

    def label_counts(self, feed: str | None = None) -> Mapping[str, int]:
        """Return how many products have each label, most first; only those of `feed` if it is given."""

    def feed_counts(self) -> Mapping[str, int]:
        """Return how many products that are not gone each feed has, most first."""

    def feed_reads(self) -> Mapping[str, Sequence[str]]:
        """Return when each feed was read to its end, ISO 8601 in UTC, the oldest first; posted products have none."""

    def check(self) -> Mapping[str, int]:
        """Compare what the store derives from the products, such as the filter's counts, with the products.

        Returns:
            How many entries do not match, by the name of what is derived.
        """

    def rebuild(self) -> None:
        """Derive again what `check` compares."""

    def differences(self) -> int:
        """Return the sum of `check`; 0 if all is well."""
