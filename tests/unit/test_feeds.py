"""Feeds as shops write them: folders, tables, Google's, Shopify's and WooCommerce's."""

import io
import json
import os
import subprocess
import sys
import tracemalloc
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saekdong.catalog.feeds import Entry, FeedError, Problem, open_feed
from saekdong.catalog.feeds.values import photos_of, price_of
from saekdong.errors import SaekdongError
from saekdong.photo import photo_at


@pytest.fixture
def read(tmp_path):
    """Write a feed and return its kind, its products by id, and its problems."""

    def read_feed(content, name="feed.csv", mapping=(), place=None):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with open_feed(place or str(path), mapping, path) as feed:
            items = list(feed.items)
            assert feed.done() == 1
        products = [item.product for item in items if isinstance(item, Entry)]
        assert len({product.id for product in products}) == len(products)
        problems = [(item.line, item.product, item.field) for item in items if isinstance(item, Problem)]
        return feed.kind, {product.id: product for product in products}, problems

    return read_feed


GOOGLE_TSV = (
    "id\ttitle\tlink\timage link\tadditional image link\tprice\tcolor\titem group id\tgoogle product category\t"
    "product type\n"
    "SKU-1\tNavy mug\thttps://shop.kr/1\thttps://cdn.shop.kr/1.jpg\t"
    "https://cdn.shop.kr/1b.jpg,https://cdn.shop.kr/1c.jpg\t12900 KRW\tNavy/White\tMUG\t2169\tKitchen > Mugs\n"
    'SKU-2\t"12"" plate"\thttps://shop.kr/2\thttps://cdn.shop.kr/2.jpg\t\t15.00 USD\t\t\tHome & Garden > Plates\t\n'
)


def test_google_tsv(read):
    kind, products, problems = read(GOOGLE_TSV, "feed.tsv")
    assert (kind, problems) == ("google", [])
    mug, plate = products["SKU-1"], products["SKU-2"]
    assert mug.photos == tuple(f"https://cdn.shop.kr/1{part}.jpg" for part in ("", "b", "c"))
    assert (mug.title, mug.price, mug.currency, mug.group) == ("Navy mug", 12900, "KRW", "MUG")
    assert (mug.color, mug.link, mug.category) == ("Navy/White", "https://shop.kr/1", "Kitchen > Mugs")
    assert (plate.title, plate.price, plate.category) == ('12" plate', 15, "Home & Garden > Plates")


@pytest.mark.parametrize(
    "column",
    ["image_path", "img", "picture", "thumbnail", "이미지경로", "이미지 주소", "Image-File", "photo_url", "썸네일"],
)
def test_common_names_of_photo_columns_are_known(read, column):
    _, products, problems = read(f"id,{column}\n1,a/1.jpg\n")
    assert problems == []
    assert products["1"].photos[0].endswith("/a/1.jpg")


def test_thumbnails_are_read_only_without_larger_photos(read):
    _, products, _ = read("id,thumbnail,img\n1,small.jpg,large.jpg\n")
    assert [Path(photo).name for photo in products["1"].photos] == ["large.jpg"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "feed.csv",
            "id,link,bild,note\n1,https://a.kr/1,https://a.kr/1.JPG?w=9,1.jpg\n2,https://a.kr/2,b/2.png,x\n3,,,y\n",
        ),
        (
            "feed.jsonl",
            '{"id": 1, "bild": ["https://a.kr/1.JPG?w=9"], "note": "1.jpg"}\n{"id": 2, "bild": "b/2.png", "note": 3}\n',
        ),
    ],
)
def test_a_column_is_photos_if_most_of_its_values_are(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content)
    with open_feed(str(path)) as feed:
        assert feed.guessed == ("bild",)
        products = {item.product.id: item.product for item in feed.items if isinstance(item, Entry)}
    assert products["1"].photos == ("https://a.kr/1.JPG?w=9",)
    assert products["2"].photos == (str(tmp_path / "b" / "2.png"),)


def test_a_column_of_links_is_not_photos(read):
    with pytest.raises(FeedError, match="no column of photos"):
        read("id,page\n1,https://a.kr/1\n2,https://a.kr/2\n")


