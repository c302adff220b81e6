"""A version as one file, its artifact with its lineage, to take it to another workspace.

The file is a tar archive of `version.json` and `model.tar.gz`. Like artifacts, it is not trusted: sizes are limited,
nothing in it is run, and anything odd is an `ArtifactError`.
"""

import io
import json
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from saekdong.errors import ArtifactError
from saekdong.files import cannot_read, open_regular, write_whole
from saekdong.loop import Lineage, Loop, ModelVersion
from saekdong.loop.stored_json import parse_stored
from saekdong.loop.versions import parse_lineage
from saekdong.model.archive import ArchiveError, members
from saekdong.model.artifact import Artifact, load_packed, unpack
from saekdong.model.identity import ARTIFACT_FILE
from saekdong.registry.registering import register_artifact, version_name

FORMAT = 1
_VERSION = "version.json"
_GZIP = b"\x1f\x8b"
_MOST_LINEAGE = 16 << 20
_MOST = (32 << 20) + _MOST_LINEAGE + (1 << 20)
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, eq=False)
class VersionFile:
    """What a version's file holds.

    Attributes:
        name: the model's.
        packed: the artifact.
        artifact: the same.
        lineage: what it was made of.
        parent: the id of the model that it learned from; empty if there is none.
    """

    name: str
    packed: bytes
    artifact: Artifact
    lineage: Lineage
    parent: str


def export_version(loop: Loop, version: ModelVersion, path: Path) -> None:
    """Write a version to a file, which appears whole or not at all.

    Raises:
        SaekdongError: it cannot be written.
    """
    parent = loop.find_version(version.parent) if version.parent else None
    about = {
        "format": FORMAT,
        "name": version.name,
        "version": version.version,
        "model": version.model,
        "parent": parent.model if parent else "",
        "lineage": asdict(version.lineage),
    }
    text = json.dumps(about, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    contents = {_VERSION: text.encode(), ARTIFACT_FILE: loop.packed(version)}
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    write_whole(path, stream.getvalue())


def import_version(loop: Loop, by: str, path: Path) -> ModelVersion:
    """Register what a file holds: a version that was exported, a `model.tar.gz`, or the folder of one.

    Returns:
        The new version, or the one that is the same model already.

    Raises:
        ArtifactError: it is neither, is truncated or was altered.
        SaekdongError: it cannot be read.
    """
    if path.is_dir() or _read(path, len(_GZIP)).startswith(_GZIP):
        artifact, packed = load_packed(path)
        folder = path.resolve() if path.is_dir() else path.resolve().parent
        name = folder.name if path.is_dir() or path.name == ARTIFACT_FILE else path.name.partition(".")[0]
        return register_artifact(loop, by, name, packed, artifact, "import")
    held = read_version_file(path)
    if version := loop.version_of(held.artifact.id):
        return version
    parent = loop.version_of(held.parent) if held.parent else None
    name = version_name(held.name)
    return loop.register(by, name, held.artifact.id, held.packed, held.lineage, str(parent) if parent else "")


def read_version_file(path: Path) -> VersionFile:
    """Read a file that `export_version` wrote.

    Raises:
        ArtifactError: it is not one, is truncated or was altered.
        SaekdongError: it cannot be read.
    """
    content = _read(path, _MOST + 1)
    with _named(path):
        if len(content) > _MOST:
            raise _altered(f"larger than {_MOST >> 20} MiB")
        contents = _members(content)
        about = _about(contents[_VERSION])
        packed = bytes(contents[ARTIFACT_FILE])
        artifact = unpack(packed)
        if about.get("model") != artifact.id:
            raise _altered("its model is not the one that it names")
        try:
            lineage = parse_lineage(about["lineage"])
        except ValueError as error:
            raise _altered(str(error)) from error
        return VersionFile(about["name"], packed, artifact, lineage, about["parent"])


def _read(path: Path, most: int) -> bytes:
    try:
        with open_regular(path) as stream:
            return stream.read(most)
    except OSError as error:
        raise cannot_read(path, error) from error


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Add the path to errors of the block."""
    try:
        yield
    except ArtifactError as error:
        raise ArtifactError(f"{path}: {error.problem}", fix=error.fix) from error


def _altered(why: str) -> ArtifactError:
    return ArtifactError(f"not a version of a model, or altered: {why}", fix="export it again")


def _members(content: bytes) -> dict[str, memoryview]:
    found: dict[str, memoryview] = {}
    try:
        for name, member in members(memoryview(content)):
            if member is None or name not in (_VERSION, ARTIFACT_FILE) or name in found:
                raise _altered(f"{name[:80]!r} does not belong in it")
            found[name] = member
    except ArchiveError as error:
        raise _altered(f"not a tar archive ({error})") from error
    if len(found) != len((_VERSION, ARTIFACT_FILE)):
        raise _altered(f"it has no {_VERSION if _VERSION not in found else ARTIFACT_FILE}")
    return found


def _about(content: memoryview) -> dict[str, Any]:
    if len(content) > _MOST_LINEAGE:
        raise _altered(f"{_VERSION} is larger than {_MOST_LINEAGE >> 20} MiB")
    try:
        about = parse_stored(str(content, "utf-8"))
    except ValueError as error:
        raise _altered(f"{_VERSION}: {error}") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise _altered(f"{_VERSION} is not of format {FORMAT}")
    if not isinstance(about.get("name"), str) or not isinstance(about.get("lineage"), dict):
        raise _altered(f"{_VERSION} has no name or no lineage")
    parent = about.get("parent")
    if not isinstance(parent, str) or (parent and not _DIGEST.fullmatch(parent)):
        raise _altered("its parent is not the id of a model")
    return about
