"""Recorded palettes: beside the photos, or in one file; whatever the files hold."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saekdong.errors import SaekdongError
from saekdong.photo.palette import DominantColor, palette_from_json, palette_to_json
from saekdong.photo.services import Recorded
from saekdong.photo.sources import Source


def color(red, score=1.0, share=1.0):
    return {"color": {"red": red, "green": 2, "blue": 3}, "score": score, "pixelFraction": share}


def vision(*colors):
    return {"imagePropertiesAnnotation": {"dominantColors": {"colors": list(colors)}}}


def no_reading():
    raise AssertionError("the photo is read")


def found(source, *names):
    """Each photo's reds in the answer's order, or its error's code."""
    answers = list(source.palettes([Source(str(name), no_reading) for name in names]))
    assert [name for name, _ in answers] == [str(name) for name in names]
    return [[each.red for each in got] if isinstance(got, tuple) else got.code for _, got in answers]


def lines(tmp_path, *records):
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records), encoding="utf-8")
    return Recorded.read(path)


# --- beside the photos -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["chair.vision.json", "chair.json", "chair.png.json"])
def test_an_answer_beside_the_photo(tmp_path, name):
    (tmp_path / name).write_text(json.dumps(vision(color(7))))
    assert found(Recorded(None), tmp_path / "chair.png", tmp_path / "stool.png") == [[7], "not-recorded"]


def test_of_several_answers_beside_a_photo_the_one_of_the_plainest_name_counts(tmp_path):
    for red, name in enumerate(("chair.png.json", "chair.json", "chair.vision.json")):
        (tmp_path / name).write_text(json.dumps(vision(color(red))))
        assert found(Recorded(None), tmp_path / "chair.png") == [[red]]


@pytest.mark.parametrize(
    "answer",
    [
        vision(color(7)),
        {"responses": [vision(color(7))]},
        {"colors": [color(7)]},
        {"image": "chair.png", "colors": [color(7)]},
        {"colors": [{"color": {"red": 7.0}, "score": 1}]},
    ],
)
def test_every_form_of_an_answer(tmp_path, answer):
    (tmp_path / "chair.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(answer).encode())
    assert found(Recorded(None), tmp_path / "chair.png") == [[7]]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"3",
        b"null",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"responses": []}',
        b'{"responses": [{}, {}]}',
        b'{"responses": [{"error": {"code": 3}}]}',
        b'{"imagePropertiesAnnotation": null}',
        b'{"imagePropertiesAnnotation": {"dominantColors": []}}',
        b'{"colors": {}}',
        b'{"colors": [1]}',
        b'{"colors": [{"color": {"red": 256}}]}',
        b'{"colors": [{"color": {"red": -1}}]}',
        b'{"colors": [{"color": {"red": NaN}}]}',
        b'{"colors": [{"color": {"red": Infinity}}]}',
        b'{"colors": [{"color": {"red": 1}, "score": 1.5}]}',
        b'{"colors": [{"color": {"red": 1}, "score": NaN}]}',
        b'{"colors": [{"color": {"red": 1}, "pixelFraction": -0.1}]}',
        b'{"colors": [{"color": [1, 2, 3]}]}',
    ],
    ids=lambda content: content[:60].decode(errors="replace"),
)
def test_an_answer_that_is_none_is_told(tmp_path, content):
    (tmp_path / "chair.json").write_bytes(content)
    assert found(Recorded(None), tmp_path / "chair.png") == ["unreadable"]


def test_a_folder_in_an_answer_s_place_is_no_answer(tmp_path):
    (tmp_path / "chair.json").mkdir()
    assert found(Recorded(None), tmp_path / "chair.png") == ["not-recorded"]


@pytest.mark.parametrize(
    "name", ["https://shop.example/chair.png", "shop.zip/chair.png", "chair", ".", "..", "", "x\0.png", "x" * 300]
)
def test_photos_that_have_no_place_beside_them(name):
    assert found(Recorded(None), name) == ["not-recorded"]


# --- one file ----------------------------------------------------------------------------------------------------


def test_answers_are_found_by_path_and_by_file_name(tmp_path):
    source = lines(
        tmp_path, {"image": "a/chair.png", "colors": [color(1)]}, {"image": "b/stool.png", **vision(color(2))}
    )
    names = ("b/stool.png", "a/chair.png", "elsewhere/stool.png", "chair.png", "sofa.png")
    assert found(source, *names) == [[2], [1], [2], [1], "not-recorded"]


