"""The catalog's store: SQLite in WAL mode, one writer at a time, readers that never wait for it."""

import errno
import json
import queue
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from saekdong.catalog import checking, listing
from saekdong.catalog.connections import BUSY_SECONDS, ReadOnly, connect, is_writable
from saekdong.catalog.listing import Changes
from saekdong.catalog.products import API_FEED, FeedOptions, Mark, PhotoResult, Product, folder_of
from saekdong.catalog.records import (
    Known,
    Shown,
    insert,
    make_listing,
    need_number,
    next_change,
    number_of,
    put_photos,
    put_product,
    read_known,
    read_listing,
    read_shown,
)
from saekdong.catalog.schema import OTHER_ALONE, check_version, migrate
from saekdong.catalog.tagging_model import TaggingModel, adopt_model, models_with_products, put_model, read_model
from saekdong.color import OTHER, Vocabulary, chosen_labels
from saekdong.errors import SaekdongError
from saekdong.files import cannot_write

_GONE_AT_ONCE = 500
_UNWRITABLE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
_BULK_PAGES = 16_384
_TRUNCATE_SECONDS = 2.0


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

    def __init__(self, path: Path, vocabulary: Vocabulary, writer: sqlite3.Connection | None) -> None:
        self.path, self.vocabulary = path, vocabulary
        self._writer, self._lock = writer, threading.RLock()
        self._readers: queue.LifoQueue[sqlite3.Connection | ReadOnly] = queue.LifoQueue()
        self._codes: dict[str, int] = {}
        self._sets: dict[int, frozenset[int]] = {}

    @classmethod
    def open(cls, path: Path, vocabulary: Vocabulary) -> "Store":
        """Open a catalog, made where there is none, and bring it to today's version.

        Args:
            path: the file; SQLite keeps two more beside it, `-wal` and `-shm`.
            vocabulary: the labels that corrections may use.

        Raises:
            SaekdongError: it cannot be opened, is no catalog, or a newer Saekdong's.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = connect(path)
            writer.execute("PRAGMA journal_mode = WAL")
            former = migrate(writer, str(path))
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
                raise _cannot_write(path, error) from error
            raise _cannot_open(path, error) from error
        except (OSError, sqlite3.Error) as error:
            raise _cannot_open(path, error) from error
        store = cls(path, vocabulary, writer)
        if former and former < OTHER_ALONE:
            store._remove_other_beside_labels()
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @classmethod
    def open_to_read(cls, path: Path, vocabulary: Vocabulary) -> "Store":
        """Open a catalog to read; read-only if this user may not write it, else as `open` does.

        Args:
            path: the file, which exists.
            vocabulary: the labels that corrections may use.

        Raises:
            SaekdongError: as `open`; or it is an older version's, and this user may not bring it to today's.
        """
        if is_writable(path):
            return cls.open(path, vocabulary)
        store = cls(path, vocabulary, None)
        try:
            with store.reading() as connection:
                check_version(connection, str(path))
        except (OSError, sqlite3.Error) as error:
            raise _cannot_open(path, error) from error
        return store

    @property
    def is_read_only(self) -> bool:
        """Whether this user may not write the catalog."""
        return self._writer is None

    def close(self) -> None:
        """Close all connections; what was written stays."""
        with self._lock:
            if self._writer:
                self._writer.close()
        while not self._readers.empty():
            reader = self._readers.get()
            (reader.connection if isinstance(reader, ReadOnly) else reader).close()

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """Write much in the block; at its end, file what was written ahead and empty the file `-wal`.

        If readers look at an earlier moment for longer than two seconds, that is left to later writes.
        """
        self._set("wal_autocheckpoint", _BULK_PAGES)
        try:
            yield
        finally:
            self._set("wal_autocheckpoint", 1000)
            self._set("busy_timeout", round(_TRUNCATE_SECONDS * 1000))
            # On a full disk later writes do it too, and the error of the block is the one to report.
            with suppress(sqlite3.OperationalError):
                self._set("wal_checkpoint", "TRUNCATE")
            self._set("busy_timeout", round(BUSY_SECONDS * 1000))

    def _set(self, name: str, value: object) -> None:
        with self._lock:
            self._need_writer().execute(f"PRAGMA {name}({value})").fetchall()

    def begin(self, feed: str) -> int:
        """Begin a run over a feed, or go on with its last one where that was not finished.

        Args:
            feed: what the feed is called; products belong to the feed that put them last.

        Returns:
            The run's number, for `put`, `touch` and `finish`.
        """
        with self._writing() as connection:
            query = "SELECT number FROM run WHERE feed = ? AND finished IS NULL ORDER BY number DESC LIMIT 1"
            if found := connection.execute(query, (feed,)).fetchone():
                return int(found[0])
            return insert(connection, "INSERT INTO run (feed, begun) VALUES (?, ?)", (feed, _now()))

    def feed_options(self, feed: str) -> FeedOptions:
        """Return how a feed was read the last time."""
        with self.reading() as connection:
            row = connection.execute("SELECT folder, mapping, id_prefix FROM feed WHERE name = ?", (feed,)).fetchone()
        if row is None:
            return FeedOptions()
        folder, mapping, id_prefix = row
        return FeedOptions(folder, tuple((field, column) for field, column in json.loads(mapping)), id_prefix)

    def feed_folder(self, product_id: str) -> str:
        """Return the folder in which a product's feed stands; nothing if it is at an address or was posted."""
        query = """SELECT product.feed, feed.folder FROM product LEFT JOIN feed ON feed.name = product.feed
            WHERE product.id = ?"""
        with self.reading() as connection:
            name, folder = connection.execute(query, (product_id,)).fetchone() or ("", "")
        if folder is not None:
            return str(folder)
        # A catalog from before folders were noted.
        return "" if "://" in name or name == API_FEED else folder_of(name)

    def remember_feed(self, feed: str, options: FeedOptions) -> None:
        """Note how a feed is read, for the next run."""
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO feed VALUES (?, ?, ?, ?)",
                (feed, options.folder, json.dumps(options.mapping, ensure_ascii=False), options.id_prefix),
            )

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
        with self._writing() as connection, self._changing(connection) as changes:
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
            query = "SELECT DISTINCT feed FROM product WHERE NOT gone"
            return any(owner not in (feed, API_FEED) for (owner,) in connection.execute(query))

    def owners(self, ids: Sequence[str], feed: str) -> dict[str, str]:
        """Return the feeds that these products belong to, of those that are not gone and belong to other feeds.

        What was posted to the API belongs to the first feed that lists it.
        """
        with self.reading() as connection:
            query = """SELECT product.id, feed FROM json_each(?) JOIN product ON product.id = value
                WHERE NOT gone AND feed NOT IN (?, ?)"""
            return dict(connection.execute(query, (json.dumps(ids), feed, API_FEED)))

    def touch(self, ids: Iterable[str], run: int) -> None:
        """Note that this run saw these products unchanged."""
        with self._writing() as connection:
            connection.executemany("UPDATE product SET run = ? WHERE id = ?", ((run, each) for each in ids))

    def remember(self, marks: Iterable[tuple[str, str, Mark]]) -> None:
        """Note by what photos of the same content are known next time: a product's id, a photo's place, its mark."""
        with self._writing() as connection:
            connection.executemany(
                """UPDATE photo SET etag = ?, modified = ?, size = ?, mtime_ns = ?, digest = ?
                    WHERE product = (SELECT number FROM product WHERE id = ?) AND place = ?""",
                ((*mark, product_id, place) for product_id, place, mark in marks),
            )

    def finish(self, run: int) -> int:
        """End a run: products of its feed that it neither put nor touched are marked gone and leave the filter.

        Returns:
            How many went.
        """
        count = 0
        while went := self._remove_some(run):
            count += went
        with self._writing() as connection:
            connection.execute("UPDATE run SET finished = ? WHERE number = ?", (_now(), run))
        return count

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
        chosen = None if labels is None else (json.dumps(chosen_labels(labels, self.vocabulary)), by, _now())
        with self._writing() as connection, self._changing(connection) as changes:
            number = need_number(connection, product_id)
            old = read_listing(connection, number)
            connection.execute(
                "UPDATE product SET correction = ?, corrected_by = ?, corrected_at = ?, change = ? WHERE number = ?",
                (*(chosen or (None, None, None)), next_change(connection), number),
            )
            changes.replace(number, old, make_listing(connection, number))

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
        with self._writing() as connection:
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
        with self._writing() as connection:
            listing.rebuild(connection)

    def apart(self) -> dict[str, int]:
        """Return how many rows of each of the filter's tables are not as `rebuild` would make them."""
        with self.reading() as connection:
            return checking.apart(connection)

    def differences(self) -> int:
        """Return how many rows that are in all; 0 where all is well."""
        return sum(self.apart().values())

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection on which all queries of the block see the catalog at one moment.

        Raises:
            SaekdongError: another user wrote the catalog meanwhile, which this one may only read.
        """
        reader = self._reader()
        connection = reader.connection if isinstance(reader, ReadOnly) else reader
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("COMMIT")
            self._readers.put(reader)
        if isinstance(reader, ReadOnly) and not reader.is_current():
            raise SaekdongError(f"{self.path} was written while it was read", fix="run this again")

    def _reader(self) -> sqlite3.Connection | ReadOnly:
        """Return a connection that is not in use, a new one if there is none."""
        with suppress(queue.Empty):
            while reader := self._readers.get_nowait():
                if not isinstance(reader, ReadOnly) or reader.is_current():
                    return reader
                reader.connection.close()
        if self.is_read_only:
            return ReadOnly(self.path)
        connection = connect(self.path)
        connection.execute("PRAGMA query_only = 1")
        return connection

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

    def _remove_other_beside_labels(self) -> None:
        """Leave the labels alone in corrections of older catalogs, where `other` was chosen beforehand."""
        with self._writing() as connection, self._changing(connection) as changes:
            query = "SELECT number, correction FROM product WHERE correction IS NOT NULL AND correction LIKE ?"
            for number, correction in connection.execute(query, (f'%"{OTHER}"%',)).fetchall():
                labels = [label for label in json.loads(correction) if label != OTHER]
                if labels:
                    old = read_listing(connection, number)
                    row = (json.dumps(labels), next_change(connection), number)
                    connection.execute("UPDATE product SET correction = ?, change = ? WHERE number = ?", row)
                    changes.replace(number, old, make_listing(connection, number))

    def _need_writer(self) -> sqlite3.Connection:
        if self._writer is None:
            raise SaekdongError(f"you may read {self.path}, but not write it", fix="ask its owner for the right")
        return self._writer

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Lend the writer for one transaction, in turn."""
        writer = self._need_writer()
        with self._lock:
            try:
                writer.execute("BEGIN IMMEDIATE")
                yield writer
                writer.execute("COMMIT")
            except BaseException as error:
                if writer.in_transaction:  # SQLite itself rolls back on a full disk
                    writer.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in _UNWRITABLE:
                    raise _cannot_write(self.path, error) from error
                raise

    @contextmanager
    def _changing(self, connection: sqlite3.Connection) -> Iterator[Changes]:
        changes = Changes(connection)
        yield changes
        changes.write()

    def _remove_some(self, run: int) -> int:
        with self._writing() as connection, self._changing(connection) as changes:
            query = """SELECT product.number FROM product JOIN run ON run.feed = product.feed
                WHERE run.number = ?1 AND NOT gone AND run < ?1 LIMIT ?2"""
            numbers = connection.execute(query, (run, _GONE_AT_ONCE)).fetchall()
            for (number,) in numbers:
                old = read_listing(connection, number)
                row = (next_change(connection), number)
                connection.execute("UPDATE product SET gone = 1, change = ? WHERE number = ?", row)
                changes.replace(number, old, None)
        return len(numbers)


def _cannot_open(path: Path, error: Exception) -> SaekdongError:
    return SaekdongError(f"cannot open the catalog {path}: {error}", fix="check the path and your rights to it")


def _cannot_write(path: Path, error: sqlite3.OperationalError) -> SaekdongError:
    is_full = error.sqlite_errorcode == sqlite3.SQLITE_FULL
    return cannot_write(path, OSError(errno.ENOSPC if is_full else errno.EIO, str(error)))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
