"""A feed, opened: what it is, its products, and how far it has been read."""

import os
import posixpath
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urljoin

from saekdong.catalog.feeds.columns import KNOWN_PHOTOS, find_columns, products
from saekdong.catalog.feeds.entries import Entry, FeedError, FeedRows, Item, Problem
from saekdong.catalog.feeds.folder import count_photos, photos_in
from saekdong.catalog.feeds.parquet import read_parquet
from saekdong.catalog.feeds.rows import read_feed_rows
from saekdong.catalog.feeds.shopify import is_shopify, shopify
from saekdong.catalog.feeds.woocommerce import is_woocommerce, woocommerce
from saekdong.catalog.feeds.xml import is_xml, read_xml
from saekdong.catalog.products import feed_name
from saekdong.fetch.urls import is_address, is_s3, is_web
from saekdong.files import cannot_read, open_regular
from saekdong.photo.sources import path_of
from saekdong.spill import SeenIds

_MOST_PROBLEMS, _PROBLEMS_A_PRODUCT = 100_000, 10
"""A feed may have so many problems, and so many more for each product: rows of four bytes would else take minutes."""


@dataclass(frozen=True)
class Feed:
    """A feed that is being read.

    Attributes:
        name: its path or address, by which the catalog knows it again.
        kind: folder, google, shopify, woocommerce or columns.
        items: its products, each id once, and its problems.
        done: returns the share of it that has been read, 0 to 1.
        guessed: the columns that are read as photos because of their values alone.
    """

    name: str
    kind: str
    items: Iterator[Item]
    done: Callable[[], float]
    guessed: tuple[str, ...] = ()


@contextmanager
def open_feed(
    place: str, mapping: Sequence[tuple[str, str]] = (), copy: Path | None = None, *, needs_photos: bool = True
) -> Iterator[Feed]:
    """Open a feed; it is read as its items are taken.

    Args:
        place: a folder, a file, or an address.
        mapping: pairs of a field and the column that holds it, where columns are not known by name.
        copy: the file with the content of an address.
        needs_photos: whether a file without a column of photos is refused.

    Raises:
        FeedError: it is not a feed, lacks columns, or has no product.
        SaekdongError: it cannot be read.
    """
    name = feed_name(place)
    path = copy or Path(place)
    if "://" in place and not is_address(place):
        raise FeedError(f"{place} is not the address of a feed", fix="feeds are read from http, https and s3")
    with ExitStack() as stack:
        seen = stack.enter_context(SeenIds.opened())
        if path.is_dir():
            items, kind, done = _folder(path, name, mapping)
            yield Feed(name, kind, _checked(items, name, seen), done)
            return
        try:
            file = stack.enter_context(open_regular(path))
        except OSError as error:
            raise cannot_read(path, error) from error
        items, kind, done, guessed = _file(file, name, mapping, partial(_locate, name), needs_photos)
        yield Feed(name, kind, _checked(items, name, seen), done, guessed)


_Read = tuple[Iterator[Item], str, Callable[[], float]]


def _folder(path: Path, name: str, mapping: Sequence[tuple[str, str]]) -> _Read:
    if mapping:
        raise FeedError(f"{name} is a folder, which has no columns", fix="leave out --map")
    total = max(count_photos(path), 1)
    taken = [0]

    def counted() -> Iterator[Item]:
        for item in photos_in(path, name):
            taken[0] += 1
            yield item

    return counted(), "folder", lambda: min(taken[0] / total, 1.0)


def _file(
    file: BinaryIO, name: str, mapping: Sequence[tuple[str, str]], locate: Callable[[str], str], needs_photos: bool
) -> tuple[Iterator[Item], str, Callable[[], float], tuple[str, ...]]:
    rows = read_any_rows(file, name)
    if not mapping and is_shopify(rows.columns):
        return shopify(rows, locate), "shopify", rows.done, ()
    if not mapping and is_woocommerce(rows.columns):
        return woocommerce(rows, locate), "woocommerce", rows.done, ()
    columns = find_columns(rows, mapping, needs_photos=needs_photos)
    guessed = () if any(field == "photos" for field, _ in mapping) else tuple(set(columns["photos"]) - KNOWN_PHOTOS)
    return products(rows, columns, locate), _kind(rows), rows.done, guessed


def read_any_rows(file: BinaryIO, name: str) -> FeedRows:
    """Read a file of rows, whether it is Parquet, XML or text.

    Raises:
        FeedError: it is of another kind.
    """
    start = file.read(64)
    file.seek(0)
    if start.startswith(b"PAR1"):
        return read_parquet(file, name)
    return read_xml(file, name) if is_xml(start) else read_feed_rows(file, name)


def _kind(rows: FeedRows) -> str:
    return "google" if {"id", "image_link"} <= rows.columns else "columns"


def _locate(feed: str, photo: str) -> str:
    """Return a photo's path or address, as the feed that names it may.

    Raises:
        ValueError: a feed from elsewhere names a file of this machine, or the address is of another kind.
    """
    if photo.startswith("//") and not is_web(feed):
        # As on the page that the feed was made for.
        photo = f"https:{photo}"
    if is_address(photo):
        if is_web(feed) and not is_web(photo):
            raise ValueError(f"{photo[:200]!r}: a feed from the web may name photos on the web only")
        return photo
    if is_web(feed):
        joined = urljoin(feed, photo)
        if is_web(joined):
            return joined
    elif is_s3(feed) and "://" not in photo:
        return _beside(feed, photo)
    if is_address(feed) or "://" in photo:
        raise ValueError(f"{photo[:200]!r} is not an http(s) or s3 address")
    return os.path.normpath(path_of(os.path.dirname(feed), photo))  # noqa: PTH120


def _beside(feed: str, photo: str) -> str:
    """Return the address of an object in the bucket of a feed on S3, from the feed's folder on."""
    bucket, _, key = feed.removeprefix("s3://").partition("/")
    return f"s3://{bucket}{posixpath.normpath(posixpath.join('/', posixpath.dirname(key), photo))}"


def _checked(items: Iterator[Item], name: str, seen: SeenIds) -> Iterator[Item]:
    """Yield each id once, the first one.

    Raises:
        FeedError: there was no product, or there are too many problems.
    """
    products = problems = 0
    for item in items:
        is_new = isinstance(item, Entry) and seen.add(item.product.id, item.line)
        yield _repeated(item, name, seen) if isinstance(item, Entry) and not is_new else item
        products += is_new
        problems += not is_new
        if problems > _MOST_PROBLEMS + _PROBLEMS_A_PRODUCT * products:
            raise FeedError(
                f"{name} has {problems:,} problems in its first {products:,} products",
                fix="fix what they say; the rest of it was not read",
            )
    if not products:
        raise FeedError(f"{name} holds no product", fix="give a feed with products, or a folder with photos")


def with_prefix(items: Iterator[Item], prefix: str) -> Iterator[Item]:
    """Yield a feed's items, the ids of products and groups with a prefix."""
    for item in items:
        if prefix and isinstance(item, Entry):
            group = f"{prefix}{item.product.group}" if item.product.group else ""
            yield replace(item, product=replace(item.product, id=f"{prefix}{item.product.id}", group=group))
        else:
            yield item


def _repeated(entry: Entry, name: str, seen: SeenIds) -> Problem:
    line = seen.line_of(entry.product.id)
    where = f" on line {line:,}" if line else ""
    return Problem(name, entry.line, entry.product.id, "id", f"occurs before{where}, which counts; remove one of them")
