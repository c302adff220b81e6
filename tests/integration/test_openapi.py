"""`/openapi.json` is true to the service: schemathesis sends what it describes, and what it does not, over HTTP."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from saekdong.catalog.products import PhotoResult, Product
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.color import STARTER
from saekdong.photo import DominantColor
from saekdong.tagging import starter
from saekdong.tagging.starter import STARTER_FILE
from serving import Serving, serving

TOKEN = "of-the-test-that-writes"  # noqa: S105
TESTS = Path(__file__).parents[1]
Serve = Callable[[], AbstractContextManager[Serving]]


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, httpx.Client]]:
    """A service of each kind: of one model, of several, and with a catalog."""
    workspace = tmp_path_factory.mktemp("shop")
    store = SqliteStore.open(workspace / "catalog.db", STARTER)
    palette = (DominantColor(31, 42, 82, 0.9, 0.9),)
    photo = PhotoResult("a.jpg", model=starter().id, shares={"navy": 1.0}, palette=palette)
    store.put([(Product("mug", "머그컵", "Home > Mugs", 9000.0, photos=("a.jpg",)), [photo])], store.begin("feed"))
    store.close()
    env = {"SAEKDONG_WORKSPACE": str(workspace), "SAEKDONG_API_TOKEN": TOKEN}
    with (
        serving("starter") as one,
        serving("--multi-model", "--models", str(STARTER_FILE.parent)) as several,
        serving("starter", "--catalog", env=env) as catalog,
        one.client() as one_client,
        several.client() as several_client,
        catalog.client() as catalog_client,
    ):
        catalog_client.headers["Authorization"] = f"Bearer {TOKEN}"
        loaded = several_client.post("/models", json={"model_name": "shop", "url": str(STARTER_FILE)})
        assert loaded.status_code == 200
        yield {"one": one_client, "several": several_client, "catalog": catalog_client}


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "paths"), [("one", "."), ("several", "^/models"), ("catalog", "^/(api|products)")])
def test_schemathesis_finds_nothing(services, kind, paths, tmp_path):
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", TESTS / "schemathesis.toml", "run"]
    address = f"{services[kind].base_url}/openapi.json"
    run = subprocess.run(
        [
            *command,
            address,
            "--include-path-regex",
            paths,
            "--continue-on-failure",
            "-H",
            f"Authorization: Bearer {TOKEN}",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]


def operations(client: httpx.Client) -> dict[tuple[str, str], dict[str, Any]]:
    """The described operations by method and path."""
    paths = client.get("/openapi.json").json()["paths"]
    return {
        (method.upper(), path): operation
        for path, content in paths.items()
        for method, operation in content.items()
        if method in ("get", "post", "put", "delete")
    }


def test_operations_have_names_that_stay(services):
    names = {kind: [each["operationId"] for each in operations(client).values()] for kind, client in services.items()}
    common = {"ping", "get_limits", "get_metrics", "annotate_images"}
    products = {
        "list_products",
        "get_product",
        "add_products",
        "add_api_products",
        "correct_product",
        "undo_correction",
    }
    assert {kind: len(ids) - len(set(ids)) for kind, ids in names.items()} == {"one": 0, "several": 0, "catalog": 0}
    assert set(names["one"]) == {"invoke", *common}
    assert set(names["several"]) == {"list_models", "load_model", "get_model", "unload_model", "invoke_model", *common}
    assert set(names["catalog"]) == {
        "invoke",
        *products,
        "count_facets",
        "find_near_color",
        "find_near_photo",
        "list_conflicts",
        "next_review_items",
        "answer_review_item",
        "undo_review_answer",
        "get_review_stats",
        *common,
    }


def test_every_refusal_is_described_in_one_shape(services):
    for client in services.values():
        for (_, path), operation in operations(client).items():
            for status, response in operation["responses"].items():
                if status >= "400" and path != "/ping" and not path.startswith("/v1"):
                    assert response["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}


@pytest.mark.parametrize(
    ("kind", "path", "allowed"),
    [
        ("one", "/invocations", "POST, OPTIONS"),
        ("one", "/ping", "GET, HEAD, OPTIONS"),
        ("several", "/models", "GET, HEAD, POST, OPTIONS"),
        ("several", "/models/shop", "GET, HEAD, DELETE, OPTIONS"),
        ("catalog", "/api/near", "GET, HEAD, POST, OPTIONS"),
        ("catalog", "/api/products", "GET, HEAD, POST, OPTIONS"),
        ("catalog", "/api/products/mug", "GET, HEAD, OPTIONS"),
        ("catalog", "/api/products/mug/correction", "PUT, DELETE, OPTIONS"),
        ("catalog", "/api/review/next", "POST, OPTIONS"),
    ],
)
def test_other_methods_are_refused_with_those_that_are_allowed(services, kind, path, allowed):
    for method in ("PATCH", "TRACE", "PROPFIND"):
        answer = services[kind].request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
        assert answer.json()["error"]["code"] == "method-not-allowed"
        assert f"use {allowed}" in answer.json()["error"]["message"]
    answer = services[kind].options(path)
    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, allowed, b"")


@pytest.mark.parametrize(
    "path", ["/ping", "/openapi.json", "/execution-parameters", "/api/facets", "/api/products/mug"]
)
def test_head_is_get_without_its_body(services, path):
    head, got = services["catalog"].head(path), services["catalog"].get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers, "x-request-id": "", "date": ""} == {**got.headers, "x-request-id": "", "date": ""}


@pytest.mark.parametrize("path", ["/nothing", "/invocations/", "/api/facets/", "/api/products/none", "/api"])
def test_other_paths_are_refused_as_json(services, path):
    answer = services["catalog"].get(path)
    assert (answer.status_code, set(answer.json()["error"])) == (404, {"code", "message"})


def test_a_correction_is_json(services):
    path = "/api/products/mug/correction"
    answer = services["catalog"].put(path, content=b"\xff", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "not-json")
    answer = services["catalog"].put(path, content=b'{"labels": ["navy"], "by": "x"}')
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported-type")
