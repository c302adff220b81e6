"""A version's service in the container image: the one place that knows how engines are called."""

from pathlib import Path


def container_command(name: str, model: Path, port: int) -> list[str]:
    raise NotImplementedError
