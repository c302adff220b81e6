"""Plain tables: CSV, JSON Lines and Parquet, a product a row."""

from collections.abc import Iterable
from itertools import islice
from typing import Any, BinaryIO

from saekdong.catalog.exports.export_options import ExportOptions, Written, as_text, record
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.csv_cells import Writer
from saekdong.extras import missing_extra
from saekdong.printable import printable_json

_ROWS_AT_ONCE = 10_000


def write_csv(products: Iterable[TaggedProduct], options: ExportOptions, file: BinaryIO) -> Written:
    """Write the columns of `record`, and `names`; several values in a cell are separated by ';'."""
    written = Written()
    with as_text(file) as text:
        rows = Writer(text)
        rows.writerow(("id", "labels", "names", "shares", "colors", "corrected", "gone", "change", "sources"))
        for shown in products:
            fields = record(shown) | {"names": options.names(shown)}
            joined = [";".join(map(str, fields[name])) for name in ("labels", "names", "shares", "colors")]
            status = [str(fields[name]).lower() for name in ("corrected", "gone", "change")]
            rows.writerow((fields["id"], *joined, *status, ";".join(fields["sources"])))
            written.lines += 1
    return written


def write_jsonl(products: Iterable[TaggedProduct], options: ExportOptions, file: BinaryIO) -> Written:
    """Write a JSON object a line: `record`, and `names`."""
    written = Written()
    with as_text(file) as text:
        for shown in products:
            text.write(printable_json(record(shown) | {"names": options.names(shown)}) + "\n")
            written.lines += 1
    return written


def write_parquet(products: Iterable[TaggedProduct], options: ExportOptions, file: BinaryIO) -> Written:
    """Write `record`, and `names`, with lists for several values.

    Raises:
        SaekdongError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise missing_extra("parquet", "Parquet needs pyarrow") from error
    words = pa.list_(pa.string())
    schema = pa.schema(
        {
            "id": pa.string(),
            "labels": words,
            "names": words,
            "shares": pa.list_(pa.float32()),
            "colors": words,
            "corrected": pa.bool_(),
            "gone": pa.bool_(),
            "change": pa.int64(),
            "sources": words,
        }
    )
    records = (record(shown) | {"names": options.names(shown)} for shown in products)
    written = Written()
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        rows: list[dict[str, Any]]
        while rows := list(islice(records, _ROWS_AT_ONCE)):
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
            written.lines += len(rows)
    return written
