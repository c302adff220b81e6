"""What the tests of AWS share: moto's server, and a person who works in its account."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of moto's server."""
    from clouds import moto

    with moto() as address:
        yield address


@pytest.fixture
def cloud(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of moto's server, its account empty and in the environment."""
    from clouds import reset, settings

    for name, value in settings(server).items():
        monkeypatch.setenv(name, value)
    reset(server)
    return server
