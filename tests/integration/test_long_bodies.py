"""Long bodies are parsed piece by piece, with the same outcome as in one call."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saekdong.entrance.errors import RequestError
from saekdong.serving.bodies import LONG_BODY, json_colors, parse_json
from saekdong.serving.long_json import parse_long

COLORS = [[number % 256, number // 256 % 256, 7] for number in range(24_000)]


def refuse(_):
    raise RequestError(422, "no-color", "no color")


@pytest.mark.parametrize(
    "content",
    [
        COLORS,
        [{"r": r, "g": g, "b": b} for r, g, b in COLORS],
        {"instances": [{"features": color} for color in COLORS]},
        {"inputs": COLORS},
        {"r": [r for r, _, _ in COLORS], "g": [g for _, g, _ in COLORS], "b": [b for _, _, b in COLORS]},
        {"dataframe_records": [{"r": r, "G": g, "b": b, "name": "머그 ],[ }, {"} for r, g, b in COLORS]},
        {"dataframe_split": {"columns": ["b", "g", "r"], "data": [[b, g, r] for r, g, b in COLORS]}},
        {"dataframe_split": {"columns": ["r", "id", "g", "b"], "data": [[r, "x", g, b] for r, g, b in COLORS]}},
    ],
)
def test_long_json_names_the_same_colors_in_every_shape(content):
    body = json.dumps(content, ensure_ascii=False).encode()
    assert len(body) > LONG_BODY
    np.testing.assert_array_equal(json_colors(parse_json(body)), COLORS)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_long_json_may_be_laid_out_and_in_another_encoding(encoding):
    body = json.dumps({"instances": COLORS}, indent=1).encode(encoding)
    np.testing.assert_array_equal(json_colors(parse_json(body)), COLORS)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.integers(0, 3000), st.sampled_from([None, 2]))
@settings(max_examples=25)
def test_any_json_is_parsed_as_by_the_standard_library(value, times, indent):
    text = json.dumps({"a": [value] * times, "b": [[value] * 3, value]}, indent=indent)
    assert parse_long(text, refuse) == json.loads(text)


@pytest.mark.parametrize("wrong", ["[%s,]", "[,%s]", "[%s", "[%s]]", "[%s,,1]", "[%s}", '{"a":[%s],}', "[%s]x"])
def test_what_is_not_json_is_refused(wrong):
    for item in ("1", "[1,2,3]", '"],["'):
        text = wrong % ",".join([item] * 20_000)
        with pytest.raises(ValueError, match=r"line 1|Expecting|Extra"):
            parse_long(text, refuse)


@pytest.mark.parametrize("item", ["[]", "{}", '"a"', "null", "[[1]]"])
def test_millions_of_values_that_are_not_colors_get_413(item):
    with pytest.raises(RequestError, match="has more than") as refused:
        parse_json(f"[{','.join([item] * 600_000)}]".encode())
    assert refused.value.status == 413


def test_a_wrong_color_deep_in_a_long_list_is_named():
    body = json.dumps({"instances": [*COLORS, [1, 2, 256]]}).encode()
    with pytest.raises(RequestError, match=r"instances\[24000\]\[2\] is 256"):
        json_colors(parse_json(body))
