"""A model taught from any labels and any number of photos, in every part that uses it: add, serve, studio."""

import asyncio
import contextlib
import json
from functools import cache
from pathlib import Path

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp

from saekdong.cli.app import run
from saekdong.color import STARTER, Vocabulary
from saekdong.feature_store import FeatureStore
from saekdong.model import artifact
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.serving.app import build_app
from saekdong.serving.service import Service
from saekdong.web.api import CatalogApi
from saekdong.web.studio import build_studio
from saekdong.workspace import Workspace, find_workspace

SHAPES = ("mug", "shirt", "bag", "shoe")
JPEG = {"Content-Type": "image/jpeg"}


@cache
def photo(label: str, shape: str) -> bytes:
    return jpeg(draw(plain(COLORS[label][0]), shape))


def shop(folder: Path, labels: list[str], count: int, own: bool) -> Workspace:
    """A workspace with labeled photos; its own labels call the first one khaki, and know teal, which no photo has."""
    (folder / "photos").mkdir()
    names = {label: label for label in labels} | ({labels[0]: "khaki"} if own else {})
    if own:
        vocabulary = Vocabulary.from_list(
            [{"id": "khaki"}, *STARTER.only(set(labels[1:])).to_list(), {"id": "teal", "ko": "청록색"}]
        )
        tables = [
            "\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in label.items())
            for label in vocabulary.to_list()
        ]
        text = "".join(f"[[labels]]\n{table}\n" for table in tables)
        (folder / "saekdong.toml").write_text(text, encoding="utf-8")
    lines = ["photo,labels"]
    for number in range(count):
        label = labels[number % len(labels)]
        content = photo(label, SHAPES[number // len(labels) % len(SHAPES)])
        (folder / "photos" / f"{number}.jpg").write_bytes(content)
        lines.append(f"photos/{number}.jpg,{names[label]}")
    (folder / "photos.csv").write_text("\n".join(lines) + "\n")
    return find_workspace()


def ask(app: ASGIApp, *requests: tuple[str, str, dict[str, object]]) -> list[httpx.Response]:
    """Send requests to an app in this process; return the responses."""

    async def send() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8090") as client:
            return [await client.request(method, path, **more) for method, path, more in requests]

    return asyncio.run(send())


@pytest.mark.slow
@given(st.lists(st.sampled_from(STARTER.ids), min_size=2, max_size=8, unique=True), st.integers(10, 30), st.booleans())
@example(labels=["navy", "red"], count=10, own=True)
@settings(max_examples=2, derandomize=True, database=None)
def test_add_serve_and_studio_use_a_model_taught_from_any_labels(tmp_path_factory, labels, count, own):
    with contextlib.chdir(tmp_path_factory.mktemp("shop")):
        workspace = shop(Path(), labels, count, own)
        assert run(["teach", "photos.csv", "--out", "models/shop"]) in (0, 1)  # 1: the tags got worse
        vocabulary = artifact.load(workspace.models / "shop").vocabulary
        assert vocabulary == (workspace.vocabulary(None) or STARTER)
        given = {*vocabulary.ids, "other"} - {"teal"}
        with workspace.loop() as loop, FeatureStore.beside(workspace.catalog_file) as features:
            learned = loop.versions()[-1].lineage.photos
            assert learned
            assert features.known(learned) == set(learned)

        assert run(["catalog", "add", "photos", "--model", "shop", "--jobs", "1"]) == 0
        selected = workspace.registry.for_photos(None)
        assert selected.model.id == artifact.load(workspace.models / "shop").id
        service = build_app(Service(selected.artifact))
        one, drawn = ask(
            service,
            ("POST", "/invocations", {"json": {"r": 31, "g": 42, "b": 82}}),
            ("POST", "/invocations", {"content": photo(labels[0], "mug"), "headers": JPEG}),
        )
        assert one.json()["label"] in given
        assert list(one.json()["probabilities"]) == list(vocabulary.ids)
        assert {tag["label"] for tag in drawn.json()["tags"]} <= given

        with workspace.catalog() as store:
            tags = {f"{number}.jpg": [tag.label for tag in store.get(f"{number}.jpg").tags] for number in range(count)}
            assert {label for each in tags.values() for label in each} <= given
            assert tags["0.jpg"] == [tag["label"] for tag in drawn.json()["tags"]]
            api = CatalogApi.of_environment(store, selected.artifact, selected.model)
            color = (tags["0.jpg"] or ["other"])[0]
            every, chosen = ask(
                build_studio(api, workspace.thumbnails),
                ("GET", "/", {}),
                ("GET", "/", {"params": {"color": color}}),
            )
            assert every.status_code == chosen.status_code == 200
            assert all(f'name="color" value="{label}"' in every.text for label in vocabulary.ids)
            assert "/product?id=0.jpg" in chosen.text
