"""Feeds of every kind: damaged ones, and those made to take time or memory."""

import io
import json
import math
import os
import tempfile
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from fuzz.feed_bombs import BOMBS, PARQUET_BOMBS
from fuzz.harness import Target
from fuzz.mutating import rewritten
from saekdong.catalog.feeds import Problem, open_feed
from saekdong.catalog.feeds.columns import MOST_ADDRESS, MOST_ID, MOST_PHOTOS
from saekdong.catalog.products import Product
from saekdong.errors import SaekdongError

_PLACES = (None, "https://shop.example/feeds/feed", "s3://shop/feeds/feed")
_NUMBERS = (b"1e999999", b"9" * 5000, b"-1", b"NaN", b"Infinity", b"0x10", b"1,299.50", "₩12,900원".encode(), b"1_000")
_LETTERS = (b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800", b"\r", b"\n", b"\t", b"\x85", b"\x1a")
_SIGNS = (b'"', b'""', b",", b";", b"|", b"{", b"}", b"[", b"]", b":", b"&", b"<", b">", b"\\", b"'", b"&#0;", b"&#38;")
_KOREAN = (
    "색상".encode(),
    "색상".encode("cp949"),
    "색상".encode("utf-16"),
    "\u1109\u1162\u11a8\u1109\u1161\u11bc".encode(),
)
_PLACES_OF_PHOTOS = (
    *(b"http://[::1", b"//host/1.jpg", b"s3://b/../k.jpg", b"file:///etc/passwd", b"../../etc/passwd", b"data:,x"),
    *(b"javascript:alert(1)", b"http://a.kr/1.jpg,http://a.kr/2.jpg", b'["1.jpg", ["2.jpg"]]', b"1.jpg|2.jpg", b"~"),
)
_NAMES = (b"id", b"title", b"image_link", b"Handle", b"Image Src", b"Option1 Name", b"Color", b"Parent", b"g:id")
_XML = (b"<item>", b"</item>", b"<entry>", b"<![CDATA[", b"]]>", b"<!--", b"<!DOCTYPE x>", b"&lol;", b"<?xml?>")
_JSON = (b"null", b"true", b'{"a":', b'["', b'{"src": "1.jpg"}', b"\\u0000", b'"id"')
_WORDS = (
    *(*_NUMBERS, *_LETTERS, *_SIGNS, *_KOREAN, *_PLACES_OF_PHOTOS, *_NAMES, *_XML, *_JSON),
    *(b"=1+1", b"id:0", b"\xe2\x80\xae", b"variation", b"variable"),
)


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-feeds-"))


def attempt(content: bytes) -> str:
    """Read a feed as a file, or as the copy of one at an address; return how its reading ends."""
    file = _folder() / f"feed-{os.getpid()}"
    file.write_bytes(content)
    place = _PLACES[zlib.crc32(content) % len(_PLACES)]
    products = problems = 0
    try:
        with open_feed(place or str(file), copy=file if place else None) as feed:
            for item in feed.items:
                if isinstance(item, Problem):
                    str(item).encode()
                    problems += 1
                else:
                    _check(item.product, place)
                    products += 1
            assert 0 <= feed.done() <= 1
    except SaekdongError as error:
        str(error).encode()
        return "refused" if not products else "broken off"
    finally:
        file.unlink()
    return "read" if not problems else "read with problems"


def _check(product: Product, place: str | None) -> None:
    """Check that a product can be stored, shown and fetched."""
    assert 1 <= len(product.id) <= MOST_ID
    assert product.price is None or 0 <= product.price < math.inf
    assert len(product.photos) <= MOST_PHOTOS
    for text in (product.id, product.title, product.category, product.link, product.group, product.color):
        text.encode()
        assert "\0" not in text
    for photo in product.photos:
        photo.encode()
        assert "\0" not in photo
        assert len(photo) <= MOST_ADDRESS + 100
        if place and place.startswith("http"):
            assert photo.lower().startswith(("http://", "https://")), photo


_GOOGLE = [
    ["id", "title", "description", "link", "image_link", "additional_image_link", "price", "product_type", "color"],
    ["1", "Mug", "A mug", "https://a.kr/1", "https://a.kr/1.jpg", "https://a.kr/1b.jpg", "15.00 USD", "A > B", "navy"],
    ["2", "머그", "컵", "https://a.kr/2", "photos/2.jpg", "", "12,900원", "주방 > 컵", "남색"],
    ["3", 'Say "hi"; a, b', "", "", "//a.kr/3.jpg", "", "", "1234", ""],
]
_SHOPIFY = [
    ["Handle", "Title", "Type", "Option1 Name", "Option1 Value", "Variant Price", "Image Src", "Variant Image"],
    ["shirt", "Shirt", "Tops", "Color", "Red", "20.00", "https://a.kr/1.jpg", "https://a.kr/red.jpg"],
    ["shirt", "", "", "", "Blue", "20.00", "https://a.kr/2.jpg", "https://a.kr/blue.jpg"],
    ["mug", "Mug", "Home", "Title", "Default Title", "9", "https://a.kr/3.jpg", ""],
]
_NEW_SHOPIFY = [
    ["URL handle", "Title", "Product category", "Price", "Product image URL"],
    *(r[:5] for r in _SHOPIFY[1:]),
]
_WOOCOMMERCE = [
    [
        *("ID", "Type", "SKU", "Name", "Categories", "Regular price", "Images", "Parent"),
        *("Attribute 1 name", "Attribute 1 value(s)"),
    ],
    [
        "1",
        "variable",
        "S",
        "Shirt",
        "Clothing, Clothing > Tops",
        "",
        "https://a.kr/1.jpg, https://a.kr/2.jpg",
        "",
        "",
        "",
    ],
    ["2", "variation", "S-1", "Shirt", "", "20", "https://a.kr/r.jpg", "id:1", "Color", "Red"],
    ["3", "simple, virtual", "M", "Mug", "Home", "9,5", "m.jpg", "", "색상", "남색"],
]
_SMARTSTORE = [
    ["상품번호(스마트스토어)", "상품명", "판매가", "대분류", "중분류", "대표이미지 URL", "추가이미지 URL"],
    ["1001", "머그컵", "12,900", "주방", "컵", "https://a.kr/1.jpg", "https://a.kr/2.jpg"],
    ["1002", "접시", "9000원", "주방", "접시", "2.jpg", ""],
]


def _table(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    return "".join(delimiter.join(_cell(cell, delimiter) for cell in row) + "\r\n" for row in rows)


def _cell(cell: str, delimiter: str) -> str:
    return f'"{cell.replace(chr(34), chr(34) * 2)}"' if {delimiter, '"'} & set(cell) else cell


def _dictionaries(rows: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def _xml(encoding: str = "utf-8") -> bytes:
    items = "".join(
        "<item>" + "".join(f"<g:{key}><![CDATA[{value}]]></g:{key}>" for key, value in each.items()) + "</item>"
        for each in _dictionaries(_GOOGLE)
    )
    declared = f'<?xml version="1.0" encoding="{encoding}"?>'
    start = f'{declared}<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>'
    return f"{start}{items}</channel></rss>".encode(encoding)


def _atom() -> bytes:
    entry = '<entry><g:id>1</g:id><title>Mug &amp; cup</title><link href="https://a.kr/1"/>'
    entry += "<g:image_link>https://a.kr/1.jpg</g:image_link><g:price>1 KRW</g:price></entry>"
    start = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">'
    return f"{start}{entry * 3}</feed>".encode()


def parquet(columns: dict[str, object], **options: object) -> bytes:
    """Return columns as a Parquet file."""
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, **options)
    return file.getvalue()


def parquets() -> dict[str, bytes]:
    """Return small Parquet files."""
    plain = {"id": ["1", "2", "3"], "title": ["Mug", "머그", None], "image_link": ["https://a.kr/1.jpg", "2.jpg", ""]}
    nested = {
        "id": pa.array([1, 2, 3], pa.int64()),
        "price": pa.array([1.5, None, math.nan]),
        "photos": pa.array([["1.jpg", "2.jpg"], [], None], pa.list_(pa.string())),
        "more": pa.array([{"a": [1]}, {"a": None}, None]),
        "when": pa.array([0, 1, None], pa.timestamp("ns")),
        "pairs": pa.array([[("a", 1)], [], None], pa.map_(pa.string(), pa.int32())),
        "data": pa.array([b"\xff", b"", None]),
    }
    return {
        "parquet": parquet(plain),
        "parquet zstd": parquet(plain, compression="zstd", use_dictionary=False),
        "parquet pages": parquet(plain, data_page_version="2.0", write_page_index=True, row_group_size=1),
        "parquet nested": parquet(nested),
        "parquet delta": parquet(plain, use_dictionary=False, column_encoding="DELTA_BYTE_ARRAY"),
    }


def seeds() -> dict[str, bytes]:
    """Return a small valid feed of every kind and encoding."""
    lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in _dictionaries(_GOOGLE))
    nested = '{"id": 1, "price": 1.5, "photos": [{"src": "1.jpg"}, {"src": "2.jpg"}], "title": ["", "Mug"]}\n'
    return {
        "google tsv": _table(_GOOGLE, "\t").encode(),
        "google csv": b"\xef\xbb\xbf" + _table(_GOOGLE).encode(),
        "semicolons": _table(_GOOGLE, ";").encode(),
        "utf-16": _table(_GOOGLE, "\t").encode("utf-16"),
        "json lines": (lines + nested).encode(),
        "rss": _xml(),
        "rss euc-kr": _xml("euc-kr"),
        "rss utf-16": _xml("utf-16"),
        "atom": _atom(),
        "shopify": _table(_SHOPIFY).encode(),
        "shopify new": _table(_NEW_SHOPIFY).encode(),
        "woocommerce": _table(_WOOCOMMERCE).encode(),
        "smartstore": _table(_SMARTSTORE).encode("cp949"),
    }


def warm() -> None:
    """Let the first feeds load what they need."""
    for content in seeds().values():
        attempt(content)


FEEDS = Target("feeds", attempt, seeds, BOMBS, mutate=rewritten(_WORDS), warm=warm, most_seconds=20)
PARQUET = Target("parquet", attempt, parquets, PARQUET_BOMBS, warm=warm, most_seconds=20)
