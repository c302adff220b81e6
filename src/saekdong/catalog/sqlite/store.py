"""The catalog's store in SQLite: WAL mode, one writer at a time, readers that never wait for it."""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Self

from saekdong.catalog.conflicts import WordConflict
from saekdong.catalog.contract import PAGE_OF_REVIEW, Store
from saekdong.catalog.corrections import CorrectedPhoto, Correction
from saekdong.catalog.page import Nearest, Page
from saekdong.catalog.product_facts import ProductFacts, ProductGlance
from saekdong.catalog.product_tags import Shares
from saekdong.catalog.products import FeedOptions, PhotoResult, Product
from saekdong.catalog.query import Query
from saekdong.catalog.retagging import PhotoShares, Retaggable
from saekdong.catalog.review import Placed, Worklist
from saekdong.catalog.snapshot import Snapshot
from saekdong.catalog.sqlite import (
    checking,
    conflict_rows,
    correction_rows,
    doubt,
    facets,
    fact_rows,
    figures,
    listing,
    model_rows,
    nearest,
    records,
    runs,
    snapshots,
    wording_rows,
    worklists,
)
from saekdong.catalog.sqlite.labels import CatalogLabels
from saekdong.catalog.sqlite.listing import Changes
from saekdong.catalog.sqlite.schema import OTHER_ALONE, SCHEMA
from saekdong.catalog.sqlite.wording_rows import Wordings
from saekdong.catalog.stored_products import StoredProduct, TaggedProduct
from saekdong.catalog.summary import ProductRecord, Stats
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.catalog.wording import ColumnWords, OwnWords, ProductReading, Wording
from saekdong.color import Vocabulary, chosen_labels
from saekdong.database import Database
from saekdong.fetch import Mark

_MOST_VARIANTS = 100


