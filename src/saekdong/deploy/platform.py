"""The contract of what hosts endpoints: the same commands for this machine and for Amazon SageMaker."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from saekdong.model.identity import ModelId

Report = Callable[[str], None]
"""Takes a line about the progress, for a person to read."""


@dataclass(frozen=True)
class Endpoint:
    """A hosted artifact.

    Attributes:
        name: unique on its platform.
        status: in SageMaker's terms: `Creating`, `InService`, `Updating`, `OutOfService`, `Deleting`, `Failed`.
        address: where it answers `/invocations`.
        version: the number of its current deployment, from 1; 0 if none is in service.
        model: the identity of the model in service; None if none is, or if its artifact cannot be read.
        created: time of the first deployment, ISO 8601 in UTC.
        detail: further information for a person, such as the reason of a failure.
    """

    name: str
    status: str
    address: str
    version: int
    model: ModelId | None
    created: str
    detail: str = ""


class Platform(Protocol):
    """What hosts endpoints. Every method raises `SaekdongError` for problems that the user can fix."""

    def deploy(self, artifact: Path, name: str, report: Report) -> Endpoint:
        """Host `artifact` as `name`; return once it is in service and has answered a prediction correctly."""
        ...

    def replace(self, artifact: Path, name: str, report: Report) -> Endpoint:
        """Host `artifact` on the endpoint `name`, which exists, and keep how it is hosted; otherwise as `deploy`."""
        ...

    def invoke(self, name: str, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """Send a request to an endpoint; return the answer and its media type."""
        ...

    def status(self) -> list[Endpoint]:
        """Return the endpoints, by name."""
        ...

    def logs(self, name: str, *, follow: bool) -> Iterator[str]:
        """Yield the lines of an endpoint's log, oldest first; with `follow`, also later lines as they are written."""
        ...

    def rollback(self, name: str, report: Report) -> Endpoint:
        """Move an endpoint back to the version that it served before."""
        ...

    def destroy(self, name: str | None, report: Report, *, dry_run: bool) -> list[str]:
        """Remove an endpoint, or everything of ours for None; return what was, or with `dry_run` would be, removed."""
        ...
