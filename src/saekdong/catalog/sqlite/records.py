"""Products and photos in and out of their tables."""

import json
import math
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import get_args

from saekdong.catalog.categories import SEPARATOR, category_path
from saekdong.catalog.product_tags import Shares
from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.review import margin_of
from saekdong.catalog.sqlite.labels import CatalogLabels
from saekdong.catalog.sqlite.listing import LISTED, SCALE, TEXT, Listing
from saekdong.catalog.sqlite.near import main_colors
from saekdong.catalog.stored_products import StoredPhoto, StoredProduct, TaggedProduct
from saekdong.catalog.wording import Wording
from saekdong.errors import SaekdongError
from saekdong.fetch import Mark
from saekdong.fetch.urls import redacted
from saekdong.photo import DominantColor, Palette
from saekdong.tagging import Tag
from saekdong.tagging.feed_words import FeedText
from saekdong.tagging.tagger import Source

_SOURCES: Mapping[str, Source] = {source: source for source in get_args(Source)}
_COLUMNS = ("title", "color")


def number_of(connection: sqlite3.Connection, product_id: str) -> int | None:
    """Return the number of a product, or None."""
    row = connection.execute("SELECT number FROM product WHERE id = ?", (product_id,)).fetchone()
    return int(row[0]) if row else None


def next_change(connection: sqlite3.Connection) -> int:
    """Return the number that the next change of a product gets."""
    return 1 + int(connection.execute("SELECT coalesce(max(change), 0) FROM product").fetchone()[0])


