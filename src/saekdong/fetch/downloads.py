"""The download of one content into a file, over several tries."""

import asyncio
import re
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, BinaryIO

from saekdong.fetch.bounds import Patience
from saekdong.fetch.errors import FetchError
from saekdong.fetch.hosts import LaterError, retry_after
from saekdong.fetch.marks import Mark

if TYPE_CHECKING:
    import aiohttp

CHUNK = 1 << 18
_MOST_ETAG = 200
_MOST_DATE = 100
_AGAIN = frozenset({408, 416, 425, 429, 500, 502, 503, 504})
_GZIP = frozenset({"gzip", "x-gzip"})
_GZIP_WINDOW = 31


@dataclass(frozen=True)
class Fetched:
    """The result of a download.

    Attributes:
        is_new: False if the server reports that the content still matches `mark`; then nothing was written.
        mark: identifies this version of the content; without the digest.
    """

    is_new: bool
    mark: Mark


class Download:
    """A download: the content, its file, and the bytes received so far.

    Args:
        file: the file, empty at first.
        most: the largest number of bytes.
        mark: the stored mark of the content.
        seconds: the longest duration of one try.
        patience: how slow the download may be.
    """

    def __init__(self, file: BinaryIO, most: int, mark: Mark, seconds: float, patience: Patience) -> None:
        self.file, self.most, self.mark, self.seconds, self.patience = file, most, mark, seconds, patience
        self.arrived = 0
        self.validator = ""

    def headers(self) -> dict[str, str]:
        """Return the request's headers: for the missing rest, or for a version other than the mark's."""
        if self.arrived and self.validator:
            return {"Range": f"bytes={self.arrived}-", "If-Range": self.validator}
        asked = {}
        if self.mark.etag:
            asked["If-None-Match"] = self.mark.etag
        if self.mark.modified:
            asked["If-Modified-Since"] = self.mark.modified
        return asked

    async def take(self, response: "aiohttp.ClientResponse") -> Fetched:
        """Write the body of a response.

        Raises:
            LaterError: the server cannot send it now, it is truncated, or it arrives too slowly.
            FetchError: the content is missing, larger than `most`, or has an unsupported encoding.
            SaekdongError: the file cannot be written.
        """
        import aiohttp

        if response.status == 416:
            self.arrived = 0
        _check_status(response)
        if response.status == 304:
            if not (self.mark.etag or self.mark.modified):
                raise FetchError(
                    "unreadable", "the server answers 304 to an unconditional request", fix="check the address"
                )
            return Fetched(False, self.mark)
        if not (response.status == 206 and _range_start(response) == self.arrived and self.arrived):
            self.arrived = 0
            self.file.seek(0)
            self.file.truncate()
        self.validator = _validator(response)
        if self.arrived + (response.content_length or 0) > self.most:
            raise too_large(self.most)
        try:
            async for piece in _unpacked(response, self._in_time(response)):
                self.arrived += len(piece)
                if self.arrived > self.most:
                    raise too_large(self.most)
                self.file.write(piece)
            self.file.flush()
        except aiohttp.ClientPayloadError as error:
            raise LaterError(f"{response.url.host}: truncated after {self.arrived:,} bytes") from error
        mark = Mark(_header(response, "ETag", _MOST_ETAG), _header(response, "Last-Modified", _MOST_DATE), self.arrived)
        return Fetched(True, mark)

    async def _in_time(self, response: "aiohttp.ClientResponse") -> AsyncIterator[bytes]:
        """Yield the received pieces.

        Raises:
            LaterError: they arrive too slowly.
        """
        begun, count = monotonic(), 0
        async for piece in response.content.iter_chunked(CHUNK):
            count += len(piece)
            if (seconds := monotonic() - begun) >= self.patience.window:
                if count < self.patience.rate * seconds:
                    raise LaterError(f"{response.url.host}: less than {self.patience.rate:,} bytes a second")
                begun, count = monotonic(), 0
            yield piece


def too_large(most: int) -> FetchError:
    """Return the error for a content with more than `most` bytes."""
    return FetchError("too-large", f"larger than {most >> 20:,} MiB", fix="give a smaller version of it")


async def _unpacked(response: "aiohttp.ClientResponse", pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield a body without its gzip, in pieces of bounded size: some servers compress without being asked."""
    encoding = _encoding(response)
    if encoding == "identity":
        async for piece in pieces:
            yield piece
        return
    if encoding not in _GZIP:
        raise FetchError("unreadable", f"the server encodes it as {encoding[:40]!r}", fix="send it unencoded")
    unpacking = zlib.decompressobj(_GZIP_WINDOW)
    async for packed in pieces:
        while packed:
            if unpacking.eof:
                unpacking = zlib.decompressobj(_GZIP_WINDOW)
            try:
                yield unpacking.decompress(packed, CHUNK)
            except zlib.error as error:
                raise FetchError("unreadable", f"it cannot be unpacked: {error}", fix="check the server") from error
            packed = unpacking.unused_data if unpacking.eof else unpacking.unconsumed_tail
            # Let other tasks run: a compressed megabyte may expand to a gigabyte.
            await asyncio.sleep(0)
    if not unpacking.eof:
        raise LaterError(f"{response.url.host}: truncated")


def _encoding(response: "aiohttp.ClientResponse") -> str:
    return response.headers.get("Content-Encoding", "").strip().lower() or "identity"


def _check_status(response: "aiohttp.ClientResponse") -> None:
    status = response.status
    if status in (404, 410):
        raise FetchError("not-found", f"there is nothing at this address ({status})", fix="check it")
    if status in _AGAIN:
        raise LaterError(f"{response.url.host} answers {status}", retry_after(response.headers.get("Retry-After", "")))
    if status not in (200, 206, 304):
        raise FetchError("unreadable", f"the server answers {status}", fix="check the address, and who may read it")


def _range_start(response: "aiohttp.ClientResponse") -> int:
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found[1]) if found else -1


def _validator(response: "aiohttp.ClientResponse") -> str:
    """Return a validator for resuming: a strong ETag or the date, if the content is not compressed."""
    if _encoding(response) != "identity":
        return ""
    etag = _header(response, "ETag", _MOST_ETAG)
    return etag if etag and not etag.startswith("W/") else _header(response, "Last-Modified", _MOST_DATE)


def _header(response: "aiohttp.ClientResponse", name: str, most: int) -> str:
    """Return a header's value to store and send back, or nothing if it is long or not printable ASCII."""
    value = response.headers.get(name, "")
    return value if len(value) <= most and value.isascii() and value.isprintable() else ""
