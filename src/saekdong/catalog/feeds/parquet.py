"""Rows from Parquet, read by a program with bounded memory."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from saekdong.catalog.feeds.entries import FeedError, FeedRow, FeedRows, Problem
from saekdong.catalog.feeds.rows import MOST_ROW, check_columns, plain_column
from saekdong.extras import is_installed, missing_extra

_PROGRAM = Path(__file__).with_name("parquet_program.py")
_ALONE = {"OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}


def read_parquet(file: BinaryIO, name: str) -> FeedRows:
    """Read a Parquet file, each row with the line that it would have if it had been exported to CSV.

    Args:
        file: a file of the disk, open as long as the rows are read.
        name: what people call it.

    Raises:
        FeedError: it is damaged, or made to take memory.
        SaekdongError: pyarrow is not installed.
    """
    if not is_installed("pyarrow"):
        raise missing_extra("parquet", f"{name} is Parquet, which needs pyarrow", otherwise="save it as CSV")
    lines = _lines(file)
    try:
        header = next(lines)
    except _ReaderError as error:
        raise FeedError(f"{name} is not a readable Parquet file: {error}", fix="write it again") from error
    columns = list(map(plain_column, header["columns"]))
    check_columns(columns, name)
    total, reached = max(header["rows"], 1), Counter[str]()
    rows = _rows(lines, columns, name, reached)
    return FeedRows(name, frozenset(columns), rows, lambda: min(reached["rows"] / total, 1.0))


def _rows(lines: Iterator[Any], columns: list[str], name: str, reached: Counter[str]) -> Iterator[FeedRow | Problem]:
    try:
        for values in lines:
            reached["rows"] += 1
            line = reached["rows"] + 1
            if values is None:
                yield Problem(name, line, "", "row", f"takes more than {MOST_ROW >> 20} MiB")
            else:
                yield FeedRow(line, dict(zip(columns, values, strict=True)))
    except _ReaderError as error:
        raise FeedError(f"{name}, row {reached['rows'] + 1:,}: {error}", fix="write the Parquet file again") from error


class _ReaderError(Exception):
    """The program could not read on."""


def _lines(file: BinaryIO) -> Iterator[Any]:
    """Yield what the program writes, the header first."""
    file.seek(0)
    command = [sys.executable, "-P", str(_PROGRAM), str(MOST_ROW)]
    with subprocess.Popen(  # noqa: S603
        command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, **_ALONE}
    ) as program:
        assert program.stdout  # noqa: S101 - it is a pipe
        try:
            for line in program.stdout:
                content = json.loads(line)
                if isinstance(content, dict) and "columns" not in content:
                    if "error" in content:
                        raise _ReaderError(content["error"])
                    return
                yield content
        finally:
            program.kill()
    raise _ReaderError("it is damaged, or takes too much memory")