def now() -> str:
    """Return the time as the tables keep it: ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def insert(connection: sqlite3.Connection, statement: str, values: Sequence[object]) -> int:
    """Insert a row and return its number."""
    number = connection.execute(statement, values).lastrowid
    assert number is not None  # noqa: S101
    return number


def put_product(connection: sqlite3.Connection, number: int | None, product: Product, feed: str, run: int) -> int:
    """Write a product's row, a new one where `number` is None, and return its number."""
    price = product.price
    values = (
        next_change(connection),
        feed,
        run,
        product.digest(),
        product.title,
        _category_number(connection, category_path(product.category)),
        float(price) if price is not None and math.isfinite(price) and price >= 0 else None,
        product.currency,
        product.link,
        product.group,
        product.color,
        number if number is not None else product.id,
    )
    if number is None:
        return insert(
            connection,
            """INSERT INTO product (change, feed, run, gone, digest, title, category, price, currency, link, variants,
                color, id) VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            values,
        )
    connection.execute(
        """UPDATE product SET change = ?, feed = ?, run = ?, gone = 0, digest = ?, title = ?, category = ?, price = ?,
            currency = ?, link = ?, variants = ?, color = ? WHERE number = ?""",
        values,
    )
    return number


def _category_number(connection: sqlite3.Connection, path: str) -> int:
    if found := connection.execute("SELECT number FROM category WHERE path = ?", (path,)).fetchone():
        return int(found[0])
    parent = _category_number(connection, path.rpartition(SEPARATOR)[0])
    number = insert(connection, "INSERT INTO category (parent, path) VALUES (?, ?)", (parent, path))
    connection.execute(
        "INSERT INTO category_above SELECT ?1, above FROM category_above WHERE category = ?2 UNION SELECT ?1, ?1",
        (number, parent),
    )
    return number


def put_photos(
    connection: sqlite3.Connection, number: int, places: Sequence[str], results: Iterable[PhotoResult]
) -> None:
    """Write a product's photos: those of `places`, with their new results, otherwise the old ones."""
    query = "SELECT place, etag, modified, size, mtime_ns, digest, model, shares, palette, error_code, error_message"
    earlier = {row[0]: row for row in connection.execute(f"{query} FROM photo WHERE product = ?", (number,))}
    latest = {result.place: result for result in results}
    connection.execute("DELETE FROM photo WHERE product = ?", (number,))
    for position, place in enumerate(dict.fromkeys(places)):
        row = earlier.get(place, (place, *Mark(), "", None, "[]", None, None))
        if result := latest.get(place):
            row = _photo_row(result, row)
        connection.execute("INSERT INTO photo VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (number, position, *row))


def put_marks(connection: sqlite3.Connection, marks: Iterable[tuple[str, str, Mark]]) -> None:
    """Replace the marks of photos: a product's id, a photo's place, its mark."""
    connection.executemany(
        """UPDATE photo SET etag = ?, modified = ?, size = ?, mtime_ns = ?, digest = ?
            WHERE product = (SELECT number FROM product WHERE id = ?) AND place = ?""",
        ((*mark, product_id, place) for product_id, place, mark in marks),
    )


def _photo_row(result: PhotoResult, earlier: tuple[object, ...]) -> tuple[object, ...]:
    if result.error:
        return (result.place, *result.mark, result.model, *earlier[7:9], *result.error)
    shares = None if result.shares is None else json.dumps({label: round(s, 4) for label, s in result.shares.items()})
    palette = [(c.red, c.green, c.blue, c.score, c.pixel_fraction) for c in result.palette]
    return (result.place, *result.mark, result.model, shares, json.dumps(palette), None, None)


def read_places(connection: sqlite3.Connection, number: int) -> list[str]:
    """Return the paths and addresses of a product's photos, to read them; they may hold secrets."""
    query = "SELECT place FROM photo WHERE product = ? ORDER BY position"
    return [place for (place,) in connection.execute(query, (number,))]


def read_stored(connection: sqlite3.Connection, product_id: str) -> StoredProduct | None:
    """Return the data that shows whether a product has changed, or None if there is no such product."""
    row = connection.execute("SELECT number, digest, gone FROM product WHERE id = ?", (product_id,)).fetchone()
    if row is None:
        return None
    query = """SELECT place, etag, modified, size, mtime_ns, digest, model, error_code, error_message
        FROM photo WHERE product = ?"""
    photos = {
        place: StoredPhoto(Mark(*mark), model, (code, message) if code else None)
        for place, *mark, model, code, message in connection.execute(query, row[:1])
    }
    return StoredProduct(row[1], photos, bool(row[2]))


def read_listing(connection: sqlite3.Connection, number: int) -> Listing | None:
    """Return a product's listing, or None if it has none."""
    query = f"""SELECT listing.category, listing.price, labels, tags, colors, margin, {TEXT}, sources, evidence,
        conflict, stamp FROM {LISTED} WHERE product = ?"""
    row = connection.execute(query, (number,)).fetchone()
    if row is None:
        return None
    category, price, labels, tags, colors, *rest = row
    tagged = tuple((code, share) for code, share in json.loads(tags))
    return Listing(category, price, labels, tagged, tuple(json.loads(colors)), *rest)


def read_shares(connection: sqlite3.Connection, number: int) -> list[Shares | None]:
    """Return the shares of a product's photos in order; None for a photo without a result."""
    query = "SELECT shares FROM photo WHERE product = ? ORDER BY position"
    return [shares and json.loads(shares) for (shares,) in connection.execute(query, (number,))]


def read_text(connection: sqlite3.Connection, number: int) -> FeedText:
    """Return what the feed says of a product in words."""
    query = """SELECT title, color, path FROM product JOIN category ON category.number = product.category
        WHERE product.number = ?"""
    return FeedText(*connection.execute(query, (number,)).fetchone())


def make_listing(connection: sqlite3.Connection, number: int, wording: Wording) -> Listing | None:
    """Return the listing that a product should have by its photos, words and correction; None if it is gone."""
    query = f"""SELECT gone, category.number, price, correction, {TEXT}, title, color, path
        FROM product JOIN category ON category.number = product.category WHERE product.number = ?"""
    gone, category, price, correction, text, *fields = connection.execute(query, (number,)).fetchone()
    if gone:
        return None
    query = "SELECT shares, palette FROM photo WHERE product = ? ORDER BY position"
    photos = [
        (shares and json.loads(shares), _palette(palette)) for shares, palette in connection.execute(query, (number,))
    ]
    fused = wording.fuse([shares for shares, _ in photos], FeedText(*fields))
    tags = _corrected(json.loads(correction)) if correction else fused.tags
    shares = {tag.label: round(tag.share * SCALE) for tag in tags}
    coded = tuple((_label_code(connection, label), share) for label, share in shares.items())
    return Listing(
        category,
        price,
        _set_number(connection, [code for code, _ in coded]),
        coded,
        tuple(dict.fromkeys(color for _, palette in photos for color in main_colors(palette))),
        None if correction else margin_of(shares),
        text,
        _written_sources(tags),
        fused.evidence,
        None if correction or fused.conflict is None else round(fused.conflict * SCALE),
        fused.stamp,
    )


def _corrected(labels: Sequence[str]) -> Sequence[Tag]:
    return [Tag(label, 1 / len(labels), "person") for label in labels]


def _written_sources(tags: Sequence[Tag]) -> str:
    return " ".join(tag.source for tag in tags) if any(tag.source in _COLUMNS for tag in tags) else ""


def _read_sources(text: str, corrected: bool, count: int) -> Sequence[Source]:
    if not text:
        return ["person" if corrected else "photo"] * count
    return [_SOURCES[source] for source in text.split()]


def _label_code(connection: sqlite3.Connection, label: str) -> int:
    if found := connection.execute("SELECT code FROM label WHERE id = ?", (label,)).fetchone():
        return int(found[0])
    return insert(connection, "INSERT INTO label (id) VALUES (?)", (label,))


def _set_number(connection: sqlite3.Connection, codes: Sequence[int]) -> int:
    text = " ".join(map(str, sorted(codes)))
    if found := connection.execute("SELECT number FROM label_set WHERE labels = ?", (text,)).fetchone():
        return int(found[0])
    return insert(connection, "INSERT INTO label_set (labels) VALUES (?)", (text,))


def read_products(
    connection: sqlite3.Connection, labels: CatalogLabels, numbers: Sequence[int]
) -> dict[int, TaggedProduct]:
    """Return products by their numbers, in the given order.

    Raises:
        KeyError: there is no product of a number.
    """
    ids = labels.ids(connection)
    return {number: _read_product(connection, ids, number) for number in numbers}


def _read_product(connection: sqlite3.Connection, labels: Mapping[int, str], number: int) -> TaggedProduct:
    query = """SELECT id, title, category.path, product.price, currency, link, variants, color, corrected_by, gone,
        change, tags, sources FROM product JOIN category ON category.number = product.category
        LEFT JOIN listing ON listing.product = product.number WHERE product.number = ?"""
    row = connection.execute(query, (number,)).fetchone()
    if row is None:
        raise KeyError(number)
    corrected_by, gone, change, tags, sources = row[8:]
    coded = json.loads(tags or "[]")
    found = _read_sources(sources or "", corrected_by is not None, len(coded))
    query = "SELECT place, model, palette, error_code, error_message FROM photo WHERE product = ? ORDER BY position"
    photos = [(redacted(photo[0]), *photo[1:]) for photo in connection.execute(query, (number,))]
    return TaggedProduct(
        Product(*(*row[:8], tuple(photo[0] for photo in photos))),
        tuple(Tag(labels[code], share / SCALE, source) for (code, share), source in zip(coded, found, strict=True)),
        next((_palette(photo[2]) for photo in photos if photo[2] != "[]"), ()),
        tuple(dict.fromkeys(photo[1] for photo in photos if photo[1])),
        corrected_by,
        {photo[0]: (photo[3], photo[4]) for photo in photos if photo[3] is not None},
        bool(gone),
        change,
    )


def read_group_labels(
    connection: sqlite3.Connection, labels: CatalogLabels, groups: Collection[str], limit: int
) -> dict[str, tuple[str, ...]]:
    """Return the main label of each variant of some groups; see `Store.group_labels`.

    Args:
        connection: to read from.
        labels: the catalog's.
        groups: their names.
        limit: how many products of each group are looked at.
    """
    query = """SELECT json_extract(tags, '$[0][0]') FROM product JOIN listing ON listing.product = product.number
        WHERE variants = ? AND variants <> '' AND tags <> '[]' ORDER BY product.number LIMIT ?"""
    ids = labels.ids(connection)
    found = {group: connection.execute(query, (group, limit)).fetchall() for group in set(groups)}
    return {group: tuple(dict.fromkeys(ids[code] for (code,) in codes)) for group, codes in found.items() if codes}


def need_number(connection: sqlite3.Connection, product_id: str) -> int:
    """Return the number of a product.

    Raises:
        SaekdongError: there is none.
    """
    number = number_of(connection, product_id)
    if number is None:
        raise SaekdongError(f"the catalog has no product {product_id!r}", fix="check its id")
    return number


def _palette(text: str) -> Palette:
    return tuple(DominantColor(*color) for color in json.loads(text))
