"""What a client may take of a server: heads, bodies, connections and answers, over real sockets."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
import uvloop
from starlette.types import ASGIApp, Receive, Scope, Send

from saekdong.entrance.connection import Connection
from saekdong.entrance.entrance import Bounds, configure
from waiting import SECONDS

HOST = b"Host: localhost\r\n"
PING = b"GET /ping HTTP/1.1\r\n" + HOST + b"\r\n"
POST = b"POST / HTTP/1.1\r\n" + HOST
TINY = Bounds(
    connections=20,
    reserve=3,
    head_seconds=1,
    window_seconds=1,
    least_rate=1000,
    held_bytes=3 << 20,
    unsent_bytes=64 << 20,
    discarded_bytes=2 << 20,
    linger_seconds=1,
)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the number of bytes of the body; `/wait` waits for the client to leave, `/long` answers long."""
    size, more = 0, scope["path"] != "/early"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        more = message["more_body"]
    if scope["path"] == "/wait":
        await receive()
        return
    body = bytes(50 << 20) if scope["path"] == "/long" else b"%d" % size
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 413 if scope["path"] == "/early" else 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Place:
    """A server in this event loop."""

    def __init__(self, address: tuple[str, int], server: uvicorn.Server) -> None:
        self.address, self.server = address, server
        self._writers: list[asyncio.StreamWriter] = []

    async def connect(self, sent: bytes = b"") -> Streams:
        reader, writer = await asyncio.open_connection(*self.address)
        self._writers.append(writer)
        writer.write(sent)
        return reader, writer

    async def leave(self) -> None:
        """Close all connections."""
        for writer in self._writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def ask(self, sent: bytes) -> bytes:
        """Send bytes, and return all that comes until the server closes."""
        reader, _ = await self.connect(sent)
        return await asyncio.wait_for(reader.read(), SECONDS)

    async def pings(self) -> bool:
        return (await self.ask(PING.replace(HOST, HOST + b"Connection: close\r\n"))).startswith(b"HTTP/1.1 200")

    async def closed(self, reader: asyncio.StreamReader) -> bytes:
        """Return what comes until the server closes."""
        try:
            return await asyncio.wait_for(reader.read(), SECONDS)
        except ConnectionError:
            return b""


@asynccontextmanager
async def opened(bounds: Bounds = TINY, app: ASGIApp = echo) -> AsyncIterator[Place]:
    class Bounded(Connection):
        pass

    Bounded.bounds = bounds
    server = uvicorn.Server(configure(app, http=Bounded, lifespan="off", log_config=None, timeout_graceful_shutdown=1))
    with socket.create_server(("127.0.0.1", 0), backlog=500) as listener:
        serving = asyncio.ensure_future(server._serve([listener]))
        place = Place(listener.getsockname(), server)
        try:
            yield place
        finally:
            await place.leave()
            server.should_exit = True
            server.force_exit = True
            await serving


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request):
    return request.param


def refused(answer: bytes, status: int) -> str:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer[:200]
    assert b"connection: close" in head
    return json.loads(body)["error"]["code"]


@pytest.mark.parametrize("sent", [b"", b"\r\n\r\n", b"\r\n" * 4000])
def test_a_silent_connection_is_closed(run, sent):
    async def dialog() -> None:
        async with opened() as place:
            reader, _ = await place.connect(sent)
            assert await place.closed(reader) == b""

    run(dialog())


@pytest.mark.parametrize("head", [b"G", b"GET /ping HTTP/1.1\r\n", PING[:-2], PING[:-2] + b"X: "])
def test_a_head_that_does_not_end_gets_408(run, head):
    async def dialog() -> None:
        async with opened() as place:
            reader, writer = await place.connect(head)
            answer = asyncio.ensure_future(place.closed(reader))
            while not answer.done():
                writer.write(b"x" if head != b"G" else b"")
                await asyncio.sleep(0.1)
            assert refused(await answer, 408) == "late"
            assert await place.pings()

    run(dialog())


