"""By what a content is known again."""

from typing import NamedTuple


class Mark(NamedTuple):
    """By what a photo is known to be unchanged; what is not known is empty or 0.

    Attributes:
        etag, modified: the headers ETag and Last-Modified.
        size: bytes.
        mtime_ns: when the file was last written.
        digest: the content's SHA-256 in hex.
    """

    etag: str = ""
    modified: str = ""
    size: int = 0
    mtime_ns: int = 0
    digest: str = ""
