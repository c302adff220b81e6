"""Rows from CSV, TSV and JSON Lines, one at a time, however long the file."""

import codecs
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, BinaryIO

from saekdong.catalog.feeds.entries import FeedError, FeedRow, FeedRows, Problem
from saekdong.csv_cells import read_cell
from saekdong.lang import composed, counted

MOST_ROW = 2 << 20
"""Bytes or letters of a row at most."""

_MOST_FIELD = 1 << 20
_MOST_COLUMNS = 2_000
_MOST_NAME = 200
_LOOKED_AT = 100
_CHUNK = 1 << 20
_DELIMITERS = ",;\t"
_HANGUL = re.compile("[가-힣]")
_PACKED = {b"PK\x03\x04": "a zip archive or an Excel file", b"\x1f\x8b": "packed by gzip"}


def plain_column(column: str) -> str:
    """Return a column's name for comparison: lower case, words separated by `_`, without the prefix `g:`.

    Korean names are written with and without spaces, and compared without.

    Example:
        >>> plain_column(" Image Src"), plain_column("g:image_link"), plain_column("대표 이미지 URL")
        ('image_src', 'image_link', '대표이미지url')
    """
    name = composed(column[:_MOST_NAME]).strip().casefold().removeprefix("g:")
    return re.sub(r"[\W_]+", "" if _HANGUL.search(name) else "_", name).strip("_")


def check_columns(header: Sequence[str], name: str) -> None:
    """Raise FeedError for more columns than a shop's feed has."""
    if len(header) > _MOST_COLUMNS:
        raise FeedError(f"{name} has {len(header):,} columns", fix=f"keep at most {_MOST_COLUMNS:,}")


def read_feed_rows(file: BinaryIO, name: str) -> FeedRows:
    """Read a file of rows; its content decides which kind it is.

    CSV may have commas, semicolons or tabs. Text may be UTF-8 with or without a byte order mark, UTF-16 with
    one, or CP949.

    Args:
        file: open as long as the rows are read; one that can seek.
        name: what people call it.

    Raises:
        FeedError: it is empty or of another kind.
    """
    start = file.read(_CHUNK)
    for signature, kind in _PACKED.items():
        if start.startswith(signature):
            raise FeedError(f"{name} is {kind}", fix="unpack it, or save it as CSV in UTF-8")
    size = max(file.seek(0, io.SEEK_END), 1)
    encoding = _encoding(file, name)
    beginning = start.decode(encoding, "ignore").lstrip()
    if not beginning:
        raise FeedError(f"{name} is empty", fix="give a feed with a header and a product a line")
    if beginning.startswith("["):
        raise FeedError(f"{name} is one JSON list", fix="give JSON Lines: an object a line")
    if "\0" in beginning:
        raise FeedError(f"{name} is not a text file", fix="give CSV, TSV, JSON Lines, Parquet or XML")
    file.seek(0)
    lines = _Lines(file, encoding, name, size)
    return _json_lines(lines, name) if beginning.startswith("{") else _csv(lines, name)


def share(file: BinaryIO, size: int) -> float:
    """Return which share of a file of `size` bytes has been read."""
    return 1.0 if file.closed else min(file.tell() / size, 1.0)


class _Lines:
    """The lines of a text, none of them endless; `number` is that of the last one."""

    def __init__(self, file: BinaryIO, encoding: str, name: str, size: int) -> None:
        self.file, self.name, self.size, self.number = file, name, size, 0
        self.room, self.read = MOST_ROW, 0
        self.text = io.TextIOWrapper(file, encoding=encoding, newline="")

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = self.text.readline(MOST_ROW)
        except UnicodeError as error:
            raise FeedError(f"{self.name}, line {self.number + 1:,}: {error}", fix="save the file in UTF-8") from error
        if not line:
            raise StopIteration
        self.number += 1
        self.room -= len(line)
        self.read += len(line)
        if self.room <= 0:
            raise FeedError(
                f"{self.name}, line {self.number:,}: a row of more than {MOST_ROW >> 20} MiB",
                fix="check the line ends and the quotes there",
            )
        return line

    def begin_row(self) -> None:
        """Count the letters of a new row from here on."""
        self.room = MOST_ROW

    def done(self) -> float:
        """Return which share has been read."""
        return share(self.file, self.size)


