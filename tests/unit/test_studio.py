"""The studio's parts that need no browser: addresses, texts, languages, thumbnails."""

import importlib
import io
import re
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from starlette.datastructures import Headers
from starlette.requests import Request

import saekdong.web.site
from saekdong.color import STARTER
from saekdong.entrance.listening import is_loopback
from saekdong.entrance.sites import is_other_site
from saekdong.photo import Photo, PhotoError, Source, read_photo
from saekdong.web.shop.filters import SHOP_SORTS, Filter
from saekdong.web.shop.views import categories
from saekdong.web.site.rendering import lang_of
from saekdong.web.site.thumbnails import Thumbnails
from saekdong.web.site.views import ink_on

WEB = Path(saekdong.web.site.__file__).parents[1]


PARTS = {part: importlib.import_module(f"saekdong.web.{part}.texts").TEXTS for part in ("site", "shop", "desk")}
SHARED = PARTS["site"]
MADE = re.compile(r"""["'](\w+_)(?:{|["'] ?[~+])""")
"""How keys begin that templates and code put together, as in `"lamp_" ~ color` and `f"list_{name}"`."""
ENDED = re.compile(r"""[~+] ?["'](_\w+)["']""")
"""How such keys end, as in `kind ~ "_explained"`."""
KEYS = ("color", "match", "q", "category", "min", "max", "near", "sort", "asked", "after", "other")
VALUES = st.sampled_from(["navy", "red", "all", "12", "0.5", "-1", "nan", "1e400", "#abc", *SHOP_SORTS, ""]) | st.text()


@given(st.lists(st.tuples(st.sampled_from(KEYS), VALUES), max_size=12))
def test_whatever_an_address_says_it_is_read_and_written_the_same_again(pairs):
    chosen = Filter.read(pairs, STARTER)
    again = parse_qsl(chosen.full_address.partition("?")[2], keep_blank_values=True)
    assert again == chosen.pairs()
    assert Filter.read(again, STARTER) == chosen


def test_a_filter_is_read_from_its_address():
    pairs = parse_qsl("color=red&color=navy&match=all&q=mug&category=A>B+>&min=20&max=10&sort=price&after=x")
    assert Filter.read(pairs, STARTER) == Filter(("red", "navy"), "all", "mug", "A > B", 10, 20, "", "price", after="x")
    near = parse_qsl("near=73,84,116&color=red&q=mug&sort=price&after=x")
    assert Filter.read(near, STARTER) == Filter(("red",), text="mug", near="#495474")
    assert Filter.read(pairs, STARTER).address(labels=(), text="") == ("/?category=A+%3E+B&min=10&max=20&sort=price")


@pytest.mark.parametrize("part", PARTS)
def test_every_text_is_in_both_languages_with_the_same_fields(part):
    for key, text in PARTS[part].items():
        fields = {lang: set(re.findall(r"{\w*}", text[lang])) for lang in ("en", "ko")}
        assert fields["en"] == fields["ko"], key
        assert re.search("[가-힣]", text["ko"]) or not re.search("[A-Za-z]", re.sub(r"{\w*}", "", text["en"])), key
        assert not hasattr(dict, key), f"a template would take {key} for a method"


@pytest.mark.parametrize("part", ["shop", "desk"])
def test_every_text_that_pages_name_is_there(part):
    names = set(re.findall(r"\bt\.(?!get\()([a-z_0-9]+)", _written(part, "*.j2") + _written("site", "*.j2")))
    if part == "shop":
        names -= {"sign_in", "sign_in_explained", "token"}  # the desk alone shows the page that asks for the token
    assert names <= {*PARTS[part], *SHARED}
    assert not set(PARTS[part]) & set(SHARED)


def test_no_key_of_the_desk_is_taken_twice():
    modules = [
        importlib.import_module(f"saekdong.web.desk.texts.{path.stem}") for path in WEB.glob("desk/texts/[a-z]*.py")
    ]
    tables = [value for module in modules for name, value in vars(module).items() if name.endswith("_TEXTS")]
    assert sum(map(len, tables)) == len(PARTS["desk"])


@pytest.mark.parametrize("part", PARTS)
def test_every_text_is_used(part):
    readers = list(PARTS) if part == "site" else [part, "site"]
    named = {name for each in readers for name in re.findall(r"\bt\.(?!get\()([a-z_0-9]+)", _written(each, "*.j2"))}
    code = "".join(_written(each, "*.py") for each in readers)
    written = code + "".join(_written(each, "*.j2") for each in readers)
    begun, ended = tuple(MADE.findall(written)), tuple(ENDED.findall(written))
    made = {key for key in PARTS[part] if key.startswith(begun) or key.endswith(ended)}
    assert {key for key in PARTS[part] if key not in named | made and f'"{key}"' not in code} == set()