GOOGLE_RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>
<title>A shop</title><link>https://shop.kr</link>
<item>
  <g:id>SKU-1</g:id><title>Navy &amp; white mug</title><link>https://shop.kr/1</link>
  <g:image_link>https://cdn.shop.kr/1.jpg</g:image_link>
  <g:additional_image_link>https://cdn.shop.kr/1b.jpg</g:additional_image_link>
  <g:additional_image_link>https://cdn.shop.kr/1c.jpg</g:additional_image_link>
  <g:shipping><g:country>KR</g:country><g:price>3000 KRW</g:price></g:shipping>
  <g:price>12900 KRW</g:price><g:item_group_id>MUG</g:item_group_id>
  <g:product_type><![CDATA[Kitchen > Mugs]]></g:product_type>
</item>
<item><g:id>SKU-2</g:id><title>RSS</title><g:title>머그컵</g:title>
  <g:image_link>https://cdn.shop.kr/2.jpg</g:image_link><g:color>빨강</g:color></item>
</channel></rss>
"""

GOOGLE_ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>A shop</title>
<entry><g:id>7</g:id><title>Bag</title><link href="https://shop.kr/7"/><g:image_link>https://cdn.shop.kr/7.jpg
</g:image_link><g:price>15.00 USD</g:price></entry></feed>
"""


def test_google_rss(read):
    kind, products, problems = read(GOOGLE_RSS, "feed.xml")
    assert (kind, problems) == ("google", [])
    mug = products["SKU-1"]
    assert mug.photos == tuple(f"https://cdn.shop.kr/1{part}.jpg" for part in ("", "b", "c"))
    assert (mug.title, mug.price, mug.category) == ("Navy & white mug", 12900, "Kitchen > Mugs")
    assert (products["SKU-2"].title, products["SKU-2"].color) == ("머그컵", "빨강")


def test_google_atom(read):
    _, products, _ = read(GOOGLE_ATOM, "feed.xml")
    assert products["7"].link == "https://shop.kr/7"
    assert products["7"].photos == ("https://cdn.shop.kr/7.jpg",)
    assert products["7"].currency == "USD"


def test_xml_in_korean_encodings(read):
    text = GOOGLE_RSS.replace("UTF-8", "EUC-KR")
    assert read(text.encode("cp949"), "feed.xml")[1]["SKU-2"].title == "머그컵"
    text = GOOGLE_RSS.replace("UTF-8", "UTF-16")
    assert read(text.encode("utf-16"), "feed.xml")[1]["SKU-2"].title == "머그컵"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaa">]><rss><item><id>&a;</id></item></rss>', "document type"),
        ('<!DOCTYPE r SYSTEM "file:///etc/passwd"><rss/>', "document type"),
        ("<!DOCTYPE html><html><body>Log in</body></html>", "a web page, no feed; check its address"),
        ("<html><body>Log in</body></html>", "a web page, no feed"),
        ("<rss>" + "<a>" * 60, "nested more than 50"),
        ("<rss><item><id>" + "1" * (1 << 21) + "</id></item></rss>", "longer than 1 MiB"),
        ("<rss><item>" + "<x>1</x>" * 2001 + "</item></rss>", "more than 2,000 fields"),
        ("<rss><item><id>1</id><image_link>a.jpg</image_link></item>\n<item>&", "line 2"),
        ("<rss></rss>", "no <item>"),
        ('<?xml version="1.0" encoding="klingon"?><rss/>', "unknown encoding"),
    ],
)
def test_xml_that_is_broken_or_hostile_is_refused(read, content, told):
    with pytest.raises(FeedError, match=told):
        read(content, "feed.xml")


SHOPIFY = """Handle,Title,Product Category,Type,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,\
Variant Price,Image Src,Image Position,Variant Image
tee,Classic Tee,Apparel & Accessories > Clothing > Shirts,Tees,Size,S,Color,Navy,T-S-N,25.00,https://cdn.shopify.com/1.jpg,1,https://cdn.shopify.com/n.jpg
tee,,,,,M,,Navy,T-M-N,25.00,https://cdn.shopify.com/2.jpg,2,https://cdn.shopify.com/n.jpg
tee,,,,,S,,Red,T-S-R,27.00,,,https://cdn.shopify.com/r.jpg
tee,,,,,S,,Green,T-S-G,27.00,,,
mug,Mug,,Mugs,Title,Default Title,,,M-1,9.50,https://cdn.shopify.com/m1.jpg,1,
mug,,,,,,,,,,https://cdn.shopify.com/m2.jpg,2,
"""


