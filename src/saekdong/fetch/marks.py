"""Marks, which identify a version of a content."""

from typing import NamedTuple


class Mark(NamedTuple):
    """Identifies a version of a photo; unknown fields are empty or 0.

    Attributes:
        etag, modified: the headers ETag and Last-Modified.
        size: bytes.
        mtime_ns: the file's time of modification.
        digest: the content's SHA-256 in hex.
    """

    etag: str = ""
    modified: str = ""
    size: int = 0
    mtime_ns: int = 0
    digest: str = ""
