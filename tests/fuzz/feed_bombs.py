"""Feeds that are made to take time or memory: each returns one, of a random size."""

import io
import json
import zipfile
from collections.abc import Callable
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fuzz.drawing import drawn

_HEAD = "id,title,price,photo\n"


def _of(rng: Random, low: int, high: int, piece: str) -> str:
    return piece * drawn(rng, low, high)


# --- CSV ---------------------------------------------------------------------------------------------------------


def large_cell(rng: Random) -> bytes:
    """One cell of 10 MB, quoted, of letters or what cells are split at."""
    piece = rng.choice(("x", "\n", '""', "|", ",", " ", "a.jpg|", "1", "가", "e\u0301", "\u0301", "[", "한,http://"))
    return f'{_HEAD}1,"{_of(rng, 1000, 10_000_000 // len(piece.encode()), piece)}",1,a.jpg\n2,b,1,b.jpg\n'.encode()


def cells_below_the_bound(rng: Random) -> bytes:
    """Rows whose cells are as large as they may be, of what one of the fields is split at."""
    piece = rng.choice(("|", "a.jpg|", "a.jpg,", " ", "[[", '["', ";http://", "\u0301", "\t", ">", " > ", "1 ", "9"))
    cell = (piece * (900_000 // len(piece)))[:900_000]
    row = ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for _ in range(rng.choice((1, 2))))
    return (_HEAD + f"1,{row}\n2,t,{row}\n3,t,1,{row}\n" * rng.choice((1, 3))).encode()


def open_quote(rng: Random) -> bytes:
    """A quote that is never closed, with many rows after it."""
    return f'{_HEAD}1,"{_of(rng, 1000, 100_000, "2,b,1,b.jpg" + chr(10))}'.encode()


def many_columns(rng: Random) -> bytes:
    """A header of very many columns, or rows of very many cells."""
    count = drawn(rng, 1000, 3_000_000)
    head = _HEAD if rng.random() < 0.5 else ",".join(f"attribute_{n}_name" for n in range(min(count, 300_000))) + "\n"
    return (head + "," * count + "\n" + "," * 50 + "\n").encode()


def equal_columns(rng: Random) -> bytes:
    """Columns that are all called the same, in many rows."""
    columns = drawn(rng, 100, 1990)
    return ("id," + "photo," * columns + "\n" + ("1," + "a.jpg," * columns + "\n") * drawn(rng, 10, 300)).encode()


def bad_rows(rng: Random) -> bytes:
    """Very many rows that all have a problem."""
    row = rng.choice((",,,\n", "1,a,b,c,d,e\n", '1,"a"b,1,a\n', "1,t,x,\n", "1,t,1,a.jpg\n", '"\n'))
    return (_HEAD + _of(rng, 1000, 100_000, row)).encode()


def odd_lines(rng: Random) -> bytes:
    """Line ends of all kinds, blanks and NULs."""
    piece = rng.choice(("\r", "\n", "\r\n", "\0", "\x0b", "\x0c", "\x1c", "\u2028", " \n", "\ufeff\n"))
    return (_HEAD + "1,a,1,a.jpg\n" + _of(rng, 1000, 2_000_000, piece) + "\n2,b,1,b.jpg").encode()


def of_one_sign(rng: Random) -> bytes:
    """A file of one sign only, in any encoding."""
    piece = rng.choice(
        (b"\xff", b"\xff\xfe", b"\0", b"<", b"{", b"[", b"\xef\xbb\xbf", b"PAR1", b"\n", b",", b'"', b"a")
    )
    return piece * drawn(rng, 1, 8_000_000)


def cut_letters(rng: Random) -> bytes:
    """Text in UTF-16 or CP949 that ends in the middle of a letter."""
    encoding = rng.choice(("utf-16", "utf-16-le", "utf-16-be", "cp949", "utf-32"))
    return (_HEAD + _of(rng, 10, 50_000, "1,머그,9,사진.jpg\n")).encode(encoding)[: -rng.choice((1, 2, 3))]


def shopify_of_colors(rng: Random) -> bytes:
    """Shopify products of as many colors as photos."""
    count = drawn(rng, 10, 3000)
    head = "Handle,Title,Option1 Name,Option1 Value,Image Src,Variant Image\n"
    own = rng.choice(("", "https://a.kr/v.jpg"))
    rows = (f"shirt,Shirt,Color,c{n},https://a.kr/{'x' * rng.choice((1, 900))}{n}.jpg,{own}\n" for n in range(count))
    return (head + "".join(rows)).encode()


def woocommerce_of_attributes(rng: Random) -> bytes:
    """WooCommerce rows of very many attributes, categories and parents."""
    count = drawn(rng, 10, 1900)
    head = "ID,Type,Name,Categories,Regular price,Images,Parent," + ",".join(
        f"Attribute {n} name,Attribute {n} value(s)" for n in range(count // 2)
    )
    path = rng.choice((", ", "\\,", " > ", "a > b, ")) * drawn(rng, 10, 100_000)
    rows = (
        f'{n},variation,a,"{path}",1,a.jpg,id:{n - 1},{",".join(["색상,남색"] * (count // 2))}\n'
        for n in range(drawn(rng, 1, 30))
    )
    return (head + "\n" + "".join(rows)).encode()


# --- JSON Lines --------------------------------------------------------------------------------------------------


def deep_json(rng: Random) -> bytes:
    """Lists or objects in one another, as a value that is read as text or as photos."""
    depth = rng.choice((100, 200, 300, 400, 500, 600, 700, 800, 900, 950, 990, 5000, 900_000))
    before, after = rng.choice((("[", "]"), ('{"src":', "}"), ('{"a":', "}"), ('[{"src":', "}]")))
    value = before * depth + '"a.jpg"' + after * depth
    field = rng.choice(("photo", "title", "id", "price"))
    content = f'{{"id": 1, "photo": "a.jpg", "{field}": {value}}}\n'
    if rng.random() < 0.3:
        content = json.dumps({"id": 1, "photo": value}) + "\n"
    return (content * 3).encode()


def long_numbers(rng: Random) -> bytes:
    """Numbers of up to a million digits, infinite ones, and those that are none."""
    number = rng.choice(
        ("9" * drawn(rng, 10, 1_000_000), "1e999999", "-1e999999", "1e400", "NaN", "Infinity", "1" * 4300)
    )
    field = rng.choice(("id", "price", "title", "photo", "category"))
    return (f'{{"id": 1, "photo": "a.jpg", "{field}": {number}}}\n' * 3).encode()


def wide_json(rng: Random) -> bytes:
    """Objects of many fields, and objects that all have other fields."""
    if rng.random() < 0.5:
        return ("{" + ",".join(f'"k{n}": 1' for n in range(drawn(rng, 100, 200_000))) + "}\n").encode()
    rows = (f'{{"id": {n}, "photo": "a.jpg", "k{n}": "{"x" * 10_000}"}}\n' for n in range(drawn(rng, 10, 1000)))
    return "".join(rows).encode()


def many_values(rng: Random) -> bytes:
    """Lists of very many small values, in one row of 2 MB."""
    piece = rng.choice(("[],", "1,", '"",', '"a",', "{},", '{"src":"a"},', "null,", '"[",', '"[1]",', "1.5,"))
    field = rng.choice(("photo", "title", "id", "x"))
    return (
        f'{{"id": 1, "photo": "a.jpg", "{field}": [{_of(rng, 100, 2_000_000 // len(piece), piece)}0]}}\n' * 4
    ).encode()


def long_lines(rng: Random) -> bytes:
    """JSON strings of escapes, or a line that never ends."""
    piece = rng.choice(("\\u0000", "\\ud800", "\\ud83d\\ude00", "\\n", "\\u0301", "a", "\\\\", "|"))
    return f'{{"id": 1, "title": "{_of(rng, 1000, 10_000_000 // len(piece), piece)}", "photo": "a.jpg"}}\n'.encode()


def equal_keys(rng: Random) -> bytes:
    """An object that has one key very often."""
    return ('{"id": 1, "photo": "a.jpg"' + _of(rng, 100, 150_000, ', "id": "x"') + "}\n").encode()


# --- XML ---------------------------------------------------------------------------------------------------------


def _rss(inside: str, start: str = "", encoding: str = "utf-8") -> bytes:
    item = "<item><id>1</id><image_link>a.jpg</image_link>"
    return f"{start}<rss><channel>{item}{inside}</item>{item}</item></channel></rss>".encode(encoding)


def entities(rng: Random) -> bytes:
    """Entities that grow, refer to files, or to themselves."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 20))
    doctype = rng.choice(
        (
            f'<!DOCTYPE rss [<!ENTITY l0 "lol">{laughs}]>',
            '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE rss SYSTEM "http://127.0.0.1/x.dtd">',
            f'<!DOCTYPE rss [<!ENTITY a "{"x" * drawn(rng, 10, 1_000_000)}">]>',
            '<!DOCTYPE rss [<!ENTITY % p "x"> %p;]>',
            "",
        )
    )
    return _rss(
        f"<title>{_of(rng, 10, 100_000, rng.choice(('&l9;', '&a;', '&x;', '&#38;', '&#0;', '&#x10FFFF;')))}</title>",
        doctype,
    )


def deep_xml(rng: Random) -> bytes:
    """Elements in one another, in an item or around all of them."""
    depth = drawn(rng, 20, 500_000)
    return _rss("<a>" * depth + "</a>" * depth)


def long_tokens(rng: Random) -> bytes:
    """A comment, a tag, an attribute, an instruction or a text of many megabytes."""
    text = "x" * drawn(rng, 1000, 8_000_000)
    shape = rng.choice(
        ("<!--{}-->", "<a{}/>", "<a b='{}'/>", "<?a {}?>", "<a>{}</a>", "<![CDATA[{}]]>", "<{0}></{0}>", "<{}")
    )
    return _rss(shape.format(text))


def many_attributes(rng: Random) -> bytes:
    """Elements of very many attributes or namespaces."""
    shape = rng.choice((" a{}='1'", " xmlns:n{}='u{}'", " href{}='x'"))
    return _rss("<link" + "".join(shape.format(n, n) for n in range(drawn(rng, 100, 60_000))) + "/>")


def many_elements(rng: Random) -> bytes:
    """Very many fields in one item, items without fields, or elements around items."""
    piece = rng.choice(
        ("<a/>", "<image_link>a.jpg</image_link>", "</item><item>", "<g:a>1</g:a>", "<item>", "<a><b/></a>")
    )
    return _rss(_of(rng, 100, 300_000, piece))


def odd_encodings(rng: Random) -> bytes:
    """XML that declares a wrong encoding, an unknown one, or one of something else."""
    declared = rng.choice(
        (
            *("utf-7", "utf-16", "utf-32", "idna", "punycode", "rot13", "hex", "zip", "undefined", "unicode_escape"),
            *("raw_unicode_escape", "cp949", "euc-kr", "johab", "shift_jis", "ascii", "x", "mbcs", "utf-8-sig"),
        )
    )
    content = rng.choice(("utf-8", "utf-16", "cp949", "utf-16-be"))
    return _rss("<title>머그</title>" * drawn(rng, 1, 3000), f'<?xml version="1.0" encoding="{declared}"?>', content)


# --- Parquet -----------------------------------------------------------------------------------------------------


def _parquet(columns: dict[str, object], **options: object) -> bytes:
    file = io.BytesIO()
    table = pa.table(dict(columns))
    pq.write_table(table, file, **{"compression": "zstd", "store_schema": False, **options})
    return file.getvalue()


def _repeated(count: int, value: object, kind: pa.DataType) -> pa.Array:
    """Return an array of one value, many times; a dictionary keeps it small in the file."""
    return pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(count, np.int32)), pa.array([value], kind)
    ).dictionary_decode()


def repeated_values(rng: Random) -> bytes:
    """Large values that a dictionary stores once."""
    size, rows = drawn(rng, 1000, 8 << 20), drawn(rng, 10, 1000)
    photos = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["x" * size]))
    ids = [str(number) for number in range(rows)]
    return _parquet({"id": ids, rng.choice(("photos", "title", "x")): photos})


def long_lists(rng: Random) -> bytes:
    """A row that holds a list of millions of equal values: runs store them in a few bytes."""
    count = drawn(rng, 1000, 20_000_000)
    kind = rng.choice((pa.bool_(), pa.int8(), pa.int64(), pa.float64()))
    values = pa.array(np.zeros(count, np.int8)).cast(pa.int64()).cast(kind)
    photos = pa.ListArray.from_arrays(pa.array([0, count], pa.int32()), values)
    nulls = pa.ListArray.from_arrays(pa.array([0, count], pa.int32()), pa.nulls(count, pa.int8()))
    return _parquet({"id": ["1"], "image_link": ["a.jpg"], "photos": rng.choice((photos, nulls))})


def many_rows(rng: Random) -> bytes:
    """Very many rows in a small file: all null, or all the same."""
    count = drawn(rng, 1000, 3_000_000)
    null = rng.random() < 0.5
    ids = pa.nulls(count, pa.string()) if null else _repeated(count, "1", pa.string())
    return _parquet({"id": ids, "image_link": ids})


def deep_parquet(rng: Random) -> bytes:
    """Lists or structures in one another."""
    value: object = "a.jpg"
    kind: pa.DataType = pa.string()
    for _ in range(drawn(rng, 2, 60)):
        if rng.random() < 0.5:
            value, kind = [value], pa.list_(kind)
        else:
            value, kind = {"src": value}, pa.struct([("src", kind)])
    return _parquet({"id": ["1"], "photos": pa.array([value], kind)})


def many_parquet_columns(rng: Random) -> bytes:
    """Very many columns, or columns that are all called the same."""
    count = drawn(rng, 10, 8000)
    same = rng.random() < 0.3
    names = ["id", "photos", *("x" if same else f"attribute_{n}_name" for n in range(count))]
    file = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([pa.array(["1"])] * len(names), names), file, compression="zstd")
    return file.getvalue()


def many_groups(rng: Random) -> bytes:
    """Very many row groups of one row."""
    rows = drawn(rng, 10, 5000)
    return _parquet({"id": [str(n) for n in range(rows)], "photos": ["a.jpg"] * rows}, row_group_size=1)


def packed_columns(rng: Random) -> bytes:
    """Values that pack a thousandfold, plain and not in a dictionary."""
    size, rows = drawn(rng, 1000, 1_900_000), drawn(rng, 1, 60)
    columns = {"id": [str(n) for n in range(rows)], "photos": ["x" * size] * rows}
    packer = rng.choice(("snappy", "gzip", "zstd", "brotli", "lz4"))
    return _parquet(columns, compression=packer, use_dictionary=False, data_page_version=rng.choice(("1.0", "2.0")))


def odd_types(rng: Random) -> bytes:
    """Values that Python cannot hold, or that no shop writes."""
    column = rng.choice(
        (
            pa.array([2**62], pa.timestamp("us")),
            pa.array([-(2**62)], pa.timestamp("s", "Nowhere/Town")),
            pa.array([2**31 - 1], pa.date32()),
            pa.array([2**62], pa.duration("s")),
            pa.array([b"\xff\xfe" * 5]),
            pa.array([b"\xff"]).cast(pa.binary()).view(pa.string()),
            pa.array([float("inf")]),
            pa.array([float("nan")]),
            pa.array([2**63 - 1]),
            pa.array([[1.5]], pa.list_(pa.float64(), 1)),
            pa.array([None]),
            pa.array([86_399_999_999], pa.time64("us")),
            pa.array([True]),
        )
    )
    field = rng.choice(("id", "title", "price", "photos", "x"))
    return _parquet({**{"id": ["1"], "photos": ["a.jpg"]}, field: column}, store_schema=rng.random() < 0.5)


def lying_parquet(rng: Random) -> bytes:
    """A footer whose numbers are others: rows, sizes, places."""
    content = bytearray(_parquet({"id": [str(n) for n in range(100)], "photos": ["a.jpg"] * 100}))
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(footer, len(content))
        change = rng.choice((b"\xff\xff\xff\xff\x0f", b"\x80\x80\x80\x80\x80\x80\x80\x80\x7f", b"\0", b"\x01", b"\x7f"))
        content[at : at + rng.choice((1, len(change)))] = change
    if rng.random() < 0.3:
        content[-8:-4] = rng.choice((0, 1, 1 << 31, len(content), 0xFFFFFFFF)).to_bytes(4, "little")
    return bytes(content)


def spreadsheet(rng: Random) -> bytes:
    """An Excel file that unpacks to gigabytes; those are not read."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(drawn(rng, 1000, 50_000_000)))
    return file.getvalue()


def _named(*makes: Callable[[Random], bytes]) -> dict[str, Callable[[Random], bytes]]:
    return {make.__name__: make for make in makes}


BOMBS = _named(
    *(large_cell, cells_below_the_bound, open_quote, many_columns, equal_columns, bad_rows, odd_lines, of_one_sign),
    *(cut_letters, shopify_of_colors, woocommerce_of_attributes, deep_json, long_numbers, wide_json, many_values),
    *(long_lines, equal_keys, entities, deep_xml, long_tokens, many_attributes, many_elements, odd_encodings),
    spreadsheet,
)
PARQUET_BOMBS = _named(
    *(repeated_values, long_lists, many_rows, deep_parquet, many_parquet_columns, many_groups, packed_columns),
    *(odd_types, lying_parquet),
)