@pytest.mark.parametrize(
    "endless",
    [
        PING[:-2] + b"X: " + b"a" * 40_000,
        PING[:-2] + b"X" * 40_000,
        PING[:-2] + b"X: a\r\n" * 9_000,
        b"GET /" + b"a" * 40_000,
        POST + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 40_000,
        POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: " + b"a" * 40_000,
        b"\r\n" * 20_000,
    ],
    ids=["value", "name", "headers", "address", "chunk", "trailer", "lines"],
)
def test_a_head_without_end_gets_431(run, endless):
    async def dialog() -> None:
        async with opened() as place:
            assert refused(await place.ask(endless), 431) == "too-large"

    run(dialog())


def test_more_than_a_hundred_headers_get_431(run):
    async def dialog() -> None:
        async with opened() as place:
            many = b"".join(b"X-%d: a\r\n" % number for number in range(98))
            assert b" 200 OK" in await place.ask(PING[:-2] + many + b"Connection: close\r\n\r\n")
            assert refused(await place.ask(PING[:-2] + many + b"a: b\r\nc: d\r\n\r\n"), 431) == "too-large"

    run(dialog())


@pytest.mark.parametrize(
    "garbage", [b"\0\1\2", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", PING + b"garbage\r\n\r\n", os.urandom(5000)]
)
def test_garbage_gets_400_after_the_answers_before_it(run, garbage):
    async def dialog() -> None:
        async with opened() as place:
            answer = await place.ask(garbage)
            assert b"HTTP/1.1 400" in answer or answer.count(b" 200 OK") == garbage.count(b"/ping")
            assert await place.pings()

    run(dialog())


@pytest.mark.parametrize("length", [b"Content-Length: 100000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
def test_a_body_that_comes_too_slowly_gets_408(run, length):
    async def dialog() -> None:
        async with opened() as place:
            reader, writer = await place.connect(POST + length)
            answer = asyncio.ensure_future(place.closed(reader))
            while not answer.done():
                writer.write(b"1\r\na\r\n")
                await asyncio.sleep(0.05)
            assert refused(await answer, 408) == "late"

    run(dialog())


def test_a_body_at_an_honest_rate_is_taken_however_long_it_takes(run):
    async def dialog() -> None:
        async with opened() as place:
            reader, writer = await place.connect(POST + b"Connection: close\r\nContent-Length: 40000\r\n\r\n")
            for _ in range(40):
                writer.write(bytes(1000))
                await asyncio.sleep(0.1)
            assert (await place.closed(reader)).endswith(b"40000")

    run(dialog())


def test_bodies_together_have_a_bound_and_slow_ones_make_room(run):
    async def dialog() -> None:
        async with opened() as place:
            half = POST + b"Content-Length: 2000000\r\n\r\n" + bytes(1_000_000)
            slow = [await place.connect(half) for _ in range(3)]
            await asyncio.sleep(0.3)
            answer = await place.ask(POST + b"Connection: close\r\nContent-Length: 1000000\r\n\r\n" + bytes(1_000_000))
            assert answer.endswith(b"1000000")
            answers = await asyncio.gather(*(place.closed(reader) for reader, _ in slow))
            assert "busy" in [refused(answer, 503) for answer in answers if b" 503 " in answer]
            assert all(b"retry-after: 1" in answer for answer in answers if b" 503 " in answer)
            assert await place.pings()

    run(dialog())


def test_a_body_larger_than_all_may_hold_gets_503(run):
    async def dialog() -> None:
        async with opened() as place:
            large = b"Content-Length: 4000000\r\n\r\n" + bytes(4_000_000)
            assert refused(await place.ask(b"POST /wait HTTP/1.1\r\n" + HOST + large), 503) == "busy"
            small = b"Connection: close\r\nContent-Length: 2500000\r\n\r\n" + bytes(2_500_000)
            for _ in range(3):  # what was held is free again
                assert (await place.ask(POST + small)).endswith(b"2500000")

    run(dialog())


async def flood(writer: asyncio.StreamWriter) -> None:
    """Send a body without end."""
    while True:
        writer.write(b"10000\r\n" + bytes(65536) + b"\r\n")
        await writer.drain()
        await asyncio.sleep(0)


def test_a_refused_body_is_discarded_so_that_its_client_reads_why(run):
    async def dialog() -> None:
        early = b"POST /early HTTP/1.1\r\n" + HOST
        async with opened() as place:
            reader, writer = await place.connect(early + b"Content-Length: 1000000\r\n\r\n" + bytes(1_000_000) + PING)
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 413")
            assert await reader.readexactly(1) == b"0"
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            writer.close()
            reader, writer = await place.connect(early + b"Transfer-Encoding: chunked\r\n\r\n")
            with pytest.raises(ConnectionError):
                await flood(writer)

    run(dialog())


def test_idle_and_half_sent_connections_make_room_for_new_ones(run):
    async def dialog() -> None:
        bounds = Bounds(connections=20, reserve=3)
        async with opened(bounds) as place:
            kinds = (b"", b"GET /", POST + b"Content-Length: 10\r\n\r\n12", PING)
            for number in range(60):
                await place.connect(kinds[number % 4])
                if number % 10 == 0:
                    await asyncio.sleep(0.01)
            assert await place.pings()
            assert len(place.server.server_state.connections) <= 23

    run(dialog())


def test_ping_is_answered_when_every_connection_is_at_work(run):
    async def dialog() -> None:
        async with opened(Bounds(connections=20, reserve=3)) as place:
            waits = b"GET /wait HTTP/1.1\r\n" + HOST + b"\r\n"
            for _ in range(20):
                await place.connect(waits)
                await asyncio.sleep(0.01)
            for _ in range(10):
                assert await place.pings()
            assert refused(await place.ask(waits), 503) == "busy"

    run(dialog())


def test_answers_that_nobody_reads_are_dropped(run):
    async def dialog() -> None:
        long = b"GET /long HTTP/1.1\r\n" + HOST + b"\r\n"
        async with opened() as place:
            slow = [await place.connect(long) for _ in range(3)]
            async with asyncio.timeout(SECONDS):
                while place.server.server_state.connections:
                    for reader, _ in slow:
                        await reader.read(10)
                    await asyncio.sleep(0.1)
            assert await place.pings()

    run(dialog())


def test_a_long_answer_arrives_whole_at_an_honest_rate(run):
    async def dialog() -> None:
        async with opened() as place:
            reader, _ = await place.connect(b"GET /long HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
            size = 0
            while part := await reader.read(1 << 20):
                size += len(part)
                await asyncio.sleep(0.02)
            assert size > 50 << 20

    run(dialog())


def test_requests_sent_ahead_are_answered_in_order_with_their_bodies(run):
    async def dialog() -> None:
        async with opened(Bounds()) as place:
            bodies = [number * 997 % 70_000 for number in range(200)]
            last = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 3\r\n\r\nend"
            sent = b"".join(POST + b"Content-Length: %d\r\n\r\n" % size + bytes(size) for size in bodies) + last
            reader, writer = await place.connect()

            async def send() -> None:
                for start in range(0, len(sent), 50_000):
                    writer.write(sent[start : start + 50_000])
                    await writer.drain()

            sending = asyncio.ensure_future(send())
            answers = (await place.closed(reader)).split(b"\r\n\r\n")[1:]
            await sending
            assert [int(answer.partition(b"HTTP")[0]) for answer in answers] == [*bodies, 3]

    run(dialog())


def test_an_upgrade_that_is_not_offered_is_an_ordinary_request(run):
    async def dialog() -> None:
        upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQA\r\n"
        async with opened() as place:
            close = PING.replace(HOST, HOST + b"Connection: close\r\n")
            answer = await place.ask(PING.replace(HOST, HOST + upgrade) + close)
            assert answer.count(b"HTTP/1.1 200 OK") == 2, answer

    run(dialog())


@pytest.mark.parametrize("name", [b"Upgrade", b"upgrade", b"UPGRADE"])
def test_a_body_after_such_an_offer_is_the_requests_own(run, name):
    async def dialog() -> None:
        offer = b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQA\r\nContent-Length: 12\r\n"
        async with opened() as place:
            last = POST + b"Connection: close\r\nContent-Length: 2\r\n\r\nok"
            answer = await place.ask(POST + offer + name + b": h2c\r\n\r\nUpgrade: 123" + last)
            assert [part[:2].strip() for part in answer.split(b"\r\n\r\n")[1:]] == [b"12", b"2"], answer

    run(dialog())


def test_chunks_of_one_byte_are_read(run):
    async def dialog() -> None:
        async with opened(Bounds()) as place:
            chunks = b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 50_000 + b"0\r\n\r\n"
            assert (await place.ask(POST + chunks)).endswith(b"50000")

    run(dialog())
