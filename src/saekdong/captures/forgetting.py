"""Remove captured requests before their retention ends, as a person may ask."""

import fcntl
import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, BinaryIO

from saekdong.captures.hours import local_files, place_of
from saekdong.captures.reading import parse_line
from saekdong.errors import SaekdongError
from saekdong.fetch.s3 import list_objects, open_object, split_address
from saekdong.files import cannot_write, open_regular, whole_file


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
            removed = sum(_is_of(path.as_posix(), line, photos, events) for line in file)
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
        kept.writelines(_others(path.as_posix(), file, photos, events))


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
        with open_object(each, client=client) as remote:
            lines = remote.body.read().splitlines(keepends=True)
        found = sum(_is_of(each, line, photos, events) for line in lines)
        if found:
            _replace(client, each, b"".join(_others(each, lines, photos, events)))
            removed += found
    return removed


def _replace(client: Any, address: str, content: bytes) -> None:
    bucket, key = split_address(address)
    kept = client.put_object(Bucket=bucket, Key=key, Body=content).get("VersionId") if content else None
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key):
        for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            if one["Key"] == key and one["VersionId"] != kept and (content == b"" or kept is not None):
                client.delete_object(Bucket=bucket, Key=key, VersionId=one["VersionId"])


def _others(name: str, lines: Iterable[bytes], photos: Collection[str], events: Collection[str]) -> Iterable[bytes]:
    """Return the lines to keep; an incomplete last line of a killed process is not kept."""
    return (line for line in lines if line.endswith(b"\n") and not _is_of(name, line, photos, events))


def _is_of(name: str, line: bytes, photos: Collection[str], events: Collection[str]) -> bool:
    place = place_of(name)
    try:
        request = parse_line(place[0] if place else "", line)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, SaekdongError):
        return False
    return request.photo in photos or request.event in events
