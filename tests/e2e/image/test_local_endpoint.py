"""An endpoint on this machine whose service runs in the container image."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from saekdong import locks
from saekdong.deploy.image import IMAGE, Engine
from saekdong.deploy.local import LocalPlatform
from saekdong.errors import SaekdongError
from saekdong.tagging.starter import STARTER_FILE

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("machine")]
CSV = "text/csv"


@pytest.fixture
def local(docker: Engine, image: str, tmp_path: Path) -> Iterator[LocalPlatform]:
    docker.call("tag", image, IMAGE)
    platform = LocalPlatform(tmp_path / "endpoints", "docker")
    yield platform
    platform.destroy(None, print, dry_run=False)
    with contextlib.suppress(SaekdongError):
        docker.call("rmi", "--no-prune", IMAGE)


def containers(docker: Engine) -> list[str]:
    # Builds that failed in other tests leave containers too.
    return docker.call("ps", "--all", "--quiet", "--filter", "label=saekdong.endpoint").split()


def test_a_container_is_deployed_swapped_for_a_process_and_destroyed(local, docker, tmp_path):
    first = local.deploy(STARTER_FILE, "shop", print)
    assert local.invoke("shop", b"31,42,82", CSV, CSV) == (b"navy\n", CSV)
    assert len(containers(docker)) == 1
    second = LocalPlatform(tmp_path / "endpoints").deploy(STARTER_FILE, "shop", print)
    assert (first.version, second.version) == (1, 2)
    assert local.rollback("shop", print).version == 1
    assert local.invoke("shop", b"31,42,82", CSV, CSV) == (b"navy\n", CSV)
    local.destroy("shop", print, dry_run=False)
    assert containers(docker) == []


def test_what_a_killed_supervisor_leaves_is_removed(local, docker, tmp_path):
    local.deploy(STARTER_FILE, "shop", print)
    supervisor = locks.holder(tmp_path / "endpoints" / "shop" / "supervisor.lock")
    assert supervisor is not None
    os.kill(supervisor, signal.SIGKILL)
    while locks.holder(tmp_path / "endpoints" / "shop" / "supervisor.lock"):
        pass
    assert local.deploy(STARTER_FILE, "shop", print).status == "InService"
    assert len(containers(docker)) == 1
    local.destroy("shop", print, dry_run=False)
    assert containers(docker) == []


def test_a_missing_image_is_told(local, docker):
    docker.call("rmi", "--no-prune", IMAGE)
    with pytest.raises(SaekdongError, match="has no image"):
        local.deploy(STARTER_FILE, "shop", print)
    assert local.status() == []
