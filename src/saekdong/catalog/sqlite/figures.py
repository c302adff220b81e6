"""The catalog in figures, one product in full, and ids like one that the catalog lacks."""

import difflib
import json
import sqlite3
from contextlib import suppress
from pathlib import Path

from saekdong.catalog.corrections import Correction
from saekdong.catalog.product_tags import product_tags
from saekdong.catalog.sqlite.labels import CatalogLabels
from saekdong.catalog.sqlite.model_rows import models_by_id, models_with_products, read_model
from saekdong.catalog.sqlite.records import need_number, read_products
from saekdong.catalog.summary import PhotoRecord, ProductRecord, Stats
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.errors import SaekdongError
from saekdong.fetch.urls import redacted

_MOST_LIKE = 3
_LOOKED_AT = 2000


def read_record(connection: sqlite3.Connection, labels: CatalogLabels, product_id: str) -> ProductRecord:
    """Return all that the catalog has about a product; see `Store.record`."""
    names = models_by_id(connection)
    try:
        number = need_number(connection, product_id)
    except SaekdongError as error:
        near = similar_ids(connection, product_id)
        fix = f"did you mean {' or '.join(near)}?" if near else "see 'saekdong catalog stats' for its feeds"
        raise SaekdongError(error.problem, fix=fix) from error
    query = """SELECT product.feed, begun, correction, corrected_by, corrected_at FROM product
        LEFT JOIN run ON run.number = product.run WHERE product.number = ?"""
    feed, seen, corrected, by, at = connection.execute(query, (number,)).fetchone()
    query = "SELECT place, model, shares, error_code, error_message FROM photo WHERE product = ? ORDER BY position"
    photos = connection.execute(query, (number,)).fetchall()
    return ProductRecord(
        read_products(connection, labels, [number])[number],
        feed,
        seen or "",
        tuple(
            PhotoRecord(
                redacted(place),
                names.get(model, TaggingModel.stored("unknown", model, "")) if model else None,
                code and (code, why),
            )
            for place, model, _, code, why in photos
        ),
        product_tags([shares and json.loads(shares) for _, _, shares, _, _ in photos]),
        Correction(tuple(json.loads(corrected)), by, at) if corrected else None,
    )


def similar_ids(connection: sqlite3.Connection, product_id: str) -> list[str]:
    """Return up to three ids that are spelled like this one: in another case, longer, or with the same beginning."""
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


def read_stats(connection: sqlite3.Connection, labels: CatalogLabels, path: Path) -> Stats:
    """Return the catalog in figures; `path` is its file."""
    query = "SELECT count(*), coalesce(sum(gone), 0), count(CASE WHEN NOT gone THEN correction END) FROM product"
    total, gone, corrections = connection.execute(query).fetchone()
    query = "SELECT count(*), count(error_code) FROM photo JOIN product ON number = product WHERE NOT gone"
    photos, errors = connection.execute(query).fetchone()
    (untagged,) = connection.execute("SELECT count(*) FROM listing WHERE labels = 0").fetchone()
    return Stats(
        products=total - gone,
        gone=gone,
        photos=photos,
        errors=errors,
        untagged=untagged,
        corrections=corrections,
        labels=label_counts(connection, labels, None),
        feeds=feed_counts(connection),
        models=tuple(models_with_products(connection)),
        model=read_model(connection),
        size=_size(path),
    )


def _size(path: Path) -> int:
    """Return the bytes of a catalog and of SQLite's files beside it."""
    size = 0
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            size += path.with_name(path.name + suffix).stat().st_size
    return size


def label_counts(connection: sqlite3.Connection, labels: CatalogLabels, feed: str | None) -> dict[str, int]:
    """Return how many products have each label, most first; only those of `feed` if it is given."""
    if feed is None:
        query = "SELECT labels, sum(n) FROM facet_count WHERE category = 0 AND level = 0 GROUP BY 1"
        rows = connection.execute(query)
    else:
        query = """SELECT labels, count(*) FROM product JOIN listing ON listing.product = product.number
            WHERE feed = ? AND NOT gone GROUP BY 1"""
        rows = connection.execute(query, (feed,))
    ids, sets = labels.ids(connection), labels.sets(connection)
    counts: dict[str, int] = {}
    for number, count in rows:
        for code in sets[number]:
            counts[ids[code]] = counts.get(ids[code], 0) + count
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def feed_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many products that are not gone each feed has, most first."""
    query = "SELECT feed, count(*) FROM product WHERE NOT gone GROUP BY feed ORDER BY 2 DESC, 1"
    return dict(connection.execute(query))
