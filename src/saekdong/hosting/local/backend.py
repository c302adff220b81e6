"""Requests to a service behind the front."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import httpcore

ANSWERED_WITHIN = 60.0
_MOST_CONNECTIONS = 100
# Shorter than uvicorn's 5 s, so that a connection is seldom taken up while the service closes it.
_KEPT_IDLE = 2.0
_CONNECT_WITHIN = 5.0

Headers = Sequence[tuple[bytes, bytes]]


class Lost(Exception):  # noqa: N818 - it tells what became of the request
    """A request got no answer.

    Attributes:
        sent: whether the service may have begun with it.
    """

    def __init__(self, message: str, *, sent: bool) -> None:
        self.sent = sent
        super().__init__(message)


class LateError(Exception):
    """A service took longer than a minute, SageMaker's limit."""


@dataclass(frozen=True)
class Answer:
    """A response, whole."""

    status: int
    headers: Headers
    body: bytes


class Backend:
    """A service on a port of this machine, asked over connections that are kept."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=_MOST_CONNECTIONS,
            max_keepalive_connections=_MOST_CONNECTIONS,
            keepalive_expiry=_KEPT_IDLE,
        )
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def ask(self, method: str, target: bytes, headers: Headers, body: bytes) -> Answer:
        """Send a request and return the answer.

        Raises:
            Lost: the service is not there, or went away.
            LateError: it took too long.
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
        """Close the connections."""
        await self._pool.aclose()

    async def _ask(self, method: str, target: bytes, headers: Headers, body: bytes) -> Answer:
        limits = {
            "connect": _CONNECT_WITHIN,
            "write": ANSWERED_WITHIN,
            "read": ANSWERED_WITHIN,
            "pool": ANSWERED_WITHIN,
        }
        url = httpcore.URL(scheme=b"http", host=b"127.0.0.1", port=self._port, target=target)
        try:
            response = await self._pool.request(
                method, url, headers=list(headers), content=body, extensions={"timeout": limits}
            )
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            raise Lost("it does not listen", sent=False) from error
        except httpcore.TimeoutException as error:
            raise LateError(f"no answer within {ANSWERED_WITHIN:.0f} s") from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise Lost("it went away without an answer", sent=True) from error
        return Answer(response.status, response.headers, response.content)
