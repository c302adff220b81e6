"""Write files whole or not at all, with errors that name the file."""

import errno
import io
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from saekdong.errors import DiskError, SaekdongError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
"""The errors of writing to a full or broken disk."""

_DESCRIPTORS = Path("/proc/self/fd")
_MODE = 0o666
_MOST_READ = 512 << 20
_MOST_NAME = 50


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open `path` for writing bytes, so that it appears only once everything is written.

    The bytes go to an unnamed file in the same folder, which replaces `path` at the end of the block. If the block
    raises or the process is killed, nothing of it is left and an existing `path` is unchanged. A device or a pipe,
    such as `/dev/stdout`, is written directly.

    Raises:
        SaekdongError: the folder cannot be made or written, or the disk is full. Errors of the block about other files
            are unchanged.

    Example:
        >>> target = Path(tempfile.mkdtemp()) / "a.txt"
        >>> with whole_file(target) as file:
        ...     _ = file.write(b"all of it")
        >>> target.read_text()
        'all of it'
    """
    if _is_special(path):
        with named_writer(path) as file:
            yield file
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = _temporary(path)
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        with named_writer(path, handle) as file:
            yield file
            file.flush()
            _finish(handle, temporary, path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def named_writer(path: Path, handle: int | None = None) -> BinaryIO:
    """Open a file for writing bytes; errors name `path`.

    Args:
        path: the name in errors, and the file to open unless `handle` is given.
        handle: an open file descriptor, closed with the writer.

    Raises:
        SaekdongError: the file cannot be opened, or, when the writer is used or closed, written.
    """
    try:
        return io.BufferedWriter(_NamedFile(path, handle))
    except OSError as error:
        raise cannot_write(path, error) from error


class _NamedFile(io.FileIO):
    """A file for writing, whose errors name its path."""

    def __init__(self, path: Path, handle: int | None) -> None:
        self._path = path
        super().__init__(path if handle is None else handle, "wb")

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            raise cannot_write(self._path, error) from error


def write_whole(path: Path, content: bytes | str) -> None:
    """Write `content` (text as UTF-8) to `path`, whole or not at all."""
    with whole_file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def cannot_write(path: Path, error: OSError) -> SaekdongError:
    """Return the error for a `path` that cannot be written, with the fix.

    Example:
        >>> str(cannot_write(Path("a.csv"), OSError(errno.EACCES, "Permission denied")))
        'cannot write a.csv: Permission denied; choose a folder that you may write to'
    """
    problem = f"cannot write {path}: {error.strerror or error}"
    if error.errno not in FULL:
        return SaekdongError(problem, fix="choose a folder that you may write to")
    room = size_text(shutil.disk_usage(_existing(path)).free)
    return DiskError(f"{problem} ({room} free there)", fix="make room there, or choose a folder on another disk")


def check_writable(path: Path, *, folder: bool = False) -> None:
    """Check before long work that its result can be written to `path`; leaves nothing behind.

    Args:
        path: a file, or a folder to write files into; it need not exist, nor the folders above it.
        folder: `path` is a folder.

    Raises:
        SaekdongError: it cannot be written.
    """
    try:
        if _is_special(path) and not folder:
            return
        if path.exists() and path.is_dir() != folder:
            code = errno.ENOTDIR if folder else errno.EISDIR
            raise OSError(code, os.strerror(code))
        # A file that is not linked into the folder. Only an attempt detects quotas and file systems mounted read-only.
        with tempfile.TemporaryFile(dir=_existing(path if folder else path.parent)):
            pass
    except OSError as error:
        raise cannot_write(path, error) from error


def size_text(count: int) -> str:
    """Return a number of bytes with a unit for people.

    Example:
        >>> size_text(0), size_text(123_456), size_text(7_654_321_000)
        ('0 B', '123.5 kB', '7.7 GB')
    """
    size, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size /= 1000
        units.pop(0)
    return f"{size:.0f} {units[0]}" if units[0] == "B" else f"{size:.1f} {units[0]}"


@contextmanager
def open_regular(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading bytes; raise for a pipe, a socket or a device, which may never end.

    Raises:
        OSError: it cannot be opened, or is not a regular file.

    Example:
        >>> with open_regular(Path("/dev/null")) as file:
        ...     file.read()
        Traceback (most recent call last):
        OSError: [Errno 22] not a regular file: '/dev/null'
    """
    # Plain open() would wait forever for a pipe without a writer.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        kind = os.fstat(handle).st_mode
        if not stat.S_ISREG(kind):
            code = errno.EISDIR if stat.S_ISDIR(kind) else errno.EINVAL
            raise OSError(code, os.strerror(code) if code == errno.EISDIR else "not a regular file", str(path))
        yield file


def read_regular(path: Path) -> bytes:
    """Return the content of a file that the user named, opened by `open_regular`; 512 MiB at most.

    Raises:
        OSError: it cannot be read, is not a regular file, or is larger.
    """
    with open_regular(path) as file:
        content = file.read(_MOST_READ + 1)
    if len(content) > _MOST_READ:
        raise OSError(errno.EFBIG, f"larger than {_MOST_READ >> 20} MiB", str(path))
    return content


def is_below(path: str, folder: str) -> bool:
    """Return whether a path is inside a folder, by name only: links are not followed.

    Example:
        >>> is_below("shop/photos/1.jpg", "shop"), is_below("shop/../scans/1.jpg", "shop"), is_below("shop", "shop")
        (True, False, False)
    """
    return os.path.abspath(path).startswith(f"{os.path.abspath(folder).rstrip(os.sep)}{os.sep}")  # noqa: PTH100


def cannot_read(path: Path, error: OSError) -> SaekdongError:
    """Return the error for a `path` that cannot be read, with the fix."""
    fix = "check the path" if isinstance(error, FileNotFoundError) else "check the file and your rights to it"
    return SaekdongError(f"cannot read {path}: {error.strerror}", fix=fix)


def _temporary(path: Path) -> tuple[int, Path]:
    """Open a file beside `path`, and return its present or future name; a killed process leaves nothing of it.

    Raises:
        OSError: the file cannot be made.
    """
    name = path.with_name(f".{path.name[:_MOST_NAME]}.{secrets.token_hex(4)}")
    if _DESCRIPTORS.is_dir():
        with suppress(OSError):  # some file systems, such as NFS, do not support it; other errors are raised below
            return os.open(path.parent, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, _MODE), name
    return os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, _MODE), name


def _finish(handle: int, temporary: Path, path: Path) -> None:
    try:
        os.fsync(handle)
        if not os.fstat(handle).st_nlink:
            _link(handle, temporary)
        temporary.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from error


def _link(handle: int, path: Path) -> None:
    """Link an unnamed file to a name."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # Without a folder's descriptor, Python would link to the /proc link itself.
        os.link(_DESCRIPTORS / str(handle), path.name, dst_dir_fd=folder)
    finally:
        os.close(folder)


def _existing(path: Path) -> Path:
    """Return the nearest existing path of `path` and the folders above it."""
    return next(each for each in (path, *path.absolute().parents) if each.exists())


def _is_special(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)