def _encoding(file: BinaryIO, name: str) -> str:
    """Return the encoding of a file: by its byte order mark, otherwise by reading all of it once."""
    file.seek(0)
    if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    line = 1
    for encoding in ("utf-8-sig", "cp949"):
        line = _first_wrong_line(file, encoding)
        if not line:
            return encoding
    raise FeedError(f"{name}, line {line:,}: neither UTF-8 nor CP949 text", fix="save the file in UTF-8")


def _first_wrong_line(file: BinaryIO, encoding: str) -> int:
    """Return the line at which a file stops being text of this encoding, or 0."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    file.seek(0)
    while True:
        content = file.read(_CHUNK)
        try:
            text = decoder.decode(content, final=not content)
        except UnicodeDecodeError as error:
            return line + error.object.count(b"\n", 0, error.start)
        if not content:
            return 0
        line += text.count("\n")


def _csv(lines: _Lines, name: str) -> FeedRows:
    first = next((line for line in lines if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    csv.field_size_limit(_MOST_FIELD)
    reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True, skipinitialspace=delimiter != "\t")
    try:
        header = [plain_column(read_cell(column)) for column in next(reader)]
    except csv.Error as error:
        raise FeedError(f"{name}, line {lines.number:,}: {error}", fix="fix the header") from error
    check_columns(header, name)
    return FeedRows(name, frozenset(header), _csv_rows(reader, lines, header, name), lines.done)


def _csv_rows(reader: Iterator[list[str]], lines: _Lines, header: list[str], name: str) -> Iterator[FeedRow | Problem]:
    repeated = [column for column, count in Counter(header).items() if count > 1 and column]
    while True:
        line = lines.number + 1
        lines.begin_row()
        try:
            cells = list(map(read_cell, next(reader)))
        except StopIteration:
            return
        except csv.Error as error:
            where = f"lines {line:,} to {lines.number:,}" if lines.number > line else f"line {line:,}"
            yield Problem(name, line, "", "row", f"{where} cannot be read: {error}; fix the quotes there")
            continue
        if not any(cells):
            continue
        if len(cells) > len(header):
            yield Problem(
                name, line, "", "row", f"has {counted(len(cells), 'cell')} where the header has {len(header)}"
            )
            continue
        values: dict[str, Any] = dict(zip(header, cells, strict=False))
        for column in repeated:
            values[column] = [cell for title, cell in zip(header, cells, strict=False) if title == column]
        yield FeedRow(line, values)


def _json_lines(lines: _Lines, name: str) -> FeedRows:
    rows = _json_rows(lines, name)
    first: list[FeedRow | Problem] = []
    end = lines.read + MOST_ROW
    for row in rows:
        first.append(row)
        if len(first) == _LOOKED_AT or lines.read > end:
            break
    columns = frozenset(column for row in first if isinstance(row, FeedRow) for column in row.values)
    return FeedRows(name, columns, chain(first, rows), lines.done, fixed=False)


def _json_rows(lines: _Lines, name: str) -> Iterator[FeedRow | Problem]:
    for line in lines:
        lines.begin_row()
        if not line.strip():
            continue
        try:
            content = json.loads(line)
        except (ValueError, RecursionError) as error:
            why = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply, or a number too long"
            yield Problem(name, lines.number, "", "row", f"is not JSON: {why}")
            continue
        if isinstance(content, dict) and len(content) > _MOST_COLUMNS:
            yield Problem(name, lines.number, "", "row", f"has more than {_MOST_COLUMNS:,} fields")
        elif isinstance(content, dict):
            yield FeedRow(lines.number, {plain_column(key): value for key, value in content.items()})
        else:
            yield Problem(name, lines.number, "", "row", "is not a JSON object")