class SqliteStore(Store):
    """A catalog in one SQLite file; `Store` says what the methods do.

    Safe to share among threads; other processes may read and write the same file.

    Example:
        >>> import tempfile
        >>> from saekdong.color import STARTER
        >>> store = SqliteStore.open(Path(tempfile.mkdtemp()) / "catalog.db", STARTER)
        >>> run = store.begin("shop.csv")
        >>> result = PhotoResult("mug.jpg", shares={"navy": 0.7, "white": 0.3})
        >>> store.put([(Product("7", "Mug", photos=("mug.jpg",)), [result])], run)
        0
        >>> store.finish(run)
        0
        >>> [tag.label for tag in store.get("7").tags]
        ['navy']
        >>> store.find(Query(("navy",))).total
        1
        >>> store.close()
    """

    def __init__(self, database: Database, vocabulary: Vocabulary, *, durable: bool = False) -> None:
        self.vocabulary = vocabulary
        self._durable = durable
        self._database = database
        self._labels = CatalogLabels(vocabulary)
        self._wordings = Wordings(vocabulary)

    @classmethod
    def open(cls, path: Path, vocabulary: Vocabulary, *, durable: bool = False) -> "SqliteStore":
        """Open a catalog, made if there is none, and bring it to the current version.

        Args:
            path: the file; SQLite keeps two more beside it, `-wal` and `-shm`.
            vocabulary: the labels that corrections may use.
            durable: a correction is on the disk once `correct` returns, also after a power cut.

        Raises:
            SaekdongError: it cannot be opened, is not a catalog, or was made by a newer Saekdong.
        """
        return cls._of(Database.open(path, SCHEMA), vocabulary, durable)

    @classmethod
    def open_to_read(cls, path: Path, vocabulary: Vocabulary, *, durable: bool = False) -> "SqliteStore":
        """Open a catalog to read; read-only if this user may not write it, otherwise as `open` does.

        Args:
            path: the file, which exists.
            vocabulary: the labels that corrections may use.
            durable: as in `open`.

        Raises:
            SaekdongError: as `open`; or it is of an older version, and this user may not bring it to the current one.
        """
        return cls._of(Database.open_to_read(path, SCHEMA), vocabulary, durable)

    @classmethod
    def _of(cls, database: Database, vocabulary: Vocabulary, durable: bool) -> "SqliteStore":
        store = cls(database, vocabulary, durable=durable)
        if 0 < database.former < OTHER_ALONE:
            with store._changing() as (connection, changes):
                correction_rows.remove_other_beside_labels(connection, changes, store._wordings.read(connection))
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The catalog's file."""
        return self._database.path

    @property
    def is_read_only(self) -> bool:
        """Whether this user may not write the catalog."""
        return self._database.is_read_only

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    # Products

    def get(self, product_id: str) -> TaggedProduct | None:
        """Return a product, or None."""
        with self._reading() as connection:
            number = records.number_of(connection, product_id)
            return None if number is None else records.read_products(connection, self._labels, [number])[number]

    def find(self, query: Query) -> Page:
        """Return a page of the products that match a query, with the filter's counts."""
        with self._reading() as connection:
            return facets.find_page(connection, self._labels, query)

    def nearest(self, rgb: Sequence[int], query: Query = Query()) -> Nearest:  # noqa: B008
        """Return the products whose main colors are nearest to a color, among those that match a query."""
        with self._reading() as connection:
            return nearest.find_nearest(connection, self._labels, rgb, query)

    def variants(self, group: str) -> list[TaggedProduct]:
        """Return the products of one group that are not gone, at most 100."""
        with self._reading() as connection:
            query = "SELECT number FROM product WHERE variants = ? AND variants <> '' AND NOT gone LIMIT ?"
            numbers = [number for (number,) in connection.execute(query, (group, _MOST_VARIANTS))]
            return list(records.read_products(connection, self._labels, numbers).values())

    def group_labels(self, groups: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """Return the main label of each variant of some groups, each label once; see `Store.group_labels`."""
        with self._reading() as connection:
            return records.read_group_labels(connection, self._labels, groups, _MOST_VARIANTS)

    def version(self) -> int:
        """Return the number of the last change of any product."""
        with self._reading() as connection:
            return records.next_change(connection) - 1

    @contextmanager
    def snapshot(self, since: int | None = None, *, gone: bool = False) -> Iterator[Snapshot]:
        """Lend all products as they are at one moment, or those that changed after the change `since`."""
        with self._reading() as connection:
            yield snapshots.read_snapshot(connection, self._labels, since, gone)

    # Runs over feeds

    def bulk(self) -> AbstractContextManager[None]:
        """Write much in the block; see `Database.bulk`."""
        return self._database.bulk()

    def begin(self, feed: str) -> int:
        """Begin a run over a feed; return its number."""
        with self._database.writing() as connection:
            return runs.begin(connection, feed)

    def known(self, ids: Sequence[str]) -> dict[str, StoredProduct]:
        """Return the data that shows whether these products have changed."""
        with self._reading() as connection:
            return {each: stored for each in ids if (stored := records.read_stored(connection, each))}

    def put(
        self, products: Iterable[tuple[Product, Sequence[PhotoResult]]], run: int, model: TaggingModel | None = None
    ) -> int:
        """Store products and the results of tagging their photos; return how many have other labels now."""
        latest = {product.id: (product, results) for product, results in products}
        relabeled = 0
        with self._changing() as (connection, changes):
            if model:
                model_rows.adopt_model(connection, model)
            feed, wording = runs.feed_of(connection, run), self._wordings.read(connection)
            for product, results in latest.values():
                number = records.number_of(connection, product.id)
                old = None if number is None else records.read_listing(connection, number)
                number = records.put_product(connection, number, product, feed, run)
                records.put_photos(connection, number, product.photos, results)
                new = records.make_listing(connection, number, wording)
                changes.replace(number, old, new)
                relabeled += old is not None and new is not None and old.codes != new.codes
        return relabeled

    def touch(self, ids: Iterable[str], run: int) -> None:
        """Record that this run saw these products unchanged."""
        with self._database.writing() as connection:
            runs.touch(connection, ids, run)

    def remember(self, marks: Iterable[tuple[str, str, Mark]]) -> None:
        """Replace the marks of photos whose content is unchanged."""
        with self._database.writing() as connection:
            records.put_marks(connection, marks)

    def finish(self, run: int) -> int:
        """End a run: products of its feed that it neither put nor touched are marked gone; return how many."""
        with self._database.writing() as connection:
            runs.end(connection, run)
        return self._remove(run)

    def finish_removal(self, feed: str) -> int:
        """Remove the products that the last finished run of a feed did not see; return how many."""
        with self._reading() as connection:
            run = runs.last_finished(connection, feed)
        return 0 if run is None else self._remove(run)

    # Feeds

    def feed_options(self, feed: str) -> FeedOptions:
        """Return how a feed was read the last time."""
        with self._reading() as connection:
            return runs.read_options(connection, feed)

    def remember_feed(self, feed: str, options: FeedOptions) -> None:
        """Record how a feed is read, for the next run."""
        with self._database.writing() as connection:
            runs.put_options(connection, feed, options)

    def feed_folder(self, product_id: str) -> str:
        """Return the folder of a product's feed, or an empty text."""
        with self._reading() as connection:
            return runs.read_folder(connection, product_id)

    def has_other_feeds(self, feed: str) -> bool:
        """Return whether products that are not gone belong to other feeds than this and the API's."""
        with self._reading() as connection:
            return runs.has_other_feeds(connection, feed)

    def owners(self, ids: Sequence[str], feed: str) -> dict[str, str]:
        """Return the feeds of these products, of those that are not gone and belong to other feeds than this."""
        with self._reading() as connection:
            return runs.owners(connection, ids, feed)

    # People

    def correct(self, product_id: str, labels: Sequence[str] | None, by: str) -> None:
        """Set a product's labels by hand, or remove its correction."""
        chosen = None if labels is None else chosen_labels(labels, self.vocabulary)
        with self._changing(durable=self._durable) as (connection, changes):
            wording = self._wordings.read(connection)
            correction_rows.put_correction(connection, changes, wording, product_id, chosen, by)

    def corrections(self) -> Iterator[CorrectedPhoto]:
        """Yield the main photo of each corrected product that is not gone, with its labels."""
        with self._reading() as connection:
            yield from correction_rows.read_corrections(connection, self._labels)

    def corrected(self) -> Iterator[tuple[str, Correction]]:
        """Yield the id of each product that a person corrected, with its correction."""
        with self._reading() as connection:
            yield from fact_rows.read_corrected(connection)

    def doubtful(self, after: str = "", limit: int = PAGE_OF_REVIEW) -> list[Placed]:
        """Return products in doubt, the most doubtful first."""
        with self._reading() as connection:
            return doubt.read_doubtful(connection, self._labels, after, limit)

    def count_doubtful(self) -> int:
        """Return how many products are in doubt."""
        with self._reading() as connection:
            return doubt.count_doubtful(connection)

    def worklist(self, kind: Worklist, after: str = "", limit: int = PAGE_OF_REVIEW) -> list[Placed]:
        """Return products of a list, the newest in the catalog first."""
        with self._reading() as connection:
            return worklists.read_worklist(connection, self._labels, kind, after, limit)

    def count_worklist(self, kind: Worklist) -> int:
        """Return how many products a list has."""
        with self._reading() as connection:
            return worklists.count_worklist(connection, kind)

    # Words

    def own_words(self) -> OwnWords:
        """Return the shop's own color words."""
        with self._reading() as connection:
            return self._wordings.read(connection).own

    def set_own_words(self, own: OwnWords) -> None:
        """Let these be the shop's own color words from now on."""
        with self._database.writing() as connection:
            wording_rows.put_own_words(connection, own)

    def wording(self, vocabulary: Vocabulary | None = None) -> Wording:
        """Return what words mean in the catalog, and how much they are trusted."""
        with self._reading() as connection:
            wording = self._wordings.read(connection)
        return wording if vocabulary is None else Wording(vocabulary, wording.own, wording.trust)

    def fuse_again(self, should_stop: Callable[[], bool] = lambda: False, since: int | None = None) -> int:
        """Measure the trust in words, and fuse again what depends on it; return how many have other labels now."""
        since = self.version() if since is None else since
        relabeled = 0
        while not should_stop():
            with self._reading() as connection:
                wording = self._wordings.read(connection)
                if wording_rows.is_current(connection, wording):
                    break
            with self._changing() as (connection, changes):
                relabeled += wording_rows.fuse_some(connection, changes, self._wordings.read(connection), since)
        return relabeled

    def column_words(self) -> tuple[ColumnWords, ...]:
        """Return how many products each column names a color of, and how often the photo agrees."""
        with self._reading() as connection:
            return wording_rows.read_column_words(connection, self._wordings.read(connection))

    def conflicts(self, after: str = "", limit: int = PAGE_OF_REVIEW) -> list[WordConflict]:
        """Return products whose words and photos disagree, the surest first."""
        with self._reading() as connection:
            return conflict_rows.read_conflicts(connection, self._labels, self._wordings.read(connection), after, limit)

    def count_conflicts(self) -> int:
        """Return how many products have words and photos that disagree."""
        with self._reading() as connection:
            return conflict_rows.count_conflicts(connection)

    def readings(self) -> Iterator[ProductReading]:
        """Yield what feed and photos say of each product that is not gone."""
        with self._reading() as connection:
            yield from wording_rows.read_readings(connection)

    # Models

    def model(self) -> TaggingModel | None:
        """Return the model that tags the catalog's photos, without its artifact, or None."""
        with self._reading() as connection:
            return model_rows.read_model(connection)

    def models(self) -> list[tuple[TaggingModel, int]]:
        """Return the models that tagged photos of products that are not gone, with how many products."""
        with self._reading() as connection:
            return model_rows.models_with_products(connection)

    def set_model(self, model: TaggingModel) -> None:
        """Let this model tag the catalog's photos from now on."""
        with self._database.writing() as connection:
            model_rows.put_model(connection, model)

    def retaggable(self) -> Retaggable:
        """Return which products another model would tag."""
        with self._reading() as connection:
            return model_rows.read_retaggable(connection)

    def photo_shares(self, ids: Sequence[str]) -> list[PhotoShares]:
        """Return the photos of each product, with each label's share by the model in use, and its words."""
        with self._reading() as connection:
            return model_rows.read_photo_shares(connection, ids)

    def facts(
        self, ids: Iterable[str] | None = None, since: int = 0, *, with_shares: bool = True
    ) -> Iterator[ProductFacts]:
        """Yield what monitoring, reviews and comparisons need of products that are not gone."""
        with self._reading() as connection:
            yield from fact_rows.read_facts(connection, self._labels, ids, since, with_shares=with_shares)

    def glances(self) -> Iterator[ProductGlance]:
        """Yield the products of `facts` with only what shows whether they change."""
        with self._reading() as connection:
            yield from fact_rows.read_glances(connection, self._labels)

    def put_shares(self, products: Iterable[tuple[str, Mapping[str, Shares]]], model: str) -> int:
        """Replace shares of products' photos by another model's; return how many have other labels now."""
        with self._changing() as (connection, changes):
            return fact_rows.put_shares(connection, changes, self._wordings.read(connection), products, model)

    # Figures and care

    def record(self, product_id: str) -> ProductRecord:
        """Return all that the catalog has about a product."""
        with self._reading() as connection:
            return figures.read_record(connection, self._labels, product_id)

    def stats(self) -> Stats:
        """Return the catalog in figures."""
        with self._reading() as connection:
            return figures.read_stats(connection, self._labels, self.path)

    def label_counts(self, feed: str | None = None) -> dict[str, int]:
        """Return how many products have each label, most first."""
        with self._reading() as connection:
            return figures.label_counts(connection, self._labels, feed)

    def feed_counts(self) -> dict[str, int]:
        """Return how many products that are not gone each feed has, most first."""
        with self._reading() as connection:
            return figures.feed_counts(connection)

    def feed_reads(self) -> dict[str, list[str]]:
        """Return when each feed was read to its end, the oldest first."""
        with self._reading() as connection:
            return runs.read_finished(connection)

    def check(self) -> dict[str, int]:
        """Return how many rows of each of the filter's tables do not match the products' listings."""
        with self._reading() as connection:
            return checking.mismatches(connection)

    def rebuild(self) -> None:
        """Make the filter's tables again from the products' listings."""
        with self._database.writing() as connection:
            listing.rebuild(connection)

    def differences(self) -> int:
        """Return how many rows do not match in all."""
        return sum(self.check().values())

    def _reading(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._database.reading()

    def _remove(self, run: int) -> int:
        count = 0
        while removed := self._remove_some(run):
            count += removed
        return count

    def _remove_some(self, run: int) -> int:
        with self._changing() as (connection, changes):
            return runs.remove_some(connection, changes, run)

    @contextmanager
    def _changing(self, *, durable: bool = False) -> Iterator[tuple[sqlite3.Connection, Changes]]:
        """Lend the writer for one transaction that changes listings, and the changes to note them in."""
        with self._database.writing(durable=durable) as connection:
            changes = Changes(connection)
            yield connection, changes
            changes.write()
