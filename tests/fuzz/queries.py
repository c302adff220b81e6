"""Questions to the catalog: addresses of the studio and the API, texts in Korean, JSON bodies."""

import asyncio
import atexit
import base64
import io
import json
import logging
import shutil
import tempfile
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from PIL import Image

from fuzz.drawing import drawn
from fuzz.harness import Target
from fuzz.mutating import damaged, restructured, rewritten
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.color import STARTER
from saekdong.tagging import starter
from saekdong.web.api import CatalogApi
from saekdong.web.shop.filters import Filter
from saekdong.web.studio import build_studio
from shops import small_catalog

_TOKEN = "a-token-for-fuzzing"  # noqa: S105
_LETTERS = (
    b"%00",
    b"%EB%A8",
    b"%ED%A0%80",
    b"%F4%90%80%80",
    b"%E2%80%AE",
    b"%EF%BB%BF",
    b"%0A",
    b"+",
    b"%",
    b"&",
    b"=",
)
_WORDS = (
    *_LETTERS,
    *(
        b"label",
        b"match",
        b"all",
        b"text",
        b"category",
        b"price_min",
        b"price_max",
        b"sort",
        b"after",
        b"limit",
        b"color",
    ),
    *(b"q", b"min", b"max", b"near", b"navy", b"other", b"%23ffffff", b"oklab(1 2 3)", b"rgb(1,2,3)", b"1e999", b"nan"),
    *(b"-1", b"0", b"200", b"99999999999999999999", b"price-desc", b"newest", b'"', b"*", b"^", b"(", b")", b"NEAR/1"),
    *(
        "머그".encode(),
        "ㅁㅓㄱㅡ".encode(),
        b"title:",
        b"AND",
        b"OR",
        b"NOT",
        b"'",
        b";",
        b"--",
        b"\\",
        b"%25",
        b"> ",
        b"a" * 300,
    ),
)


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="fuzz-queries-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    small_catalog(folder).close()
    return folder


@cache
def _app() -> Any:
    """Return the studio of this process: connections to a catalog are not inherited."""
    folder = Path(tempfile.mkdtemp(dir=_folder()))
    shutil.copy(_folder() / "catalog.db", folder)
    return build_studio(
        CatalogApi(SqliteStore.open(folder / "catalog.db", STARTER), starter(), _TOKEN), folder / "thumbnails"
    )


@cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner()


def attempt(content: bytes) -> str:
    """Ask; the input's first line is the method and the address, the second the body's type, the rest the body."""
    line, _, rest = content.partition(b"\n")
    kind, _, body = rest.partition(b"\n")
    method, _, target = line.partition(b" ")
    if not target.isascii() or b" " in target or not target.startswith(b"/"):
        return "no request"  # the server answers 400 before the application sees it
    path, _, query = target.partition(b"?")
    chosen = Filter.read(parse_qsl(query.decode("latin-1"), keep_blank_values=True), STARTER)
    again = Filter.read(parse_qsl(chosen.address().removeprefix("/").removeprefix("?")), STARTER)
    assert again.pairs()[: len(again.pairs())] == [pair for pair in chosen.pairs() if pair[0] != "after"]
    status = _runner().run(_asked(method.decode("latin-1"), path, query, kind, body))
    assert status < 500, status
    return f"{status // 100}xx"


async def _asked(method: str, path: bytes, query: bytes, kind: bytes, body: bytes) -> int:
    """Return the status of the studio's answer, whose body is whole."""
    head = [(b"host", b"localhost"), (b"authorization", f"Bearer {_TOKEN}".encode()), (b"content-type", kind.strip())]
    scope = {
        **{"type": "http", "http_version": "1.1", "method": method or "GET", "scheme": "http", "root_path": ""},
        **{"path": unquote(path.decode()), "raw_path": path, "query_string": query, "headers": head},
        **{"client": ("127.0.0.1", 1), "server": ("localhost", 80)},
    }
    statuses, received = [], iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Any:
        return next(received, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await _app()(scope, receive, send)
    return int(statuses[0])


def _asking(method: str, path: str, query: dict[str, str] | None = None, kind: str = "", body: bytes = b"") -> bytes:
    address = f"{path}?{urlencode(query)}" if query else path
    return f"{method} {address}\n{kind}\n".encode() + body


def _photo() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (20, 20), (31, 42, 82)).save(file, "PNG")
    return file.getvalue()


