"""A correction outlives its catalog: the studio and the API record it as an answer, and a new catalog follows."""

import asyncio
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from saekdong.cli.app import run
from saekdong.loop import Loop
from saekdong.samples.drawings import draw, plain
from saekdong.tagging import starter
from saekdong.web.api import CatalogApi
from saekdong.web.studio import build_studio
from saekdong.workspace import Workspace
from stores import labels_of

TOKEN = "of-the-shop"  # noqa: S105
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A shop with a catalog of two drawn photos, in the current folder."""
    with contextlib.chdir(tmp_path):
        Path("photos").mkdir()
        for name, color in (("navy", (31, 42, 82)), ("red", (200, 32, 47))):
            draw(plain(color), "mug").save(f"photos/{name}.jpg")
        assert add() == 0
        yield Workspace(Path())


def add() -> int:
    return run(["catalog", "add", "photos", "--jobs", "1"])


def in_studio(workspace: Workspace, labels: list[str], do: str = "save") -> httpx.Response:
    """Correct navy.jpg by the studio's form; return the page that follows."""
    with workspace.catalog() as store, Loop.beside(store.path):
        api = CatalogApi(store, starter(), TOKEN)
        api.follow_answers()
        app = build_studio(api, workspace.thumbnails)

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8090") as browser:
                await browser.get("/sign-in", params={"token": TOKEN})
                page = await browser.get("/desk/product", params={"id": "navy.jpg"})
                token = re.findall(r'name="token" value="([^"]+)"', page.text)[0]
                form = {"id": "navy.jpg", "token": token, "do": do, "label": labels}
                return await browser.post("/desk/product/correct", data=form, follow_redirects=True)

        return asyncio.run(send())


def answers(workspace: Workspace) -> list[tuple[str, str, tuple[str, ...]]]:
    with Loop.beside(workspace.catalog_file) as loop:
        return [(each.by, each.said.kind, each.said.given) for each in loop.answers()]


def delete_catalog(workspace: Workspace) -> None:
    for path in workspace.root.glob("catalog.db*"):
        path.unlink()


def shown(workspace: Workspace) -> list[str]:
    with workspace.catalog() as store:
        return labels_of(store, "navy.jpg")


def test_a_correction_in_the_studio_is_back_when_the_catalog_is_made_again(workspace):
    assert shown(workspace) == ["navy"]
    assert in_studio(workspace, ["violet", "navy"]).status_code == 200
    assert answers(workspace) == [("studio", "correct", ("violet", "navy"))]
    delete_catalog(workspace)
    assert add() == 0
    assert shown(workspace) == ["violet", "navy"]
    assert in_studio(workspace, [], "take-back").status_code == 200
    delete_catalog(workspace)
    assert add() == 0
    assert shown(workspace) == ["navy"]


def test_a_correction_by_the_api_is_an_answer(workspace):
    with workspace.catalog() as store:
        app = build_studio(CatalogApi(store, starter(), TOKEN), workspace.thumbnails)

        async def send() -> list[int]:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8090", headers=BEARER) as api:
                path = "/api/products/navy.jpg/correction"
                given = [{"labels": ["green"], "by": "Mina"}, {"labels": ["no label"], "by": "Mina"}]
                return [
                    *[(await api.put(path, json=each)).status_code for each in given],
                    (await api.delete(path)).status_code,
                ]

        assert asyncio.run(send()) == [200, 422, 200]
        assert labels_of(store, "navy.jpg") == ["navy"]
    assert answers(workspace) == [("Mina", "correct", ("green",)), ("api", "remove", ())]


def test_what_a_killed_studio_did_not_write_is_written_at_the_next_start(workspace):
    in_studio(workspace, ["violet"])
    with workspace.catalog() as store:
        store.correct("navy.jpg", None, "")  # as it was before the answer reached the catalog
        CatalogApi(store, starter(), TOKEN).follow_answers()
    assert shown(workspace) == ["violet"]


def test_corrections_of_a_catalog_without_answers_become_answers_once(workspace):
    with workspace.catalog() as store:
        store.correct("navy.jpg", ["mint"], "Lee")
    assert [add(), add()] == [0, 0]
    assert answers(workspace) == [("Lee", "correct", ("mint",))]


def test_a_label_that_the_shop_no_longer_has_does_not_stop_adding(workspace):
    in_studio(workspace, ["violet"])
    delete_catalog(workspace)
    Path("saekdong.toml").write_text('labels = [{id = "navy"}, {id = "red"}]')
    narrow = Workspace(Path(), {"labels": [{"id": "navy"}, {"id": "red"}]})
    assert add() == 0
    assert shown(narrow) == ["navy"]
