"""Temporary folders, removed at the end of their run; the next run removes those of killed runs."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "saekdong-"
_NEW = ".new-saekdong-"
_LOCK = ".lock"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield an empty temporary folder, accessible only to this user, for the block.

    Example:
        >>> with scratch_folder() as folder:
        ...     list(folder.iterdir())
        []
        >>> folder.exists()
        False
    """
    _remove_left_behind()
    new = Path(tempfile.mkdtemp(prefix=_NEW))
    with (new / _LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Only now the name that other runs look for: before it is locked, they would treat it as abandoned.
        place = new.rename(new.with_name(new.name.replace(_NEW, _PREFIX, 1)))
        try:
            folder = place / "files"
            folder.mkdir()
            yield folder
        finally:
            shutil.rmtree(place, ignore_errors=True)


def _remove_left_behind() -> None:
    for place in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if place.lstat().st_uid == os.getuid() and not place.is_symlink():
                _remove_unless_locked(place)


def _remove_unless_locked(place: Path) -> None:
    """Remove a folder whose run has ended.

    Raises:
        OSError: its run goes on, or it is not one of these folders.
    """
    handle = os.open(place / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(place, ignore_errors=True)
    finally:
        os.close(handle)
