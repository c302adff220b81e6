"""Rows of a file that name photos with their words; unlike a feed, they need no ids."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from saekdong.catalog.feeds.columns import find_columns, products
from saekdong.catalog.feeds.entries import Entry, FeedRow, FeedRows, Problem
from saekdong.catalog.feeds.feed import read_any_rows
from saekdong.files import cannot_read, open_regular

_ID = "id"


@contextmanager
def open_photo_rows(path: Path) -> Iterator[Iterator[Entry | Problem]]:
    """Open a file of photos with titles, categories and colors; it is read as its rows are taken.

    Columns are known by the names that feeds use (image or photo, title, category, color); others are ignored. The
    photos of a product are as written.

    Args:
        path: CSV, TSV, JSON Lines, Parquet or XML.

    Raises:
        FeedError: it is of another kind, or has no column of photos.
        SaekdongError: it cannot be read.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(open_regular(path))
        except OSError as error:
            raise cannot_read(path, error) from error
        rows = read_any_rows(file, str(path))
        numbered = FeedRows(rows.name, rows.columns | {_ID}, map(_numbered, rows.rows), rows.done, rows.fixed)
        columns = {**find_columns(numbered, ()), _ID: (_ID,)}
        yield map(_without_id, products(numbered, columns, str))


def _numbered(row: FeedRow | Problem) -> FeedRow | Problem:
    """Return a row with its line as its id."""
    return FeedRow(row.line, {**row.values, _ID: str(row.line)}) if isinstance(row, FeedRow) else row


def _without_id(item: Entry | Problem) -> Entry | Problem:
    return replace(item, product="") if isinstance(item, Problem) else item
