"""The catalog over HTTP, as the shop's own front end and systems use it."""

import base64
import io
import re
import socket
import threading
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from PIL import Image

from saekdong.catalog.contract import Store
from saekdong.catalog.corrections import WrittenCorrections, write_corrections
from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.errors import DiskError, SaekdongError
from saekdong.loop import Judgment, Lineage, Loop, NewItem
from saekdong.model.identity import ModelId
from saekdong.photo import DominantColor
from saekdong.tagging import starter
from saekdong.web.api import CatalogApi
from saekdong.web.site.views import usable_photos
from served_catalogs import serve
from stores import OpenStore


@pytest.fixture
def store(open_store: OpenStore, tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    run = store.begin("feed")
    store.put([mug(number) for number in range(30)], run)
    store.finish(run)
    yield store
    store.close()


def mug(number: int) -> tuple[Product, list[PhotoResult]]:
    label, rgb = (("navy", (31, 42, 82)), ("red", (200, 32, 47)))[number % 2]
    photo = PhotoResult("a.jpg", model="m", shares={label: 1.0}, palette=(DominantColor(*rgb, 0.9, 0.9),))
    return Product(f"m/{number}", "머그컵", "Home > Mugs", 1000.0 * number, photos=("a.jpg",)), [photo]


@pytest.fixture
def client(store: Store) -> Iterator[httpx.Client]:
    yield from serve(CatalogApi(store, starter(), "secret", ["https://shop.example"]))


def photo(color: tuple[int, int, int] = (31, 42, 82)) -> bytes:
    stream = io.BytesIO()
    picture = Image.new("RGB", (300, 300), "white")
    picture.paste(color, (60, 60, 240, 240))
    picture.save(stream, "JPEG")
    return stream.getvalue()


def test_a_page_has_products_counts_and_the_way_on(client):
    filters = {"label": ["navy", "green"], "text": "머그", "category": "Home", "price_max": "20000", "sort": "price"}
    page = client.get("/api/products", params={**filters, "limit": 6}).json()
    assert [each["id"] for each in page["products"]] == [f"m/{number}" for number in range(0, 12, 2)]
    assert page["products"][0]["tags"] == [{"label": "navy", "share": 1.0, "source": "photo"}]
    assert page["products"][0]["palette"] == ["#1f2a52"]
    counts = {label["id"]: label["count"] for label in page["labels"]}
    assert (counts["navy"], counts["red"], counts["green"], page["total"]) == (11, 10, 0, 11)
    assert {"path": "Home > Mugs", "count": 11} in page["categories"]
    rest = client.get("/api/products", params={**filters, "limit": 6, "after": page["next"]}).json()
    assert [each["id"] for each in rest["products"]] == [f"m/{number}" for number in range(12, 21, 2)]
    assert rest["next"] is None
    facets = client.get("/api/facets", params=filters).json()
    assert facets == {key: page[key] for key in ("labels", "categories", "total", "more", "capped")}


def test_the_same_catalog_is_not_sent_twice(client, store):
    first = client.get("/api/products")
    assert first.headers["cache-control"] == "no-cache"
    known = {"If-None-Match": first.headers["etag"]}
    again = client.get("/api/products", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/api/products/m/1", headers=known).status_code == 200
    store.correct("m/1", ["green"], "x")
    assert client.get("/api/products", headers=known).status_code == 200


def test_products_near_a_color_or_a_photo(client):
    found = client.get("/api/near", params={"color": "#202b53", "limit": 3}).json()
    assert [each["color"] for each in found["products"]] == ["#1f2a52"] * 3
    assert 0 < found["products"][0]["difference"] < 1
    answer = client.post("/api/near?limit=2", content=photo((200, 32, 47)), headers={"Content-Type": "image/jpeg"})
    assert answer.status_code == 200
    assert len(answer.json()["products"]) == 2
    assert answer.json()["capped"] is False


def test_near_goes_with_the_other_wishes(client):
    wishes = {"label": "navy", "text": "머그", "category": "Home", "price_min": 5000, "price_max": 9000, "limit": 5}
    found = client.get("/api/near", params={"color": "#c8202f", **wishes}).json()["products"]
    assert [each["product"]["id"] for each in found] == ["m/8", "m/6"]
    sent = {"content": photo((200, 32, 47)), "headers": {"Content-Type": "image/jpeg"}}
    assert client.post("/api/near", params=wishes, **sent).json()["products"][0]["product"]["id"] == "m/8"
    assert client.get("/api/near?color=c8202f&label=navy&label=red&match=all").json()["products"] == []


def test_a_person_s_name_loses_what_would_take_over_a_terminal_or_turn_a_page_around(client, store):
    body = {"labels": ["red"], "by": " Mi\u202ena\x1b[31m\0 "}
    assert client.put("/api/products/m/3/correction", json=body).status_code == 200
    shown = store.get("m/3")
    assert shown is not None
    assert shown.corrected_by == "Mina [31m"
    assert client.post("/api/review/next", json={"by": "\0\u202e"}).status_code == 422


WRITES = {
    "a correction": ("PUT", "/api/products/m/3/correction", {"json": {"labels": ["green"], "by": "Mina"}}),
    "a removed correction": ("DELETE", "/api/products/m/3/correction", {}),
    "an answer": ("POST", "/api/review/items/1/answer", {"json": {"kind": "labels", "labels": ["red"], "by": "Mina"}}),
    "an undone answer": ("POST", "/api/review/undo", {"json": {"by": "Mina"}}),
}


@pytest.mark.parametrize("what", WRITES)
def test_a_full_disk_is_no_fault_of_the_request(store, what, caplog):
    method, path, options = WRITES[what]
    api = CatalogApi(store, starter(), "secret", [])
    with contextmanager(serve)(api) as client:
        assert client.put("/api/products/m/3/correction", json={"labels": ["red"], "by": "Mina"}).status_code == 200
        api.loop.draw("teach", [NewItem("m/3")], "", 1)
        with api.loop._database.writing() as connection:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
        api.loop._database._set("max_page_count", pages)
        with pytest.raises(DiskError):
            [api.loop.record("", "") for _ in range(10_000)]
        refused = client.request(method, path, **options)
        assert (refused.status_code, refused.json()["error"]["code"]) == (507, "no-room")
        assert "loop.db" not in refused.text
        assert "nothing can be written: cannot write" in caplog.text
        api.loop._database._set("max_page_count", 1 << 20)
        assert client.request(method, path, **options).status_code == 200


def test_a_correction_is_set_and_taken_back(client):
    answer = client.put("/api/products/m/3/correction", json={"labels": ["green"], "by": "Mina"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.json()["corrected_by"] == "Mina"
    by_person = [{"label": "green", "share": 1.0, "source": "person"}]
    assert client.get("/api/products/m/3").json()["tags"] == by_person
    by_photo = [{"label": "red", "share": 1.0, "source": "photo"}]
    assert client.delete("/api/products/m/3/correction").json()["tags"] == by_photo


def test_a_posted_product_is_tagged_and_stored(client, store):
    form = client.post("/products", data={"id": "new", "title": "새 컵", "price": "9900"}, files={"photo": photo()})
    assert form.status_code == 201, form.text
    assert form.json()["tags"][0]["label"] == "navy"
    body = {"id": "new2", "photo": base64.b64encode(photo((200, 32, 47))).decode(), "place": "https://shop/2.jpg"}
    answer = client.post("/api/products", json=body).json()
    assert (answer["tags"][0]["label"], answer["photos"]) == ("red", ["https://shop/2.jpg"])
    assert client.get("/api/products", params={"text": "새"}).json()["total"] == 1
    assert store.get("new").product.price == 9900
    apart = unicodedata.normalize("NFD", "머그")  # as macOS writes it
    assert client.post("/products", data={"id": apart}, files={"photo": photo()}).json()["id"] == "머그"
    assert client.get(f"/api/products/{apart}").json()["id"] == "머그"
    answer = client.put(f"/api/products/{apart}/correction", json={"labels": ["green"], "by": "Mina"})
    assert answer.json()["tags"] == [{"label": "green", "share": 1.0, "source": "person"}]
    assert store.differences() == 0


def test_the_words_of_a_posted_product_decide_among_the_labels_of_its_photo(client):
    fields = {"title": "Teal mug", "color": ""}
    plain = client.post("/products", data={"id": "1", "title": "mug"}, files={"photo": photo((20, 110, 120))}).json()
    named = client.post("/products", data={"id": "2", **fields}, files={"photo": photo((20, 110, 120))}).json()
    assert {tag["source"] for tag in plain["tags"]} == {"photo"}
    assert named["tags"][0]["source"] == "title"
    assert named["tags"][0]["label"] in ("green", "blue")
    column = client.post("/products", data={"id": "2", "color": "초록"}, files={"photo": photo((20, 110, 120))}).json()
    assert (column["tags"][0]["label"], column["tags"][0]["source"]) == ("green", "color")


def test_conflicts_are_paged_the_surest_first(client, store):
    assert client.get("/api/conflicts").json() == {"conflicts": [], "total": 0, "more": False, "next": None}
    run = store.begin("words")
    shares = [{"navy": 0.98, "black": 0.02}, {"navy": 0.9, "black": 0.1}, {"navy": 0.8, "black": 0.2}]
    wrong = [
        (Product(f"c{n}", "빨간 컵", photos=("a.jpg",)), [PhotoResult("a.jpg", model="m", shares=each)])
        for n, each in enumerate(shares)
    ]
    store.put(wrong, run)
    store.finish(run)
    page = client.get("/api/conflicts", params={"limit": 2}).json()
    assert [each["product"]["id"] for each in page["conflicts"]] == ["c0", "c1"]
    assert (page["total"], page["more"]) == (3, False)
    conflict = page["conflicts"][0]
    assert conflict["words"] == [{"column": "title", "word": "빨간", "labels": ["red"]}]
    assert conflict["photo"] == [{"label": "navy", "share": 0.98}, {"label": "black", "share": 0.02}]
    rest = client.get("/api/conflicts", params={"after": page["next"]}).json()
    assert ([each["product"]["id"] for each in rest["conflicts"]], rest["next"]) == (["c2"], None)
    store.correct("c0", ["navy"], "Mina")
    assert client.get("/api/conflicts").json()["total"] == 2
    assert client.get("/api/conflicts", params={"limit": 0}).status_code == 422


def test_a_photo_that_was_posted_without_a_place_is_not_looked_for(client, store):
    for id, place in (("nowhere", ""), ("somewhere", "https://cdn.shop.kr/mug.jpg")):
        sent = {"id": id, "place": place, "photo": base64.b64encode(photo()).decode()}
        assert client.post("/products", json=sent).status_code == 201
        store.correct(id, ["navy"], "Mina")
    assert [len(usable_photos(store.get(id))) for id in ("nowhere", "somewhere")] == [0, 1]
    assert list(store.corrections()) == [(None, ("navy",)), ("https://cdn.shop.kr/mug.jpg", ("navy",))]
    assert write_corrections(store.corrections(), io.StringIO()) == WrittenCorrections(photos=1, without_photo=1)


def test_ids_are_the_same_from_a_feed_and_by_post(client, store):
    sent = {"id": " a\n\0b/머그?#%2F ", "title": "x\ty", "photo": base64.b64encode(photo()).decode()}
    answer = client.post("/products", json=sent)
    assert answer.status_code == 201
    assert (answer.json()["id"], answer.json()["title"]) == ("a b/머그?#%2F", "x y")
    assert client.get(f"/api/products/{quote('a b/머그?#%2F', safe='')}").json()["title"] == "x y"
    assert store.get("a b/머그?#%2F")


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "told"),
    [
        ("GET", "/api/products?sort=size", {}, 422, "sort: "),
        ("GET", "/api/products?limit=0", {}, 422, "limit: "),
        ("GET", "/api/products?price_min=nan", {}, 422, "price_min: "),
        ("GET", "/api/products?after=xx", {}, 422, "the cursor belongs to another sort order"),
        ("GET", "/api/products/nothing", {}, 404, "no product 'nothing'"),
        ("GET", "/api/near?color=blurple", {}, 422, "color: "),
        ("GET", "/api/near?color=red&match=some", {}, 422, "match: "),
        ("POST", "/api/near?limit=201", {}, 422, "limit: "),
        ("POST", "/api/near", {"content": b"x", "headers": {"Content-Type": "text/plain"}}, 415, "send the photo"),
        ("POST", "/api/near", {"content": b"x", "headers": {"Content-Type": "image/png"}}, 422, "not an image"),
        ("PUT", "/api/products/m/1/correction", {"json": {"labels": ["no"], "by": "x"}}, 422, "'no' is not a label"),
        (
            "PUT",
            "/api/products/m/1/correction",
            {"json": {"labels": ["other", "red"], "by": "x"}},
            422,
            "'other' excludes all labels; choose either 'other' or labels",
        ),
        ("PUT", "/api/products/m/1/correction", {"json": {"labels": [], "by": "x"}}, 422, "labels"),
        ("PUT", "/api/products/none/correction", {"json": {"labels": ["red"], "by": "x"}}, 404, "'none'"),
        ("POST", "/products", {"content": b"x", "headers": {"Content-Type": "text/plain"}}, 415, "multipart"),
        ("POST", "/products", {"json": {"id": "x"}}, 422, "photo"),
        ("POST", "/products", {"json": {"id": " \n\0", "photo": "eA=="}}, 422, "id: "),
        ("POST", "/products", {"json": {"id": "x", "photo": "%"}}, 422, "photo is not base64"),
        ("POST", "/products", {"json": {"id": "x", "photo": "eA=="}}, 422, "photo: "),
        ("POST", "/products", {"json": {"id": "x", "photo": "eA==", "prize": 1}}, 422, "prize"),
        ("POST", "/products", {"data": {"id": "x"}, "files": {"other": b"x"}}, 422, "photo is missing"),
        ("POST", "/products", {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "form"),
        ("POST", "/products", {"content": bytes(41 << 20), "headers": {"Content-Type": "application/json"}}, 413, "MB"),
    ],
)
def test_a_wrong_request_is_told_what(client, method, path, sent, status, told):
    answer = client.request(method, path, **sent)
    assert answer.status_code == status, answer.text
    assert told in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "localhost:8080", "Origin": "http://localhost:8080"},
        {"Origin": "https://evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
        {"X-Forwarded-For": "203.0.113.9"},
    ],
)
@pytest.mark.parametrize("token", ["", "Bearer", "Bearer wrong", "secret", "Basic secret"])
def test_nobody_writes_without_the_token(client, store, headers, token):
    """Not this machine's own requests either: those of a proxy look like them."""
    headers = {**headers, "Authorization": token}
    body = {"labels": ["green"], "by": "x"}
    assert client.put("/api/products/m/3/correction", json=body, headers=headers).status_code == 401
    assert client.delete("/api/products/m/3/correction", headers=headers).status_code == 401
    posted = {"data": {"id": "new"}, "files": {"photo": photo()}}
    assert client.post("/products", **posted, headers=headers).status_code == 401
    assert client.get("/api/products", headers=headers).status_code == 200
    assert store.get("new") is None


def test_whoever_bears_the_token_writes_from_anywhere(client):
    headers = {"Host": "shop.example", "Origin": "https://shop.example"}
    body = {"labels": ["green"], "by": "x"}
    assert client.put("/api/products/m/3/correction", json=body, headers=headers).status_code == 200


def test_without_any_token_nobody_writes(store):
    with contextmanager(serve)(CatalogApi(store, starter())) as client:
        answer = client.put("/api/products/m/3/correction", json={"labels": ["green"], "by": "x"})
        assert answer.status_code == 401


def test_the_token_is_made_once_and_is_its_owners(store, monkeypatch):
    monkeypatch.delenv("SAEKDONG_API_TOKEN", raising=False)
    file = store.path.with_name("api-token")
    with ThreadPoolExecutor(8) as pool:
        tokens = {api.token for api in pool.map(lambda _: CatalogApi.of_environment(store, None), range(8))}
    assert tokens == {file.read_text().strip()}
    assert len(min(tokens)) >= 40
    assert file.stat().st_mode & 0o777 == 0o600
    assert not list(file.parent.glob(".api-token*"))
    file.write_text("short\n")
    with pytest.raises(SaekdongError, match="holds no token; remove it"):
        CatalogApi.of_environment(store, None)
    monkeypatch.setenv("SAEKDONG_API_TOKEN", file.name)
    assert CatalogApi.of_environment(store, None).token == file.name


@pytest.mark.parametrize(
    "place", ["/etc/passwd", "../id.jpg", "a/../../b.jpg", "file:///b.jpg", "s3://b/c.jpg", "/", "."]
)
def test_a_posted_photo_stands_on_the_web_or_in_the_workspace(client, store, place):
    answer = client.post("/products", data={"id": "7", "place": place}, files={"photo": photo()})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad-value")
    assert store.get("7") is None
    answer = client.post("/products", data={"id": "7", "place": "photos/7.jpg"}, files={"photo": photo()})
    assert answer.json()["photos"] == [str(store.path.parent / "photos" / "7.jpg")]


def test_pages_of_named_origins_may_read(client):
    answer = client.get("/api/products", headers={"Origin": "https://shop.example"})
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    answer = client.get("/api/products", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_a_correction_and_pages_answer_while_a_feed_is_added(client, store, open_store, tmp_path):
    stop = threading.Event()
    adder = open_store(tmp_path)

    def add() -> None:
        run = adder.begin("big")
        number = 1000
        while not stop.is_set():
            adder.put([mug(number + n) for n in range(64)], run)
            number += 64

    thread = threading.Thread(target=add)
    thread.start()
    try:
        for number in range(10):
            body = {"labels": ["mint"], "by": "x"}
            assert client.put(f"/api/products/m/{number}/correction", json=body).status_code == 200
            assert client.get("/api/products", params={"label": "mint"}).json()["total"] == number + 1
    finally:
        stop.set()
        thread.join()
        adder.close()
    assert store.differences() == 0


def test_openapi_names_the_catalogs_routes(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/api/products", "/api/facets", "/api/near", "/products", "/invocations"} <= set(paths)
    posted = paths["/products"]["post"]["requestBody"]["content"]
    assert set(posted["multipart/form-data"]["schema"]["required"]) == {"id", "photo"}
    assert "X-Saekdong-Model" in paths["/products"]["post"]["responses"]["201"]["headers"]
    assert "X-Saekdong-Model" in paths["/invocations"]["post"]["responses"]["200"]["headers"]


def test_a_body_that_stops_leaves_nothing(client, store):
    host, port = client.base_url.host, client.base_url.port
    with socket.create_connection((host, port)) as connection:
        head = (
            f"POST /products HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer secret\r\n"
            "Content-Type: application/json\r\nContent-Length: 999\r\n\r\n"
        )
        connection.sendall(head.encode() + b'{"id": "half"')
    assert client.get("/api/products/half").status_code == 404
    assert store.get("half") is None


def test_photos_are_tagged_by_the_catalogs_model_or_not_at_all(store):
    posted = {"data": {"id": "7"}, "files": {"photo": photo()}}
    first = TaggingModel("starter", starter().id, "")
    with contextmanager(serve)(CatalogApi(store, starter(), "secret", model=first)) as client:
        answer = client.post("/products", **posted)
        assert (answer.status_code, answer.headers["x-saekdong-model"]) == (201, starter().id)
        assert store.model() == first
        store.set_model(TaggingModel("shop", ModelId("01234567" * 8), ""))
        answer = client.post("/products", **posted)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "model-changed")
        assert "the catalog's model is now shop (01234567)" in answer.json()["error"]["message"]
    with contextmanager(serve)(CatalogApi(store, None, "secret")) as client:
        answer = client.post("/products", **posted)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no-model")
        assert client.get("/api/products/7").status_code == 200


def test_how_the_shop_is_doing_is_at_metrics(tmp_path, open_store):
    with (
        open_store(tmp_path) as store,
        Loop.beside(store.path) as loop,
        contextmanager(serve)(CatalogApi(store, starter())) as client,
    ):
        empty = client.get("/metrics").text
        loop.alias("mina", "champion", loop.register("mina", "shop", starter().id, b"", Lineage({})), "first")
        loop.raise_alarm("photo", "ground_b", "shop", {"en": "", "ko": ""})
        items = [NewItem(str(n), "", 0.5, {"red": 0.8}, {"confidence": 0.8, "mean_confidence": 0.8}) for n in range(4)]
        loop.draw("audit", items, starter().id, 10)
        for item in loop.next_items("mina", most=3):
            loop.answer("mina", Judgment("correct", item.item.product, ("red",), ("red",), item=item.number))
        loop.end_run(loop.begin_run("mina", "watch", "2026-11-27").number, {})
        told = client.get("/metrics").text
    assert "saekdong_watch_accuracy{" not in empty
    assert 'saekdong_watch_alarms_open{kind="photo"} 0.0' in empty
    assert 'saekdong_watch_alarms_open{kind="photo"} 1.0' in told
    assert 'saekdong_review_items_open{purpose="audit"} 1.0' in told
    assert re.search(r'saekdong_watch_accuracy\{bound="low"\} \S+\n.*bound="estimate"\} \S+\n.*bound="high"\}', told)
    assert "saekdong_watch_accuracy_answers 3.0" in told
    assert f'saekdong_champion_info{{model="{starter().id.short}",version="shop@1"}} 1.0' in told
    assert re.search(r"saekdong_watch_last_run_age_seconds \d", told)
    assert "saekdong_requests_total" in told
