"""Tables from files: CSV in the encodings and delimiters that shops use, and Parquet."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from saekdong.csv_cells import read_cell
from saekdong.errors import RowsError
from saekdong.extras import missing_extra
from saekdong.files import cannot_read, open_regular

MOST_BYTES = 512 * 1024 * 1024
_DELIMITERS = ",;\t"


class CellRecord(NamedTuple):
    """One row of a table: the line where it starts (1 is the header) and its cells as text."""

    line: int
    cells: list[str]


@dataclass(frozen=True)
class CellTable:
    """A header and the records under it, read one at a time."""

    name: str
    header: list[str]
    records: Iterator[CellRecord]

    def column(self, name: str) -> int | None:
        """Return the place of the column called `name` in any case, or None.

        Raises:
            RowsError: the header has it more than once.
        """
        places = [place for place, title in enumerate(self.header) if title.strip().casefold() == name.casefold()]
        if len(places) > 1:
            raise RowsError(f"{self.name} has {len(places)} columns called {name}", fix="keep one of them")
        return places[0] if places else None


def read_table(path: Path) -> CellTable:
    """Open a CSV or Parquet file (by its content, not its name) as a table.

    CSV may be UTF-8 with or without a byte order mark, UTF-16 with one, or CP949, and separated by commas,
    semicolons or tabs. Blank lines are ignored. Parquet needs the extra `parquet`; its lines count from 2,
    as if it had been exported to CSV.

    Raises:
        RowsError: the file is empty, larger than 512 MiB, or neither CSV nor Parquet.
        SaekdongError: the file cannot be read.
    """
    try:
        with open_regular(path) as file:
            return read_stream(file, str(path))
    except OSError as error:
        raise cannot_read(path, error) from error


def read_stream(stream: BinaryIO, name: str) -> CellTable:
    """Do as `read_table` for an open binary stream; `name` stands for it in messages."""
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise RowsError(f"{name} is larger than {MOST_BYTES >> 20} MiB", fix="split it into smaller files")
    if content.startswith(b"PAR1"):
        return _parquet(content, name)
    return _csv(_decode(content, name), name)


def _decode(content: bytes, name: str) -> str:
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encodings = ["utf-16"] if marked else ["utf-8-sig", "cp949"]
    line = 1
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
    raise RowsError(f"{name}, line {line}: neither UTF-8 nor CP949 text", fix="save the file as CSV in UTF-8")


def _csv(text: str, name: str) -> CellTable:
    if "\0" in text[:4096]:
        raise RowsError(f"{name} is not a text file", fix="save it as CSV or Parquet")
    first = next((line for line in io.StringIO(text) if line.strip()), "")
    if not first:
        raise _is_empty(name)
    delimiter = max(_DELIMITERS, key=first.count)
    records = _csv_records(io.StringIO(text, newline=""), delimiter, name)
    header = next(records, None)
    if header is None:
        raise _is_empty(name)
    return CellTable(name, header.cells, records)


def _is_empty(name: str) -> RowsError:
    return RowsError(f"{name} is empty", fix="give a file with a header such as R,G,B,LABEL and rows under it")


def _csv_records(lines: Iterable[str], delimiter: str, name: str) -> Iterator[CellRecord]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    line = 1
    while True:
        try:
            cells = list(map(read_cell, next(reader)))
        except StopIteration:
            return
        except csv.Error as error:
            raise RowsError(f"{name}, line {line}: {error}", fix="fix the quotes or the cell there") from error
        if any(cell.strip() for cell in cells):
            yield CellRecord(line, cells)
        line = reader.line_num + 1


def _parquet(content: bytes, name: str) -> CellTable:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        problem = f"{name} is Parquet, which needs pyarrow"
        raise missing_extra("parquet", problem, otherwise="save it as CSV") from error
    try:
        file = pq.ParquetFile(io.BytesIO(content))
        header = [str(column) for column in file.schema_arrow.names]
    except (pa.ArrowException, OSError) as error:
        raise RowsError(f"{name} is not a readable Parquet file: {error}", fix="write it again") from error
    return CellTable(name, header, _parquet_records(file, name))


def _parquet_records(file: "pq.ParquetFile", name: str) -> Iterator[CellRecord]:  # type: ignore[name-defined]  # noqa: F821
    import pyarrow as pa

    line = 2
    try:
        for batch in file.iter_batches():
            for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                yield CellRecord(line, ["" if value is None else str(value) for value in values])
                line += 1
    except (pa.ArrowException, OSError) as error:
        raise RowsError(f"{name}, row {line}: {error}", fix="write the Parquet file again") from error