def seeds() -> dict[str, bytes]:
    """Return a question of every kind."""
    query = {"label": "navy", "match": "all", "text": "머그 cup", "category": "Home > Kitchen", "price_min": "1"}
    page = {"color": "navy", "q": "머그", "category": "Home", "min": "1", "max": "20", "sort": "price"}
    product = {
        "id": "new",
        "title": "머그",
        "category": "Home > Kitchen",
        "price": 12.5,
        "currency": "KRW",
        "place": "",
    }
    posted = json.dumps({**product, "photo": base64.b64encode(_photo()).decode()}).encode()
    form = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % part
        for part in (
            (b"id", b"", b"form"),
            (b"title", b"", "머그".encode()),
            (b"photo", b'; filename="a.png"', _photo()),
        )
    )
    return {
        "page": _asking("GET", "/api/products", {**query, "sort": "price", "limit": "5"}),
        "facets": _asking("GET", "/api/facets", query),
        "near": _asking("GET", "/api/near", {"color": "#1f2a52", "label": "navy", "limit": "3"}),
        "near photo": _asking("POST", "/api/near", {"limit": "3"}, "image/png", _photo()),
        "one": _asking("GET", "/api/products/shirt%3Ared"),
        "listing": _asking("GET", "/", page),
        "listing near": _asking("GET", "/", {"near": "#1f2a52", "match": "all"}),
        "correct": _asking(
            "PUT", "/api/products/mug-1/correction", None, "application/json", b'{"labels": ["red"], "by": "K"}'
        ),
        "uncorrect": _asking("DELETE", "/api/products/corrected/correction"),
        "post": _asking("POST", "/products", None, "application/json", posted),
        "form": _asking("POST", "/products", None, "multipart/form-data; boundary=x", form + b"--x--\r\n"),
    }


_reworded = rewritten(_WORDS)


def mutation(content: bytes, rng: Random) -> bytes:
    """Return a question with other words, or a JSON body with other values."""
    if b"application/json" in content and rng.random() < 0.6:
        head, _, body = content.partition(b"application/json\n")
        return head + b"application/json\n" + restructured(body, rng)
    line, _, rest = content.partition(b"\n")
    return (_reworded(line, rng) + b"\n" + rest) if rng.random() < 0.8 else damaged(content, rng)


def long_query(rng: Random) -> bytes:
    """A query of very many fields or of a long text."""
    name = rng.choice(("label", "text", "q", "color", "category", "after", "near", "x", "price_min"))
    value = rng.choice(("navy", "머그 ", "* ", '"', "a > ", "(", "9", "%00", "ㄱ", "e\u0301"))
    fields = [(name, value)] * drawn(rng, 2, 5000) if rng.random() < 0.5 else [(name, value * drawn(rng, 10, 20_000))]
    return f"GET {rng.choice(('/', '/api/products', '/api/facets', '/api/near'))}?{urlencode(fields)}\n\n".encode()


def large_body(rng: Random) -> bytes:
    """A JSON or form body that is deep, wide or long."""
    count = drawn(rng, 10, 1_000_000)
    field = rng.choice(("labels", "by", "title", "price", "photo", "x"))
    value = rng.choice(
        ('["red"' + ',"red"' * count + "]", "[" * count + "]" * count, "9" * count, f'"{"x" * count}"', "1e999")
    )
    path, method = rng.choice((("/products", "POST"), ("/api/products/mug-1/correction", "PUT")))
    if rng.random() < 0.2:
        part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        return _asking(
            "POST", "/products", None, "multipart/form-data; boundary=x", part * (count // 10) + b"--x--\r\n"
        )
    return _asking(method, path, None, "application/json", f'{{"id": "x", "{field}": {value}}}'.encode())


def warm() -> None:
    """Make the catalog; what python-multipart says of broken forms is for a service's log."""
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    _folder()


QUERIES = Target(
    "queries",
    attempt,
    seeds,
    {"long query": long_query, "large body": large_body},
    mutate=mutation,
    warm=warm,
)
