"""Parts of the image's making that need no engine: the wheel, the engines' choice, the registry."""

import hashlib
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import httpx
import pytest

from saekdong.deploy.image import check, find_engine
from saekdong.deploy.image.building import REQUIREMENTS
from saekdong.deploy.image.checking import MANIFEST
from saekdong.deploy.image.engines import Engine, EngineError
from saekdong.deploy.image.image_registry import Pushed, open_registry
from saekdong.deploy.image.wheel import write_wheel
from saekdong.model.metric_lines import FIGURES, METRIC_DEFINITIONS, SETS, metric_line

ROOT = Path(__file__).parents[2]


def test_the_wheel_holds_what_runs_and_repeats(tmp_path):
    first = write_wheel(tmp_path)
    content = first.read_bytes()
    assert write_wheel(tmp_path).read_bytes() == content
    with zipfile.ZipFile(first) as archive:
        names = archive.namelist()
        record = next(archive.read(name).decode() for name in names if name.endswith("/RECORD"))
        metadata = next(archive.read(name).decode() for name in names if name.endswith("/METADATA"))
    assert {
        "saekdong/__init__.py",
        "saekdong/deploy/image/Dockerfile",
        "saekdong/deploy/image/requirements.txt",
    } <= set(names)
    assert not [name for name in names if name.endswith(".pyc")]
    assert len(record.splitlines()) == len(names)
    assert "Requires-Dist: numpy" in metadata


def test_the_image_pins_the_versions_of_the_tests_with_their_hashes():
    tested = dict(line.lower().split("==") for line in read_pins(ROOT / "constraints.txt"))
    pinned = dict(line.lower().split("==") for line in read_pins(REQUIREMENTS))
    assert {name: version for name, version in pinned.items() if tested.get(name, version) != version} == {}
    assert set(pinned) <= set(tested)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [project["optional-dependencies"][extra] for extra in ("train", "serve", "parquet")]
    requirements = [name for names in (project["dependencies"], *extras) for name in names]
    assert {re.split("[^a-z0-9-]", name)[0] for name in requirements} <= set(pinned)
    entries = REQUIREMENTS.read_text().replace("\\\n", "").splitlines()
    assert all("--hash=sha256:" in line for line in entries if not line.startswith("#"))


def read_pins(file: Path) -> list[str]:
    return [line.split()[0].replace("_", "-") for line in file.read_text().splitlines() if re.match(r"[^#\s]+==", line)]


@pytest.mark.slow
def test_pip_installs_the_wheel(tmp_path):
    wheel = write_wheel(tmp_path)
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        tmp_path / "at",
    ]
    subprocess.run([*install, wheel], check=True)
    assert (tmp_path / "at/saekdong/tagging/data/starter.tar.gz").is_file()


def test_engines_that_do_not_work_are_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        EngineError, match=r"docker is not installed; podman is not installed; buildah is not installed"
    ):
        find_engine()
    (tmp_path / "podman").write_text("#!/bin/sh\necho no such runtime >&2\nexit 1\n")
    (tmp_path / "podman").chmod(0o755)
    with pytest.raises(EngineError, match="podman: no such runtime"):
        find_engine("podman")
    (tmp_path / "buildah").write_text("#!/bin/sh\necho 'buildah version 1.28.2 (image-spec 1.0.2)'\n")
    (tmp_path / "buildah").chmod(0o755)
    assert str(find_engine()) == "buildah 1.28.2"
    with pytest.raises(EngineError, match="buildah builds and pushes, and runs no containers"):
        Engine("buildah", "1").run("image")
    with pytest.raises(EngineError, match="buildah builds and pushes, and runs no containers"):
        next(check(Engine("buildah", "1"), "image"))


def test_the_registry_sees_what_is_pushed():
    manifest = f'{{"mediaType": "{MANIFEST}", "config": {{"size": 5}}, "layers": [{{"size": 70}}, {{"size": 3}}]}}'
    layer = b"x" * 70
    digest = f"sha256:{hashlib.sha256(layer).hexdigest()}"
    with open_registry() as registry, httpx.Client(base_url=f"http://{registry.address}") as client:
        assert client.get("/v2/").status_code == 200
        assert client.head(f"/v2/a/blobs/{digest}").status_code == 404
        place = client.post("/v2/a/blobs/uploads/").headers["Location"]
        client.patch(place, content=iter([layer[:9], layer[9:]]))
        assert client.put(place, params={"digest": digest}).status_code == 201
        assert client.head(f"/v2/a/blobs/{digest}").headers["Content-Length"] == "70"
        put = client.put("/v2/a/manifests/1", content=manifest, headers={"Content-Type": MANIFEST})
        assert put.status_code == 201
        assert registry.pushed == Pushed(MANIFEST, 78)


def test_every_metric_is_found_by_its_definition():
    figures = dict.fromkeys(FIGURES, 0.5)
    log = "search:accuracy=0.500000 tree\n" + "\n".join(metric_line(of, figures) for of in SETS)
    for definition in METRIC_DEFINITIONS:
        assert re.findall(definition["Regex"], log) == ["0.500000"], definition["Name"]
