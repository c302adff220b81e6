"""Requests to a service behind the front."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
from yarl import URL

ANSWERED_WITHIN = 60.0
_MOST_CONNECTIONS = 100
# Shorter than uvicorn's 5 s, so that a connection is seldom reused just when the service closes it.
_KEPT_IDLE = 2.0
_CONNECT_WITHIN = 5.0

Headers = Sequence[tuple[bytes, bytes]]


class Lost(Exception):  # noqa: N818 - it says what happened to the request
    """A request got no answer.

    Attributes:
        sent: whether the service may have started to process it.
    """

    def __init__(self, message: str, *, sent: bool) -> None:
        self.sent = sent
        super().__init__(message)


class LateError(Exception):
    """A service took longer than a minute, SageMaker's limit."""


@dataclass(frozen=True)
class BackendResponse:
    """A complete response."""

    status: int
    headers: Headers
    body: bytes


class Backend:
    """A service on a port of this machine, called over kept connections."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_MOST_CONNECTIONS, keepalive_timeout=_KEPT_IDLE),
            timeout=aiohttp.ClientTimeout(total=ANSWERED_WITHIN, sock_connect=_CONNECT_WITHIN),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
        )
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def ask(self, method: str, target: bytes, headers: Headers, body: bytes) -> BackendResponse:
        """Send a request and return the answer.

        Raises:
            Lost: the service does not run, or ended.
            LateError: the answer took too long.
        """
        self._in_flight += 1
        self._idle.clear()
        try:
            return await self._ask(method, target, headers, body)
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._idle.set()

    async def drained(self) -> None:
        """Wait until no request is in flight."""
        await self._idle.wait()

    async def close(self) -> None:
        """Close the connections once no request is in flight."""
        await self.drained()
        await self._session.close()

    async def _ask(self, method: str, target: bytes, headers: Headers, body: bytes) -> BackendResponse:
        if self._session.closed:
            raise Lost("it has ended", sent=False)
        url = URL(f"http://127.0.0.1:{self._port}{target.decode('ascii')}", encoded=True)
        passed = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        try:
            async with self._session.request(method, url, headers=passed, data=body, allow_redirects=False) as response:
                return BackendResponse(response.status, response.raw_headers, await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Lost("it does not listen", sent=False) from error
        except TimeoutError as error:
            raise LateError(f"no answer within {ANSWERED_WITHIN:.0f} s") from error
        except aiohttp.ClientError as error:
            raise Lost("it went away without an answer", sent=True) from error
