"""An endpoint's folder: its versions, its last order, and its state."""

import json
import os
import re
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from saekdong import locks
from saekdong.captures.settings import CaptureSettings, Retention
from saekdong.errors import SaekdongError
from saekdong.files import cannot_read, cannot_write, write_whole
from saekdong.model.identity import ARTIFACT_FILE, ModelId

if TYPE_CHECKING:
    from saekdong.model.artifact import Artifact

PROCESS = "process"
SMOKE_COLOR = (73, 84, 116)
"""The color that every new version must name before it gets requests."""

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_VERSION = re.compile(r"v([0-9]{1,9})")

_T = TypeVar("_T")


@dataclass(frozen=True)
class Version:
    """An artifact of the endpoint.

    Attributes:
        number: the version, from 1.
        model: the artifact's identity; None if a version of Saekdong 0.1 has an artifact that cannot be read.
        engine: the engine of its service: `process`, `docker` or `podman`.
        label: the label that it must return for the smoke prediction's color.
        capture: which requests to it are captured; None for none.
    """

    number: int
    model: ModelId | None
    engine: str
    label: str
    capture: CaptureSettings | None = None


@dataclass(frozen=True)
class Order:
    """A command's order: the endpoint should serve this version."""

    id: str
    version: int


@dataclass(frozen=True)
class State:
    """The state of an endpoint, written by its supervisor.

    Attributes:
        status: in SageMaker's terms.
        port: the endpoint's port; 0 if it has not started.
        created: when it first started, ISO 8601 in UTC.
        current: the version in service, or the one to restart; 0 for none.
        former: the version before it; 0 for none.
        detail: the progress, or the reason of a failure.
        order: the last completed order.
        failure: the reason if that order failed; otherwise empty.
        lines: the last lines of the failed service's output.
    """

    status: str = "Creating"
    port: int = 0
    created: str = ""
    current: int = 0
    former: int = 0
    detail: str = ""
    order: str = ""
    failure: str = ""
    lines: Sequence[str] = ()

    @property
    def address(self) -> str:
        """The endpoint's address."""
        return f"http://127.0.0.1:{self.port}" if self.port else ""


@dataclass(frozen=True)
class Folder:
    """The files of an endpoint.

    Commands write versions and orders, the supervisor writes the state; each file is replaced whole.
    """

    path: Path

    @property
    def name(self) -> str:
        """The endpoint's name."""
        return self.path.name

    @property
    def log(self) -> Path:
        """The log of its services and its supervisor; older parts are beside it, as .1 and so on."""
        return self.path / "log" / "endpoint.log"

    @property
    def mark(self) -> Path:
        """The file that the supervisor locks while it runs."""
        return self.path / "supervisor.lock"

    @property
    def traffic(self) -> Path:
        """The file with the endpoint's requests by interval."""
        return self.path / "traffic.json"

    @property
    def supervised(self) -> bool:
        """Whether a supervisor runs."""
        return locks.holder(self.mark) is not None

    @property
    def captures(self) -> Path:
        """The folder below which captured requests are, as AllTraffic/YYYY/MM/DD/HH/*.jsonl: the endpoint's own."""
        return self.path

    def exists(self) -> bool:
        """Return whether the endpoint exists, complete or not."""
        return self.path.is_dir()

    def model(self, number: int) -> Path:
        """Return the path of a version's artifact."""
        return self.path / f"v{number}" / ARTIFACT_FILE

    def unpacked(self, number: int) -> Path:
        """Return the folder of a version's files, which containers read instead of the artifact."""
        return self.path / f"v{number}" / "model"

    def engines(self) -> set[str]:
        """Return the container engines of its versions' services."""
        versions = (self.version(number) for number in self._numbers())
        return {version.engine for version in versions if version and version.engine != PROCESS}

    def add(self, artifact: "Artifact", packed: bytes, engine: str, capture: CaptureSettings | None = None) -> Version:
        """Store an artifact, and the bytes it was read from, as the next version.

        Raises:
            SaekdongError: it cannot be written.
        """
        from saekdong.model.artifact import save_unpacked

        number = max(self._numbers(), default=0) + 1
        version = Version(number, artifact.id, engine, str(artifact.predict(SMOKE_COLOR)), capture)
        self._write(self.model(number), packed)
        if engine != PROCESS:
            try:
                save_unpacked(artifact, self.unpacked(number))
            except OSError as error:
                raise cannot_write(self.unpacked(number), error) from error
        self._write(self._about(number), _to_json(version, model_id=version.model))
        return version

    def version(self, number: int) -> Version | None:
        """Return a version, or None if it was never completed."""
        return _read(self._about(number), partial(self._version, number))

    def _about(self, number: int) -> Path:
        return self.path / f"v{number}" / "version.json"

    def _version(self, number: int, content: dict[str, Any]) -> Version:
        # Saekdong 0.1 wrote the SHA-256 of the packed file as `model`, which its supervisors still read, and no id.
        model = ModelId(content["model_id"]) if "model_id" in content else self._read_id(number)
        return Version(content["number"], model, content["engine"], content["label"], _capture(content.get("capture")))

    def _read_id(self, number: int) -> ModelId | None:
        from saekdong.model.artifact import load_packed

        try:
            return load_packed(self.model(number))[0].id
        except SaekdongError:
            return None

    def keep_only(self, numbers: Collection[int]) -> None:
        """Remove every other version."""
        for number in self._numbers():
            if number not in numbers:
                shutil.rmtree(self.path / f"v{number}", ignore_errors=True)

    @property
    def order(self) -> Order | None:
        """The last order, or None."""
        return _read(self.path / "order.json", _as(Order))

    def give(self, order: Order) -> None:
        """Write an order."""
        self._write(self.path / "order.json", _to_json(order))

    @property
    def state(self) -> State:
        """The state that the supervisor last wrote."""
        return _read(self.path / "state.json", _as(State)) or State()

    def write_state(self, state: State) -> None:
        """Write the state."""
        self._write(self.path / "state.json", _to_json(state))

    def remove(self) -> None:
        """Remove everything. It is renamed first, so that other processes see it disappear at once.

        Raises:
            SaekdongError: a file cannot be removed.
        """
        self.finish_removal()
        try:
            self.path.rename(self._removed)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _cannot_remove(error) from error
        self.finish_removal()

    def finish_removal(self) -> None:
        """Remove what is left after a command was killed while it removed this endpoint.

        Raises:
            SaekdongError: a file cannot be removed.
        """
        try:
            if self._removed.exists():
                shutil.rmtree(self._removed)
        except OSError as error:
            raise _cannot_remove(error) from error

    @property
    def _removed(self) -> Path:
        return self.path.with_name(f".{self.name}.removed")

    def _numbers(self) -> list[int]:
        found = (_VERSION.fullmatch(path.name) for path in self.path.glob("v*"))
        return [int(match[1]) for match in found if match]

    @staticmethod
    def _write(path: Path, content: bytes | str) -> None:
        try:
            write_whole(path, content)
        except OSError as error:
            raise cannot_write(path, error) from error


