"""Where captured lines are: ENDPOINT/AllTraffic/YYYY/MM/DD/HH/*.jsonl, the hours in UTC, as on SageMaker."""

import re
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from saekdong.captures.settings import Retention

VARIANT = "AllTraffic"
SUFFIX = ".jsonl"
_FILE = re.compile(r"(?:.*/)?([^/]+)/[^/]+/(\d{4})/(\d\d)/(\d\d)/(\d\d)/[^/]+\.jsonl", re.DOTALL)
_HOUR = timedelta(hours=1)


def new_file(folder: Path, moment: float) -> Path:
    """Return the path of a new file for the lines of an hour.

    Args:
        folder: the folder of the endpoint.
        moment: a time in that hour, in seconds since 1970.
    """
    at = time.gmtime(moment)
    begun = time.strftime("%M-%S", at)
    name = f"{begun}-{int(moment * 1000) % 1000:03}-{uuid.uuid4()}{SUFFIX}"
    return folder / VARIANT / time.strftime("%Y/%m/%d/%H", at) / name


def place_of(path: str) -> tuple[str, datetime] | None:
    """Return the endpoint of a file and the hour of its lines; None if it is not such a file.

    Args:
        path: a path or a key on S3, with slashes.

    Example:
        >>> place_of("captures/shop/AllTraffic/2026/11/27/09/30-00-000-a.jsonl")
        ('shop', datetime.datetime(2026, 11, 27, 9, 0, tzinfo=datetime.timezone.utc))
    """
    match = _FILE.fullmatch(path)
    if not match:
        return None
    try:
        return match[1], datetime(*map(int, match.groups()[1:]), tzinfo=UTC)  # type: ignore[arg-type,misc]
    except ValueError:
        return None


def is_within(hour: datetime, since: datetime | None, until: datetime | None) -> bool:
    """Return whether an hour has a moment from `since` on and before `until`; None for all."""
    return (since is None or hour + _HOUR > since) and (until is None or hour < until)


def local_files(folder: Path) -> Iterator[Path]:
    """Yield the files of captured lines below a folder, by path."""
    found = (path for path in folder.rglob(f"*{SUFFIX}") if place_of(str(path.absolute())))
    yield from sorted(found, key=lambda path: (path.parent, path.name))


def remove_expired(folder: Path, keep: Retention, now: datetime) -> int:
    """Remove the files whose hour ended longer ago than they are kept; return their number.

    Args:
        folder: the folder of an endpoint, or of several.
        keep: how long lines are kept.
        now: the current time.
    """
    expired = 0
    for path in local_files(folder):
        place = place_of(str(path.absolute()))
        if place and place[1] + _HOUR <= now - timedelta(hours=keep.hours):
            path.unlink(missing_ok=True)
            expired += 1
            _remove_empty(path.parent, folder)
    return expired


def _remove_empty(path: Path, top: Path) -> None:
    """Remove a folder, and those above it up to `top`, if they are empty."""
    with suppress(OSError):
        while path != top:
            path.rmdir()
            path = path.parent
