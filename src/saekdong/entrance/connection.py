"""uvicorn's HTTP protocol behind an entrance, which limits what a client sends and how slowly it sends and reads.

uvicorn's own protocol parses all received bytes at once, waits for a head or a body forever, and keeps their bytes.
"""

import asyncio
import json
import re
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from saekdong.entrance.bounds import STATUS
from saekdong.entrance.entrance import BUSY, Bounds, Entrance
from saekdong.entrance.errors import RequestError
from saekdong.entrance.gathering import GatheringProtocol

Data = bytes | memoryview
_UPGRADE = re.compile(rb"(?<=\n)upgrade[ \t]*:[^\n]*\n", re.IGNORECASE)
_BAD = RequestError(400, "bad-request", "this is not an HTTP request")
_LATE_HEAD = RequestError(408, "late", "the request's head did not come in time")
_LATE_BODY = RequestError(408, "late", "the request's body comes too slowly")
_LONG_HEAD = RequestError(431, "too-large", "the request's head is too long")


class Cycle(RequestResponseCycle):
    """uvicorn's handler of a request, which can also give the whole body and take the whole answer at once.

    A task and ASGI's messages for a body and an answer cost more than naming a color.

    Attributes:
        entrance: the server's entrance.
    """

    entrance: Entrance

    @property
    def is_whole(self) -> bool:
        """Whether the request's body has arrived, and an answer can be sent at once."""
        return not (
            self.more_body
            or self.disconnected
            or self.response_started
            or self.waiting_for_100_continue
            or self.flow.write_paused
        )

    def answer(self, head: bytes, body: bytes) -> None:
        """Send a whole answer of status 200.

        Args:
            head: the lines of the headers, each with its end, but for the length and the server's own.
            body: the body.
        """
        self.response_started = self.response_complete = True
        end = b"" if self.keep_alive else b"connection: close\r\n"
        lines = self.entrance.header_lines(self.default_headers)
        self.transport.write(
            b"HTTP/1.1 200 OK\r\n%b%bcontent-length: %d\r\n%b\r\n%b" % (lines, head, len(body), end, body)
        )
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
        self.on_response = _nothing  # as uvicorn does: no cycle of references is left to the collector


