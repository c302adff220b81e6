"""SageMaker's multi-model contract, over a real process."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from saekdong.model import artifact
from saekdong.serving import Models
from saekdong.serving.app import build_app
from saekdong.serving.models import PAGE, memory_of
from serving import serving

COLOR = {"r": 31, "g": 42, "b": 82}


@pytest.fixture
def url(model_file: Path, tmp_path: Path) -> str:
    """A folder with a model, where SageMaker would put it."""
    folder = tmp_path / "models" / "0f3a" / "model"
    folder.mkdir(parents=True)
    shutil.copy(model_file, folder)
    return str(folder)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    env = {"SAGEMAKER_MULTI_MODEL": "true", "SAEKDONG_WORKSPACE": str(tmp_path)}
    with serving(env=env) as service, service.client() as client:
        yield client


class Asked:
    """Asks an app in this process."""

    def __init__(self, memory: int) -> None:
        self.app = build_app(Models(memory))

    def __call__(self, method: str, path: str, **request: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://x") as client:
                return await client.request(method, path, **request)

        return asyncio.run(send())


def test_models_are_loaded_listed_asked_and_unloaded(client, url, model_file):
    assert client.get("/ping").status_code == 200
    assert client.get("/models").json() == {"models": []}
    for name in ("a", "b"):
        assert client.post("/models", json={"model_name": name, "url": url}).status_code == 200
    assert client.post("/models", json={"model_name": "a", "url": url}).status_code == 409
    one = {"modelName": "a", "modelUrl": url}
    assert client.get("/models").json() == {"models": [one, {"modelName": "b", "modelUrl": url}]}
    assert client.get("/models/a").json() == one
    target = {"X-Amzn-SageMaker-Target-Model": "a.tar.gz", "X-Amzn-SageMaker-Custom-Attributes": "trace=7"}
    answer = client.post("/models/a/invoke", json=COLOR, headers=target)
    assert answer.json()["label"] == artifact.load(model_file).predict([31, 42, 82])
    assert answer.headers["x-amzn-sagemaker-custom-attributes"] == "trace=7"
    assert answer.headers["x-saekdong-model"] == artifact.load(model_file).id
    assert client.delete("/models/a").status_code == 200
    assert client.delete("/models/a").status_code == 404
    assert client.get("/models/a").status_code == 404
    assert client.post("/models/a/invoke", json=COLOR).status_code == 404
    assert client.post("/models/b/invoke", json=COLOR).status_code == 200
    assert "saekdong_models_loaded 1.0" in client.get("/metrics").text


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"model_name": "a", "url": "/none"}, 400, "cannot read /none"),
        ({"model_name": "a", "url": "relative"}, 422, "url: expected the path"),
        ({"model_name": "a"}, 422, "url: expected"),
        ({"url": "/x"}, 422, "model_name: expected"),
        ({"model_name": "a/b", "url": "/x"}, 422, "model_name: expected"),
        ([], 422, "model_name: expected"),
    ],
)
def test_what_cannot_be_loaded_is_told(body, status, told):
    answer = Asked(1 << 30)("POST", "/models", json=body)
    assert answer.status_code == status
    assert told in answer.json()["error"]["message"]


@pytest.mark.parametrize("place", ["../elsewhere", "link", "", ".."])
def test_only_models_below_the_models_folder_are_loaded(client, url, place):
    models = Path(url).parents[1]
    shutil.copytree(url, models.parent / "elsewhere")
    (models / "link").symlink_to(models.parent / "elsewhere")
    answer = client.post("/models", json={"model_name": "a", "url": f"{models}/{place}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not-a-model")
    assert str(models) in answer.json()["error"]["message"]


def test_a_model_is_loaded_by_json_alone(client, url):
    body = b'{"model_name": "a", "url": "%s"}' % url.encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = client.post("/models", content=body, headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported-type")
    assert client.get("/models").json() == {"models": []}


def test_a_model_that_does_not_fit_gets_507_and_nothing_is_unloaded(url):
    memory = memory_of(artifact.load(url))
    ask = Asked(2 * memory + 1000)
    for name in ("a", "b"):
        assert ask("POST", "/models", json={"model_name": name, "url": url}).status_code == 200
    answer = ask("POST", "/models", json={"model_name": "c", "url": url})
    assert answer.status_code == 507
    assert "2 models" in answer.json()["error"]["message"]
    assert [model["modelName"] for model in ask("GET", "/models").json()["models"]] == ["a", "b"]
    ask("DELETE", "/models/a")
    assert ask("POST", "/models", json={"model_name": "c", "url": url}).status_code == 200


def test_a_long_list_comes_in_pages(monkeypatch, url):
    loaded = artifact.load(url)
    monkeypatch.setattr(artifact, "load", lambda _: loaded)
    models = Models(1 << 40)
    names = [f"m{number:03}" for number in range(2 * PAGE + 1)]
    for name in names:
        models.load(name, url)
    pages = [models.page("")]
    while token := pages[-1].get("nextPageToken"):
        pages.append(models.page(token))
    assert [model["modelName"] for page in pages for model in page["models"]] == names
    assert len(pages) == 3


def test_openapi_describes_the_models_routes():
    ask = Asked(1 << 30)
    paths = ask("GET", "/openapi.json").json()["paths"]
    assert {"/models", "/models/{name}", "/models/{name}/invoke", "/ping", "/metrics"} <= set(paths)
    assert "/invocations" not in paths
    assert ask("POST", "/invocations", json=COLOR).status_code == 404


def test_several_models_and_several_workers_do_not_go_together(saekdong):
    run = saekdong("serve", "--multi-model", "--workers", "2")
    assert run.returncode == 2
    assert "--multi-model takes no MODEL, and one worker" in run.stderr
