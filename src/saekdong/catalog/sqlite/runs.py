"""The tables of feeds and of the runs over them: how a feed is read, which products it lists, and which it dropped."""

import json
import sqlite3
from collections.abc import Iterable, Sequence

from saekdong.catalog.products import API_FEED, FeedOptions, folder_of
from saekdong.catalog.sqlite.listing import Changes
from saekdong.catalog.sqlite.records import insert, next_change, now, read_listing

_REMOVED_AT_ONCE = 500


def begin(connection: sqlite3.Connection, feed: str) -> int:
    """Begin a run over a feed; return its number, higher than that of any run before.

    A run that was stopped is not continued: the feed may no longer list what that run saw. What is posted is all of
    one run, which never ends.
    """
    query = "SELECT number FROM run WHERE feed = ? ORDER BY number LIMIT 1"
    if feed == API_FEED and (row := connection.execute(query, (feed,)).fetchone()):
        return int(row[0])
    return insert(connection, "INSERT INTO run (feed, begun) VALUES (?, ?)", (feed, now()))


def feed_of(connection: sqlite3.Connection, run: int) -> str:
    """Return the feed of a run."""
    return str(connection.execute("SELECT feed FROM run WHERE number = ?", (run,)).fetchone()[0])


def end(connection: sqlite3.Connection, run: int) -> None:
    """Mark a run as finished: it has read the whole feed."""
    connection.execute("UPDATE run SET finished = ? WHERE number = ?", (now(), run))


def last_finished(connection: sqlite3.Connection, feed: str) -> int | None:
    """Return the last run that has read the whole feed, or None."""
    query = "SELECT max(number) FROM run WHERE feed = ? AND finished IS NOT NULL"
    number = connection.execute(query, (feed,)).fetchone()[0]
    return None if number is None else int(number)


def read_finished(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """Return when the runs over each feed finished, the oldest first."""
    reads: dict[str, list[str]] = {}
    query = "SELECT feed, finished FROM run WHERE finished IS NOT NULL ORDER BY number"
    for feed, finished in connection.execute(query):
        reads.setdefault(feed, []).append(finished)
    return reads


def touch(connection: sqlite3.Connection, ids: Iterable[str], run: int) -> None:
    """Note that a run saw these products unchanged; they belong to its feed from now on, even if they were posted."""
    feed = feed_of(connection, run)
    connection.executemany("UPDATE product SET run = ?, feed = ? WHERE id = ?", ((run, feed, each) for each in ids))


def remove_some(connection: sqlite3.Connection, changes: Changes, run: int) -> int:
    """Mark some products as gone that the feed of a run listed and the run has not seen; return how many."""
    query = """SELECT product.number FROM product JOIN run ON run.feed = product.feed
        WHERE run.number = ?1 AND NOT gone AND run < ?1 LIMIT ?2"""
    numbers = connection.execute(query, (run, _REMOVED_AT_ONCE)).fetchall()
    for (number,) in numbers:
        old = read_listing(connection, number)
        row = (next_change(connection), number)
        connection.execute("UPDATE product SET gone = 1, change = ? WHERE number = ?", row)
        changes.replace(number, old, None)
    return len(numbers)


def read_options(connection: sqlite3.Connection, feed: str) -> FeedOptions:
    """Return how a feed was read the last time."""
    row = connection.execute("SELECT folder, mapping, id_prefix FROM feed WHERE name = ?", (feed,)).fetchone()
    if row is None:
        return FeedOptions()
    folder, mapping, id_prefix = row
    return FeedOptions(folder, tuple((field, column) for field, column in json.loads(mapping)), id_prefix)


def put_options(connection: sqlite3.Connection, feed: str, options: FeedOptions) -> None:
    """Note how a feed is read."""
    connection.execute(
        "INSERT OR REPLACE INTO feed VALUES (?, ?, ?, ?)",
        (feed, options.folder, json.dumps(options.mapping, ensure_ascii=False), options.id_prefix),
    )


def read_folder(connection: sqlite3.Connection, product_id: str) -> str:
    """Return the folder of the feed of a product; empty if the feed is at an address or the product was posted."""
    query = """SELECT product.feed, feed.folder FROM product LEFT JOIN feed ON feed.name = product.feed
        WHERE product.id = ?"""
    name, folder = connection.execute(query, (product_id,)).fetchone() or ("", "")
    if folder is not None:
        return str(folder)
    # A catalog from before folders were noted.
    return "" if "://" in name or name == API_FEED else folder_of(name)


def has_other_feeds(connection: sqlite3.Connection, feed: str) -> bool:
    """Return whether products that are not gone belong to other feeds than this and the API's."""
    query = "SELECT DISTINCT feed FROM product WHERE NOT gone"
    return any(owner not in (feed, API_FEED) for (owner,) in connection.execute(query))


def owners(connection: sqlite3.Connection, ids: Sequence[str], feed: str) -> dict[str, str]:
    """Return the other feeds that these products belong to, without products that are gone or were posted."""
    query = """SELECT product.id, feed FROM json_each(?) JOIN product ON product.id = value
        WHERE NOT gone AND feed NOT IN (?, ?)"""
    return dict(connection.execute(query, (json.dumps(ids), feed, API_FEED)))
