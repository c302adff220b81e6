"""Colors in CSV bodies: plain lines of three numbers read all at once, everything else with the `csv` module."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np

from saekdong.entrance.errors import RequestError
from saekdong.errors import RowsError
from saekdong.model.reading import ColorColumns
from saekdong.model.tables import CellRecord, CellTable
from saekdong.serving.bodies import EXPECTED, Colors, stacked

_DELIMITERS = ",;\t"
_NUMBER = r"[ \t]*([0-9]{1,3}(?:\.0*)?|[0-9](?:\.[0-9]{1,24})?[eE]\+?0?[0-2])[ \t]*"
_COLOR = re.compile(",".join([_NUMBER] * 3))
_TITLES = {"r", "g", "b", "col"}
_LONGEST_LINE = 1 << 16
_LONGEST_COLOR = 12
_HEADER = "or a header with the columns R, G and B, or COL"


def single_csv_color(body: bytes) -> tuple[int, int, int] | None:
    r"""Return the color of a body of one line of three short numbers; None if there is anything else.

    Example:
        >>> single_csv_color(b"31,42,82\n"), single_csv_color(b"31,42,820"), single_csv_color(b"31,42,82\n1,2,3")
        ((31, 42, 82), None, None)
    """
    if len(body) > _LONGEST_COLOR:
        return None
    parts = body.removesuffix(b"\n").split(b",")
    if len(parts) != 3 or not all(map(bytes.isdigit, parts)):
        return None
    red, green, blue = map(int, parts)
    return (red, green, blue) if max(red, green, blue) < 256 and max(map(len, parts)) <= 3 else None


def csv_colors(body: bytes) -> Colors:
    """Return the colors of a CSV body, uint8 (N, 3).

    A line is `73,84,116`. Numbers may be quoted, or written as floats (`73.0`, `7.3e+01`), as data frames are. If the
    first line is a header with R, G and B, or COL, in any order and case, other columns are ignored.

    Raises:
        RequestError: 422, a line is not a color.
    """
    text = body.removeprefix(b"\xef\xbb\xbf")
    colors = _plain_csv(text)
    return _any_csv(text) if colors is None else colors


def _plain_csv(text: bytes) -> Colors | None:
    """Parse lines of three short numbers and nothing else, all at once; None if there is anything else."""
    text = text.replace(b"\r\n", b"\n")
    text = text if text.endswith(b"\n") else text + b"\n"
    letters = np.frombuffer(text, dtype=np.uint8)
    ends = np.flatnonzero(letters < 48)
    lengths = np.diff(ends, prepend=-1) - 1
    digits = letters - np.uint8(48)
    if len(ends) % 3 or lengths.min() < 1 or lengths.max() > 3 or (digits[letters >= 48] > 9).any():
        return None
    separators = letters[ends].reshape(-1, 3)
    if (separators[:, :2] != 44).any() or (separators[:, 2] != 10).any():
        return None
    values = digits[ends - 1].astype(np.uint16)
    values += np.where(lengths > 1, digits[ends - 2], 0).astype(np.uint16) * 10
    values += np.where(lengths > 2, digits[ends - 3], 0).astype(np.uint16) * 100
    return None if values.max() > 255 else values.astype(np.uint8).reshape(-1, 3)


def _any_csv(text: bytes) -> Colors:
    records = _records(text.decode("utf-8", "replace"))
    first = next(records, CellRecord(0, []))
    titles = {cell.strip().casefold() for cell in first.cells}
    colors = _titled(first, records) if titles & _TITLES else _untitled(chain([first] if first.cells else [], records))
    return stacked(colors)


def _lines(text: str) -> Iterator[str]:
    """Yield the lines one by one: no other thread runs while millions of them are made in one call."""
    for number, line in enumerate(io.StringIO(text, newline="\n"), start=1):
        if len(line) > _LONGEST_LINE:
            raise RequestError(422, "bad-value", f"line {number} is longer than {_LONGEST_LINE:,} characters")
        yield line


def _records(text: str) -> Iterator[CellRecord]:
    """Yield the records that are not blank, the line on which each starts counted from 1."""
    first = next((line for line in _lines(text) if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True, skipinitialspace=True)
    line = 1
    try:
        for cells in reader:
            if len(cells) > 1 or "".join(cells).strip():
                yield CellRecord(line, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise RequestError(422, "bad-value", f"line {line} is not CSV: {error}") from error


def _untitled(records: Iterable[CellRecord]) -> Iterator[list[int]]:
    expected = f"{EXPECTED}, {_HEADER}"
    for record in records:
        match = _COLOR.fullmatch(",".join(record.cells)) if len(record.cells) == 3 else None
        values = [float(number) for number in match.groups()] if match else []
        if not values or max(values) > 255 or any(value % 1 for value in values):
            raise RequestError(422, "bad-value", f"line {record.line} is {_shown(record)}; {expected}")
        expected = EXPECTED  # only the first line can be a header
        yield [int(value) for value in values]


def _titled(header: CellRecord, records: Iterator[CellRecord]) -> Iterator[tuple[int, int, int]]:
    try:
        columns = ColorColumns.of(CellTable(f"line {header.line}", header.cells, records), labeled=False)
    except RowsError as error:
        raise RequestError(422, "bad-value", f"{error}") from error
    for record in records:
        try:
            yield columns.color(record.cells)
        except ValueError as error:
            raise RequestError(422, "bad-value", f"line {record.line}: {error}; {EXPECTED}") from error


def _shown(record: CellRecord) -> str:
    return repr(",".join(record.cells)[:40].strip())
