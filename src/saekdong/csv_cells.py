r"""CSV for spreadsheets: a text that a spreadsheet would treat as a formula is written with `'` in front.

Excel, LibreOffice and Google Sheets run a cell that begins with `=`, `+`, `-` or `@`, also in its full-width form, and
a feed's ids and titles come from strangers. The rule is OWASP's
(https://owasp.org/www-community/attacks/CSV_Injection). It applies to the beginning of a cell and, since some
spreadsheets split cells elsewhere, after `,`, `;`, a tab or a line end within it. Numbers are unchanged. `read_cell`
reverses it. Files for machines that use cells unchanged, such as Google Merchant Center, are written by
`exact_writer`.
"""

import csv
import re
from collections.abc import Iterable
from typing import Any, TextIO

from saekdong.printable import printable_cell

_FORMULA = "'*[=+\\-@\t\r\n＝＋－＠]"
_NUMBER = r"[+-]?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)?"
_BEGINS = rf"(?:\A(?!{_NUMBER}\Z)|(?<=[,;\t\r\n])(?!{_NUMBER}(?:[,;\t\r\n]|\Z)))(?={_FORMULA})"
_UNQUOTED = re.compile(_BEGINS, re.ASCII)
_QUOTED = re.compile(rf"(?:\A|(?<=[,;\t\r\n]))'(?={_FORMULA})")


def text_cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet treats as a formula.

    Example:
        >>> text_cell("=1+1"), text_cell("mug;@cmd"), text_cell("-12.5"), text_cell("navy;red")
        ("'=1+1", "mug;'@cmd", '-12.5', 'navy;red')
    """
    return _UNQUOTED.sub("'", printable_cell(text))


def read_cell(cell: str) -> str:
    """Return the text that `text_cell` wrote, or that a spreadsheet marked as text in the same way.

    Example:
        >>> read_cell("'=1+1"), read_cell("'80s mug"), read_cell(text_cell("'=1"))
        ('=1+1', "'80s mug", "'=1")
    """
    return _QUOTED.sub("", cell) if "'" in cell else cell


class Writer:
    """Writes rows as CSV: texts by the rule, numbers unchanged, None as an empty cell."""

    def __init__(self, file: TextIO) -> None:
        """Make a writer to a file that is open with `newline=""`."""
        self._rows = csv.writer(file, lineterminator="\n")

    def writerow(self, cells: Iterable[Any]) -> None:
        """Write one row."""
        self._rows.writerow([_cell(cell) for cell in cells])

    def writerows(self, rows: Iterable[Iterable[Any]]) -> None:
        """Write several rows."""
        for row in rows:
            self.writerow(row)


def exact_writer(file: TextIO, delimiter: str = ",") -> Any:
    """Return a `csv.writer` for machines, which writes cells unchanged."""
    return csv.writer(file, delimiter=delimiter, lineterminator="\n")


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float) else text_cell(str(value))