def _written(part, pattern):
    files = (path for path in (WEB / part).rglob(pattern) if "texts" not in (path.stem, path.parent.name))
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize(
    ("accepted", "cookie", "lang"),
    [
        ("ko-KR,ko;q=0.9,en;q=0.8", "", "ko"),
        ("de, en;q=0.5, ko;q=0.8", "", "ko"),
        ("ko;q=0, en", "", "en"),
        ("ko;q=x, *", "", "en"),
        ("", "", "en"),
        ("ko", "saekdong_lang=en", "en"),
        ("ko", "saekdong_lang=xx", "en"),
    ],
)
def test_the_language_is_the_one_chosen_or_asked_for(accepted, cookie, lang):
    headers = Headers({"accept-language": accepted, "cookie": cookie})
    assert lang_of(Request({"type": "http", "headers": headers.raw})) == lang


def test_forms_of_other_sites_are_told_apart():
    own = {"host": "localhost:8090", "origin": "http://localhost:8090", "sec-fetch-site": "same-origin"}
    assert not is_other_site(Headers(own))
    assert not is_other_site(Headers({"host": "localhost"}))
    for wrong in ({"origin": "http://localhost:1"}, {"origin": "null"}, {"sec-fetch-site": "none"}):
        assert is_other_site(Headers({**own, **wrong}))
    assert is_loopback("127.8.8.8")
    assert not is_loopback("localhost.evil.example")


@pytest.mark.slow
def test_thumbnails_are_made_once_and_the_oldest_go(tmp_path):
    made = []

    def source(name: str) -> Source:
        return Source(name, lambda: made.append(name) or _photo((200, 30, 40)))

    thumbnails = Thumbnails(tmp_path, most_bytes=256 * 1000)
    first = thumbnails.get(source("a.png"), "1", 32)
    assert thumbnails.get(source("a.png"), "1", 32) == first
    assert made == ["a.png"]
    assert thumbnails.get(source("a.png"), "2", 16) != first
    for number in range(1500):
        thumbnails.get(source(f"{number}.png"), "1", 8)
    for shelf in tmp_path.iterdir():
        assert sum(path.stat().st_size for path in shelf.iterdir()) <= 1000
    assert thumbnails.get(source("1499.png"), "1", 8)
    assert made[-1] == "1499.png"
    assert made.count("1499.png") == 1


def test_transparent_products_stand_on_white(tmp_path):
    stream = io.BytesIO()
    Image.new("RGBA", (40, 20), (0, 0, 0, 0)).save(stream, "PNG")
    shown = _read(Thumbnails(tmp_path).get(Source("x", stream.getvalue), "", 32))
    assert shown.pixels.shape == (16, 32, 3)
    assert shown.pixels.min() >= 250
    with pytest.raises(PhotoError):
        Thumbnails(tmp_path).get(Source("y", lambda: b"no photo"), "", 32)


def test_categories_are_shown_a_level_at_a_time_the_largest_first():
    counts = {"A": 30, "A > B": 10, "A > C": 20, "A > D": 0, **{f"Z{n}": n + 1 for n in range(10)}}
    top = categories(Filter(), counts)
    assert [each.name for each in top.first] == ["A", "Z9", "Z8", "Z7", "Z6", "Z5", "Z4", "Z3"]
    assert [each.name for each in top.rest] == ["Z2", "Z1", "Z0"]
    below = categories(Filter(("red",), category="A"), counts)
    assert [(each.name, each.address) for each in below.above] == [("A", "/?color=red&category=A")]
    assert [(each.name, each.count) for each in below.first] == [("C", 20), ("B", 10)]


def test_ink_can_be_read_on_every_swatch():
    assert {label.id for label in STARTER if ink_on(label.swatch) == "dark"} >= {"white", "yellow", "mint", "beige"}
    assert {label.id for label in STARTER if ink_on(label.swatch) == "light"} >= {"black", "navy", "brown", "violet"}


def _photo(color: tuple[int, int, int]) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (64, 64), color).save(stream, "PNG")
    return stream.getvalue()


def _read(content: bytes) -> Photo:
    return read_photo(content, 1000)