@pytest.mark.parametrize(
    "names",
    [
        {},
        {
            "Handle": "URL handle",
            "Image Src": "Product image URL",
            "Variant Image": "Variant image URL",
            "Variant Price": "Price",
        },
    ],
    ids=["before 2025", "new"],
)
def test_shopifys_export(read, names):
    content = SHOPIFY
    for old, new in names.items():
        content = content.replace(old, new, 1)
    kind, products, problems = read(content)
    assert (kind, problems) == ("shopify", [])
    assert list(products) == ["tee:Navy", "tee:Red", "tee:Green", "mug"]
    assert products["tee:Navy"].photos == ("https://cdn.shopify.com/n.jpg",)
    assert products["tee:Red"].price == 27
    assert products["tee:Green"].photos == ("https://cdn.shopify.com/1.jpg", "https://cdn.shopify.com/2.jpg")
    assert {products[each].group for each in list(products)[:3]} == {"tee"}
    assert products["tee:Red"].title == "Classic Tee"
    assert products["tee:Red"].color == "Red"
    assert products["tee:Red"].category == "Apparel & Accessories > Clothing > Shirts"
    assert products["mug"].photos == ("https://cdn.shopify.com/m1.jpg", "https://cdn.shopify.com/m2.jpg")
    assert products["mug"].category == "Mugs"


WOOCOMMERCE = """ID,Type,SKU,Name,Published,Categories,"Regular price",Images,Parent,"Attribute 1 name",\
"Attribute 1 value(s)"
10,variable,hoodie,Hoodie,1,"Clothing, Clothing > Hoodies",,"https://woo.kr/h1.jpg, https://woo.kr/h2.jpg",,Color,\
"Blue, Red"
11,variation,hoodie-blue,"Hoodie - Blue",1,,"45,00",https://woo.kr/blue.jpg,id:10,Color,Blue
12,variation,hoodie-red,"Hoodie - Red",1,,45,,hoodie,Color,Red
13,variation,hoodie-red2,"Hoodie - Red",1,,45,https://woo.kr/red.jpg,hoodie,색상,Red
14,"simple, downloadable",album,Album,1,Music\\\\, loud,15,https://woo.kr/a.jpg,,,
"""


def test_woocommerces_export(read):
    kind, products, problems = read("\ufeff" + WOOCOMMERCE.replace("\\\\", "\\"))
    assert kind == "woocommerce"
    # A comma in a name without quotes is one cell too many, and reported.
    assert problems == [(6, "", "row")]
    kind, products, problems = read(WOOCOMMERCE.replace("Music\\\\, loud", '"Music\\, loud"'))
    assert problems == []
    assert list(products) == ["10", "11", "13", "14"]
    assert products["10"].category == products["11"].category == products["13"].category == "Clothing > Hoodies"
    assert (products["10"].group, products["11"].group, products["14"].group) == ("10", "10", "")
    assert products["11"].color == "Blue"
    assert products["13"].color == "Red"
    assert products["11"].price == 45
    assert products["14"].category == "Music, loud"


def test_korean_columns_in_cp949(read):
    content = '상품코드;상품명;대표이미지;판매가\nA1;남색 셔츠;https://a.kr/1.jpg;"12,900원"\n'.encode("cp949")
    kind, products, problems = read(content)
    assert (kind, problems) == ("columns", [])
    assert products["A1"].title == "남색 셔츠"
    assert (products["A1"].price, products["A1"].currency) == (12900, "KRW")


def test_what_korean_shops_download(read):
    """SmartStore's list of products, and Cafe24's."""
    smart_store = (
        "상품번호(스마트스토어),판매자 상품코드,상품명,판매가,대분류,중분류,소분류,세분류,대표이미지 URL\n"
        "5012,S-1,남색 머그,12900,생활/건강,주방용품,잔/컵,,https://shop-phinf.pstatic.net/1.jpg\n"
    )
    kind, products, problems = read(smart_store)
    assert (kind, problems) == ("columns", [])
    found = products["5012"]
    assert (found.title, found.price, found.category) == ("남색 머그", 12900, "생활/건강 > 주방용품 > 잔/컵")
    assert found.photos == ("https://shop-phinf.pstatic.net/1.jpg",)
    cells = {
        "상품코드": "P00000AA",
        "자체 상품코드": "",
        "상품분류 번호": "27|28",
        "상품명": "빨강 셔츠",
        "소비자가": "30000",
        "판매가": "27000.00",
        "이미지등록(상세)": "//a.cafe24.com/web/b.jpg",
        "이미지등록(목록)": "//a.cafe24.com/web/m.jpg",
        "이미지등록(추가)": "//a.cafe24.com/web/e1.jpg|//a.cafe24.com/web/e2.jpg",
    }
    cafe24 = "\n".join(",".join(each) for each in (cells, cells.values()))
    _, products, problems = read(cafe24)
    assert problems == []
    assert products["P00000AA"].price == 27000
    photos = [f"https://a.cafe24.com/web/{name}.jpg" for name in ("b", "e1", "e2")]
    assert products["P00000AA"].photos == tuple(photos)


