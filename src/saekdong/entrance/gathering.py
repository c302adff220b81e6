"""uvicorn's HTTP protocol, with all answers sent at the end of the event loop's turn.

A turn answers all received requests. Sent one by one, each answer wakes a client that fell asleep after the one
before; sent together, head and body in one piece, they take a quarter less time (docs/benchmarks.md).
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST = 1 << 16
"""The most bytes that a connection gathers; more are sent at once, so that a slow client holds back a long answer."""


class GatheringTransport(asyncio.Transport):
    """A connection that gathers its output until the turn ends.

    Args:
        transport: the connection.
        loop: the event loop.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._parts: list[bytes | bytearray | memoryview[int]] = []
        self._size = 0
        self._written = 0
        self._is_paused = self._is_held = False

    @property
    def unsent(self) -> int:
        """Written bytes that the kernel has not taken yet."""
        return self._transport.get_write_buffer_size()

    @property
    def sent(self) -> int:
        """Bytes that the kernel has taken."""
        return self._written - self.unsent

    def write(self, data: "bytes | bytearray | memoryview[int]") -> None:
        """Send at the end of the turn; send more than `MOST` bytes at once."""
        if len(data) > MOST:  # without another copy
            self.flush()
            self._send(data)
            return
        if not self._parts:
            self._loop.call_soon(self.flush)
        self._parts.append(data)
        self._size += len(data)
        if self._size > MOST:
            self.flush()

    def flush(self) -> None:
        """Send the gathered bytes, unless the client has disconnected."""
        if self._parts:
            parts, self._parts, self._size = self._parts, [], 0
            self._send(b"".join(parts))

    def _send(self, data: "bytes | bytearray | memoryview[int]") -> None:
        if not self._transport.is_closing():
            self._transport.write(data)
            self._written += len(data)

    def close(self) -> None:
        """Send the gathered bytes, and close."""
        self.flush()
        self._transport.close()

    def finish(self) -> None:
        """Send the gathered bytes and then the end, and go on receiving."""
        self.flush()
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def is_closing(self) -> bool:
        """Return whether the connection is closed or closing."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return a property of the connection."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Stop receiving for now; called by the app."""
        self._is_paused = True
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Receive again, unless the connection is held."""
        self._is_paused = False
        if not self._is_held:
            self._transport.resume_reading()

    def hold(self) -> None:
        """Stop receiving for now, whatever the app does."""
        if not self._is_held:
            self._is_held = True
            self._transport.pause_reading()

    def go_on(self) -> None:
        """Receive again, unless the app has paused it."""
        if self._is_held:
            self._is_held = False
            if not self._is_paused:
                self._transport.resume_reading()


class GatheringProtocol(HttpToolsProtocol):
    """The protocol class for uvicorn's setting `http`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start with a connection that gathers."""
        self._gathering = GatheringTransport(transport, self.loop)
        super().connection_made(self._gathering)
