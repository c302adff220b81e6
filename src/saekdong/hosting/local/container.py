"""A version's service in the container image: the one place that knows how engines are called."""

import os
from pathlib import Path

from saekdong.hosting.image import IMAGE, Engine, find_engine

_ENDPOINT, _SUPERVISOR = "saekdong.endpoint", "saekdong.supervisor"


def container_command(endpoint: Path, model: Path, port: int) -> list[str]:
    """Return the command that serves a model in a container, and ends when the container does.

    Args:
        endpoint: the endpoint's folder.
        model: the artifact; its folder is what the container sees, read-only.
        port: where it answers, on loopback.

    Raises:
        EngineError: no engine works here, or it has no image of this Saekdong.
    """
    engine = find_engine()
    engine.inspect(IMAGE)
    _remove_orphans(engine, endpoint)
    labels = {_ENDPOINT: str(endpoint), _SUPERVISOR: str(os.getpid())}
    return [
        engine.name,
        *("run", "--rm", "--read-only", "--tmpfs", "/tmp"),  # noqa: S108
        *("--name", f"saekdong-{endpoint.name}-{port}"),
        *(f"--label={key}={value}" for key, value in labels.items()),
        *(f"--volume={model.parent.resolve()}:/opt/ml/model:ro", *_network(engine, port)),
        *(IMAGE, "serve"),
    ]


def remove_containers(endpoint: Path) -> None:
    """Remove what is left of an endpoint's containers, such as after their supervisor was killed.

    Raises:
        EngineError: no engine works here, or it fails.
    """
    _remove(find_engine(), endpoint, set())


def _remove_orphans(engine: Engine, endpoint: Path) -> None:
    """Remove the endpoint's containers of other supervisors: there is only ever one, so theirs are dead."""
    mine = engine.call("ps", "--all", "--quiet", f"--filter=label={_SUPERVISOR}={os.getpid()}").split()
    _remove(engine, endpoint, set(mine))


def _remove(engine: Engine, endpoint: Path, but: set[str]) -> None:
    found = set(engine.call("ps", "--all", "--quiet", f"--filter=label={_ENDPOINT}={endpoint}").split()) - but
    if found:
        engine.call("rm", "--force", *sorted(found))


def _network(engine: Engine, port: int) -> list[str]:
    """Publish the port on loopback alone; where the engine has no bridge, the service shares this machine's network."""
    networks = engine.call("network", "ls", "--format", "{{.Name}}").split()
    if {"bridge", "podman"} & set(networks):
        return [f"--publish=127.0.0.1:{port}:8080"]
    return ["--network=host", f"--env=SAGEMAKER_BIND_TO_PORT={port}"]
