"""Files of rows: what is read, what is rejected and why, what is refused."""

import csv
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saekdong.color import STARTER, Vocabulary
from saekdong.errors import RejectedRowsError, RowsError, SaekdongError
from saekdong.model.reading import read_rows, write_rejects, write_rows

GOOD = "R,G,B,LABEL\n73,84,116,navy\n255,255,255,white\n"


def test_columns_are_found_by_name_in_any_case_and_order(write):
    rows = read_rows(write("label; b ;G;r;EXTRA\nnavy;116;84;73;x\nwhite;255;255;255;y\n")).rows
    assert rows.rgb.tolist() == [[73, 84, 116], [255, 255, 255]]
    assert rows.labels() == ["navy", "white"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters(write, delimiter):
    assert len(read_rows(write(GOOD.replace(",", delimiter))).rows) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_encodings_and_korean_labels(write, encoding):
    text = "NAME,R,G,B,LABEL\n쪽빛,73,84,116,남색\n눈,255,255,255,흰색\n"
    rows = read_rows(write(text.encode(encoding))).rows
    assert rows.labels() == ["navy", "white"]
    assert rows.cells[0][0] == "쪽빛"


def test_hex_stands_in_where_rgb_is_absent_or_empty(write):
    assert read_rows(write("COL,LABEL\n#495474,navy\nFFFFFF,white\n")).rows.rgb[0].tolist() == [73, 84, 116]
    rows = read_rows(write("R,G,B,COL,LABEL\n,,,#495474,navy\n255,255,255,,white\n")).rows
    assert rows.rgb.tolist() == [[73, 84, 116], [255, 255, 255]]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("x,0,0,#000000,red,", "R is 'x', not a number"),
        ("1.5,0,0,,red,", "R is '1.5', not a whole number"),
        ("1_0,0,0,,red,", "R is '1_0', not a"),
        ("0,256,0,,red,", "G is 256, outside 0-255"),
        ("0,-1,0,,red,", "G is -1, outside 0-255"),
        ("0,0,,,red,", "B is empty"),
        (",,,,red,", "has no color"),
        ("255,0,0,,,", "LABEL is empty"),
        ("255,0,0,,rad,", "LABEL 'rad' is not in the vocabulary; did you mean 'red'?"),
        ("255,0,0,#00ff00,red,", "COL #00ff00 contradicts R, G, B 255, 0, 0"),
        ("255,0,0,green,red,", "COL is 'green', not a hex color"),
        ("255,0,0,,red,-1", "WEIGHT is '-1', not a number above 0"),
        ("255,0,0,,red,nan", "WEIGHT is 'nan', not a number above 0"),
        ("255,0,0,,red,1,more", "has 7 cells where the header has 6"),
    ],
)
def test_a_bad_row_is_rejected_with_its_line_and_reason(write, tmp_path, line, reason):
    path = write(f"R,G,B,COL,LABEL,WEIGHT\n0,0,0,,black,2\n{line}\n255,255,255,#ffffff,white,\n")
    reading = read_rows(path)
    assert [bad.line for bad in reading.rejected] == [3]
    assert reason in reading.rejected[0].reason
    assert reading.rows.lines.tolist() == [2, 4]
    assert reading.rows.weight.tolist() == [2, 1]
    with pytest.raises(RejectedRowsError, match="line 3"):
        read_rows(path, strict=True)
    write_rejects(tmp_path / "rejects.csv", reading)
    rejects = list(csv.DictReader((tmp_path / "rejects.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert rejects[0]["LINE"] == "3"
    assert reason in rejects[0]["REASON"]


def test_lines_are_counted_over_blank_lines_and_quoted_breaks(write):
    reading = read_rows(write('NAME,R,G,B,LABEL\n\n"two\nlines",0,0,0,black\n\n,x,0,0,red\n,255,255,255,white\n'))
    assert reading.rows.lines.tolist() == [3, 7]
    assert reading.rejected[0].line == 6


def test_duplicates_and_conflicts_are_told_and_kept(write):
    reading = read_rows(write(GOOD + "73,84,116,navy\n73,84,116,blue\n"))
    assert [(double.line, double.first_line) for double in reading.duplicates] == [(4, 2)]
    assert reading.conflicts[0].color == "#495474"
    assert reading.conflicts[0].labels == {2: "navy", 4: "navy", 5: "blue"}
    assert len(reading.rows) == 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("R,G,B,LABEL\n", "has no usable row"),
        ("R,G,B\n1,2,3\n", "has no LABEL column"),
        ("R,G,LABEL\n1,2,red\n", "has no column B"),
        ("LABEL\nred\n", "has no column R, G, B"),
        ("R,R,G,B,LABEL\n1,1,2,3,red\n", "2 columns called R"),
        ("R,G,B,LABEL\n1,2,3,red\n2,3,4,red\n", "one label only, 'red'"),
        ("R,G,B,LABEL\n1,2,3,teal\n", "no usable row; line 2: LABEL 'teal'"),
        ('R,G,B,LABEL\n1,2,3,"red\n', "line 2"),
        (b"R,G,B,LABEL\n\xff\xff\xff,1,2,red\n", "line 2: neither UTF-8 nor CP949"),
        (b"\x89PNG\0\0\0\0", "is not a text file|neither UTF-8"),
        (b"PAR1broken", "not a readable Parquet"),
    ],
)
def test_an_unusable_file_is_refused_with_what_to_do(write, content, message):
    with pytest.raises(RowsError, match=message) as caught:
        read_rows(write(content))
    assert caught.value.fix
    assert "\n" not in str(caught.value).strip()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SaekdongError, match=r"cannot read .*none\.csv"):
        read_rows(tmp_path / "none.csv")


