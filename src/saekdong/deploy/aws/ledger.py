"""The ledger: the workspace's record of AWS resources, JSON Lines, written before each resource is made."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from saekdong.errors import SaekdongError
from saekdong.files import cannot_read, cannot_write
from saekdong.locks import locked

LEDGER_FILE = "ledger.jsonl"


@dataclass(frozen=True)
class LedgerEntry:
    """A resource on AWS that was made, or was about to be.

    Attributes:
        kind: its kind, such as `endpoint`.
        name: its name on AWS.
        of: the deployment that it belongs to; empty for what all deployments of a workspace share.
        account: the number of its account.
        region: its region.
    """

    kind: str
    name: str
    of: str
    account: str
    region: str


class Ledger:
    """The file that records the AWS resources of a workspace. It holds no secret.

    A truncated line, as after a power cut, is ignored: the operation that it announces had not started.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def stored_workspace(self) -> str | None:
        """The workspace's id if it has one; reading it writes nothing."""
        return next((str(record["id"]) for record in self._records() if record["event"] == "workspace"), None)

    @property
    def workspace(self) -> str:
        """The workspace's id on AWS: 8 random hexadecimal digits, chosen and written at the first use."""
        if stored := self.stored_workspace:
            return stored
        with self._open() as file:
            # Another process may have written it first.
            if stored := self.stored_workspace:
                return stored
            chosen = secrets.token_hex(4)
            _append(file, {"event": "workspace", "id": chosen})
        return chosen

    def creating(self, entry: LedgerEntry) -> None:
        """Record that a resource is about to be made; return once the record is on disk."""
        self._write({"event": "creating", **vars(entry)})

    def removed(self, entry: LedgerEntry) -> None:
        """Record that a resource is removed."""
        self._write({"event": "removed", **vars(entry)})

    def serving(self, name: str, **what: str) -> None:
        """Record which model a deployment serves now."""
        self._write({"event": "serving", "name": name, **what})

    def standing(self) -> list[LedgerEntry]:
        """Return the resources that were made, or about to be, and not removed since; in order of making."""
        found: dict[LedgerEntry, None] = {}
        for record in self._records():
            if record["event"] in ("creating", "removed"):
                entry = _entry(record)
                if record["event"] == "creating":
                    found.setdefault(entry)
                else:
                    found.pop(entry, None)
        return list(found)

    def made(self) -> list[LedgerEntry]:
        """Return all resources that were ever made, or about to be, removed or not."""
        return list(dict.fromkeys(_entry(record) for record in self._records() if record["event"] == "creating"))

    def served(self, name: str) -> list[dict[str, Any]]:
        """Return what a deployment has served, the newest last."""
        return [record for record in self._records() if record["event"] == "serving" and record["name"] == name]

    @contextmanager
    def held(self, name: str | None) -> Iterator[None]:
        """Lock a deployment, or for None the whole workspace, against changes by other processes during the block.

        Raises:
            SaekdongError: another process holds it.
        """
        with ExitStack() as stack:
            held = stack.enter_context(locked(self.path.with_name(".ledger.lock"), shared=bool(name)))
            if held and name:
                # AWS, and some file systems, do not distinguish names by capitals.
                held = stack.enter_context(locked(self.path.with_name(f".ledger.{name.lower()}.lock")))
            if not held:
                raise SaekdongError(
                    f"another saekdong is changing {name or 'a deployment of this workspace'} on AWS",
                    fix="wait for it to end, then run it again",
                )
            yield

    @contextmanager
    def using_images(self) -> Iterator[None]:
        """Protect images from pruning during the block: from a push until the ledger records what uses them."""
        # Pruning takes only seconds, so wait for it.
        with locked(self._images, shared=True, wait=True):
            yield

    @contextmanager
    def pruning_images(self) -> Iterator[bool]:
        """Lock the images; yield whether no process is in `using_images`, so that they may be pruned in the block."""
        with locked(self._images) as is_alone:
            yield is_alone

    @property
    def _images(self) -> Path:
        return self.path.with_name(".ledger-images.lock")

    def _write(self, record: dict[str, Any]) -> None:
        with self._open() as file:
            _append(file, record)

    @contextmanager
    def _open(self) -> Iterator[BinaryIO]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield file
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def _records(self) -> Iterator[dict[str, Any]]:
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return
        except OSError as error:
            raise cannot_read(self.path, error) from error
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and "event" in record:
                yield record


def _entry(record: dict[str, Any]) -> LedgerEntry:
    return LedgerEntry(**{key: record[key] for key in LedgerEntry.__dataclass_fields__})


def _append(file: BinaryIO, record: dict[str, Any]) -> None:
    start = b""
    if file.seek(0, os.SEEK_END):
        file.seek(-1, os.SEEK_END)
        start = b"" if file.read(1) == b"\n" else b"\n"
    line = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **record}
    file.write(start + json.dumps(line, ensure_ascii=False).encode() + b"\n")
    file.flush()
    os.fsync(file.fileno())
