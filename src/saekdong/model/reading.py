"""Read a table as rows: every cell is checked, and every rejected row is reported."""

import io
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from saekdong.color import STARTER, Label, Vocabulary, from_lab, own_label, parse_color, to_hex, to_space
from saekdong.csv_cells import Writer
from saekdong.errors import RejectedRowsError, RowsError
from saekdong.files import write_whole
from saekdong.lang import counted
from saekdong.model.rows import Rows
from saekdong.model.tables import CellRecord, CellTable, read_table

_WHOLE = re.compile(r"[+-]?\d{1,12}(\.0*)?", re.ASCII)
_HEX = re.compile(r"#?[0-9a-fA-F]{6}")
_MOST_WEIGHT = 1e9


@dataclass(frozen=True)
class Rejected:
    """A row that cannot be used: its line, the reason, and its cells."""

    line: int
    field: str
    reason: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Duplicate:
    """A row that repeats an earlier one in every cell."""

    line: int
    first_line: int


@dataclass(frozen=True)
class Conflict:
    """A color with two or more labels: the label of each line."""

    color: str
    labels: dict[int, str]


@dataclass(frozen=True)
class Reading:
    """The content of a file of rows: the usable rows, the rejected ones, and oddities among the usable."""

    rows: Rows
    rejected: list[Rejected]
    duplicates: list[Duplicate]
    conflicts: list[Conflict]


class _BadCellError(Exception):
    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason


def read_rows(
    path: Path, vocabulary: Vocabulary | None = STARTER, *, strict: bool = False, least_labels: int = 2
) -> Reading:
    """Read labeled colors from a CSV or Parquet file.

    Columns are found by name, in any order and case: R, G and B (whole numbers, 0-255) or COL (hex), LABEL, and
    optionally NAME, SOURCE and WEIGHT. Other columns are kept.

    Args:
        path: the file.
        vocabulary: the labels that rows may use; with None, the file's own labels become the vocabulary.
        strict: reject the whole file if a row would be rejected.
        least_labels: the least number of different labels: 2 for training, 1 for comparing.

    Raises:
        RowsError: the file has no LABEL or color columns, no usable row, or too few labels.
        RejectedRowsError: `strict` is set, and a row is bad.
    """
    table = read_table(path)
    columns = ColorColumns.of(table)
    records = list(table.records)
    words = vocabulary or _own_vocabulary(records, columns)
    good, rejected = _parse(records, columns, words, len(table.header))
    if rejected and strict:
        first = rejected[0]
        raise RejectedRowsError(
            f"{path}, line {first.line}: {first.reason}" + _and_more(len(rejected) - 1),
            fix="fix them, or leave out --strict to go on without them",
        )
    _refuse_unusable(path, good, rejected, least_labels)
    rows = _rows(table, words, good)
    return Reading(rows, rejected, _duplicates(rows), _conflicts(rows))


def write_rejects(path: Path, reading: Reading) -> None:
    """Write the rejected rows as CSV: LINE and REASON, then the row unchanged."""
    text = io.StringIO()
    writer = Writer(text)
    writer.writerow(["LINE", "REASON", *reading.rows.header])
    writer.writerows([bad.line, bad.reason, *bad.cells] for bad in reading.rejected)
    write_whole(path, text.getvalue())


def write_rows(path: Path, rows: Rows) -> None:
    """Write rows as UTF-8 CSV with the columns and cells that they were read with."""
    text = io.StringIO()
    writer = Writer(text)
    writer.writerow(rows.header)
    writer.writerows(rows.cells)
    write_whole(path, text.getvalue())


