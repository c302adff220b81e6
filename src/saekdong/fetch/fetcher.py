"""Photos and feeds from http(s) and s3, politely: few connections a host, patience, and an end to it."""

import asyncio
import random
import re
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from saekdong._version import __version__
from saekdong.errors import SaekdongError
from saekdong.fetch.addresses import PrivateAddressError, public_socket
from saekdong.fetch.bounds import MOST_FEED_BYTES, MOST_PHOTO_BYTES
from saekdong.fetch.downloads import CHUNK, Download, Fetched
from saekdong.fetch.errors import FetchError
from saekdong.fetch.hosts import LONGEST_REST, Host, LaterError
from saekdong.fetch.marks import Mark
from saekdong.fetch.objects import fetch_object
from saekdong.fetch.urls import is_s3

if TYPE_CHECKING:
    import aiohttp
    from yarl import URL

_TRIES = 4
_MOST_REDIRECTS = 5
_FIRST_REST = 0.5
_READERS = 8
_FEED_SECONDS = 3_600.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for, in seconds: to connect, between two pieces, and for the whole of one try."""

    connect: float = 10
    between: float = 15
    whole: float = 60


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
        self.hosts: dict[str, Host] = {}
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
            The photo, later; or `FetchError`: not-found, refused, unreadable, unavailable, too-large or unsupported.
        """
        return self._start(address, path, mark, MOST_PHOTO_BYTES, self.patience.whole)

    def download(self, address: str, path: Path, mark: Mark = Mark()) -> Fetched:  # noqa: B008
        """Fetch a feed into a file.

        Raises:
            SaekdongError: it cannot be fetched.
        """
        try:
            return self._start(address, path, mark, MOST_FEED_BYTES, _FEED_SECONDS).result()
        except FetchError as error:
            raise SaekdongError(f"{without_secrets(address)}: {error.problem}", fix=error.fix) from error

    def _start(self, address: str, path: Path, mark: Mark, most: int, seconds: float) -> "Future[Fetched]":
        if is_s3(address):
            return self.readers.submit(fetch_object, f"s3{address[2:]}", path, mark, most)
        return asyncio.run_coroutine_threadsafe(self._get(address, Download(path, most, mark, seconds)), self.loop)

    async def _close(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self.session:
            await self.session.close()

    async def _get(self, address: str, download: Download) -> Fetched:
        """Fetch what is at an address, in several tries if necessary.

        Raises:
            FetchError: whatever goes wrong; nothing that a server sends may end the run.
        """
        try:
            return await self._try(address, download)
        except (FetchError, asyncio.CancelledError):
            raise
        except Exception as error:
            raise FetchError("unreadable", f"it cannot be fetched: {_short(error)}") from error

    async def _try(self, address: str, download: Download) -> Fetched:
        why: object = ""
        with download:
            for attempt in range(_TRIES):
                try:
                    return await self._follow(address, download)
                except LaterError as later:
                    why = later
                    if later.rest > LONGEST_REST:
                        break
                    if attempt < _TRIES - 1:
                        await asyncio.sleep(max(later.rest, _FIRST_REST * 2**attempt * random.uniform(0.75, 1.25)))
        raise FetchError("unavailable", f"it cannot be fetched: {why}", fix="try again later")

    async def _follow(self, address: str, download: Download) -> Fetched:
        """Make one try, redirects and all."""
        url = _url(address)
        for _ in range(_MOST_REDIRECTS + 1):
            host = self.hosts.setdefault(str(url.origin()), Host(str(url.host), self.connections))
            async with host.slots:
                await host.ready()
                try:
                    answer = await self._ask(url, download)
                except LaterError as later:
                    host.failed(later.rest, 2 * self.connections)
                    raise
                host.failures = 0
            if not isinstance(answer, str):
                return answer
            url = _url(str(url.join(_url(answer, url))))
        raise FetchError("unreadable", f"more than {_MOST_REDIRECTS} redirects", fix="give the photo's own address")

    async def _ask(self, url: "URL", download: Download) -> Fetched | str:
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
                return await download.take(response)
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, PrivateAddressError):
                raise FetchError(
                    "refused",
                    f"{url.host} is a private address",
                    fix="allow it with --allow-private if you trust the feed",
                ) from error
            raise LaterError(f"{url.host} does not answer ({_short(error.os_error)})") from error
        except aiohttp.InvalidURL as error:
            raise FetchError("unreadable", "its address is malformed", fix="mend it") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise LaterError(f"{url.host}: {_short(error)}") from error
        except ValueError as error:
            raise FetchError(
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
                read_bufsize=CHUNK,
            )
        return self.session


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
        raise FetchError("unreadable", f"{text[:200]!r} is no address with http(s)", fix="mend it") from error
    return url


def _short(error: BaseException | None) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:160]}".removesuffix(": ")
