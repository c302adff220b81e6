"""A version's service in the container image; only this module knows the engines' options."""

import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saekdong.deploy.image import Engine

_LABEL = "saekdong.endpoint"
_PORT = 8080
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


def container_command(engine: str, folder: Path, model: Path, port: int) -> list[str]:
    """Return the command that runs the service in the foreground, so that it can be supervised as a process.

    Args:
        engine: docker or podman.
        folder: the endpoint's folder, by which `remove_containers` finds its containers.
        model: the folder of the artifact's files.
        port: the service's port on this machine.

    Raises:
        SaekdongError: the engine does not work here, or has no image of this Saekdong.
    """
    from saekdong.deploy.image import IMAGE

    found = engine_with_image(engine)
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
        f"--volume={model}:/opt/ml/model:ro",
        *reached,
        IMAGE,
        "serve",
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