@dataclass(frozen=True)
class ColorColumns:
    """The column of each part of a row; None if there is no such column."""

    rgb: tuple[int, int, int] | None
    col: int | None
    label: int | None
    name: int | None = None
    source: int | None = None
    weight: int | None = None

    @classmethod
    def of(cls, table: CellTable, *, labeled: bool = True) -> "ColorColumns":
        """Find the columns by name.

        Raises:
            RowsError: there is no color, or (`labeled`) no LABEL.
        """
        place = {name: table.column(name) for name in ("R", "G", "B", "COL", "LABEL", "NAME", "SOURCE", "WEIGHT")}
        found = ", ".join(title.strip() for title in table.header)
        missing = [name for name in "RGB" if place[name] is None]
        if missing and place["COL"] is None:
            raise RowsError(
                f"{table.name} has no column {', '.join(missing)} (it has: {found})",
                fix="add columns R, G and B (0-255), or COL with hex colors",
            )
        if labeled and place["LABEL"] is None:
            raise RowsError(
                f"{table.name} has no LABEL column (it has: {found})", fix="add one with each color's label"
            )
        red, green, blue = place["R"], place["G"], place["B"]
        rgb = None if red is None or green is None or blue is None else (red, green, blue)
        return cls(rgb, place["COL"], place["LABEL"], place["NAME"], place["SOURCE"], place["WEIGHT"])

    def color(self, cells: list[str]) -> tuple[int, int, int]:
        """Return the color in a row's cells.

        Raises:
            ValueError: it is missing, malformed, out of range, or COL contradicts R, G, B.
        """
        try:
            return _color(cells, self)
        except _BadCellError as bad:
            raise ValueError(bad.reason) from bad


_Good = tuple[CellRecord, tuple[int, int, int], Label, float]


def _parse(
    records: list[CellRecord], columns: ColorColumns, vocabulary: Vocabulary, width: int
) -> tuple[list[_Good], list[Rejected]]:
    good: list[_Good] = []
    rejected: list[Rejected] = []
    for record in records:
        try:
            if len(record.cells) > width:
                raise _BadCellError("", f"has {counted(len(record.cells), 'cell')} where the header has {width}")
            color = _color(record.cells, columns)
            label = _label(_cell(record.cells, columns.label), vocabulary)
            good.append((record, color, label, _weight(_cell(record.cells, columns.weight))))
        except _BadCellError as bad:
            rejected.append(Rejected(record.line, bad.field, bad.reason, tuple(record.cells)))
    return good, rejected


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""


def _color(cells: list[str], columns: ColorColumns) -> tuple[int, int, int]:
    written = [_cell(cells, place) for place in columns.rgb or ()]
    hexadecimal = _cell(cells, columns.col)
    if hexadecimal and not _HEX.fullmatch(hexadecimal):
        raise _BadCellError("COL", f"COL is {hexadecimal!r}, not a hex color such as #495474")
    if not any(written):
        if not hexadecimal:
            raise _BadCellError("R", "has no color: R, G, B (or COL) are empty")
        return parse_color(hexadecimal)
    red, green, blue = (_channel(name, text) for name, text in zip("RGB", written, strict=True))
    if hexadecimal and parse_color(hexadecimal) != (red, green, blue):
        raise _BadCellError("COL", f"COL {hexadecimal} contradicts R, G, B {red}, {green}, {blue}")
    return red, green, blue


def _channel(name: str, text: str) -> int:
    if not text:
        raise _BadCellError(name, f"{name} is empty")
    if not _WHOLE.fullmatch(text):
        reason = "not a whole number" if _is_number(text) else "not a number"
        raise _BadCellError(name, f"{name} is {text!r}, {reason}")
    value = int(text.partition(".")[0])
    if not 0 <= value <= 255:
        raise _BadCellError(name, f"{name} is {text}, outside 0-255")
    return value


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _label(word: str, vocabulary: Vocabulary) -> Label:
    if not word:
        raise _BadCellError("LABEL", "LABEL is empty")
    if label := vocabulary.find(word):
        return label
    near = vocabulary.nearest_word(word)
    hint = f"; did you mean {near!r}?" if near else ""
    raise _BadCellError("LABEL", f"LABEL {word!r} is not in the vocabulary{hint}")