def folders(root: Path) -> list[Folder]:
    """Return the folders of all endpoints under `root`, by name."""
    names = sorted(path.name for path in root.glob("*") if path.is_dir() and _NAME.fullmatch(path.name))
    return [endpoint_folder(root, name) for name in names]


def endpoint_folder(root: Path, name: str) -> Folder:
    """Return the folder of the endpoint `name`, which need not exist.

    Raises:
        SaekdongError: SageMaker would not accept the name.
    """
    if not _NAME.fullmatch(name):
        raise SaekdongError(f"{name!r} is not an endpoint name", fix="use up to 63 letters, digits and inner hyphens")
    return Folder(Path(os.path.abspath(root)) / name)  # noqa: PTH100 - a link to the workspace stays a link


def check_distinct(folder: Folder) -> None:
    """Raise if a new endpoint's name differs from another's only in capitals.

    SageMaker and some file systems treat the two names as one.

    Raises:
        SaekdongError: there is such an endpoint.
    """
    if folder.path.exists() or not folder.path.parent.is_dir():
        return
    for other in sorted(each.name for each in folder.path.parent.iterdir()):
        if other.lower() == folder.path.name.lower():
            raise SaekdongError(
                f"{folder.path.name} differs from the endpoint {other} in capitals only",
                fix=f"use the name {other}, or one that differs in more",
            )


def _cannot_remove(error: OSError) -> SaekdongError:
    return SaekdongError(f"cannot remove {error.filename}: {error.strerror}", fix="check your rights")


def utc_now() -> str:
    """Return the current time, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _capture(content: dict[str, Any] | None) -> CaptureSettings | None:
    if content is None:
        return None
    return CaptureSettings(content["percent"], Retention(content["keep"]["hours"]), content["photos"])


def _to_json(record: Any, **more: Any) -> str:
    return json.dumps({**asdict(record), **more}, ensure_ascii=False, indent=1) + "\n"


def _as(kind: type[_T]) -> Callable[[dict[str, Any]], _T]:
    """Return what makes a record of this kind from its fields."""
    return lambda content: kind(**{field.name: content[field.name] for field in fields(kind)})  # type: ignore[arg-type]


def _read(path: Path, make: Callable[[dict[str, Any]], _T]) -> _T | None:
    """Read a record; return None if there is none."""
    try:
        return make(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise cannot_read(path, error) from error
    except (ValueError, KeyError, TypeError) as error:
        raise SaekdongError(f"{path} was altered", fix="remove the endpoint with 'saekdong destroy'") from error