@pytest.mark.parametrize(
    "column", ["상품 코드", "상품코드", "상품_코드", " 상품 코드 ", unicodedata.normalize("NFD", "상품코드")]
)
def test_korean_columns_are_known_however_they_are_written(read, column):
    assert read(f"{column},대표 이미지\n1,1.jpg\n")[1]["1"].photos


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
def test_encodings(read, encoding):
    assert read("id,name,photo\n1,머그,1.jpg\n".encode(encoding))[1]["1"].title == "머그"


def test_json_lines(read):
    rows = [
        {"id": 7, "title": "Mug", "images": ["a.jpg", "b.jpg"], "price": 3},
        {"id": "8", "image": "c.jpg", "color": "navy", "category": None},
        {"id": "9", "images": [{"src": "https://a.kr/d.jpg"}]},
    ]
    content = "\n".join(map(json.dumps, rows)) + '\n{"id": \n[1]\n{"id": "10", "title": "\\ud800", "image": "e.jpg"}\n'
    _, products, problems = read(content, "feed.jsonl")
    assert [Path(photo).name for photo in products["7"].photos] == ["a.jpg", "b.jpg"]
    assert products["8"].color == "navy"
    assert products["9"].photos == ("https://a.kr/d.jpg",)
    assert products["10"].title == "?"
    assert problems == [(4, "", "row"), (5, "", "row")]


def test_parquet(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "feed.parquet"
    table = {"id": [1, 2], "image_link": ["https://a/1.jpg", None], "additional_images": [["https://a/2.jpg"], []]}
    pq.write_table(pa.table(table), path)
    with open_feed(str(path)) as feed:
        items = list(feed.items)
    assert items[0].product.photos == ("https://a/1.jpg", "https://a/2.jpg")
    assert (items[1].line, items[1].field) == (3, "photos")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(FeedError, match="not a readable Parquet"), open_feed(str(path)):
        pass


def test_a_pipe_or_a_device_is_no_feed(tmp_path):
    os.mkfifo(tmp_path / "feed.csv")
    for place in (str(tmp_path / "feed.csv"), "/dev/zero"):
        with pytest.raises(SaekdongError, match="not a regular file"), open_feed(place):
            pass


def test_columns_are_mapped(read):
    content = "code,main,more,what\n1,a.jpg,b.jpg,Mug\n"
    with pytest.raises(FeedError, match=r"no column of id .*--map id=COLUMN"):
        read(content)
    mapping = [("id", "code"), ("photos", "Main"), ("photos", "more"), ("title", "what")]
    product = read(content, mapping=mapping)[1]["1"]
    assert [Path(photo).name for photo in product.photos] == ["a.jpg", "b.jpg"]
    assert product.title == "Mug"
    with pytest.raises(FeedError, match="no field colour; fields are id"):
        read(content, mapping=[("colour", "what")])
    with pytest.raises(FeedError, match="no column what's"):
        read(content, mapping=[("id", "what's")])


def test_problems_name_line_product_and_field(read):
    content = (
        "id,title,photo,price\n"
        "1,a,1.jpg,twelve\n"
        "2,b,,3\n"
        "1,c,3.jpg,3\n"
        ",d,4.jpg,3\n"
        "5,e,5.jpg,3,extra\n"
        '6,"f" g,6.jpg,3\n'
        "\n"
        "7,g,ftp://a/7.jpg,-3\n"
    )
    _, products, problems = read(content)
    assert problems == [
        (2, "1", "price"),
        (3, "2", "photos"),
        (4, "1", "id"),
        (5, "", "id"),
        (6, "", "row"),
        (7, "", "row"),
        (9, "7", "price"),
        (9, "7", "photos"),
    ]
    assert list(products) == ["1", "2", "7"]
    assert products["1"].title == "a"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"PK\x03\x04abc", "zip archive or an Excel file"),
        (b"\x1f\x8babc", "gzip"),
        (b'[{"id": 1}]', "one JSON list"),
        (b"id,photo\n\x00\x01", "not a text file"),
        (b"id,photo\n1,a.jpg\n\xff\xff\xff", "line 3: neither UTF-8 nor CP949"),
        (b"id,photo\n", "holds no product"),
        (b"id,photo\n1," + b"a" * (5 << 20), "line 2: a row of more than 2 MiB"),
        (b"id,photo" + b",x" * 3000 + b"\n1,a.jpg\n", "3,002 columns"),
    ],
)
def test_what_is_no_feed_is_told(read, content, told):
    with pytest.raises(FeedError, match=told):
        read(content)


