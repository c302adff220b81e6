"""The entrance of a server: the limits that a client meets before its request reaches the app.

Each process that serves has one: each worker of `serve`, the front of a local endpoint, the studio. It counts
connections and their bytes, checks every connection once a second, and shares the event loop's turns, so that one
client's bytes never delay another client's `/ping`.
"""

import asyncio
import logging
import resource
import socket
import time
from collections import Counter, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.server import ServerState

from saekdong.entrance.errors import RequestError

if TYPE_CHECKING:
    from saekdong.entrance.connection import Connection

_PING = "/ping"
_MOST_CONNECTIONS = 4096
_OTHER_FILES = 128
_ACCEPTED_AT_ONCE = 16
_LOG_SECONDS = 10.0
_SEARCH_SECONDS = 5e-6
_TURN_SECONDS = 0.001

BUSY = RequestError(503, "busy", "too much is asked at the moment; try again in a second")

logger = logging.getLogger("saekdong")


@dataclass(frozen=True)
class Bounds:
    """The limits of clients, each one and all of them together.

    Attributes:
        connections: open connections; the ones that wait longest for their client are closed for new ones.
        reserve: connections beyond that number, on which only `/ping` is answered.
        head_bytes: bytes of the head of a request or a chunk, or of a trailer.
        headers: headers of a request.
        head_seconds: time from the start of a connection or a request to the end of its head.
        window_seconds: how often the rate of an arriving body, or of a slowly read answer, is measured.
        least_rate: bytes per second of an arriving body, or of an answer that is read.
        held_bytes: bytes of requests without an answer yet, on all connections.
        free_bytes: bytes of every request that are not counted, so that small requests always have room.
        fair_rate: bytes per second; without room, bodies that arrive more slowly are dropped for faster ones.
        unsent_bytes: bytes of answers that clients have not read yet, on all connections.
        discarded_bytes: bytes of a body that is no longer needed, before its connection is closed.
        linger_seconds: time for a refused client to read the reason.
        slice_bytes: bytes of heads and chunks parsed at a time.
        parse_seconds: parsing time per turn of the event loop.
        starts: requests started per turn of the event loop.
    """

    connections: int = _MOST_CONNECTIONS
    reserve: int = 64
    head_bytes: int = 32 << 10
    headers: int = 100
    head_seconds: float = 10.0
    window_seconds: float = 10.0
    least_rate: int = 1 << 10
    held_bytes: int = 256 << 20
    free_bytes: int = 64 << 10
    fair_rate: int = 64 << 10
    unsent_bytes: int = 256 << 20
    discarded_bytes: int = 100 << 20
    linger_seconds: float = 3.0
    slice_bytes: int = 2 << 10
    parse_seconds: float = 0.02
    starts: int = 32


