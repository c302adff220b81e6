"""The image by podman with runc, where it is installed: built, checked, its manifest the kind that SageMaker takes."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from saekdong.deploy.image import Engine, build, check, find_engine

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("engine")]

BASE = "docker.io/library/saekdong-base:test"
CONFIGURATION = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


@pytest.fixture
def podman(engine_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Podman with its data in the test's folder, knowing the base image."""
    if os.getuid() != 0 or not (shutil.which("podman") and shutil.which("runc")):
        pytest.skip("podman is not installed (or runc, or this is not root)")
    (tmp_path / "containers.conf").write_text(CONFIGURATION)
    storage = f'[storage]\ndriver = "overlay"\ngraphroot = "{tmp_path}/graph"\nrunroot = "{tmp_path}/run"\n'
    (tmp_path / "storage.conf").write_text(storage)
    monkeypatch.setenv("CONTAINERS_CONF", str(tmp_path / "containers.conf"))
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(tmp_path / "storage.conf"))
    subprocess.run(["podman", "import", engine_folder / "base.tar", BASE], check=True, capture_output=True)
    yield find_engine("podman")
    subprocess.run(["podman", "system", "reset", "--force"], check=True, capture_output=True)


def test_podman_builds_an_image_that_passes_every_check(podman, engine_folder):
    build(podman, lambda _line: None, image="saekdong:test", base=BASE, wheels=engine_folder / "wheels")
    found = list(check(podman, "saekdong:test"))
    assert [each for each in found if not each.passed] == []
    assert {"train", "photo", "SIGTERM", "manifest", "size"} <= {each.name for each in found}
