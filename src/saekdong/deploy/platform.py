"""Where endpoints stand: on this machine or on Amazon SageMaker, with the same commands for both."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Report = Callable[[str], None]
"""Takes a line that tells a person how far it is."""


@dataclass(frozen=True)
class Endpoint:
    """A hosted artifact.

    Attributes:
        name: what it is called; unique on its platform.
        status: SageMaker's word: `Creating`, `InService`, `Updating`, `OutOfService`, `Deleting`, `Failed`.
        address: where it answers `/invocations`.
        version: counts its deployments, from 1; 0 where none is in service.
        model: the artifact's SHA-256.
        created: when it was first deployed, ISO 8601 in UTC.
        detail: what a person should know besides, as why it failed.
    """

    name: str
    status: str
    address: str
    version: int
    model: str
    created: str
    detail: str = ""


class Platform(Protocol):
    """What hosts endpoints. Every method raises `SaekdongError` for what a person can mend."""

    def deploy(self, artifact: Path, name: str, report: Report) -> Endpoint:
        """Host `artifact` as `name`; return once it is in service and has answered a prediction rightly."""
        ...

    def invoke(self, name: str, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """Send a request to an endpoint; return the answer and its media type."""
        ...

    def status(self) -> list[Endpoint]:
        """Return the endpoints, by name."""
        ...

    def logs(self, name: str, *, follow: bool) -> Iterator[str]:
        """Yield the lines of an endpoint's log, oldest first; with `follow` also those still to come."""
        ...

    def rollback(self, name: str, report: Report) -> Endpoint:
        """Return an endpoint to the version that it served before."""
        ...

    def destroy(self, name: str | None, report: Report, *, dry_run: bool) -> list[str]:
        """Remove an endpoint, or everything of ours for None; return what was removed, or with `dry_run` would be."""
        ...