def test_a_feed_that_is_missing_is_told(tmp_path):
    with pytest.raises(SaekdongError, match=r"cannot read .*none\.csv"), open_feed(str(tmp_path / "none.csv")):
        pass


def test_photos_are_found_from_the_feeds_own_place(read, tmp_path):
    content = "id,photo\n1,img/a.jpg\n2,/b.jpg\n3,https://a.kr/c.jpg\n4,s3://bucket/d.jpg\n"
    products = read(content)[1]
    assert products["1"].photos == (str(tmp_path / "img" / "a.jpg"),)
    assert products["2"].photos == ("/b.jpg",)
    assert products["4"].photos == ("s3://bucket/d.jpg",)
    _, products, problems = read(content, place="https://shop.kr/feeds/all.csv")
    assert products["1"].photos == ("https://shop.kr/feeds/img/a.jpg",)
    assert products["2"].photos == ("https://shop.kr/b.jpg",)
    assert problems == [(5, "4", "photos")]
    rows = "1,file:///etc/passwd\n2,a.jpg\n3,../../b.jpg\n4,/etc/c.jpg\n5,http://a.kr/d.jpg\n"
    _, products, problems = read(f"id,photo\n{rows}", place="s3://bucket/feeds/all.csv")
    assert [product.photos for product in products.values()] == [
        (),
        ("s3://bucket/feeds/a.jpg",),
        ("s3://bucket/b.jpg",),
        ("s3://bucket/etc/c.jpg",),
        ("http://a.kr/d.jpg",),
    ]


@pytest.mark.parametrize(("written", "there"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFC", "NFC"), ("NFD", "NFD")])
def test_korean_names_of_photos_are_found_in_either_form(read, tmp_path, written, there):
    photo = tmp_path / unicodedata.normalize(there, "사진") / unicodedata.normalize(there, "남색 머그.jpg")
    photo.parent.mkdir()
    photo.write_bytes(b"a photo")
    name = unicodedata.normalize(written, "사진/남색 머그.jpg")
    assert read(f"id,photo\n1,{name}\n2,없음.jpg\n")[1]["1"].photos == (str(photo),)
    assert photo_at(name, tmp_path).read() == b"a photo"
    with open_feed(str(tmp_path / unicodedata.normalize(there, "사진"))) as feed:
        (entry,) = feed.items
    assert (entry.product.id, entry.product.title) == ("남색 머그.jpg", "남색 머그")
    assert entry.product.photos == (str(photo),)
    apart = unicodedata.normalize("NFD", "https://a.kr/남색.jpg")
    product = read(f"id,name,photo\n{unicodedata.normalize('NFD', '머그')},{name},{apart}\n")[1]["머그"]
    assert (product.title, product.photos) == ("사진/남색 머그.jpg", (apart,))


def test_a_folder_is_a_feed(tmp_path):
    for name in ("mug.JPG", "Apparel/Shoes/red.png", "Apparel/note.txt", ".hidden/a.jpg", ".b.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    (tmp_path / "Apparel" / "again").symlink_to(tmp_path)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.jpg")).write_bytes(b"")
    with open_feed(str(tmp_path)) as feed:
        items = list(feed.items)
        assert feed.done() == 1
    products = {item.product.id: item.product for item in items if isinstance(item, Entry)}
    assert sorted(products) == ["Apparel/Shoes/red.png", "mug.JPG"]
    assert products["Apparel/Shoes/red.png"].category == "Apparel > Shoes"
    assert products["mug.JPG"].title == "mug"
    assert products["mug.JPG"].photos == (str(tmp_path / "mug.JPG"),)
    assert [item.field for item in items if isinstance(item, Problem)] == ["id"]
    with pytest.raises(FeedError, match="no columns"), open_feed(str(tmp_path), [("id", "x")]):
        pass


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("15.00 USD", (15, "USD")),
        ("USD 15", (15, "USD")),
        ("$1,299.99", (1299.99, "USD")),
        ("1.299,99 €", (1299.99, "EUR")),
        ("12,900", (12900, "")),
        ("12,9", (12.9, "")),
        ("1 299,00 EUR", (1299, "EUR")),
        ("39000원", (39000, "KRW")),
        ("1,234,567", (1234567, "")),
        (".5", (0.5, "")),
    ],
)
def test_prices_as_shops_write_them(text, price):
    assert price_of(text) == price