def _weight(text: str) -> float:
    if not text:
        return 1.0
    weight = float(text) if _is_number(text) else 0.0
    if not 0 < weight <= _MOST_WEIGHT:
        raise _BadCellError("WEIGHT", f"WEIGHT is {text!r}, not a number above 0")
    return weight


def _own_vocabulary(records: list[CellRecord], columns: ColorColumns) -> Vocabulary:
    """Make a vocabulary of the file's own labels, in order of first use; each swatch is the label's mean color."""
    colors: dict[str, tuple[Label, list[tuple[int, int, int]]]] = {}
    for record in records:
        word = _cell(record.cells, columns.label)
        try:
            color = _color(record.cells, columns)
        except _BadCellError:
            continue
        if word:
            label = own_label(word)
            colors.setdefault(label.id, (label, []))[1].append(color)
    if not colors:
        return STARTER
    return Vocabulary(tuple(_with_swatch(label, seen) for label, seen in colors.values()))


def _with_swatch(label: Label, colors: list[tuple[int, int, int]]) -> Label:
    """Return a label with the mean of its colors as its swatch; the starter's labels keep their names."""
    swatch = to_hex(from_lab(to_space(np.array(colors), "lab").mean(axis=0)))
    known = STARTER.find(label.id)
    named = known if known and known.id == label.id else label
    return Label(label.id, named.en, named.ko, swatch)


def _refuse_unusable(path: Path, good: list[_Good], rejected: list[Rejected], least_labels: int) -> None:
    if not good:
        why = f"; line {rejected[0].line}: {rejected[0].reason}" + _and_more(len(rejected) - 1) if rejected else ""
        raise RowsError(f"{path} has no usable row{why}", fix=_fix_of(rejected))
    labels = {label.id for _, _, label, _ in good}
    if len(labels) < least_labels:
        raise RowsError(
            f"{path} has one label only, {labels.pop()!r}"
            + (f" ({counted(len(rejected), 'row')} rejected)" if rejected else ""),
            fix="add rows of at least one other label",
        )


def _fix_of(rejected: list[Rejected]) -> str:
    if not rejected:
        return "add rows under the header"
    if rejected[0].field == "LABEL":
        return "use the vocabulary's labels, or name your own with --labels (rows, or a TOML file)"
    return "fix the rows"


def _and_more(count: int) -> str:
    return f" (and {count:,} more)" if count else ""


def _rows(table: CellTable, vocabulary: Vocabulary, good: list[_Good]) -> Rows:
    columns = ColorColumns.of(table)
    code = {label_id: place for place, label_id in enumerate(vocabulary.ids)}
    return Rows(
        vocabulary,
        np.array([color for _, color, _, _ in good], dtype=np.uint8),
        np.array([code[label.id] for _, _, label, _ in good], dtype=np.intp),
        np.array([weight for _, _, _, weight in good], dtype=np.float64),
        np.array([_cell(record.cells, columns.source) for record, _, _, _ in good], dtype=np.str_),
        np.array([record.line for record, _, _, _ in good], dtype=np.intp),
        tuple(table.header),
        [tuple(record.cells) for record, _, _, _ in good],
    )


def _duplicates(rows: Rows) -> list[Duplicate]:
    first: dict[tuple[str, ...], int] = {}
    found = []
    for line, cells in zip(rows.lines.tolist(), rows.cells, strict=True):
        earlier = first.setdefault(tuple(cells), line)
        if earlier != line:
            found.append(Duplicate(line, earlier))
    return found


def _conflicts(rows: Rows) -> list[Conflict]:
    seen: dict[int, dict[int, str]] = {}
    for color, line, label in zip(rows.colors.tolist(), rows.lines.tolist(), rows.labels(), strict=True):
        seen.setdefault(color, {})[line] = label
    return [Conflict(f"#{color:06x}", labels) for color, labels in seen.items() if len(set(labels.values())) > 1]
