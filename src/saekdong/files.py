"""Files that appear whole or not at all."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from saekdong.errors import SaekdongError

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open `path` for writing bytes, so that it appears only once everything is written.

    The bytes go to a temporary file in the same folder, which replaces `path` at the end of the block.
    When the block raises, the temporary file is removed and whatever stood at `path` stays.

    Raises:
        SaekdongError: the folder cannot be made or written, or the disk is full.

    Example:
        >>> target = Path(tempfile.mkdtemp()) / "a.txt"
        >>> with whole_file(target) as file:
        ...     _ = file.write(b"all of it")
        >>> target.read_text()
        'all of it'
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o666 & ~_umask())
        _replace(temporary, path)
    except OSError as error:
        # Others may come of what the block reads.
        if error.errno in (*_FULL, errno.EFBIG):
            raise cannot_write(path, error) from error
        raise
    finally:
        with suppress(FileNotFoundError):
            Path(temporary).unlink()


def write_whole(path: Path, content: bytes | str) -> None:
    """Write `content` (text as UTF-8) to `path`, whole or not at all."""
    with whole_file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def check_writable(path: Path) -> None:
    """Check, before long work, that a file can be written at `path`; leave nothing there.

    Raises:
        SaekdongError: `path` is a folder, or its folder cannot be made or written.

    Example:
        >>> check_writable(Path(tempfile.mkdtemp()) / "new folder" / "a.txt")
    """
    try:
        if path.is_dir():
            raise cannot_write(path, IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)))
        folder = next(parent for parent in path.absolute().parents if parent.exists())
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> SaekdongError:
    """Tell why `path` cannot be written, and what to do.

    Example:
        >>> str(cannot_write(Path("a.csv"), OSError(errno.ENOSPC, "No space left on device")))
        'cannot write a.csv: No space left on device; make room there, or choose a folder on another disk'
    """
    full = "make room there, or choose a folder on another disk"
    fix = full if error.errno in _FULL else "choose a folder that you may write to"
    return SaekdongError(f"cannot write {path}: {error.strerror}", fix=fix)


def cannot_read(path: Path, error: OSError) -> SaekdongError:
    """Tell why `path` cannot be read, and what to do."""
    fix = "check the path" if isinstance(error, FileNotFoundError) else "check the file and your rights to it"
    return SaekdongError(f"cannot read {path}: {error.strerror}", fix=fix)


def _replace(temporary: str, path: Path) -> None:
    try:
        Path(temporary).replace(path)
    except OSError as error:
        raise cannot_write(path, error) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
