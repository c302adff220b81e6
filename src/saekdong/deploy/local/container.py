"""A version's service in the container image; only this module knows the engines' options."""

import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from saekdong.captures.hours import VARIANT
from saekdong.deploy.local.folder import Folder, Version

if TYPE_CHECKING:
    from saekdong.deploy.image import Engine

_LABEL = "saekdong.endpoint"
_PORT = 8080
_CAPTURES = "/opt/ml/captures/endpoint"
# Networks that give a container its own address; an engine without one uses this machine's network.
_OWN_NETWORKS = {"bridge", "podman"}


def engine_with_image(name: str) -> "Engine":
    """Return an engine that can run the service.

    Raises:
        SaekdongError: the engine does not work here, or has no image of this Saekdong.
    """
    from saekdong.deploy.image import IMAGE, find_engine

    found = find_engine(name)
    found.inspect(IMAGE)
    return found


def container_command(version: Version, endpoint: Folder, port: int) -> list[str]:
    """Return the command that runs the service in the foreground, so that it can be supervised as a process.

    Args:
        version: the version to serve, whose engine is docker or podman.
        endpoint: the endpoint's folder, by which `remove_containers` finds its containers.
        port: the service's port on this machine.

    Raises:
        SaekdongError: the engine does not work here, or has no image of this Saekdong.
    """
    from saekdong.deploy.image import IMAGE

    found = engine_with_image(version.engine)
    folder = endpoint.path
    networks = set(found.call("network", "ls", "--format", "{{.Name}}").split())
    reached = (
        [f"--publish=127.0.0.1:{port}:{_PORT}"]
        if networks & _OWN_NETWORKS
        else ["--network=host", f"--env=SAGEMAKER_BIND_TO_PORT={port}"]
    )
    return [
        found.name,
        "run",
        "--rm",
        f"--name=saekdong-{folder.name}-{uuid.uuid4().hex[:8]}",
        f"--label={_LABEL}={folder}",
        "--read-only",
        "--tmpfs=/tmp",
        f"--user={os.getuid()}",
        f"--volume={endpoint.unpacked(version.number)}:/opt/ml/model:ro",
        *_capture_options(version, endpoint),
        *reached,
        IMAGE,
        "serve",
    ]


def _capture_options(version: Version, endpoint: Folder) -> list[str]:
    """Return the options that let the container capture requests, if it should."""
    if version.capture is None:
        return []
    captures = endpoint.captures / VARIANT
    # The engine would make a missing folder as root.
    captures.mkdir(exist_ok=True)
    capture = version.capture
    return [
        f"--volume={captures}:{_CAPTURES}/{VARIANT}",
        f"--env=SAEKDONG_SERVE_CAPTURE={capture.percent}",
        f"--env=SAEKDONG_SERVE_KEEP={capture.keep}",
        f"--env=SAEKDONG_SERVE_CAPTURE_PHOTOS={'true' if capture.photos else ''}",
        f"--env=SAEKDONG_SERVE_CAPTURE_TO={_CAPTURES}",
    ]


def remove_containers(engine: str, folder: Path) -> None:
    """Remove the containers of an endpoint after its supervisor: the kernel ends processes with it, not containers.

    Raises:
        SaekdongError: the engine does not work here, or refuses.
    """
    from saekdong.deploy.image import find_engine

    found = find_engine(engine)
    if left := found.call("ps", "--all", "--quiet", f"--filter=label={_LABEL}={folder}").split():
        found.call("rm", "--force", *left)
