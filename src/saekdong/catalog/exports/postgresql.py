"""SQL for PostgreSQL: a script of plain statements that any client runs, all in one transaction."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO, TypeVar

from saekdong.catalog.exports.export_options import ExportOptions, Written, as_text
from saekdong.catalog.stored_products import TaggedProduct

_T = TypeVar("_T")

_ROWS_AT_ONCE = 500
_HEAD = """\
-- The color tags of a catalog, by Saekdong. Run it whole: psql --set ON_ERROR_STOP=1 --file THIS.sql
BEGIN;
SET LOCAL standard_conforming_strings = on;
SET LOCAL client_encoding = 'UTF8';
CREATE TABLE IF NOT EXISTS product_color (
    product_id text NOT NULL,
    label text NOT NULL,
    name text NOT NULL,
    share real NOT NULL,
    place smallint NOT NULL,
    corrected boolean NOT NULL,
    PRIMARY KEY (product_id, label)
);
CREATE INDEX IF NOT EXISTS product_color_label ON product_color (label, share DESC);
"""


def write_sql(products: Iterable[TaggedProduct], options: ExportOptions, file: BinaryIO) -> Written:
    """Write a script that fills the table `product_color`, a row a tag.

    A full export takes the place of all rows; one of changes, of the rows of the products in it.
    """
    written = Written()
    with as_text(file) as text:
        text.write(_HEAD)
        if not options.changes:
            text.write("DELETE FROM product_color;\n")
        for some in _batches(products):
            if options.changes:
                text.write(f"DELETE FROM product_color WHERE product_id IN ({', '.join(_ids(some))});\n")
            if rows := [row for shown in some if not shown.gone for row in _rows(shown, options)]:
                text.write("INSERT INTO product_color VALUES\n" + ",\n".join(rows) + ";\n")
            written.lines += len(rows)
            written.left_out["no tag"] += sum(not shown.tags for shown in some if not shown.gone)
            written.left_out["gone"] += sum(shown.gone for shown in some)
        text.write("COMMIT;\n")
    return written


def literal(value: str) -> str:
    """Return a text as a string constant; PostgreSQL knows no character 0.

    Example:
        >>> literal("Haru's mug")
        "'Haru''s mug'"
    """
    return "'" + value.replace("\x00", "").replace("'", "''") + "'"


def _ids(some: Iterable[TaggedProduct]) -> Iterator[str]:
    return (literal(shown.product.id) for shown in some)


def _rows(shown: TaggedProduct, options: ExportOptions) -> Iterator[str]:
    corrected = "true" if shown.corrected_by is not None else "false"
    for place, tag in enumerate(shown.tags):
        words = map(literal, (shown.product.id, tag.label, options.name(tag.label)))
        values = (*words, str(tag.share), str(place), corrected)
        yield f"({', '.join(values)})"


def _batches(items: Iterable[_T]) -> Iterator[list[_T]]:
    rest = iter(items)
    while some := list(islice(rest, _ROWS_AT_ONCE)):
        yield some
