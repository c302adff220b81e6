"""What the tests of AWS share: moto's server, and a person who works in its account."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from saekdong.deploy.aws.sagemaker import SageMaker


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


@pytest.fixture
def make(cloud: str, tmp_path: Path) -> "Iterator[Callable[..., SageMaker]]":
    """Make platforms of workspaces of one account; their sessions are closed at the end."""
    from clouds import platform

    made = []

    def make_platform(root: str = "shop", **options: Any) -> "SageMaker":
        assert cloud
        made.append(platform(tmp_path / root, **options))
        return made[-1]

    yield make_platform
    for one in made:
        one.account.session.close()
