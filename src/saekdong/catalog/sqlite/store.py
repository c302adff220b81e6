"""The catalog's store: SQLite in WAL mode, one writer at a time, readers that never wait for it."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from saekdong.catalog.products import FeedOptions, PhotoResult, Product
from saekdong.catalog.sqlite import checking, correction_rows, listing, runs
from saekdong.catalog.sqlite.database import Database
from saekdong.catalog.sqlite.listing import Changes
from saekdong.catalog.sqlite.records import (
    Known,
    Shown,
    make_listing,
    next_change,
    number_of,
    put_photos,
    put_product,
    read_known,
    read_listing,
    read_shown,
)
from saekdong.catalog.sqlite.schema import OTHER_ALONE
from saekdong.catalog.tagging_model import TaggingModel, adopt_model, models_with_products, put_model, read_model
from saekdong.color import Vocabulary, chosen_labels
from saekdong.fetch import Mark


class Store:
    """A catalog of products, their photos and tags.

    Safe to share among threads; other processes may read and write the same file. Each write is one transaction.
    Order of use by whoever fills it: `begin`, then for each batch `known`, `put` and `touch`, at the end `finish`.

    Example:
        >>> import tempfile
        >>> from saekdong.color import STARTER
        >>> store = Store.open(Path(tempfile.mkdtemp()) / "catalog.db", STARTER)
        >>> run = store.begin("shop.csv")
        >>> result = PhotoResult("mug.jpg", shares={"navy": 0.7, "white": 0.3})
        >>> store.put([(Product("7", "Mug", photos=("mug.jpg",)), [result])], run)
        0
        >>> store.finish(run)
        0
        >>> [tag.label for tag in store.get("7").tags]
        ['navy']
        >>> store.close()
    """

    def __init__(self, database: Database, vocabulary: Vocabulary, *, durable: bool = False) -> None:
        self.vocabulary = vocabulary
        self._durable = durable
        self._database = database
        self._codes: dict[str, int] = {}
        self._sets: dict[int, frozenset[int]] = {}

    @classmethod
    def open(cls, path: Path, vocabulary: Vocabulary, *, durable: bool = False) -> "Store":
        """Open a catalog, made if there is none, and bring it to the current version.

        Args:
            path: the file; SQLite keeps two more beside it, `-wal` and `-shm`.
            vocabulary: the labels that corrections may use.
            durable: a correction is on the disk once `correct` returns, also after a power cut.

        Raises:
            SaekdongError: it cannot be opened, is not a catalog, or was made by a newer Saekdong.
        """
        return cls._of(Database.open(path), vocabulary, durable)

    @classmethod
    def open_to_read(cls, path: Path, vocabulary: Vocabulary, *, durable: bool = False) -> "Store":
        """Open a catalog to read; read-only if this user may not write it, otherwise as `open` does.

        Args:
            path: the file, which exists.
            vocabulary: the labels that corrections may use.
            durable: as in `open`.

        Raises:
            SaekdongError: as `open`; or it is of an older version, and this user may not bring it to the current one.
        """
        return cls._of(Database.open_to_read(path), vocabulary, durable)

    @classmethod
    def _of(cls, database: Database, vocabulary: Vocabulary, durable: bool) -> "Store":
        store = cls(database, vocabulary, durable=durable)
        if 0 < database.former < OTHER_ALONE:
            with store._changing() as (connection, changes):
                correction_rows.remove_other_beside_labels(connection, changes)
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
        """Close all connections; what was written stays."""
        self._database.close()

    def bulk(self) -> AbstractContextManager[None]:
        """Write much in the block; see `Database.bulk`."""
        return self._database.bulk()

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Lend a connection on which all queries of the block see the catalog at one moment.

        Raises:
            SaekdongError: another user wrote the catalog meanwhile, which this one may only read.
        """
        return self._database.reading()

    def begin(self, feed: str) -> int:
        """Begin a run over a feed.

        Args:
            feed: what the feed is called; products belong to the feed that put them last.

        Returns:
            The run's number, for `put`, `touch` and `finish`.
        """
        with self._database.writing() as connection:
            return runs.begin(connection, feed)

    def feed_options(self, feed: str) -> FeedOptions:
        """Return how a feed was read the last time."""
        with self.reading() as connection:
            return runs.read_options(connection, feed)

    def feed_folder(self, product_id: str) -> str:
        """Return the folder in which a product's feed stands; nothing if it is at an address or was posted."""
        with self.reading() as connection:
            return runs.read_folder(connection, product_id)

    def remember_feed(self, feed: str, options: FeedOptions) -> None:
        """Note how a feed is read, for the next run."""
        with self._database.writing() as connection:
            runs.put_options(connection, feed, options)

    def put(
        self,
        products: Iterable[tuple[Product, Sequence[PhotoResult]]],
        run: int,
        model: TaggingModel | None = None,
    ) -> int:
        """Store products and what tagging their photos gave, all in one transaction.

        A photo of the product for which there is no result keeps its earlier one. One that failed keeps the shares of
        when it last succeeded, beside its error, so that a photo server's bad hour empties no filter. Photos that the
        product has no more are forgotten. A person's correction stays. A product given twice is taken as given last.

        Args:
            products: each with the results of those of its photos that were tagged.
            run: as `begin` returned it.
            model: what gave the results. A catalog that has no tags yet takes it as its model.

        Returns:
            How many products that the catalog had already have other labels now.

        Raises:
            ModelChangedError: another model than the catalog's gave a result.
        """
        latest = {product.id: (product, results) for product, results in products}
        relabeled = 0
        with self._changing() as (connection, changes):
            if model:
                adopt_model(connection, model)
            feed = connection.execute("SELECT feed FROM run WHERE number = ?", (run,)).fetchone()[0]
            for product, results in latest.values():
                number = number_of(connection, product.id)
                old = None if number is None else read_listing(connection, number)
                number = put_product(connection, number, product, feed, run)
                put_photos(connection, number, product.photos, results)
                new = make_listing(connection, number)
                changes.replace(number, old, new)
                relabeled += old is not None and new is not None and old.codes != new.codes
        return relabeled

    def known(self, ids: Sequence[str]) -> dict[str, Known]:
        """Return what is known of these products, without those that are not in the catalog."""
        with self.reading() as connection:
            return {each: known for each in ids if (known := read_known(connection, each))}

    def has_other_feeds(self, feed: str) -> bool:
        """Return whether products that are not gone belong to other feeds than this and the API's."""
        with self.reading() as connection:
            return runs.has_other_feeds(connection, feed)

    def owners(self, ids: Sequence[str], feed: str) -> dict[str, str]:
        """Return the feeds that these products belong to, of those that are not gone and belong to other feeds.

        What was posted to the API belongs to the first feed that lists it.
        """
        with self.reading() as connection:
            return runs.owners(connection, ids, feed)

    def touch(self, ids: Iterable[str], run: int) -> None:
        """Note that this run saw these products unchanged."""
        with self._database.writing() as connection:
            runs.touch(connection, ids, run)

    def remember(self, marks: Iterable[tuple[str, str, Mark]]) -> None:
        """Note by what photos of the same content are known next time: a product's id, a photo's place, its mark."""
        with self._database.writing() as connection:
            connection.executemany(
                """UPDATE photo SET etag = ?, modified = ?, size = ?, mtime_ns = ?, digest = ?
                    WHERE product = (SELECT number FROM product WHERE id = ?) AND place = ?""",
                ((*mark, product_id, place) for product_id, place, mark in marks),
            )

    def finish(self, run: int) -> int:
        """End a run: products of its feed that it neither put nor touched are marked gone and leave the filter.

        They are removed a few at a time, so that other writers need not wait. If the process is killed meanwhile,
        `finish_removal` does the rest.

        Returns:
            How many were removed.
        """
        with self._database.writing() as connection:
            runs.end(connection, run)
        return self._remove(run)

    def finish_removal(self, feed: str) -> int:
        """Remove the products that the last finished run of a feed did not see, if it was killed before it had.

        Returns:
            How many were removed.
        """
        with self.reading() as connection:
            run = runs.last_finished(connection, feed)
        return 0 if run is None else self._remove(run)

    def correct(self, product_id: str, labels: Sequence[str] | None, by: str) -> None:
        """Set a product's labels by hand: they win over the model's, now and whenever it is tagged again.

        Args:
            product_id: which.
            labels: the first is the main one; they share the product evenly; or `other` alone. None takes a correction
                back.
            by: who says so.

        Raises:
            SaekdongError: there is no such product.
            ChoiceError: see `chosen_labels`.
        """
        chosen = None if labels is None else chosen_labels(labels, self.vocabulary)
        with self._changing(durable=self._durable) as (connection, changes):
            correction_rows.put_correction(connection, changes, product_id, chosen, by)

    def model(self) -> TaggingModel | None:
        """Return the model that tags the catalog's photos, or None if none was set."""
        with self.reading() as connection:
            return read_model(connection)

    def models(self) -> list[tuple[TaggingModel, int]]:
        """Return the models that tagged photos of products that are not gone, with how many; most first.

        The name of a model that the catalog never had as its own is `unknown`, as in one of Saekdong 0.1.
        """
        with self.reading() as connection:
            return models_with_products(connection)

    def set_model(self, model: TaggingModel) -> None:
        """Let this model tag the catalog's photos from now on. Tags change when their products are added again."""
        with self._database.writing() as connection:
            put_model(connection, model)

    def get(self, product_id: str) -> Shown | None:
        """Return a product, or None where the catalog has none of this id."""
        with self.reading() as connection:
            number = number_of(connection, product_id)
            return None if number is None else self.shown(connection, [number])[number]

    def variants(self, group: str) -> list[Shown]:
        """Return the products of one group that are not gone, at most 100."""
        with self.reading() as connection:
            query = "SELECT number FROM product WHERE variants = ? AND variants <> '' AND NOT gone LIMIT 100"
            return list(self.shown(connection, [number for (number,) in connection.execute(query, (group,))]).values())

    def version(self) -> int:
        """Return the number of the last change of any product; the same number, the same catalog."""
        with self.reading() as connection:
            return next_change(connection) - 1

    def rebuild(self) -> None:
        """Make the filter's tables anew from the products' listings."""
        with self._database.writing() as connection:
            listing.rebuild(connection)

    def apart(self) -> dict[str, int]:
        """Return how many rows of each of the filter's tables are not as `rebuild` would make them."""
        with self.reading() as connection:
            return checking.apart(connection)

    def differences(self) -> int:
        """Return how many rows that are in all; 0 where all is well."""
        return sum(self.apart().values())

    def codes(self, connection: sqlite3.Connection) -> Mapping[str, int]:
        """Return the codes of labels by their ids, of all labels that products bear or bore."""
        codes = self._codes  # what was once read stays true: codes are only ever added
        if len(codes) != (connection.execute("SELECT max(code) FROM label").fetchone()[0] or 0):
            self._codes = codes = dict(connection.execute("SELECT id, code FROM label"))
        return codes

    def label_sets(self, connection: sqlite3.Connection) -> Mapping[int, frozenset[int]]:
        """Return the sets of labels' codes by number, of all sets that products bear or bore."""
        sets = self._sets
        if len(sets) != connection.execute("SELECT max(number) FROM label_set").fetchone()[0] + 1:
            rows = connection.execute("SELECT number, labels FROM label_set")
            self._sets = sets = {number: frozenset(map(int, labels.split())) for number, labels in rows}
        return sets

    def shown(self, connection: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, Shown]:
        """Return products by their numbers, in the order given."""
        labels = {code: label for label, code in self.codes(connection).items()}
        return {number: read_shown(connection, labels, number) for number in numbers}

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