class Entrance:
    """The bounds of one server, and what counts toward them.

    Args:
        connections: the server's open connections; a set that the server keeps.
        bounds: the limits of clients.
    """

    def __init__(self, connections: "Collection[Connection]", bounds: Bounds) -> None:
        self.bounds = bounds
        self.refused: Counter[str] = Counter()
        self._connections = connections
        self.most = min(bounds.connections, max(16, _open_files() - _OTHER_FILES))
        self._loop = asyncio.get_running_loop()
        self._held = 0
        self._short: deque[Connection] = deque()
        self._long: deque[Connection] = deque()
        self._waiting: deque[tuple[Connection, Any, Any]] = deque()
        self._parsed, self._started, self._starts, self._pumped = 0, 0, bounds.starts, 0.0
        self._is_pumping = False
        self._reported: Counter[str] = Counter()
        self._loop.call_later(1, self._look)
        self._turn = 0.0
        self._next_log = self._next_search = 0.0
        self._idlest: deque[tuple[Connection, float]] = deque()
        self._headers: Sequence[tuple[bytes, bytes]] = ()
        self._header_lines = b""

    @classmethod
    def of(cls, state: ServerState, bounds: Bounds) -> "Entrance":
        """Return the entrance of a server; the first call makes it."""
        found: Entrance | None = getattr(state, "entrance", None)
        if found is None:
            found = cls(state.connections, bounds)  # type: ignore[arg-type]
            state.entrance = found  # type: ignore[attr-defined]
        return found

    def header_lines(self, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
        """Return the lines of the server's own headers, such as the date: a list that is replaced every second."""
        if headers is not self._headers:
            self._header_lines = b"".join([b"%b: %b\r\n" % header for header in headers])
            self._headers = headers
        return self._header_lines

    @property
    def is_full(self) -> bool:
        """Whether only `/ping` is answered."""
        return len(self._connections) > self.most

    def answers(self, url: bytes) -> bool:
        """Return whether a request is answered even if the entrance is full."""
        return url.partition(b"?")[0] == _PING.encode()

    def admit(self, newcomer: "Connection") -> bool:
        """Return whether a new connection may stay; those that wait longest for their client are closed for it."""
        if not self.is_full:
            return True
        self._make_room(newcomer)
        return len(self._connections) <= self.most + self.bounds.reserve

    def _make_room(self, newcomer: "Connection") -> None:
        """Close the connection that waits longest for its client, of the peer with the most of them."""
        if not self._idlest and self._loop.time() >= self._next_search:
            self._idlest = self._search()
            self._next_search = self._loop.time() + _SEARCH_SECONDS * len(self._connections)
        while self._idlest:
            connection, heard = self._idlest.popleft()
            is_as_found = connection in self._connections and connection.heard == heard and connection.awaits_client
            if is_as_found and connection is not newcomer:
                connection.drop("connections")
                return

    def _search(self) -> "deque[tuple[Connection, float]]":
        """Return the connections that wait for their client, in the order of closing.

        This is slow, so it is not done for each connection of a flood.
        """
        waiting = [(each, each.heard) for each in self._connections if each.awaits_client]
        of_peer = Counter(each.peer for each, _ in waiting)
        waiting.sort(key=lambda entry: (-of_peer[entry[0].peer], entry[1]))
        return deque(waiting)

    def hold(self, connection: "Connection", size: int) -> None:
        """Count bytes of a connection; if there is no room, drop slower bodies, or refuse this one."""
        connection.held += size
        self._held += size
        if self._held <= self.bounds.held_bytes:
            return
        others = [each for each in self._connections if each.held and each.awaits_client and each is not connection]
        for each in sorted(others, key=lambda each: each.rate):
            if each.rate >= self.bounds.fair_rate or self._held <= self.bounds.held_bytes:
                break
            each.refuse(BUSY)
        if self._held > self.bounds.held_bytes:
            connection.refuse(BUSY)

    def release(self, connection: "Connection") -> None:
        """Stop counting the bytes of a connection."""
        self._held -= connection.held
        connection.held = 0

    def check_unsent(self) -> None:
        """Close the connections that have not read for the longest time, if answers use too much memory."""
        unsent = {each: each.unsent for each in self._connections}
        total = sum(unsent.values())
        for each in sorted((each for each in unsent if unsent[each]), key=lambda each: each.heard):
            if total <= self.bounds.unsent_bytes:
                return
            total -= unsent[each]
            each.drop("unsent")

    def may_parse(self) -> bool:
        """Return whether to parse a short request at once, without waiting for its turn: most of them are."""
        self._parsed += 1
        if self._parsed > self.bounds.starts and not self._is_new_turn():
            return False
        return not self._short

    def _is_new_turn(self) -> bool:
        """Reset the counts if the event loop's clock, which advances only between turns, has advanced."""
        now = self._loop.time()
        if now - self._turn < _TURN_SECONDS:
            return False
        self._turn, self._parsed, self._started = now, 1, 0
        return True

    def parse_soon(self, connection: "Connection", size: int) -> None:
        """Parse a connection's received bytes, in turn with the others; those with few bytes first."""
        (self._short if size <= self.bounds.slice_bytes else self._long).append(connection)
        self._pump_soon()

    def start(self, connection: "Connection", cycle: Any, app: Any) -> None:
        """Start the app with a request; if a turn has started many already, in one of the next turns."""
        is_now = self._started < self._starts or (not self._waiting and self._is_new_turn())
        if is_now or cycle.scope["path"] == _PING:
            self._started += 1
            connection.begin(cycle, app)
        else:
            self._waiting.append((connection, cycle, app))
            self._pump_soon()

    def count(self, reason: str) -> None:
        """Count a refused or closed connection; the log reports them together."""
        self.refused[reason] += 1

    def _pump_soon(self) -> None:
        if not self._is_pumping:
            self._is_pumping = True
            self._loop.call_soon(self._pump)

    def _pump(self) -> None:
        """Start requests and parse, for a part of a turn; the rest waits for the next one."""
        self._is_pumping = False
        begun = time.monotonic()
        if self._waiting:
            # Requests differ in duration; start as many in a turn as make it last about as long as it should.
            is_long = 0 < self._pumped < begun - 2 * self.bounds.parse_seconds
            self._starts = max(2, self._starts // 2) if is_long else min(self.bounds.starts, self._starts + 1)
        self._started = self._parsed = 0
        while self._waiting and self._started < self._starts:
            self._started += 1
            connection, cycle, app = self._waiting.popleft()
            connection.begin(cycle, app)
        end = begun + self.bounds.parse_seconds
        for queue in (self._short, self._long):
            while queue:
                queue.popleft().step()
                if time.monotonic() > end:
                    break
        # The next turn's length counts only if that turn is full of requests, too.
        self._pumped = begun if self._waiting else 0.0
        if self._short or self._long or self._waiting:
            self._pump_soon()

    def _look(self) -> None:
        """Check every connection, once a second."""
        now = self._loop.time()
        for connection in list(self._connections):
            connection.check(now)
        self.check_unsent()
        if now > self._next_log and (news := self.refused - self._reported):
            self._reported = self.refused.copy()
            self._next_log = now + _LOG_SECONDS
            logger.warning("clients refused or closed: %s", ", ".join(f"{each} {n}" for each, n in news.items()))
        self._loop.call_later(1, self._look)


def configure(app: Any, **settings: Any) -> uvicorn.Config:
    """Return uvicorn's settings for an app behind an entrance.

    Args:
        app: the ASGI app, or None if `settings` have it.
        settings: further settings of uvicorn.
    """
    from saekdong.entrance.connection import Connection

    common: dict[str, Any] = {
        "http": Connection,
        "ws": "none",
        "access_log": False,
        "proxy_headers": False,
        "server_header": False,
    }
    return uvicorn.Config(app, **(common | settings))


def listeners(listener: socket.socket) -> list[socket.socket]:
    """Return a listening socket several times, and let this process open files for the largest number of connections.

    uvloop accepts one connection per turn and socket, too few under load.
    """
    _raise_open_files()
    return [listener, *(listener.dup() for _ in range(_ACCEPTED_AT_ONCE - 1))]


def _raise_open_files() -> None:
    """Let this process and its children open files for the largest number of connections, if the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_CONNECTIONS + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _open_files() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_CONNECTIONS + _OTHER_FILES if soft == resource.RLIM_INFINITY else soft
