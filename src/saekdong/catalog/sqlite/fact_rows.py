"""What monitoring, reviews and comparisons of models need of products, and photos that are tagged again."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from operator import itemgetter

from saekdong.catalog.corrections import Correction
from saekdong.catalog.product_facts import PhotoFacts, ProductFacts, ProductGlance
from saekdong.catalog.product_tags import Shares
from saekdong.catalog.sqlite.labels import CatalogLabels
from saekdong.catalog.sqlite.listing import SCALE, Changes
from saekdong.catalog.sqlite.records import make_listing, next_change, number_of, read_listing
from saekdong.catalog.wording import Wording
from saekdong.tagging.feed_words import FeedText

_AT_ONCE = 500


def read_facts(
    connection: sqlite3.Connection,
    labels: CatalogLabels,
    ids: Iterable[str] | None,
    since: int,
    *,
    with_shares: bool = True,
) -> Iterator[ProductFacts]:
    """Yield products that are not gone and changed after `since`, in order of number; or those of `ids` alone."""
    shares = "shares" if with_shares else "CASE WHEN shares IS NOT NULL THEN '{}' END"
    query = f"""SELECT product.number, product.id, change, feed, run, variants, title, color, path, correction,
            coalesce(evidence, ''), coalesce(tags, '[]'), place, photo.digest, photo.model, {shares}, error_code
        FROM product JOIN category ON category.number = product.category
        LEFT JOIN listing ON listing.product = product.number LEFT JOIN photo ON photo.product = product.number
        WHERE NOT gone"""
    if ids is None:
        rows = connection.execute(f"{query} AND change > ? ORDER BY product.number, position", (since,))
        yield from _facts(connection, labels, rows)
        return
    rest = iter(ids)
    while some := list(islice(rest, _AT_ONCE)):
        marks = ", ".join("?" * len(some))
        rows = connection.execute(f"{query} AND product.id IN ({marks}) ORDER BY product.number, position", some)
        yield from _facts(connection, labels, rows)


def read_glances(connection: sqlite3.Connection, labels: CatalogLabels) -> Iterator[ProductGlance]:
    """Yield the products of `read_facts`, without what only few of them are asked for."""
    names = labels.ids(connection)
    rows = connection.execute(
        """SELECT product.id, coalesce(tags, '[]'), CASE
            WHEN correction IS NULL AND evidence = '' AND photo.shares IS NOT NULL THEN photo.digest ELSE '' END
        FROM product LEFT JOIN listing ON listing.product = product.number
        LEFT JOIN photo ON photo.product = product.number
        WHERE NOT gone ORDER BY product.number, position"""
    )
    last: tuple[str, str, str] | None = None
    for row in rows:
        if last is not None:
            if last[0] == row[0]:  # another photo of the same product
                last = (*row[:2], "")
                continue
            yield ProductGlance(last[0], last[2], tuple([names[code] for code, _ in json.loads(last[1])]))
        last = row
    if last is not None:
        yield ProductGlance(last[0], last[2], tuple([names[code] for code, _ in json.loads(last[1])]))


def _facts(
    connection: sqlite3.Connection, labels: CatalogLabels, rows: Iterable[Sequence[object]]
) -> Iterator[ProductFacts]:
    names = labels.ids(connection)
    for _, of_product in groupby(rows, key=itemgetter(0)):
        photos = list(of_product)
        number, product_id, change, feed, run, group, title, color, path, correction, evidence, tags, *_ = photos[0]
        yield ProductFacts(
            str(product_id),
            number,  # type: ignore[arg-type]
            change,  # type: ignore[arg-type]
            str(feed),
            run,  # type: ignore[arg-type]
            str(group),
            FeedText(str(title), str(color), str(path)),
            tuple(_photo(*row[-5:]) for row in photos if row[-5] is not None),
            {names[code]: share / SCALE for code, share in json.loads(str(tags))},
            correction is not None,
            bool(evidence),
        )


def _photo(place: object, digest: object, model: object, shares: object, error: object) -> PhotoFacts:
    given: Shares | None = (json.loads(str(shares)) if shares != "{}" else {}) if shares else None
    return PhotoFacts(str(place), str(digest), str(model), given, error is not None)


def read_corrected(connection: sqlite3.Connection) -> Iterator[tuple[str, Correction]]:
    """Yield the products that people corrected, also those that are gone."""
    query = (
        "SELECT id, correction, corrected_by, corrected_at FROM product WHERE correction IS NOT NULL ORDER BY number"
    )
    for product, correction, by, at in connection.execute(query):
        yield product, Correction(tuple(json.loads(correction)), by, at)


def put_shares(
    connection: sqlite3.Connection,
    changes: Changes,
    wording: Wording,
    products: Iterable[tuple[str, Mapping[str, Shares]]],
    model: str,
) -> int:
    """Replace the shares of products' photos, given by the photos' digests; return how many have other labels now."""
    relabeled = 0
    for product, shares in products:
        number = number_of(connection, product)
        old = None if number is None else read_listing(connection, number)
        if number is None or old is None:
            continue
        for digest, given in shares.items():
            text = json.dumps({label: round(share, 4) for label, share in given.items()})
            query = "UPDATE photo SET shares = ?, model = ? WHERE product = ? AND digest = ?"
            connection.execute(query, (text, model, number, digest))
        new = make_listing(connection, number, wording)
        connection.execute("UPDATE product SET change = ? WHERE number = ?", (next_change(connection), number))
        changes.replace(number, old, new)
        relabeled += new is not None and old.codes != new.codes
    return relabeled
