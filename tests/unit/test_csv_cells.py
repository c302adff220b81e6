"""Cells of CSV that no spreadsheet runs, and what undoes them; text that no terminal obeys."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saekdong.csv_cells import Writer, read_cell, text_cell
from saekdong.printable import is_printable, printable, printable_json, without_unprintable

SOURCES = Path(__file__).parents[2] / "src"
FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1)",
    "=cmd|' /C calc'!A0",
]
PLAIN = ["mug", "-12.5", "+82", "1e-5", "-", "navy;red", "'80s", "a@b.kr", "12-34", "a, -5", ""]


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("before", ["", "mug;", "mug,", "mug\t", "mug\n"])
def test_a_formula_is_written_as_text_and_read_back(formula, before):
    cell = text_cell(before + formula)
    parts = re.split("[,;\t\r\n]", cell)
    assert not any(re.match("[=+\\-@＝＋－＠]", part) for part in parts)
    assert cell[: len(before)] == before
    assert read_cell(cell) == before + formula


@pytest.mark.parametrize("text", PLAIN)
def test_numbers_and_other_texts_stay_as_they_are(text):
    assert text_cell(text) == read_cell(text) == text


@given(st.text(alphabet="'=+-@\t\r\n;, 1.eE＝a", max_size=12))
def test_what_is_written_is_read_back_whatever_it_is(text):
    assert read_cell(text_cell(text)) == text


def test_a_writer_writes_numbers_as_they_are():
    file = io.StringIO()
    Writer(file).writerows([("=a", -1.5, None, True), (Path("=b"), -2, "-3", "-x")])
    assert file.getvalue() == "'=a,-1.5,,True\n'=b,-2,-3,'-x\n"


def test_all_csv_is_written_through_one_module():
    writers = re.compile(r"csv\.(?:writer|DictWriter)\(")
    found = [path.name for path in SOURCES.rglob("*.py") if writers.search(path.read_text(encoding="utf-8"))]
    assert found == ["csv_cells.py"]


@given(st.text())
def test_json_for_people_says_the_same_and_is_printable(text):
    written = printable_json([text])
    assert is_printable(written)
    assert json.loads(written) == [text]


@given(st.text(alphabet=st.characters(codec=None)))
def test_a_printable_text_is_printable(text):
    assert is_printable(printable(text))
    assert is_printable(without_unprintable(text))


def test_csv_readers_get_the_texts_of_the_rows(tmp_path):
    path = tmp_path / "rows.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        Writer(file).writerow(["a\x1b[31mb", "c\u202ed", "two\nlines"])
    with path.open(newline="", encoding="utf-8") as file:
        assert next(csv.reader(file)) == ["a\\x1b[31mb", "c\\u202ed", "two\nlines"]