def test_a_file_name_of_several_photos_stands_for_none_of_them(tmp_path):
    source = lines(
        tmp_path, *({"image": f"{folder}/chair.png", "colors": [color(red)]} for red, folder in enumerate("abc"))
    )
    assert found(source, "a/chair.png", "c/chair.png", "chair.png") == [[0], [2], "not-recorded"]


def test_a_photo_recorded_twice_has_its_last_answer(tmp_path):
    source = lines(tmp_path, *({"image": "chair.png", "colors": [color(red)]} for red in (1, 2)))
    assert found(source, "chair.png") == [[2]]


def test_lines_that_tell_of_errors_and_empty_lines_are_passed_over(tmp_path):
    path = tmp_path / "answers.jsonl"
    bad = {"image": "bad.png", "colors": [], "error": {"code": "empty", "message": ""}}
    good = {"image": "good.png", "colors": [color(1)]}
    path.write_bytes(b"\xef\xbb\xbf" + f"{json.dumps(bad)}\r\n\r\n  \n{json.dumps(good)}".encode())
    assert found(Recorded.read(path), "bad.png", "good.png") == ["not-recorded", [1]]


def test_a_name_may_hold_whatever_a_file_s_name_may(tmp_path):
    odd = ["의자.png", "a\u2028b.png", "a\x85b.png", "a\nb.png", 'a"b.png', "C:\\shop\\chair.png"]
    source = lines(tmp_path, *({"image": name, "colors": [color(place)]} for place, name in enumerate(odd)))
    assert found(source, *odd, "chair.png") == [*([place] for place in range(6)), [5]]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "3",
        "null",
        "[]",
        '"text"',
        '{"colors": []}',
        '{"image": 3, "colors": []}',
        '{"image": "a.png"}',
        '{"image": "a.png", "colors": [{}]}',
        "[" * 100_000,
    ],
    ids=lambda line: line[:40],
)
def test_a_broken_line_is_told_with_its_number(tmp_path, line):
    path = tmp_path / "answers.jsonl"
    path.write_text(f'{{"image": "a.png", "colors": []}}\n\n{line}\n')
    with pytest.raises(SaekdongError, match=r"line 3 is not a recorded answer; write "):
        Recorded.read(path)


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(SaekdongError, match=r"cannot read .*none\.jsonl"):
        Recorded.read(tmp_path / "none.jsonl")
    (tmp_path / "text").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SaekdongError, match="is not UTF-8 text"):
        Recorded.read(tmp_path / "text")


def test_colors_are_those_of_the_highest_score(tmp_path):
    (tmp_path / "chair.json").write_text(json.dumps(vision(color(1, 0.2), color(2, 0.5), color(3, 0.3))))
    assert found(Recorded(None, 2), tmp_path / "chair.png") == [[2, 3]]
    assert found(Recorded(None, 9), tmp_path / "chair.png") == [[2, 3, 1]]


# --- palettes as JSON --------------------------------------------------------------------------------------------

CHANNEL, PART = st.integers(0, 255), st.floats(0, 1)
COLORS = st.builds(DominantColor, CHANNEL, CHANNEL, CHANNEL, PART, PART)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400)
JSON = st.recursive(
    SCALARS, lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=5), inside, max_size=4)
)
ALMOST = st.fixed_dictionaries(
    {},
    optional={
        "color": JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(("red", "green", "blue"), JSON)),
        "score": JSON,
        "pixelFraction": JSON,
    },
)


@given(st.lists(COLORS, max_size=10).map(tuple))
def test_a_palette_written_and_read_again_is_the_same(palette):
    assert palette_from_json(json.loads(json.dumps(palette_to_json(palette)))) == palette


@given(st.lists(ALMOST | JSON, max_size=4))
def test_no_colors_do_more_than_be_refused(colors):
    try:
        palette = palette_from_json(colors)
    except ValueError:
        return
    for each in palette:
        assert all(0 <= channel <= 255 and isinstance(channel, int) for channel in (each.red, each.green, each.blue))
        assert 0 <= each.score <= 1.001
        assert 0 <= each.pixel_fraction <= 1.001
