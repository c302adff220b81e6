"""How colors are read and written."""

import doctest
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saekdong.color import notation
from saekdong.color.notation import parse_color, to_hex

CHANNEL = st.integers(0, 255)


@pytest.mark.parametrize(
    "text",
    [
        "#495474",
        "495474",
        " #495474\n",
        "73,84,116",
        "73, 84, 116",
        "73 , 84 , 116",
        "73 84 116",
        "73\t84  116",
        "+73 084 116",
        "rgb(73, 84, 116)",
        "rgb(73 84 116)",
        "RGB ( 73,84,116 )",
    ],
)
def test_reads_every_accepted_form(text: str) -> None:
    assert parse_color(text) == (73, 84, 116)


@pytest.mark.parametrize("text", ["#aBc", "#AABBCC", "aabbcc"])
def test_short_form_doubles_each_digit(text: str) -> None:
    assert parse_color(text) == (0xAA, 0xBB, 0xCC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#",
        "abc",
        "#49547",
        "#4954744",
        "#49547g",
        "1,2",
        "1,2,3,4",
        "1,,2,3",
        "1,2,",
        "rgb(1,2,3",
        "1,2,3)",
        "rgba(1,2,3,4)",
        "navy",
    ],
)
def test_refuses_other_forms(text: str) -> None:
    with pytest.raises(ValueError, match=r"write a color as '#495474'"):
        parse_color(text)


@pytest.mark.parametrize("text", ["256,0,0", "0,-1,0", "rgb(0, 0, 300)", "0 0 999999999"])
def test_names_the_channel_out_of_range(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(256|-1|300|999999999) in '.*' is outside 0-255; write"):
        parse_color(text)


@pytest.mark.parametrize("text", ["1.5,0,0", "0,x,0", "rgb(10%, 0, 0)", "0 0 1e2", "1_0 0 0", "٣ 0 0", "nan 0 0"])
def test_names_the_channel_that_is_not_whole(text: str) -> None:
    with pytest.raises(ValueError, match=r"^'(1\.5|x|10%|1e2|1_0|٣|nan)' in '.*' is not a whole number; write"):
        parse_color(text)


@pytest.mark.parametrize("text", ["one\ntwo", "7\n8\n9999", "x" * 100_000, "9" * 5000 + " 0 0"])
def test_an_error_is_one_short_line(text: str) -> None:
    with pytest.raises(ValueError, match="write a color as") as error:
        parse_color(text)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 250


@given(st.text("#rgbRGB(),. +-%0123456789abcdefx\n٣", max_size=20))
def test_any_text_is_a_color_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        color = parse_color(text)
        assert len(color) == 3
        assert all(0 <= channel <= 255 for channel in color)


@given(st.tuples(CHANNEL, CHANNEL, CHANNEL))
def test_what_is_written_is_read_back(color: tuple[int, int, int]) -> None:
    assert parse_color(to_hex(color)) == color
    assert parse_color("{},{},{}".format(*color)) == color
    assert parse_color("rgb({}, {}, {})".format(*color)) == color


def test_to_hex_rounds_and_takes_arrays() -> None:
    assert to_hex([72.6, 84.4, 116]) == "#495474"
    assert to_hex(np.array([73, 84, 116], dtype=np.uint8)) == "#495474"
    assert to_hex(np.array([0.0, -0.0, 255.0])) == "#0000ff"


@pytest.mark.parametrize("color", [(1, 2), (1, 2, 3, 4), [[1, 2, 3]], (256, 0, 0), (0, -1, 0), (np.nan, 0, 0)])
def test_to_hex_refuses_what_is_no_color(color: object) -> None:
    with pytest.raises(ValueError, match="three numbers from 0 to 255"):
        to_hex(color)  # type: ignore[arg-type]


def test_examples() -> None:
    results = doctest.testmod(notation)
    assert results.attempted > 0
    assert results.failed == 0
