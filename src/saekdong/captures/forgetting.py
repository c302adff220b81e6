"""Remove captured requests before their retention ends, as a person may ask."""

import fcntl
import os
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, BinaryIO

from saekdong.captures.hours import local_files, place_of
from saekdong.captures.reading import captured_lines, complete_lines, parse_line
from saekdong.errors import SaekdongError
from saekdong.fetch.s3 import list_objects, open_object, split_address
from saekdong.files import cannot_write, open_regular, whole_file

_ABOUT = b'"eventMetadata"'


def forget_here(folder: Path, photos: Collection[str] = (), events: Collection[str] = ()) -> int:
    """Remove the lines of photos or requests from the files below a folder; return the number of lines removed.

    A product's lines are those of its photos. Each file that has such a line is replaced whole; a service that writes
    it goes on in a new file.

    Args:
        folder: the folder of an endpoint, or of several.
        photos: the SHA-256 of each photo, as hexadecimal digits.
        events: the ids of requests.

    Raises:
        SaekdongError: a file cannot be read or written.

    Example:
        >>> forget_here(Path("no-captures"), photos=["0" * 64])
        0
    """
    return sum(_forget_in(path, photos, events) for path in local_files(folder))


def _forget_in(path: Path, photos: Collection[str], events: Collection[str]) -> int:
    try:
        with open_regular(path) as file:
            # The writer takes this lock for each write, and looks afterward whether the file was replaced.
            fcntl.flock(file, fcntl.LOCK_EX)
            removed = sum(_is_of(path.as_posix(), line, photos, events) for line in captured_lines(file))
            if removed:
                file.seek(0)
                _rewrite(path, file, photos, events)
    except FileNotFoundError:  # it expired in the meantime
        return 0
    except OSError as error:
        raise cannot_write(path, error) from error
    return removed


def _rewrite(path: Path, file: BinaryIO, photos: Collection[str], events: Collection[str]) -> None:
    mode = os.fstat(file.fileno()).st_mode & 0o777
    with whole_file(path) as kept:
        os.fchmod(kept.fileno(), mode)
        kept.writelines(_others(path.as_posix(), captured_lines(file), photos, events))


def forget_on_s3(address: str, client: Any, photos: Collection[str] = (), events: Collection[str] = ()) -> int:
    """Remove the lines of photos or requests from the objects below an address; return the number of lines removed.

    Each object that has such a line is replaced, and its earlier versions are removed.

    Args:
        address: an `s3://` address.
        client: the S3 client.
        photos: as for `forget_here`.
        events: as for `forget_here`.

    Raises:
        SaekdongError: S3 refuses.
    """
    removed = 0
    for each in list_objects(address, client):
        if place_of(each) is None:
            continue
        with tempfile.TemporaryFile() as kept:
            found = _write_others(each, client, photos, events, kept)
            if found:
                _replace(client, each, kept)
        removed += found
    return removed


def _write_others(address: str, client: Any, photos: Collection[str], events: Collection[str], kept: BinaryIO) -> int:
    """Write an object's lines to keep to a file; return the number of the others."""
    found = 0
    with open_object(address, client=client) as remote:
        for line in captured_lines(remote.body):
            if _is_of(address, line, photos, events):
                found += 1
            else:
                kept.write(line)
    return found


def _replace(client: Any, address: str, content: BinaryIO) -> None:
    bucket, key = split_address(address)
    is_empty = not content.tell()
    content.seek(0)
    kept = None if is_empty else client.put_object(Bucket=bucket, Key=key, Body=content).get("VersionId")
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key):
        for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            if one["Key"] == key and one["VersionId"] != kept and (is_empty or kept is not None):
                client.delete_object(Bucket=bucket, Key=key, VersionId=one["VersionId"])


def _others(name: str, lines: Iterable[bytes], photos: Collection[str], events: Collection[str]) -> Iterable[bytes]:
    """Return the lines to keep; an incomplete last line of a killed process is not kept."""
    return (line for line in complete_lines(lines) if not _is_of(name, line, photos, events))


def _is_of(name: str, line: bytes, photos: Collection[str], events: Collection[str]) -> bool:
    if _ABOUT not in line:
        return False
    place = place_of(name)
    try:
        request = parse_line(place[0] if place else "", line)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, SaekdongError):
        return False
    return request.photo in photos or request.event in events