@pytest.mark.parametrize("text", ["abc", "-3", "3 for 2 USD", "1e400", "nan", "9" * 400, "12 ??"])
def test_what_is_no_price(text):
    with pytest.raises(ValueError, match=r"not a price|not a currency"):
        price_of(text)


def test_a_sign_before_and_a_word_after_may_name_one_currency_but_not_two():
    assert price_of("₩12,900원") == (12900, "KRW")
    with pytest.raises(ValueError, match="two currencies"):
        price_of("$12 EUR")


def test_fields_that_are_long_lose_no_product(read):
    long = "가" * 200_000
    _, products, problems = read(f"id,photo,title,description\n1,a.jpg,{long},x\n2,a.jpg,Mug,{long}\n")
    assert len(products["1"].title) == 2_000
    assert products["2"].title == "Mug"
    assert problems == [(2, "1", "title")]
    _, products, problems = read(f"id,photo,title\n1,a.jpg,{'x' * 2_000_000}\n2,a.jpg,Mug\n")
    assert list(products) == ["2"]
    assert problems == [(2, "", "row")]


def test_a_place_of_another_kind_is_told():
    with (
        pytest.raises(FeedError, match=r"ftp://shop.kr/feed.csv is not the address of a feed"),
        open_feed("ftp://shop.kr/feed.csv"),
    ):
        pass


@pytest.mark.parametrize("around", [("[", "]"), ('{"src":', "}")])
def test_values_that_are_nested_deeply_are_left_out(read, around):
    nested = around[0] * 400 + '"b.jpg"' + around[1] * 400
    _, products, _ = read(f'{{"id": 1, "photo": ["a.jpg"], "title": {nested}, "images": {nested}}}\n')
    assert [Path(photo).name for photo in products["1"].photos] == ["a.jpg"]


def test_photos_in_one_cell():
    assert photos_of("https://a/1.jpg | https://a/2.jpg") == ["https://a/1.jpg", "https://a/2.jpg"]
    assert photos_of('["https://a/1.jpg", "https://a/2.jpg"]') == ["https://a/1.jpg", "https://a/2.jpg"]
    assert photos_of("https://a/c_fill,w_300/1.jpg") == ["https://a/c_fill,w_300/1.jpg"]
    assert photos_of(None) == photos_of("") == photos_of(7) == []


ROWS = (GOOGLE_TSV, GOOGLE_RSS, GOOGLE_ATOM, SHOPIFY, WOOCOMMERCE, '{"id": 1, "photo": "a.jpg"}\n{"id": 2}\n')


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_feeds_end_in_products_problems_or_one_error(read, data):
    content = bytearray(data.draw(st.sampled_from(ROWS)).encode())
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 20))
        content[place : place + length] = data.draw(st.binary(max_size=12))
        if not content:
            break
    try:
        _, products, _ = read(bytes(content))
    except SaekdongError:
        return
    for product in products.values():
        assert product.id
        json.dumps([product.title, product.category, product.price, *product.photos]).encode()
        product.title.encode()


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20), st.floats(0, 1e9)), min_size=1, max_size=9))
def test_nothing_is_dropped_in_silence(read, rows):
    lines = [
        json.dumps({"id": f"x{text}", "title": title, "photo": "a.jpg", "price": price}) for text, title, price in rows
    ]
    _, products, problems = read("\n".join(lines))
    assert len(products) + len(problems) == len(rows)


@pytest.mark.slow
def test_memory_is_flat_however_long_the_feed(tmp_path):
    path = tmp_path / "feed.csv"
    with path.open("w") as file:
        file.write("id,title,image_link,price\n")
        file.writelines(f"{n},Product {n},https://a.kr/{n}.jpg,{n}.00 USD\n" for n in range(61_001))
    held = []
    tracemalloc.start()
    with open_feed(str(path)) as feed:
        for count, _ in enumerate(feed.items):
            if count in (1000, 61_000):
                held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert held[1] < held[0] + (1 << 16)  # a byte a product


