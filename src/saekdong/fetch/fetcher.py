"""Download photos and feeds from http(s) and s3 politely: few connections per host, retries, and a time limit."""

import asyncio
import atexit
import base64
import io
import random
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from saekdong._version import __version__
from saekdong.errors import SaekdongError
from saekdong.extras import check_extra
from saekdong.fetch.addresses import PrivateAddressError, is_private_host, private_socket, public_socket
from saekdong.fetch.bounds import (
    FEED_SECONDS,
    MOST_FEED_BYTES,
    MOST_HOSTS,
    MOST_PHOTO_BYTES,
    MOST_REDIRECTS,
    TRIES,
    Patience,
)
from saekdong.fetch.downloads import CHUNK, Download, Fetched
from saekdong.fetch.errors import FetchError
from saekdong.fetch.hosts import LONGEST_REST, Host, LaterError
from saekdong.fetch.marks import Mark
from saekdong.fetch.objects import fetch_object, read_object
from saekdong.fetch.urls import is_s3, redacted
from saekdong.files import named_writer

if TYPE_CHECKING:
    import aiohttp
    from yarl import URL

_FIRST_REST = 0.5
_READERS = 8
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_T = TypeVar("_T")


class Fetcher:
    """Downloads photos in the background, while others are decoded. Threads may share it.

    At most `connections` are open per host. If a try fails temporarily (no answer, 429, 5xx, truncated), it is retried
    up to three times with growing pauses, or after the server's Retry-After; if the server can resume, the received
    bytes are kept. If a host fails too many times in a row, it is skipped for a minute, and its photos fail at once.

    It connects to public addresses only; `trust` and `allow_private` make exceptions.

    Args:
        allow_private: also connect to loopback and private addresses.
        connections: the most connections per host.
        patience: how long to wait.
    """

    def __init__(self, *, allow_private: bool = False, connections: int = 16, patience: Patience | None = None) -> None:
        self.allow_private, self.connections = allow_private, connections
        self.patience = patience or Patience()
        self.hosts: dict[str, Host] = {}
        self.trusted: set[str] = set()
        self.logins: dict[str, str] = {}
        self.sessions: dict[bool, aiohttp.ClientSession] = {}
        self.readers = ThreadPoolExecutor(_READERS, thread_name_prefix="reading")

    def __enter__(self) -> Self:
        # Not at the first photo: many threads may request it at once, and there must be one loop.
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="fetching", daemon=True)
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Cancel all downloads, and close the connections."""
        self.readers.shutdown(cancel_futures=True)
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def trust(self, address: str) -> None:
        """Trust an address that the user named, unlike those in feeds and in servers' answers.

        If its host is literally a loopback or private address (`127.0.0.1`, `localhost`, `192.168.0.7`), addresses of
        the same scheme, host and port are fetched, but not redirects to elsewhere. Its user name and password are sent
        to that host with every request.

        Raises:
            FetchError: it is malformed.
        """
        if is_s3(address):
            return
        check_extra("remote", "reading from http(s)")
        url = _url(address)
        origin = str(url.origin())
        if is_private_host(str(url.host)):
            self.trusted.add(origin)
        if login := _login(url):
            self.logins[origin] = login

    def fetch(self, address: str, path: Path, mark: Mark = Mark()) -> "Future[Fetched]":  # noqa: B008
        """Start to download a photo into a file.

        Args:
            address: http(s) or s3.
            path: the file.
            mark: the photo's stored mark; if it distinguishes versions, only a changed photo is downloaded.

        Returns:
            The photo, later; or `FetchError`: not-found, refused, unreadable, unavailable, too-large or unsupported.

        Raises:
            SaekdongError: aiohttp is not installed.
        """
        if not is_s3(address):
            check_extra("catalog", "fetching photos from http(s)")
        return self._start(address, path, mark, MOST_PHOTO_BYTES, self.patience.whole)

    def download(self, address: str, path: Path, mark: Mark = Mark()) -> Fetched:  # noqa: B008
        """Fetch a feed that the user named into a file.

        Raises:
            SaekdongError: it cannot be fetched.
        """
        if not is_s3(address):
            check_extra("catalog", "fetching a feed from http(s)")
        try:
            self.trust(address)
            return self._start(address, path, mark, MOST_FEED_BYTES, FEED_SECONDS).result()
        except FetchError as error:
            raise SaekdongError(f"{redacted(address)}: {error.problem}", fix=error.fix) from error

    def read(self, address: str) -> bytes:
        """Download a photo.

        Raises:
            FetchError: it cannot be downloaded.
        """
        if is_s3(address):
            return read_object(address, MOST_PHOTO_BYTES)
        check_extra("remote", "reading from http(s)")
        return self._run(self._into_memory(address)).result()

    def _start(self, address: str, path: Path, mark: Mark, most: int, seconds: float) -> "Future[Fetched]":
        if is_s3(address):
            return self.readers.submit(fetch_object, address, path, mark, most)
        return self._run(self._into_file(address, path, mark, most, seconds))

    def _run(self, work: Coroutine[Any, Any, _T]) -> "Future[_T]":
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    async def _into_file(self, address: str, path: Path, mark: Mark, most: int, seconds: float) -> Fetched:
        with named_writer(path) as file:
            return await self._get(address, Download(file, most, mark, seconds, self.patience))

    async def _into_memory(self, address: str) -> bytes:
        file = io.BytesIO()
        await self._get(address, Download(file, MOST_PHOTO_BYTES, Mark(), self.patience.whole, self.patience))
        return file.getvalue()

    async def _close(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for session in self.sessions.values():
            await session.close()

    async def _get(self, address: str, download: Download) -> Fetched:
        """Download the content of an address, in several tries if necessary.

        Raises:
            FetchError: any failure; nothing that a server sends may end the run.
        """
        try:
            return await self._try(address, download)
        except (SaekdongError, asyncio.CancelledError):
            raise
        except Exception as error:
            raise FetchError("unreadable", f"it cannot be fetched: {_short(error)}") from error

    async def _try(self, address: str, download: Download) -> Fetched:
        why: object = ""
        for attempt in range(TRIES):
            try:
                return await self._follow(address, download)
            except LaterError as later:
                why = later
                if later.rest > LONGEST_REST:
                    break
                if attempt < TRIES - 1:
                    await asyncio.sleep(max(later.rest, _FIRST_REST * 2**attempt * random.uniform(0.75, 1.25)))
        raise FetchError("unavailable", f"it cannot be fetched: {why}", fix="try again later")

    async def _follow(self, address: str, download: Download) -> Fetched:
        """Make one try, including redirects."""
        url = _url(address)
        seconds = download.seconds
        is_trusted = True
        for _ in range(MOST_REDIRECTS + 1):
            is_trusted = is_trusted and str(url.origin()) in self.trusted
            host = self._host(url)
            async with host.slots:
                await host.ready()
                begun = self.loop.time()
                try:
                    answer = await self._ask(
                        url, download, seconds, is_private_allowed=is_trusted or self.allow_private
                    )
                except LaterError as later:
                    host.failed(later.rest, 2 * self.connections)
                    raise
                # The time in the queue does not count: the server did not cause it.
                seconds = max(seconds - (self.loop.time() - begun), 1e-3)
                host.failures = 0
            if not isinstance(answer, str):
                return answer
            url = _url(str(url.join(_url(answer, url))))
        raise FetchError("unreadable", f"more than {MOST_REDIRECTS} redirects", fix="give the photo's own address")

    def _host(self, url: "URL") -> Host:
        origin = str(url.origin())
        if origin not in self.hosts and len(self.hosts) >= MOST_HOSTS:
            # A feed may name more hosts than fit into memory.
            del self.hosts[next(iter(self.hosts))]
        return self.hosts.setdefault(origin, Host(str(url.host), self.connections))

    async def _ask(self, url: "URL", download: Download, seconds: float, *, is_private_allowed: bool) -> Fetched | str:
        """Send one request; return the fetched content, which is now in the file, or the redirect's address."""
        import aiohttp

        patience = aiohttp.ClientTimeout(
            total=seconds, sock_connect=self.patience.connect, sock_read=self.patience.between
        )
        headers = download.headers()
        if login := _login(url) or self.logins.get(str(url.origin())):
            headers["Authorization"] = login
        try:
            async with asyncio.timeout(self.patience.whole):
                response = await self._session(is_private_allowed).get(
                    url.with_user(None), headers=headers, allow_redirects=False, timeout=patience
                )
            async with response:
                if response.status in _REDIRECTS and "Location" in response.headers:
                    return response.headers["Location"]
                return await download.take(response)
        except aiohttp.ClientSSLError as error:
            raise FetchError("unreadable", f"{url.host}: no secure connection ({_short(error.os_error)})") from error
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, PrivateAddressError):
                raise _refused(str(url.host), error.os_error) from error
            raise LaterError(f"{url.host} does not answer ({_short(error.os_error)})") from error
        except aiohttp.InvalidURL as error:
            raise FetchError("unreadable", "its address is malformed", fix="fix it") from error
        except aiohttp.ClientResponseError as error:
            # The error's text has the whole address.
            raise LaterError(f"{url.host}: {type(error).__name__}: {error.message[:160]}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise LaterError(f"{url.host}: {_short(error)}") from error
        except ValueError as error:
            raise FetchError("unreadable", f"its address cannot be asked for: {_short(error)}", fix="fix it") from error

    def _session(self, is_private_allowed: bool) -> "aiohttp.ClientSession":
        if is_private_allowed not in self.sessions:
            import aiohttp

            self.sessions[is_private_allowed] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0, ttl_dns_cache=60, socket_factory=private_socket if is_private_allowed else public_socket
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": f"saekdong/{__version__}", "Accept-Encoding": "identity"},
                read_bufsize=CHUNK,
                auto_decompress=False,
            )
        return self.sessions[is_private_allowed]


