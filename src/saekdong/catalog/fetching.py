"""Photos and feeds from http(s) and s3, politely: few connections a host, patience, and an end to it."""

import asyncio
import email.utils
import random
import re
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from saekdong._version import __version__
from saekdong.catalog.addresses import PrivateAddressError, public_socket
from saekdong.catalog.products import Mark
from saekdong.errors import SaekdongError
from saekdong.photo import PhotoError
from saekdong.photo.reading import MOST_BYTES
from saekdong.photo.sources import open_address

if TYPE_CHECKING:
    import aiohttp
    from yarl import URL

MOST_FEED_BYTES = 8 << 30
_TRIES = 4
_MOST_REDIRECTS = 5
_LONGEST_REST = 60.0
_FIRST_REST = 0.5
_DOWN_SECONDS = 60.0
_READERS = 8
_FEED_SECONDS = 3_600.0
_CHUNK = 1 << 18
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for, in seconds: to connect, between two pieces, and for the whole of one try."""

    connect: float = 10
    between: float = 15
    whole: float = 60


@dataclass(frozen=True)
class Fetched:
    """What was fetched.

    Attributes:
        is_new: False where the server says that it is as `mark` knew it; then nothing was written.
        mark: by what it is known again; without the digest.
    """

    is_new: bool
    mark: Mark


class Fetcher:
    """Fetches photos in the background, so that others can be decoded meanwhile. Many threads may ask it.

    Of each host at most `connections` are open. A try that fails for the moment (no answer, 429, 5xx, cut short) is
    repeated up to three times, later and later, or when the server asks for it with Retry-After; what has arrived is
    kept where the server can go on from there. A host that fails over and over is left alone for a minute, and its
    photos fail at once.

    Args:
        allow_private: also connect to private, loopback and link-local addresses.
        connections: how many connections a host gets.
        patience: how long to wait.
    """

    def __init__(self, *, allow_private: bool = False, connections: int = 16, patience: Patience | None = None) -> None:
        self.allow_private, self.connections = allow_private, connections
        self.patience = patience or Patience()
        self.hosts: dict[str, _Host] = {}
        self.session: aiohttp.ClientSession | None = None
        self.readers = ThreadPoolExecutor(_READERS, thread_name_prefix="reading")

    def __enter__(self) -> Self:
        # Here and not at the first photo: many threads may ask for it at once, and there must be one loop.
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="fetching", daemon=True)
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.readers.shutdown(cancel_futures=True)
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def fetch(self, address: str, path: Path, mark: Mark = Mark()) -> "Future[Fetched]":  # noqa: B008
        """Begin to fetch a photo into a file.

        Args:
            address: http(s) or s3.
            path: the file.
            mark: what is known of it; where that tells versions apart, only a photo that has changed is fetched.

        Returns:
            The photo, later; or `PhotoError`: not-found, refused, unreadable, unavailable, too-large or unsupported.
        """
        return self._start(address, path, mark, MOST_BYTES, self.patience.whole)

    def download(self, address: str, path: Path, mark: Mark = Mark()) -> Fetched:  # noqa: B008
        """Fetch a feed into a file.

        Raises:
            SaekdongError: it cannot be fetched.
        """
        try:
            return self._start(address, path, mark, MOST_FEED_BYTES, _FEED_SECONDS).result()
        except PhotoError as error:
            raise SaekdongError(f"{without_secrets(address)}: {error.problem}", fix=error.fix) from error

    def _start(self, address: str, path: Path, mark: Mark, most: int, seconds: float) -> "Future[Fetched]":
        if address.lower().startswith("s3://"):
            return self.readers.submit(_from_s3, f"s3{address[2:]}", path, mark, most)
        return asyncio.run_coroutine_threadsafe(self._get(address, _Download(path, most, mark, seconds)), self.loop)

    async def _close(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self.session:
            await self.session.close()

    async def _get(self, address: str, download: "_Download") -> Fetched:
        """Fetch what is at an address, in several tries where it takes them."""
        why: object = ""
        with download:
            for attempt in range(_TRIES):
                try:
                    return await self._follow(address, download)
                except _LaterError as later:
                    why = later
                    if later.rest > _LONGEST_REST:
                        break
                    if attempt < _TRIES - 1:
                        await asyncio.sleep(max(later.rest, _FIRST_REST * 2**attempt * random.uniform(0.75, 1.25)))
        raise PhotoError("unavailable", f"it cannot be fetched: {why}", fix="try again later")

    async def _follow(self, address: str, download: "_Download") -> Fetched:
        """Make one try, redirects and all."""
        url = _url(address)
        for _ in range(_MOST_REDIRECTS + 1):
            host = self.hosts.setdefault(str(url.origin()), _Host(str(url.host), self.connections))
            async with host.slots:
                await host.ready()
                try:
                    answer = await self._ask(url, download)
                except _LaterError as later:
                    host.failed(later.rest, 2 * self.connections)
                    raise
                host.failures = 0
            if not isinstance(answer, str):
                return answer
            url = _url(str(url.join(_url(answer, url))))
        raise PhotoError("unreadable", f"more than {_MOST_REDIRECTS} redirects", fix="give the photo's own address")

    async def _ask(self, url: "URL", download: "_Download") -> Fetched | str:
        """Ask one server; return what is known of the content, now in the sink, or where to go on."""
        import aiohttp

        try:
            patience = aiohttp.ClientTimeout(
                total=download.seconds, sock_connect=self.patience.connect, sock_read=self.patience.between
            )
            async with self._session().get(
                url, headers=download.headers(), allow_redirects=False, timeout=patience
            ) as response:
                if response.status in _REDIRECTS and "Location" in response.headers:
                    return response.headers["Location"]
                if response.status == 416:
                    download.arrived = 0
                _check_status(response)
                return await download.take(response)
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, PrivateAddressError):
                raise PhotoError(
                    "refused",
                    f"{url.host} is a private address",
                    fix="allow it with --allow-private if you trust the feed",
                ) from error
            raise _LaterError(f"{url.host} does not answer ({_short(error.os_error)})") from error
        except aiohttp.InvalidURL as error:
            raise PhotoError("unreadable", "its address is malformed", fix="mend it") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _LaterError(f"{url.host}: {_short(error)}") from error
        except ValueError as error:
            raise PhotoError(
                "unreadable", f"its address cannot be asked for: {_short(error)}", fix="mend it"
            ) from error

    def _session(self) -> "aiohttp.ClientSession":
        if self.session is None:
            import aiohttp

            self.session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0, ttl_dns_cache=60, socket_factory=None if self.allow_private else public_socket
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": f"saekdong/{__version__}", "Accept-Encoding": "identity"},
                read_bufsize=_CHUNK,
            )
        return self.session


class _LaterError(Exception):
    """A try that failed for the moment; `rest` is how many seconds the server asked for."""

    def __init__(self, why: str, rest: float = 0) -> None:
        self.rest = rest
        super().__init__(why)


class _Host:
    """What is known of a host: how many may talk to it, how often it has failed, until when it is left alone."""

    def __init__(self, name: str, connections: int) -> None:
        self.name = name
        self.slots = asyncio.Semaphore(connections)
        self.failures = 0
        self.rests_until = 0.0
        self.why = ""

    async def ready(self) -> None:
        """Wait while the host asks for it; fail at once while it is left alone."""
        while (seconds := self.rests_until - time.monotonic()) > 0:
            if self.why:
                raise PhotoError("unavailable", f"{self.name} {self.why}", fix="try again later")
            await asyncio.sleep(seconds)

    def failed(self, rest: float, most: int) -> None:
        """Note a failure; after `most` in a row, or where the server asks for a long rest, leave it alone."""
        self.failures += 1
        self.why = f"asks not to be asked for {rest:,.0f} seconds" if rest > _LONGEST_REST else ""
        if self.failures >= most:
            self.why = f"failed {self.failures} times in a row"
            rest = max(rest, _DOWN_SECONDS)
            # Afterward one more failure is enough.
            self.failures = most - 1
        self.rests_until = max(self.rests_until, time.monotonic() + rest)


class _Download:
    """One content on its way into a file, over several tries."""

    def __init__(self, path: Path, most: int, mark: Mark, seconds: float) -> None:
        self.path, self.most, self.mark, self.seconds = path, most, mark, seconds
        self.arrived = 0
        self.validator = ""

    def __enter__(self) -> None:
        self.file = self.path.open("wb", buffering=0)

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def headers(self) -> dict[str, str]:
        """Return what to ask with: for the rest of what has arrived, or for what differs from the mark."""
        if self.arrived and self.validator:
            return {"Range": f"bytes={self.arrived}-", "If-Range": self.validator}
        asked = {}
        if self.mark.etag:
            asked["If-None-Match"] = self.mark.etag
        if self.mark.modified:
            asked["If-Modified-Since"] = self.mark.modified
        return asked

    async def take(self, response: "aiohttp.ClientResponse") -> Fetched:
        """Write the body."""
        import aiohttp

        if response.status == 304:
            if not (self.mark.etag or self.mark.modified):
                raise PhotoError("unreadable", "the server answers 304 to whom knows nothing", fix="check the address")
            return Fetched(False, self.mark)
        if not (response.status == 206 and _range_start(response) == self.arrived and self.arrived):
            self.arrived = 0
            self.file.seek(0)
            self.file.truncate()
        self.validator = _validator(response)
        if self.arrived + (response.content_length or 0) > self.most:
            raise _too_large(self.most)
        try:
            async for piece in response.content.iter_chunked(_CHUNK):
                self.arrived += len(piece)
                if self.arrived > self.most:
                    raise _too_large(self.most)
                self.file.write(piece)
        except aiohttp.ClientPayloadError as error:
            raise _LaterError(f"{response.url.host}: cut short after {self.arrived:,} bytes") from error
        headers = response.headers
        return Fetched(True, Mark(headers.get("ETag", "")[:200], headers.get("Last-Modified", "")[:100], self.arrived))


def _too_large(most: int) -> PhotoError:
    return PhotoError("too-large", f"larger than {most >> 20:,} MiB", fix="give a smaller version of it")


def without_secrets(address: str) -> str:
    """Return an address without a name and password, and without what its query says.

    Example:
        >>> without_secrets("https://me:secret@shop.kr/feed.xml?token=1")
        'https://shop.kr/feed.xml?...'
    """
    return re.sub(r"\?.+", "?...", re.sub(r"(?<=://)[^/@]*@", "", address))


def _url(text: str, base: "URL | None" = None) -> "URL":
    from yarl import URL

    try:
        url = URL(text)
        if base is None and (url.scheme not in ("http", "https") or not url.host):
            raise ValueError(text)
    except (ValueError, TypeError) as error:
        raise PhotoError("unreadable", f"{text[:200]!r} is no address with http(s)", fix="mend it") from error
    return url


def _check_status(response: "aiohttp.ClientResponse") -> None:
    status = response.status
    if status in (404, 410):
        raise PhotoError("not-found", f"there is nothing at this address ({status})", fix="check it")
    if status in _AGAIN or status == 416:
        raise _LaterError(
            f"{response.url.host} answers {status}", _retry_after(response.headers.get("Retry-After", ""))
        )
    if status not in (200, 206, 304):
        raise PhotoError("unreadable", f"the server answers {status}", fix="check the address, and who may read it")


def _retry_after(header: str) -> float:
    """Return the seconds that a Retry-After header asks for: a number, or a date."""
    if header.strip().isdigit():
        return min(float(header), 86_400)
    try:
        return max(email.utils.parsedate_to_datetime(header).timestamp() - time.time(), 0)
    except (ValueError, TypeError):
        return 0


def _range_start(response: "aiohttp.ClientResponse") -> int:
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found[1]) if found else -1


def _validator(response: "aiohttp.ClientResponse") -> str:
    """Return what tells that a part belongs to the same content: a strong ETag or the date, where nothing is packed."""
    headers = response.headers
    if headers.get("Content-Encoding", "identity") != "identity":
        return ""
    etag = headers.get("ETag", "")
    return etag if etag and not etag.startswith("W/") else headers.get("Last-Modified", "")


def _from_s3(address: str, path: Path, mark: Mark, most: int) -> Fetched:
    new = _s3_mark(address)
    if new.etag and mark._replace(digest="", mtime_ns=0) == new:
        return Fetched(False, mark)
    if new.size > most:
        raise _too_large(most)
    with open_address(address) as source, path.open("wb") as file:
        while piece := source.read(_CHUNK):
            file.write(piece)
            if file.tell() > most:
                raise _too_large(most)
    return Fetched(True, new)


def _s3_mark(address: str) -> Mark:
    """Ask S3 by what an object is known again; nothing where it cannot say."""
    try:
        import fsspec

        system, path = fsspec.core.url_to_fs(address)
        info = system.info(path)
    except Exception:
        # Reading the object says what is wrong.
        return Mark()
    if info.get("type") == "directory":
        raise PhotoError("not-found", "this is a folder on S3, no object", fix="give the address of an object in it")
    return Mark(str(info.get("ETag", "")), str(info.get("LastModified", "")), int(info.get("size") or 0))


def _short(error: BaseException | None) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:160]}".removesuffix(": ")
