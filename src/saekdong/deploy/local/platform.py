"""Endpoints on this machine, as a platform."""

import http.client
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from saekdong import locks
from saekdong.captures.hours import VARIANT
from saekdong.captures.settings import CaptureSettings
from saekdong.deploy.local import daemon
from saekdong.deploy.local.container import engine_with_image, remove_containers
from saekdong.deploy.local.folder import (
    PROCESS,
    Folder,
    Order,
    State,
    Version,
    check_distinct,
    endpoint_folder,
    folders,
)
from saekdong.deploy.local.log import read_log
from saekdong.deploy.local.request_counts import IntervalCounts, read_counts
from saekdong.deploy.platform import Endpoint, Report
from saekdong.errors import SaekdongError
from saekdong.extras import check_extra

if TYPE_CHECKING:
    from saekdong.model.artifact import Artifact

_DONE_WITHIN = 300.0
_STOPPED_WITHIN = 100.0
_ANSWERED_WITHIN = 90.0
_PAUSE = 0.05


class LocalPlatform:
    """Hosts endpoints on this machine.

    Example:
        >>> LocalPlatform(Path("endpoints")).status()
        []
    """

    def __init__(self, root: Path, engine: str = PROCESS, capture: CaptureSettings | None = None) -> None:
        """Make the platform.

        Args:
            root: the folder of the endpoints, one folder each; it need not exist.
            engine: the engine of new versions' services: `process`, `docker` or `podman`.
            capture: which requests to new versions are captured; None for none.
        """
        self._root, self._engine, self._capture = root, engine, capture

    def deploy(self, artifact: Path, name: str, report: Report) -> Endpoint:
        """Host `artifact` as `name`, or as the new version of `name`; return once it is in service.

        A version that does not start, or does not name a color as the artifact does, is removed, and the version
        before goes on. The same artifact, engine and capture again are not a new version.

        Raises:
            SaekdongError: the artifact or the engine cannot be used, the name is invalid, another command is changing
                the endpoint, the version was refused, or the extra `serve` is not installed.
        """
        check_extra("serve", "an endpoint on this machine")
        from saekdong.model.artifact import load_packed

        model, packed = load_packed(artifact)
        folder = endpoint_folder(self._root, name)
        check_distinct(folder)
        if self._engine != PROCESS:
            engine_with_image(self._engine)
        with self._alone(folder):
            folder.finish_removal()
            version = self._version(folder, model, packed)
            if version.number == folder.state.current:
                report(f"{name}: has the model {model.id.short} already, as version {version.number}")
            endpoint = self._order(folder, version.number, report)
            folder.keep_only({folder.state.current, folder.state.former})
            if self._capture:
                share = f"{self._capture.percent}% of requests"
                report(f"{name}: captures {share} in {folder.captures / VARIANT}, kept for {self._capture.keep}")
        return endpoint

    def replace(self, artifact: Path, name: str, report: Report) -> Endpoint:
        """Host `artifact` as the new version of an endpoint, with the engine and the capture of its version in service.

        Raises:
            SaekdongError: there is no such endpoint, no version of it is in service, or as `deploy`.
        """
        folder = self._existing(name)
        version = folder.version(folder.state.current)
        if version is None:
            raise SaekdongError(f"{name} serves no model yet", fix=f"deploy one: 'saekdong deploy MODEL --name {name}'")
        return LocalPlatform(self._root, version.engine, version.capture).deploy(artifact, name, report)

    def rollback(self, name: str, report: Report) -> Endpoint:
        """Move an endpoint back to the version before.

        Raises:
            SaekdongError: there is none, or it no longer starts.
        """
        folder = self._existing(name)
        with self._alone(folder):
            former = folder.state.former
            if not former:
                raise SaekdongError(f"{name} has no version before", fix="deploy the model that you want")
            return self._order(folder, former, report)

    def invoke(self, name: str, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """Send a request to an endpoint; return the answer and its media type.

        Raises:
            SaekdongError: there is no such endpoint, it does not answer, or it refuses the request.
        """
        folder = self._existing(name)
        connection = http.client.HTTPConnection("127.0.0.1", folder.state.port or 1, timeout=_ANSWERED_WITHIN)
        headers = {"Content-Type": content_type, **({"Accept": accept} if accept else {})}
        try:
            connection.request("POST", "/invocations", body, headers)
            response = connection.getresponse()
            answer, status = response.read(), response.status
            kind = response.headers.get_content_type()
        except (OSError, http.client.HTTPException) as error:
            raise SaekdongError(
                f"{name} does not answer: {error}", fix="see 'saekdong status', and deploy its model again"
            ) from error
        finally:
            connection.close()
        if status != 200:
            raise SaekdongError(f"{name} answers {status}: {answer[:500].decode('utf-8', 'replace').strip()}")
        return answer, kind

    def status(self) -> list[Endpoint]:
        """Return the endpoints, by name."""
        return [_endpoint(folder) for folder in folders(self._root)]

    def traffic(self, name: str) -> list[IntervalCounts]:
        """Return how many requests an endpoint answered in the last three days, by interval, the oldest first."""
        return read_counts(endpoint_folder(self._root, name).traffic)

    def logs(self, name: str, *, follow: bool) -> Iterator[str]:
        """Yield the lines of an endpoint's log.

        Raises:
            SaekdongError: there is no such endpoint.
        """
        return read_log(self._existing(name).log, follow=follow)

    def destroy(self, name: str | None, report: Report, *, dry_run: bool) -> list[str]:
        """Stop and remove an endpoint, or all of them for None; a missing endpoint is not an error.

        If one cannot be removed, the others still are.

        Raises:
            SaekdongError: another command is changing one, or it cannot be removed.
        """
        chosen = folders(self._root) if name is None else [endpoint_folder(self._root, name)]
        removed, problems = [], []
        for folder in chosen:
            lines = [f"endpoint {folder.name} ({folder.path})"] if folder.exists() else []
            try:
                if not dry_run:
                    with self._alone(folder):
                        self._remove(folder, report)
                removed += lines
            except SaekdongError as error:
                problems.append(f"{folder.name} is not removed: {error}")
        if problems:
            for line in removed:
                report(f"removed: {line}")
            raise SaekdongError("; ".join(problems))
        return removed

    def _version(self, folder: Folder, artifact: "Artifact", packed: bytes) -> Version:
        """Return the version of the endpoint that has these bytes, a new one if there is none yet."""
        state, order = folder.state, folder.order
        candidates = [state.current, order.version if order and order.id != state.order else 0]
        folder.keep_only({*candidates, state.former})
        for number in candidates:
            version = folder.version(number)
            settings = (version.model, version.engine, version.capture) if version else None
            if version and settings == (artifact.id, self._engine, self._capture):
                return version
        try:
            return folder.add(artifact, packed, self._engine, self._capture)
        except SaekdongError:
            if folder.order is None:
                folder.remove()
            raise

    def _order(self, folder: Folder, number: int, report: Report) -> Endpoint:
        """Order a version to be served, and wait until it is.

        Raises:
            SaekdongError: the version is refused.
        """
        order = Order(uuid.uuid4().hex, number)
        folder.give(order)
        state = _wait(folder, order, report)
        if not state.failure:
            return _endpoint(folder)
        for line in state.lines:
            report(f"  {line}")
        if state.current:
            rest = f"version {state.current} {'goes on' if state.status == 'InService' else 'is kept'}"
        else:
            self._remove(folder, report)
            rest = "nothing is left of it"
        raise SaekdongError(f"{folder.name}: {state.failure}", fix=f"{rest}; fix it, and deploy again")

    def _remove(self, folder: Folder, report: Report) -> None:
        if folder.supervised:
            report(f"{folder.name}: stopping, when requests in flight are finished")
            locks.stop(folder.mark, _STOPPED_WITHIN)
        for engine in folder.engines():
            remove_containers(engine, folder.path)
        folder.remove()

    def _existing(self, name: str) -> Folder:
        folder = endpoint_folder(self._root, name)
        if not folder.exists():
            known = ", ".join(each.name for each in folders(self._root)) or "none"
            raise SaekdongError(f"there is no endpoint {name}", fix=f"deploy it, or give one of: {known}")
        return folder

    def _alone(self, folder: Folder) -> AbstractContextManager[None]:
        busy = f"another command deploys or destroys {folder.name} just now"
        return locks.only_one(folder.path.with_name(f".{folder.name}.lock"), busy)


def _endpoint(folder: Folder) -> Endpoint:
    state = folder.state
    version = folder.version(state.current) if state.current else None
    status, detail = state.status, state.detail
    if not folder.supervised:
        status, detail = "OutOfService", f"it does not run; deploy its model again, or 'saekdong destroy {folder.name}'"
    model = version.model if version else None
    return Endpoint(folder.name, status, state.address, state.current, model, state.created, detail)


def _wait(folder: Folder, order: Order, report: Report) -> State:
    """Start a supervisor for an order, wait until the order is done, and report the progress.

    Raises:
        SaekdongError: no supervisor starts, it reports nothing for too long, or it ends.
    """
    reported, is_new = "", daemon.start(folder)
    until = time.monotonic() + _DONE_WITHIN
    while time.monotonic() < until:
        supervised = folder.supervised
        state = folder.state
        if state.order == order.id:
            return state
        if not supervised:
            if is_new:
                break
            is_new = daemon.start(folder)
        if state.detail and state.detail != reported:
            report(f"{folder.name}: {state.detail}")
            reported = state.detail
        time.sleep(_PAUSE)
    raise SaekdongError(
        f"{folder.name}: its supervisor {'does not respond' if folder.supervised else 'ended'}",
        fix=f"see 'saekdong logs {folder.name}' and that the disk has room, then run this again",
    )
