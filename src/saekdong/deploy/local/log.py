"""An endpoint's log: written by its supervisor, read by commands."""

import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from saekdong.deploy.local.folder import utc_now
from saekdong.files import cannot_read

MOST_BYTES = 5 << 20
PARTS = 3
_PAUSE = 0.2


class Log:
    """Writes lines to a file; a full one becomes .1, the one before .2, and the last is removed.

    Lines that cannot be written, as on a full disk, are lost: an endpoint without a log is better than none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def write(self, line: bytes) -> None:
        """Write a line unchanged."""
        with suppress(OSError):
            if self._path.exists() and self._path.stat().st_size + len(line) > MOST_BYTES:
                for part in range(PARTS - 1, 0, -1):
                    with suppress(FileNotFoundError):
                        _part(self._path, part - 1).rename(_part(self._path, part))
            with self._path.open("ab") as file:
                file.write(line + b"\n")

    def event(self, message: str, **details: object) -> None:
        """Log an action of the supervisor as a line of JSON, like the service's own lines."""
        record = {"time": utc_now(), "level": "info", "message": message, **details}
        self.write(json.dumps(record, ensure_ascii=False).encode())


class LogHandler(logging.Handler):
    """Writes libraries' log records, from warnings on, into an endpoint's log."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record as a line of JSON."""
        fields = getattr(record, "fields", {})
        error = {"error": logging.Formatter().formatException(record.exc_info)} if record.exc_info else {}
        self._log.event(record.getMessage(), **{"level": record.levelname.lower()}, **fields, **error)


def trim(handle: int) -> None:
    """Truncate a file that another process appends to, if it has grown past the size of a log's part."""
    with suppress(OSError):
        if os.fstat(handle).st_size > MOST_BYTES:
            os.ftruncate(handle, 0)


def read_log(path: Path, *, follow: bool) -> Iterator[str]:
    """Yield a log's lines, oldest first; with `follow`, also later lines, until its folder is gone.

    Raises:
        SaekdongError: it cannot be read.
    """
    for part in range(PARTS - 1, 0, -1):
        with suppress(FileNotFoundError):
            yield from _part(path, part).read_text(encoding="utf-8", errors="replace").splitlines()
    while True:
        try:
            yield from _lines(path, follow=follow)
        except FileNotFoundError:
            # The file is being replaced, or does not exist yet.
            time.sleep(_PAUSE if follow else 0)
        except OSError as error:
            raise cannot_read(path, error) from error
        if not follow or not path.parent.is_dir():
            return


def _lines(path: Path, *, follow: bool) -> Iterator[str]:
    """Yield the lines of one file, with `follow` until it is replaced."""
    with path.open("rb") as file:
        while True:
            set_aside = not _is_at(path, file.fileno())
            while (line := file.readline()).endswith(b"\n") or (line and not follow):
                yield line.decode("utf-8", "replace").rstrip("\n")
            if set_aside or not follow:
                return
            file.seek(-len(line), os.SEEK_CUR)
            time.sleep(_PAUSE)


def _is_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _part(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}") if number else path