# --- feeds that would take all memory, or hours ------------------------------------------------------------------


def parquet_bomb(path, nested):
    """A file of less than 1 KB: one value of 8 MB, repeated by a dictionary in 1,000 rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    photos = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000, pa.int32()), pa.array(["x" * (8 << 20)]))
    if nested:
        photos = pa.ListArray.from_arrays(pa.array(range(1_001), pa.int32()), photos)
    table = pa.table({"id": [str(number) for number in range(1_000)], "photos": photos})
    pq.write_table(table, path, compression="zstd", store_schema=False)


def spaced(count):
    return f"id,title,price,photo\n1,{' ' * count}x{' ' * count},{' ' * count}1{' ' * count}x,a{' ' * count}b\n"


def marked(count):
    return f"id,title,photo\n1,e{chr(0x301) * count}{chr(0x316) * count},a.jpg\n"


def commented(count):
    return f"<rss><channel><item><!--{'x' * count}--></item></channel></rss>"


def attributed(count):
    return f"<rss><channel><item><a b='{'x' * count}'/></item></channel></rss>"


HOSTILE = {
    "cells of blanks": lambda: spaced(300_000),
    "a cell of marks": lambda: marked(400_000),
    "rows of many fields": lambda: "id,photo\n1," + ",".join(['"' + "x\n" * 400_000 + '"'] * 100),
    "wide rows": lambda: "id,photo" + ",c" * 100 + "\n" + ("1,a.jpg" + (',"' + "x" * 900_000 + '"') * 100 + "\n"),
    "JSON of many values": lambda: ('{"id": 1, "photo": "a.jpg", "x": [' + "[]," * 1_200_000 + "0]}\n") * 20,
    "JSON of many fields": lambda: "{" + ",".join(f'"k{number}": 1' for number in range(300_000)) + "}\n",
    "an XML comment": lambda: commented(6 << 20),
    "an XML attribute": lambda: attributed(6 << 20),
    "an XML item": lambda: "<rss><channel><item>" + f"<a>{'x' * 900_000}</a>" * 50 + "</item></channel></rss>",
    "a cell of photos": lambda: 'id,photo\n1,"' + "|".join(f"{number}.jpg" for number in range(100_000)) + '"\n',
    "a Shopify product of many colors": lambda: (
        "Handle,Title,Image Src,Option1 Name,Option1 Value\n"
        + "".join(f"mug,,https://a.kr/{number}.jpg,Color,{number}\n" for number in range(3_000))
    ),
    "a Shopify product of many colors and long addresses": lambda: (
        "Handle,Title,Image Src,Option1 Name,Option1 Value\n"
        + "".join(f"mug,,https://a.kr/{'x' * 900}{number}.jpg,Color,{number}\n" for number in range(3_000))
    ),
    "the same id two million times": lambda: "id,photo\n1,a.jpg\n" + "1,\n" * 2_000_000,
    "two million rows without an id": lambda: "id,photo\n1,a.jpg\n" + ",b\n" * 2_000_000,
    "a Shopify product": lambda: "Handle,Title,Image Src\n" + f"mug,,https://a.kr/{'x' * 900}.jpg\n" * 20_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", HOSTILE)
def test_no_feed_takes_all_memory_or_hours(tmp_path, kind):
    """Each once took minutes, hours or gigabytes; the process that reads it has 20 seconds and 300 MB."""
    (tmp_path / "feed").write_text(HOSTILE[kind]())
    assert read_in_bounds(tmp_path / "feed").returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("nested", [False, True])
def test_a_small_parquet_file_does_not_unpack_to_gigabytes(tmp_path, nested):
    parquet_bomb(tmp_path / "feed", nested)
    assert (tmp_path / "feed").stat().st_size < 20_000
    assert "takes more than 2 MiB" in read_in_bounds(tmp_path / "feed").stdout


def parquet(table, **options):
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(table, file, compression="none", store_schema=False, **options)
    return file.getvalue()


def flipped():
    """One byte of the footer is another; Arrow's C++ code aborts the process that reads it."""
    import pyarrow as pa

    content = parquet(pa.table({"id": ["1"], "photos": ["a.jpg"]}))
    place = len(content) - 8 - int.from_bytes(content[-8:-4], "little") + 20
    return content[:place] + b"\3" + content[place + 1 :]


