"""The review queue over HTTP, as several people use it at once."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from queues import fill_shop, main_label, open_features
from saekdong.catalog.contract import Store
from saekdong.loop import Loop
from saekdong.review.queue import ReviewQueue
from saekdong.tagging import starter
from saekdong.web.api import CatalogApi
from served_catalogs import serve
from stores import labels_of

PEOPLE = [f"person {n}" for n in range(8)]


@pytest.fixture
def store(open_store, tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as store, open_features(tmp_path) as features:
        fill_shop(store, features)
        yield store


@pytest.fixture
def loop(store) -> Iterator[Loop]:
    with Loop.beside(store.path) as loop:
        yield loop


@pytest.fixture
def client(store) -> Iterator[httpx.Client]:
    with contextmanager(serve)(CatalogApi(store, starter(), "secret")) as client:
        yield client


@pytest.fixture
def draw(store, loop, tmp_path):
    """Fill the queue with products of one purpose."""

    def fill(purpose: str, count: int) -> None:
        with open_features(tmp_path) as features:
            ReviewQueue(loop, store, features).draw({purpose: count}, seed=1)

    return fill


def pull(client: httpx.Client, by: str, most: int = 1) -> list[dict[str, object]]:
    answer = client.post("/api/review/next", json={"by": by, "most": most})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def answer(client: httpx.Client, item: int, by: str, **said: object) -> httpx.Response:
    return client.post(f"/api/review/items/{item}/answer", json={"by": by, **said})


def test_people_who_pull_at_once_never_get_the_same_item(client, draw):
    draw("audit", 60)

    def work(by: str) -> list[int]:
        mine = []
        while items := pull(client, by, 2):
            for each in items:
                said = answer(client, each["item"], by, kind="labels", labels=["navy"])
                assert said.status_code == 200, said.text
                mine.append(each["item"])
        return mine

    with ThreadPoolExecutor(len(PEOPLE)) as pool:
        done = [item for mine in pool.map(work, PEOPLE) for item in mine]
    assert len(done) == len(set(done))
    figures = client.get("/api/review/stats").json()
    assert sum(figures["weeks"].values()) == sum(figures["people"].values()) == len(done)
    assert figures["items"]["audit"] == {"answered": figures["items"]["audit"]["answered"]}
    assert figures["accuracy"]["answers"] == 60


def test_an_item_of_another_person_or_answered_is_refused(client, draw):
    draw("teach", 2)
    mine, theirs = pull(client, "mina")[0]["item"], pull(client, "jun")[0]["item"]
    refused = answer(client, theirs, "mina", kind="right")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "taken")
    assert answer(client, mine, "mina", kind="right").status_code == 200
    assert answer(client, mine, "mina", kind="skip").status_code == 409
    assert answer(client, 999, "mina", kind="skip").status_code == 404


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "labels", "labels": []},
        {"kind": "labels", "labels": ["no label"]},
        {"kind": "labels", "labels": ["navy", "other"]},
        {"kind": "right", "labels": ["navy"]},
        {"kind": "maybe"},
        {"labels": ["navy"]},
        {"kind": "skip", "by": ""},
    ],
)
def test_an_answer_that_says_nothing_clear_is_refused(client, draw, loop, said):
    draw("teach", 1)
    item = pull(client, "mina")[0]["item"]
    refused = client.post(f"/api/review/items/{item}/answer", json={"by": "mina", **said})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "bad-value")
    assert loop.answers() == []


def test_an_audit_does_not_tell_what_the_model_says(client, draw, store):
    draw("audit", 20)
    for each in pull(client, "mina", 3):
        assert each["labels"] is None
        label = main_label(store, each["product"]["id"])
        assert label not in json.dumps(each)
        assert set(each) == {"item", "purpose", "product", "labels"}
        assert set(each["product"]) == {"id", "title", "category", "link", "photos"}
        assert answer(client, each["item"], "mina", kind="right").status_code == 422


def test_the_labels_of_other_purposes_are_shown(client, draw, store):
    draw("teach", 1)
    (each,) = pull(client, "mina")
    assert each["labels"][0]["label"] == main_label(store, each["product"]["id"])


def test_undo_goes_back_a_hundred_answers(client, draw, store):
    draw("audit", 500)
    before = {facts.id: list(facts.labels) for facts in store.facts()}
    for _ in range(101):
        (each,) = pull(client, "mina")
        assert answer(client, each["item"], "mina", kind="labels", labels=["mint"]).status_code == 200
    undone = [client.post("/api/review/undo", json={"by": "mina"}) for _ in range(101)]
    assert {each.status_code for each in undone} == {200}
    assert len({each.json()["item"] for each in undone}) == 101
    assert client.post("/api/review/undo", json={"by": "mina"}).status_code == 404
    assert {facts.id: list(facts.labels) for facts in store.facts()} == before


def test_an_answer_that_did_not_reach_the_catalog_does_at_the_next_start(client, draw, store):
    draw("teach", 1)
    (each,) = pull(client, "mina")
    assert answer(client, each["item"], "mina", kind="labels", labels=["mint"]).status_code == 200
    product = each["product"]["id"]
    store.correct(product, None, "")  # as it was if the service had been killed after the answer
    with contextmanager(serve)(api := CatalogApi(store, starter(), "secret")):
        api.follow_answers()
    assert labels_of(store, product) == ["mint"]


def test_the_queue_needs_the_token(client, draw):
    draw("teach", 1)
    client.headers["Authorization"] = "Bearer wrong"
    assert client.post("/api/review/next", json={"by": "mina"}).status_code == 401
    assert client.get("/api/review/stats").status_code == 401


def test_a_queue_without_items_is_empty(client):
    assert pull(client, "mina", 3) == []
    figures = client.get("/api/review/stats").json()
    assert figures == {"weeks": {}, "people": {}, "items": {}, "agreement": None, "accuracy": None}