@cache
def shared_fetcher(allow_private: bool) -> Fetcher:
    """Return the process's fetcher for photos that are read one after the other; it ends with the process."""
    fetcher = Fetcher(allow_private=allow_private).__enter__()
    atexit.register(fetcher.close)
    return fetcher


def _refused(host: str, error: PrivateAddressError) -> FetchError:
    fix = "allow it with --allow-private if you trust who wrote the address" if error.is_private else ""
    kind = "private" if error.is_private else "link-local, multicast or metadata"
    return FetchError("refused", f"{host} is a {kind} address", fix=fix)


def _url(text: str, base: "URL | None" = None) -> "URL":
    from yarl import URL

    try:
        url = URL(text)
        if base is None and (url.scheme not in ("http", "https") or not url.host):
            raise ValueError(text)
    except (ValueError, TypeError) as error:
        raise FetchError(
            "unreadable", f"{redacted(text[:200])!r} is not an address with http(s)", fix="fix it"
        ) from error
    return url


def _login(url: "URL") -> str:
    """Return the Authorization header for an address's name and password, or no header."""
    if url.user is None:
        return ""
    pair = f"{url.user}:{url.password or ''}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _short(error: BaseException | None) -> str:
    return redacted(f"{type(error).__name__}: {' '.join(str(error).split())[:160]}".removesuffix(": "))