class Connection(GatheringProtocol):
    """A client's connection, for uvicorn's setting `http`.

    Attributes:
        bounds: the limits of clients.
        peer: the client's address.
        heard: when the client last sent or read bytes, by the event loop's clock.
        held: the bytes that the entrance counts for it.
        rate: the recent bytes per second of an arriving body.
    """

    bounds = Bounds()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection if the entrance has room."""
        super().connection_made(transport)
        self.entrance = Entrance.of(self.server_state, self.bounds)
        self.peer = self.client[0] if self.client else ""
        self.heard = self._since = self.loop.time()
        self.held, self.rate = 0, 0.0
        self._rest: Data = b""  # received, and not parsed yet
        self._is_queued = self._is_refused = False
        self._in_message = self._in_head = False
        self._asgi = {"version": self.asgi_version, "spec_version": "2.3"}
        self._problem: RequestError | None = None  # with the head that is parsed
        self._refusal: RequestError | None = None  # once the requests before are answered
        self._kept = 0  # bytes of requests without an answer yet
        self._fed = 0  # bytes parsed since the last part of a body, or the end of a request
        self._arrived = self._arrived_lately = self._arrived_before = 0  # bytes of the body
        self._discarded = 0
        self._unread_since, self._sent_before = 0.0, 0
        if not self.entrance.admit(self):
            self.drop("connections")

    def connection_lost(self, exc: Exception | None) -> None:
        """Close, and release all counted bytes."""
        self._rest = b""
        self.entrance.release(self)
        super().connection_lost(exc)

    @property
    def unsent(self) -> int:
        """Bytes of answers that the client has not read."""
        return self._gathering.unsent

    @property
    def awaits_client(self) -> bool:
        """Whether the server waits for the client to send or read; otherwise it waits for the app."""
        if self._is_refused or self.unsent:
            return True
        if self._rest or self._in_message:
            return not self._rest and not self.flow.read_paused
        return self.cycle is None or self.cycle.response_complete

    def data_received(self, data: bytes) -> None:
        """Take received bytes; they are parsed at the connection's turn."""
        self.heard = self.loop.time()
        if self._is_refused:
            self._discard(len(data))
            # Only one part a turn, however fast they arrive.
            self._gathering.hold()
            self.loop.call_soon(self._gathering.go_on)
            return
        size = len(data)
        if self._in_message and not self._in_head and self.cycle.response_complete:
            self._discard(size)
        else:
            self._kept += size
            if self._kept > self.bounds.free_bytes:
                self.entrance.hold(self, size)
                if self._is_refused:
                    return
        is_short = size <= self.bounds.slice_bytes and not (self._rest or self.pipeline or self._refusal)
        if is_short and self.entrance.may_parse():
            self._feed(data)
            if self._rest and not self.pipeline:
                self._parse_soon()
            return
        self._rest = b"".join((self._rest, data)) if self._rest else data
        if len(self._rest) > self.bounds.free_bytes:
            self._gathering.hold()
        if not self.pipeline and not self._refusal:
            self._parse_soon()

    def _discard(self, size: int) -> None:
        """Discard a part of a body that is no longer needed: a client may read the answer only after sending it all."""
        self._discarded += size
        if self._discarded > self.bounds.discarded_bytes:
            self.drop("too-large")

    def _parse_soon(self) -> None:
        if not self._is_queued:
            self._is_queued = True
            self.entrance.parse_soon(self, len(self._rest))

    def step(self) -> None:
        """Parse a slice of the received bytes, and schedule the rest."""
        self._is_queued = False
        if self._is_refused or self.transport.is_closing() or not self._rest:
            return
        size = max(self.bounds.slice_bytes, self._body_left()) if len(self._rest) > self.bounds.slice_bytes else 0
        part: Data = self._rest
        if 0 < size < len(part):
            part, self._rest = memoryview(part)[:size], memoryview(part)[size:]
        else:
            self._rest = b""
        self._feed(part)
        if not self._rest:
            self._gathering.go_on()
        elif not self.pipeline:
            self._parse_soon()

    def _body_left(self) -> int:
        """Return the number of missing bytes of the body; 0 outside of a body, or if it is chunked."""
        if not self._in_message or self._in_head:
            return 0
        length = next((value for name, value in self.headers if name == b"content-length"), b"0")
        return int(length) - self._arrived

    def _feed(self, data: Data) -> None:
        self._fed += len(data)
        if self._in_head or not self._in_message:
            data = bytes(data)
            if b"pgrade" in data or b"PGRADE" in data:
                data = _without_upgrade(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # CONNECT, or an upgrade in a pipelined request: treat it as an ordinary request without a body.
            following = memoryview(data)[upgrade.args[0] :]
            self._rest = b"".join((following, self._rest))
        except httptools.HttpParserError:
            self._end(self._problem or _BAD)
            return
        if self._fed > self.bounds.head_bytes:
            self._end(_LONG_HEAD)

    def _end(self, refusal: RequestError) -> None:
        """Refuse a request; answer the ones before it first."""
        is_first = self.cycle is None or self.cycle.response_complete or not self._in_head
        if is_first:
            self.refuse(refusal)
        else:
            self._refusal, self._rest = refusal, b""
            self._gathering.hold()

    def on_message_begin(self) -> None:
        """Start with a request."""
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self.scope = {
            "type": "http",
            "asgi": self._asgi,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,  # type: ignore[typeddict-item]
            "root_path": "",
            "headers": self.headers,
        }
        self._in_message = self._in_head = True
        self._since = self.heard
        self._arrived = self._arrived_lately = self._arrived_before = self._discarded = 0

    def on_headers_complete(self) -> None:
        """Give the request to the app, unless its head is too long or only `/ping` is answered now."""
        if len(self.headers) > self.bounds.headers:
            self._problem = _LONG_HEAD
        elif len(self.connections) > self.entrance.most and not self.entrance.answers(self.url):
            self._problem = BUSY
        if self._problem:
            raise self._problem
        previous, self.cycle = self.cycle, self._cycle()
        self._in_head = False
        self._since = self.heard
        if previous is None or previous.response_complete:
            self.entrance.start(self, self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def _cycle(self) -> Cycle:
        """Return the handler of the request whose head was parsed, without protocol upgrades."""
        parser, scope = self.parser, self.scope
        version = parser.get_http_version()
        if self.url.startswith(b"/") and b"#" not in self.url:
            path, _, query = self.url.partition(b"?")
        else:
            parsed = httptools.parse_url(self.url)
            path, query = parsed.path, parsed.query or b""
        text = path.decode("ascii")
        scope["method"] = parser.get_method().decode("ascii")
        scope["http_version"] = version
        scope["path"] = unquote(text) if "%" in text else text
        scope["raw_path"], scope["query_string"] = path, query
        cycle = Cycle(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        cycle.entrance = self.entrance
        return cycle

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._fed = 0
        self._arrived += len(body)
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.body += body
            if len(cycle.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
            cycle.message_event.set()

    def on_message_complete(self) -> None:
        """End the request's body."""
        self._fed = 0
        self._in_message = False
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.more_body = False
            cycle.message_event.set()

    def begin(self, cycle: Cycle, app: Any) -> None:
        """Start the app with a request, in the next turn of the event loop."""
        if not self._is_refused:
            self.loop.call_soon(self._run, cycle, app)

    def _run(self, cycle: Cycle, app: Any) -> None:
        """Let the app answer at once, as its method `quick` may; otherwise run it in a task."""
        if cycle.is_whole and (quick := getattr(app, "quick", None)) and quick(cycle):
            return
        task = self.loop.create_task(cycle.run_asgi(app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def on_response_complete(self) -> None:
        """Go on with the next request. `check` closes idle connections, without a timer for each."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self.entrance.start(self, *self.pipeline.pop())
        else:
            self._since = 0.0
            self._kept = 0
            if self.held:
                self.entrance.release(self)
            if self._refusal:
                self.refuse(self._refusal)
            elif self._rest:
                self._kept = len(self._rest)
                if self._kept > self.bounds.free_bytes:
                    self.entrance.hold(self, self._kept)
        if self._rest and not self.pipeline:
            self._parse_soon()

    def pause_writing(self) -> None:
        """Stop writing for now; an answer waits for its client."""
        super().pause_writing()
        self.loop.call_soon(self.entrance.check_unsent)

    def check(self, now: float) -> None:
        """Close the connection if its client is too slow; called every second."""
        if self._is_refused:
            if now > self._since + self.bounds.linger_seconds:
                self.transport.abort()
            return
        if not self._since:
            self._since = now
        self._check_reader(now)
        if self._rest or self._refusal or self.transport.is_closing():
            return
        if self._in_head:
            if now > self._since + self.bounds.head_seconds:
                self.refuse(_LATE_HEAD)
        elif self._in_message:
            self._check_body(now)
        elif self.cycle is None:
            if now > self._since + self.bounds.head_seconds:
                self.drop("silent")
        elif self.cycle.response_complete and now > self._since + self.timeout_keep_alive and not self.unsent:
            self.transport.close()

    def _check_body(self, now: float) -> None:
        self.rate = (self.rate + self._arrived - self._arrived_lately) / 2
        self._arrived_lately = self._arrived
        if self.flow.read_paused:
            self._since, self._arrived_before = now, self._arrived
        elif now > self._since + self.bounds.window_seconds:
            if self._arrived - self._arrived_before < self.bounds.least_rate * (now - self._since):
                self.refuse(_LATE_BODY)
            self._since, self._arrived_before = now, self._arrived

    def _check_reader(self, now: float) -> None:
        sent = self._gathering.sent
        if not self.unsent:
            self._unread_since = 0
        elif not self._unread_since:
            self._unread_since, self._sent_before = now, sent
        elif now > self._unread_since + self.bounds.window_seconds:
            if sent - self._sent_before < self.bounds.least_rate * (now - self._unread_since):
                self.drop("unread")
            self._unread_since, self._sent_before = now, sent

    def refuse(self, refusal: RequestError) -> None:
        """Send an error, unless another answer is in progress, and close once the client has read it."""
        if self._is_refused or self.transport.is_closing():
            return
        cycle = self.cycle
        is_own = self._in_message and not self._in_head
        is_answerable = (
            cycle is None or cycle.response_complete or (is_own and not self.pipeline and not cycle.response_started)
        )
        self.pipeline.clear()
        if cycle is not None and not cycle.response_complete:
            cycle.scope[STATUS] = refusal.status  # type: ignore[literal-required]
            cycle.disconnected = True
            cycle.message_event.set()
        if not is_answerable or (is_own and cycle.response_complete):
            self.drop(refusal.code)
            return
        self.entrance.count(refusal.code)
        self._is_refused, self._since, self._discarded = True, self.loop.time(), 0
        self._rest = b""
        self.entrance.release(self)
        self.transport.write(_answer(refusal))
        self._gathering.finish()
        self._gathering.go_on()
        self.flow.resume_reading()

    def drop(self, reason: str) -> None:
        """Close without an answer."""
        if not self.transport.is_closing():
            self.entrance.count(reason)
        self.connections.discard(self)
        self.transport.abort()


def _nothing() -> None:
    """Do nothing."""


def _without_upgrade(data: bytes) -> bytes:
    """Return a request without its Upgrade header, such as Java's HttpClient sends for HTTP/2.

    Otherwise, the parser would treat the request's body as the other protocol's.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"", head + end) + rest


def _answer(refusal: RequestError) -> bytes:
    body = json.dumps({"error": {"code": refusal.code, "message": refusal.message}}).encode()
    later = b"retry-after: 1\r\n" if refusal.status == 503 else b""
    head = b"HTTP/1.1 %d %s\r\n" % (refusal.status, _PHRASES[refusal.status])
    rest = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n%s\r\n" % (len(body), later)
    return head + rest + body


_PHRASES = {
    400: b"Bad Request",
    408: b"Request Timeout",
    431: b"Request Header Fields Too Large",
    503: b"Service Unavailable",
}
