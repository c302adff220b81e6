"""A Docker engine of the tests' own: no network of its own, its data in a folder that is removed with it."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from saekdong.deploy.image import Engine, build, find_engine

ENGINE = Path(__file__).parents[3] / ".engine"
BASE = "saekdong-base:test"


@pytest.fixture(scope="session")
def engine_folder() -> Path:
    """What scripts/setup_engine.sh made."""
    if not (ENGINE / "ready").is_file():
        pytest.skip("no .engine here; make it: sh scripts/setup_engine.sh (Debian, as root)")
    return ENGINE


@pytest.fixture(scope="session")
def docker(engine_folder: Path) -> Iterator[Engine]:
    """A Docker engine that knows the base image."""
    if os.getuid() != 0 or shutil.which("dockerd") is None:
        pytest.skip("a Docker engine needs root and dockerd")
    # The socket's path may have 107 letters at most: pytest's own folders are too deep.
    with tempfile.TemporaryDirectory(prefix="sd-") as folder, _dockerd(Path(folder)) as address:
        before = os.environ.get("DOCKER_HOST")
        os.environ["DOCKER_HOST"] = address
        try:
            subprocess.run(["docker", "import", engine_folder / "base.tar", BASE], check=True, capture_output=True)
            yield find_engine("docker")
        finally:
            os.environ.pop("DOCKER_HOST")
            if before is not None:
                os.environ["DOCKER_HOST"] = before


@contextlib.contextmanager
def _dockerd(folder: Path) -> Iterator[str]:
    log = folder / "log"
    address = f"unix://{folder}/socket"
    command = ["dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none", f"--host={address}"]
    command += [f"--data-root={folder}/data", f"--exec-root={folder}/exec", f"--pidfile={folder}/pid"]
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            for _ in range(300):
                asked = ["docker", "--host", address, "version"]
                if subprocess.run(asked, capture_output=True, check=False).returncode == 0:
                    break
                if process.poll() is not None:
                    break
                time.sleep(0.1)
            else:
                process.kill()
            if process.poll() is not None:
                pytest.skip(f"dockerd does not start here: {log.read_text()[-300:]}")
            yield address
        finally:
            process.terminate()
            process.wait()
            _unmount(folder)


def _unmount(folder: Path) -> None:
    """Unmount what the engine leaves mounted: the network of the machine, where a container used it."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        if line.split()[1].startswith(f"{folder}/"):
            subprocess.run(["umount", "--lazy", line.split()[1]], check=True)


@pytest.fixture
def arm64_base(docker: Engine, engine_folder: Path, tmp_path: Path) -> str:
    """A base image for arm64, on an engine and a kernel that run it.

    It is built because `docker import` gives every image the engine's own architecture.
    """
    if not (engine_folder / "arm64/ready").is_file():
        pytest.skip("no .engine/arm64 here; make it: sh scripts/setup_engine.sh arm64")
    if not Path("/proc/sys/fs/binfmt_misc/qemu-aarch64").exists():
        pytest.skip("this kernel runs no arm64 programs (binfmt_misc and qemu-user-static)")
    name = "saekdong-base:arm64"
    (tmp_path / "Dockerfile").write_text("FROM scratch\nADD base.tar /\n")
    shutil.copy(engine_folder / "arm64/base.tar", tmp_path)
    docker.build(tmp_path, name, "linux/arm64", {}, print)
    return name


@pytest.fixture(scope="session")
def secret() -> str:
    """Values in the environment of the user who builds the image; they must not be in it."""
    return "sekritOFtheONEwhoBUILDSsekritOFtheONE012"


@pytest.fixture(scope="session")
def image(docker: Engine, engine_folder: Path, secret: str) -> str:
    """The image of this Saekdong, built with no network."""
    said: list[str] = []
    name = "saekdong:test"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_SECRET_ACCESS_KEY", secret)
        build(docker, said.append, image=name, base=BASE, wheels=engine_folder / "wheels")
    assert any("Successfully built" in line for line in said), said[-5:]
    return name
