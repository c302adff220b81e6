"""What a catalog holds: one product in full, all of it in figures, and ids like one that it lacks."""

import difflib
import json
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from saekdong.catalog.sqlite.records import Shares, Shown, need_number, product_tags
from saekdong.catalog.sqlite.store import Store
from saekdong.catalog.tagging_model import TaggingModel, models_by_digest, read_model
from saekdong.errors import SaekdongError
from saekdong.fetch.urls import redacted

_MOST_LIKE = 3
_LOOKED_AT = 2000


@dataclass(frozen=True, slots=True)
class Correction:
    """Labels that a person gave to a product.

    Attributes:
        labels: in order.
        by: who.
        at: when, ISO 8601 in UTC.
    """

    labels: tuple[str, ...]
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class PhotoRecord:
    """A photo of a product: its place, and the model that tagged it or why that failed."""

    place: str
    model: TaggingModel | None
    error: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class ProductRecord:
    """All that the catalog knows about a product.

    Attributes:
        shown: the product, with the tags that the filter uses.
        feed: the feed that it belongs to.
        seen: when a run over its feed last saw it begin, ISO 8601 in UTC.
        photos: in order.
        model_tags: the labels and shares that the model gives, whatever a person says.
        correction: what a person says, or None.
    """

    shown: Shown
    feed: str
    seen: str
    photos: tuple[PhotoRecord, ...]
    model_tags: Shares
    correction: Correction | None


@dataclass(frozen=True, slots=True)
class Stats:
    """A catalog in figures.

    Attributes:
        products: those that are not gone.
        gone: those that their feeds no longer list.
        photos, errors: photos of those that are not gone, and how many of them cannot be used.
        untagged: products that are not gone and have no label.
        corrections: products that are not gone and that people corrected.
        labels, feeds: products by label and by feed, most first.
        models: models that tagged photos, and of how many products.
        model: the one in use, if one was set.
        size: bytes of the catalog's files.
    """

    products: int
    gone: int
    photos: int
    errors: int
    untagged: int
    corrections: int
    labels: Mapping[str, int]
    feeds: Mapping[str, int]
    models: tuple[tuple[TaggingModel, int], ...]
    model: TaggingModel | None
    size: int


def read_product(store: Store, product_id: str) -> ProductRecord:
    """Return all that the catalog knows about a product.

    Raises:
        SaekdongError: there is none of this id; ids like it are named.
    """
    with store.reading() as connection:
        names = models_by_digest(connection)
        try:
            number = need_number(connection, product_id)
        except SaekdongError as error:
            near = like(connection, product_id)
            fix = f"did you mean {' or '.join(near)}?" if near else "see 'saekdong catalog stats' for its feeds"
            raise SaekdongError(error.problem, fix=fix) from error
        query = """SELECT product.feed, begun, correction, corrected_by, corrected_at FROM product
            LEFT JOIN run ON run.number = product.run WHERE product.number = ?"""
        feed, seen, labels, by, at = connection.execute(query, (number,)).fetchone()
        query = "SELECT place, model, shares, error_code, error_message FROM photo WHERE product = ? ORDER BY position"
        photos = connection.execute(query, (number,)).fetchall()
        return ProductRecord(
            store.shown(connection, [number])[number],
            feed,
            seen or "",
            tuple(
                PhotoRecord(
                    redacted(place),
                    names.get(model, TaggingModel("unknown", model, "")) if model else None,
                    code and (code, why),
                )
                for place, model, _, code, why in photos
            ),
            product_tags([shares and json.loads(shares) for _, _, shares, _, _ in photos]),
            Correction(tuple(json.loads(labels)), by, at) if labels else None,
        )


def like(connection: sqlite3.Connection, product_id: str) -> list[str]:
    """Return up to three ids that are spelled like one: in another case, longer, or with the same beginning."""
    wanted = product_id.casefold()
    query = "SELECT id FROM product WHERE id LIKE ? ESCAPE '\\' ORDER BY length(id) LIMIT ?"
    escaped = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found = [each for (each,) in connection.execute(query, (f"%{escaped}%", _MOST_LIKE))]
    length = len(wanted)
    while not found and length:
        length //= 2
        start = product_id[:length]
        query = "SELECT id FROM product WHERE id >= ? AND id < ? LIMIT ?"
        candidates = {
            each.casefold(): each for (each,) in connection.execute(query, (start, f"{start}\U0010ffff", _LOOKED_AT))
        }
        found = [candidates[each] for each in difflib.get_close_matches(wanted, candidates, _MOST_LIKE)]
    return found


def read_stats(store: Store) -> Stats:
    """Return the catalog in figures."""
    labels, feeds, models = label_counts(store), feed_counts(store), tuple(store.models())
    with store.reading() as connection:
        query = "SELECT count(*), coalesce(sum(gone), 0), count(CASE WHEN NOT gone THEN correction END) FROM product"
        total, gone, corrections = connection.execute(query).fetchone()
        query = "SELECT count(*), count(error_code) FROM photo JOIN product ON number = product WHERE NOT gone"
        photos, errors = connection.execute(query).fetchone()
        (untagged,) = connection.execute("SELECT count(*) FROM listing WHERE labels = 0").fetchone()
        model = read_model(connection)
    size = _size(store.path)
    return Stats(total - gone, gone, photos, errors, untagged, corrections, labels, feeds, models, model, size)


def _size(path: Path) -> int:
    """Return the bytes of a catalog and of SQLite's files beside it."""
    size = 0
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            size += path.with_name(path.name + suffix).stat().st_size
    return size


def label_counts(store: Store, feed: str | None = None) -> dict[str, int]:
    """Return how many products bear each label, most first.

    Args:
        store: the catalog's.
        feed: count the products of this feed alone.
    """
    with store.reading() as connection:
        labels = {code: label for label, code in store.codes(connection).items()}
        sets = store.label_sets(connection)
        if feed is None:
            query = "SELECT labels, sum(n) FROM facet_count WHERE category = 0 AND level = 0 GROUP BY 1"
            rows = connection.execute(query)
        else:
            query = """SELECT labels, count(*) FROM product JOIN listing ON listing.product = product.number
                WHERE feed = ? AND NOT gone GROUP BY 1"""
            rows = connection.execute(query, (feed,))
        counts: dict[str, int] = {}
        for number, count in rows:
            for code in sets[number]:
                counts[labels[code]] = counts.get(labels[code], 0) + count
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def feed_counts(store: Store) -> dict[str, int]:
    """Return how many products that are not gone each feed has, most first."""
    with store.reading() as connection:
        query = "SELECT feed, count(*) FROM product WHERE NOT gone GROUP BY feed ORDER BY 2 DESC, 1"
        return dict(connection.execute(query))