def test_the_rows_own_labels_can_be_the_vocabulary(write):
    text = "R,G,B,LABEL\n127,255,212,Sea Foam\n250,128,114,산호\n126,254,211,sea foam\n0,0,128,navy\n"
    rows = read_rows(write(text), None).rows
    assert rows.vocabulary.ids == ("sea-foam", "산호", "navy")
    assert rows.counts.tolist() == [2, 1, 1]
    assert rows.vocabulary[2].ko == "남색"


def test_korean_labels_with_their_letters_apart_as_macos_writes_them_are_the_same(write):
    header = "R,G,B,LABEL\n"
    apart = unicodedata.normalize("NFD", "남색")
    assert apart != "남색"
    assert read_rows(write(f"{header}0,0,128,{apart}\n255,0,0,red\n")).rows.labels() == ["navy", "red"]
    own = f"{header}0,0,128,쪽빛\n0,0,120,{unicodedata.normalize('NFD', '쪽빛')}\n255,0,0,red\n"
    rows = read_rows(write(own), None).rows
    assert rows.vocabulary.ids == ("쪽빛", "red")
    assert rows.counts.tolist() == [2, 1]


def test_parquet(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"r": [73, 255, None], "g": [84, 255, 1], "b": [116, 255, 1], "Label": ["navy", "white", "red"]})
    pq.write_table(table, tmp_path / "rows.parquet")
    reading = read_rows(tmp_path / "rows.parquet")
    assert reading.rows.labels() == ["navy", "white"]
    assert reading.rejected[0].line == 4


def test_written_rows_read_back_the_same(write, tmp_path):
    rows = read_rows(write('NAME,R,G,B,LABEL\n"a, b",73,84,116,navy\n,255,255,255,white\n')).rows
    write_rows(tmp_path / "again.csv", rows)
    again = read_rows(tmp_path / "again.csv").rows
    assert again.digest() == rows.digest()
    assert list(again.cells) == list(rows.cells)


def test_balanced_rows_give_every_label_the_same_weight(make_rows):
    rows = make_rows([[0, 0, 0], [1, 1, 1], [2, 2, 2], [255, 0, 0]], ["black", "black", "black", "red"])
    weight = rows.balanced().weight
    assert weight[:3].sum() == pytest.approx(weight[3])
    assert weight.sum() == pytest.approx(4)


COLOR = st.tuples(*[st.integers(0, 255)] * 3)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(COLOR, st.sampled_from(STARTER.ids)), min_size=1, max_size=30))
def test_every_row_is_either_read_as_it_is_or_refused_whole(tmp_path, rows):
    path = tmp_path / "rows.csv"
    lines = [f"{r},{g},{b},{label}" for (r, g, b), label in rows]
    path.write_text("R,G,B,LABEL\n" + "\n".join(lines), encoding="utf-8")
    if len({label for _, label in rows}) == 1:
        with pytest.raises(RowsError, match="one label only"):
            read_rows(path)
        return
    reading = read_rows(path)
    assert not reading.rejected
    assert reading.rows.rgb.tolist() == [list(color) for color, _ in rows]
    assert reading.rows.labels() == [label for _, label in rows]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: ("R,G,B,LABEL\n" + text).encode()))
def test_no_content_does_more_than_be_refused(tmp_path, content):
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    try:
        reading = read_rows(path)
    except SaekdongError as error:
        message = str(error)
    else:
        assert len(reading.rows) > 0
        message = str(path)
    assert str(path) in message


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([], "list of labels"),
        ([{"en": "navy"}], "label 1 has no id"),
        ([{"id": "other"}], "cannot be a label"),
        ([{"id": "a b"}], "cannot be a label's id"),
        ([{"id": "navy", "swatch": "blue-ish"}], "swatch"),
        ([{"id": "navy", "colour": "#000"}], "cannot use colour"),
        ([{"id": "navy", "aliases": "x"}, {"id": "x"}], "means both|cannot use"),
        ([{"id": "navy", "ko": "남색"}, {"id": "blue", "aliases": ["남색"]}], "means both 'navy' and 'blue'"),
        ([{"id": f"c{n}"} for n in range(256)], "1 to 255 labels"),
        ([{"id": "navy", "ko": "\ud800"}], "cannot be a word"),
        ([{"id": "navy", "en": "na\nvy"}], "cannot be a word"),
        ([{"id": "navy", "aliases": ["\0"]}], "cannot be a word"),
        ([{"id": "navy", "en": "x" * 201}], "cannot be a word"),
    ],
)
def test_a_wrong_vocabulary_is_refused(entries, message):
    with pytest.raises(SaekdongError, match=message):
        Vocabulary.from_list(entries)


def test_a_vocabulary_keeps_its_words():
    assert Vocabulary.from_list(STARTER.to_list()) == STARTER
    assert STARTER.find("GREY").id == "gray"
    assert STARTER.find("네이비").id == "navy"
    assert STARTER.find("teal") is None
