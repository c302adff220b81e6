"""Where photos come from: files, folders, patterns, a list on stdin, zip archives, http and s3."""

import glob
import os
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from saekdong.errors import SaekdongError
from saekdong.fetch import FetchError
from saekdong.fetch.bounds import MOST_PHOTO_BYTES
from saekdong.fetch.urls import is_address, redacted
from saekdong.files import open_regular
from saekdong.photo.kinds import PHOTO_KINDS, SUFFIXES
from saekdong.photo.reading import PhotoError


@dataclass(frozen=True)
class Source:
    """A photo that can be read.

    Attributes:
        name: what people call it: its path, `archive.zip/inside.jpg`, or its address without its secrets.
        read: returns its bytes; raises `PhotoError`.
    """

    name: str
    read: Callable[[], bytes]


def find_photos(places: Sequence[str], listed: Iterable[str] = (), *, allow_private: bool = False) -> Iterator[Source]:
    """Yield the photos at `places`, one after the other, folders in the order of their names.

    Args:
        places: files, folders (with those inside), patterns such as `shop/**/*.jpg`, zip archives, `http(s)://` and
            `s3://` addresses; `-` stands for `listed`.
            The user named them: the host of an address may be a loopback or private one as it is written.
        listed: more of the same, one a line, as on stdin. Their addresses must be public.
        allow_private: also connect to loopback and private addresses that are listed, looked up or redirected to.

    Raises:
        SaekdongError: a folder, a pattern or an archive holds no photo. A file that is not there is a source whose
            reading fails.
    """
    for place in places:
        if place == "-":
            for line in map(str.strip, listed):
                if is_address(line):
                    yield _at_address(line, allow_private=allow_private, is_named=False)
                elif line:
                    yield from find_photos([line])
        elif is_address(place):
            yield _at_address(place, allow_private=allow_private, is_named=True)
        else:
            yield from _local(place)


def photo_at(name: str, folder: Path, *, allow_private: bool = False) -> Source:
    """Return the photo that a file in `folder` names: an address, an absolute path, or a path from the folder on.

    Args:
        name: the photo.
        folder: where the file stands.
        allow_private: also connect to loopback and private addresses.
    """
    if is_address(name):
        return _at_address(name, allow_private=allow_private, is_named=False)
    return _file(Path(path_of(str(folder), name)))


def path_of(folder: str, name: str) -> str:
    """Return the path that a name means from a folder on, its letters as the file system has them.

    macOS decomposes the letters of Korean names (`ㄴㅏㅁㅅㅐㄱ`), and its archives bring that form to systems that
    distinguish the two forms.
    """
    path = os.path.join(folder, name)  # noqa: PTH118
    if name.isascii() or os.path.exists(path):  # noqa: PTH110
        return path
    others = (os.path.join(folder, unicodedata.normalize(form, name)) for form in ("NFC", "NFD"))  # noqa: PTH118
    return next(filter(os.path.exists, others), path)


def is_place(text: str) -> bool:
    """Return whether a text looks like a place of photos rather than something else."""
    if is_address(text) or text.lower().endswith((*SUFFIXES, ".zip")):
        return True
    try:
        return glob.has_magic(text) or Path(text).exists()
    except (OSError, ValueError):
        return False


def _local(place: str) -> Iterator[Source]:
    path = Path(place)
    if not _can_exist(path):
        yield _file(path)
    elif path.is_dir():
        yield from _some(place, (_file(found) for found in _inside(path)))
    elif path.is_file() and path.suffix.lower() == ".zip":
        yield from _some(place, _zipped(path))
    elif not path.exists() and glob.has_magic(place):
        found = sorted(Path(match) for match in glob.glob(place, recursive=True))  # noqa: PTH207
        yield from _some(place, (_file(match) for match in found if match.is_file()))
    else:
        yield _file(path)


def _can_exist(path: Path) -> bool:
    try:
        path.exists()
    except OSError:
        # Too long a name, or a folder that may not be entered: reading it says so.
        return False
    return True


def _some(place: str, sources: Iterator[Source]) -> Iterator[Source]:
    count = 0
    for count, source in enumerate(sources, start=1):  # noqa: B007
        yield source
    if not count:
        suffixes = " ".join(kind.suffixes[0] for kind in PHOTO_KINDS)
        raise SaekdongError(f"{place} holds no photo", fix=f"photos end in {suffixes} ...")


def _inside(folder: Path, above: frozenset[Path] = frozenset()) -> Iterator[Path]:
    real = folder.resolve()
    if real in above:
        # A link back to a folder that is being read already.
        return
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise SaekdongError(
            f"{folder} cannot be read: {error.strerror}", fix="give the right to read it, or other folders"
        ) from error
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _inside(entry, above | {real})
        elif entry.suffix.lower() in SUFFIXES and (entry.is_file() or not entry.exists()):
            # Not pipes and devices, which may never end; a dangling link is a photo that is missing.
            yield entry


def _file(path: Path) -> Source:
    return Source(str(path), lambda: _read_file(path))


def _read_file(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            return _bounded(file)
    except FileNotFoundError as error:
        raise PhotoError("not-found", "there is no such file", fix="check the path") from error
    except (OSError, ValueError) as error:
        raise PhotoError("unreadable", f"it cannot be read: {getattr(error, 'strerror', error)}") from error


def _bounded(file: IO[bytes]) -> bytes:
    content = file.read(MOST_PHOTO_BYTES + 1)
    if len(content) > MOST_PHOTO_BYTES:
        raise PhotoError(
            "too-large", f"larger than {MOST_PHOTO_BYTES >> 20} MiB", fix="give a smaller version of the photo"
        )
    return content


def _zipped(path: Path) -> Iterator[Source]:
    try:
        # Never closed by hand: its members may be read after the last of them was found.
        archive = zipfile.ZipFile(path)
    except Exception as error:
        # Damaged archives raise more than BadZipFile.
        raise SaekdongError(f"{path} is not a zip archive that can be read: {error}", fix="pack it again") from error
    for member in sorted(archive.infolist(), key=lambda member: member.filename):
        if not member.is_dir() and _is_photo(PurePosixPath(member.filename)):
            yield Source(f"{path}/{member.filename}", lambda member=member: _read_member(archive, member))  # type: ignore[misc]


def _is_photo(member: PurePosixPath) -> bool:
    is_hidden = any(part.startswith(".") and not part.startswith("..") for part in member.parts)
    return member.suffix.lower() in SUFFIXES and not is_hidden


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(member) as file:
            return _bounded(file)
    except PhotoError:
        raise
    except Exception as error:
        # Each way of packing has errors of its own.
        raise PhotoError("unreadable", f"it cannot be unpacked: {error}") from error


def _at_address(address: str, *, allow_private: bool, is_named: bool) -> Source:
    return Source(redacted(address), lambda: _fetch(address, allow_private=allow_private, is_named=is_named))


def _fetch(address: str, *, allow_private: bool, is_named: bool) -> bytes:
    from saekdong.fetch.fetcher import shared_fetcher

    try:
        fetcher = shared_fetcher(allow_private)
        if is_named:
            fetcher.trust(address)
        return fetcher.read(address)
    except FetchError as error:
        raise PhotoError(error.code, error.problem, error.fix) from error