def long_list():
    """A row whose list of photos has 100 million nulls."""
    import pyarrow as pa

    count = 100_000_000
    photos = pa.ListArray.from_arrays(pa.array([0, count], pa.int32()), pa.nulls(count, pa.int8()))
    return parquet(pa.table({"id": ["1"], "photos": photos}))


def empty_rows():
    import pyarrow as pa

    nulls = pa.nulls(3_000_000, pa.string())
    return parquet(pa.table({"id": nulls, "photos": nulls}), data_page_size=1 << 30)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "told"),
    [
        (flipped, "is not a readable Parquet file: it is damaged"),
        (long_list, "malloc of size"),
        (empty_rows, "3,000,000 rows in"),
    ],
)
def test_a_damaged_or_hostile_parquet_file_ends_in_one_error(tmp_path, make, told):
    (tmp_path / "feed").write_bytes(make())
    assert told in read_in_bounds(tmp_path / "feed").stdout


def test_parquet_may_be_left_before_its_end(tmp_path):
    import pyarrow as pa

    rows = range(100_000)
    (tmp_path / "feed").write_bytes(parquet(pa.table({"id": list(map(str, rows)), "photos": ["a.jpg"] * len(rows)})))
    with open_feed(str(tmp_path / "feed")) as feed:
        assert next(feed.items).product.id == "0"


def read_in_bounds(path):
    """Read a feed in a process of its own; print its problems."""
    script = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
from saekdong.catalog.feeds import FeedError, Problem, open_feed
try:
    with open_feed({str(path)!r}) as feed:
        for item in feed.items:
            if isinstance(item, Problem):
                print(str(item)[:200])
except FeedError as error:
    print(error)
# Not ru_maxrss, which begins with that of the process that starts this one.
status = open("/proc/self/status").read()
peak = max(int(status.split("VmHWM:")[1].split()[0]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) >> 10
sys.exit(f"peak {{peak}} MB" if peak > 300 else 0)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stdout[-300:] + run.stderr[-600:]
    return run


def test_a_feed_of_problems_is_not_read_to_its_end(tmp_path):
    (tmp_path / "feed.csv").write_text("id,photo\n1,a.jpg\n" + ",b\n" * 110_000)
    with open_feed(str(tmp_path / "feed.csv")) as feed, pytest.raises(FeedError) as refused:
        list(feed.items)
    assert "has 100,011 problems in its first 1 products; fix what they say" in str(refused.value)


def test_a_large_feed_may_have_a_problem_with_each_product(tmp_path):
    rows = "".join(f"{number},\n" for number in range(120_000))
    (tmp_path / "feed.csv").write_text("id,photo\n" + rows)
    with open_feed(str(tmp_path / "feed.csv"), needs_photos=False) as feed:
        assert sum(isinstance(item, Problem) for item in feed.items) == 120_000


def test_a_shopify_product_has_250_colors_at_most(read):
    rows = "".join(f"mug,https://a.kr/{number}.jpg,Color,{number}\n" for number in range(252))
    _, products, problems = read("Handle,Image Src,Option1 Name,Option1 Value\n" + rows)
    assert len(products) == 250
    assert [field for _, _, field in problems] == ["photos", "color", "color"]


def test_long_addresses_and_deep_categories_are_cut(read):
    deep = " > ".join(map(str, range(500)))
    _, products, problems = read(f"id,category,photo\n1,{deep},https://a.kr/{'x' * 3_000}.jpg|b.jpg\n")
    assert products["1"].category == " > ".join(map(str, range(20)))
    assert [Path(photo).name for photo in products["1"].photos] == ["b.jpg"]
    assert [field for _, _, field in problems] == ["photos"]


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "ftp://a/",
    ],
)
def test_a_link_that_is_not_http_is_a_problem_and_left_out(read, link):
    _, products, problems = read(json.dumps({"id": 1, "photo": "a.jpg", "link": link}) + "\n")
    assert products["1"].link == ""
    assert problems == [(1, "1", "link")]


def test_addresses_in_capitals_are_addresses(read):
    _, products, problems = read("id,photo,link\n1,HTTPS://a.kr/1.jpg,HTTP://a.kr/1\n", place="HTTP://shop.kr/feed.csv")
    assert (products["1"].photos, products["1"].link) == (("HTTPS://a.kr/1.jpg",), "HTTP://a.kr/1")
    assert not problems
