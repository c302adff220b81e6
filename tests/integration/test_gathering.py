"""Answers that leave at the end of the event loop's turn, by uvicorn over real sockets, on both event loops."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
import uvloop
from starlette.types import ASGIApp, Receive, Scope, Send

from saekdong.entrance.gathering import MOST, GatheringProtocol

CHUNK, CHUNKS = bytes(50_000), 2_000
GET = b"GET /%d HTTP/1.1\r\nHost: here\r\n\r\n"


@asynccontextmanager
async def talking(app: ASGIApp) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Serve an app, and lend a connection to it."""
    config = uvicorn.Config(app, http=GatheringProtocol, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.ensure_future(server._serve([listener]))  # serve() would take the signals
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        try:
            yield reader, writer
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            server.should_exit = True
            await serving


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the path and the body."""
    body = (await receive())["body"]
    text = scope["path"].encode() + body
    headers = [(b"content-length", b"%d" % len(text))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})


both_loops = pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])


@both_loops
def test_requests_sent_at_once_are_answered_in_their_order(run):
    async def dialog() -> None:
        async with talking(echo) as (reader, writer):
            writer.write(b"".join(GET % number for number in range(50)))
            for number in range(50):
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200 OK\r\n")
                assert await reader.readexactly(len(f"/{number}")) == f"/{number}".encode()

    run(dialog())


@both_loops
def test_the_last_answer_arrives_whole_before_the_connection_closes(run):
    async def dialog() -> None:
        async with talking(echo) as (reader, writer):
            writer.write(b"POST / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: 3\r\n\r\nend")
            assert (await reader.read()).endswith(b"\r\n\r\n/end")

    run(dialog())


@both_loops
def test_a_client_is_told_to_go_on_before_its_body_comes(run):
    async def dialog() -> None:
        async with talking(echo) as (reader, writer):
            writer.write(b"POST / HTTP/1.1\r\nHost: here\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            writer.write(b"body")
            assert (await reader.readuntil(b"/body")).startswith(b"HTTP/1.1 200 OK")

    run(dialog())


@both_loops
def test_a_head_without_a_body_arrives(run):
    async def dialog() -> None:
        async with talking(echo) as (reader, writer):
            writer.write(b"HEAD / HTTP/1.1\r\nHost: here\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK")

    run(dialog())


@both_loops
def test_a_long_answer_waits_for_a_slow_client_and_arrives_whole(run):
    sent = 0

    async def stream(_: Scope, receive: Receive, send: Send) -> None:
        nonlocal sent
        await receive()
        headers = [(b"content-length", b"%d" % (len(CHUNK) * CHUNKS))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for _ in range(CHUNKS):
            await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
            sent += 1
        await send({"type": "http.response.body", "body": b""})

    async def dialog() -> None:
        async with talking(stream) as (reader, writer):
            writer.write(GET % 1)
            await reader.readuntil(b"\r\n\r\n")
            seen = -1
            while seen != sent:
                seen = sent
                await asyncio.sleep(0.3)
            # What the kernel, both ends' buffers and MOST hold; the rest is not made before it is asked for.
            assert sent * len(CHUNK) < len(CHUNK) * CHUNKS / 2
            assert sent * len(CHUNK) > MOST
            rest = len(CHUNK) * CHUNKS
            while rest:
                rest -= len(await reader.read(1 << 20))
            assert sent == CHUNKS

    run(dialog())


@both_loops
def test_a_client_that_leaves_before_its_answer_breaks_nothing(run, caplog):
    asked, left = asyncio.Event(), asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        asked.set()
        await left.wait()
        await echo(scope, receive, send)

    async def dialog() -> None:
        async with talking(slow) as (_, writer):
            writer.write(GET % 1)
            await asked.wait()
            writer.transport.abort()
            left.set()
            await asyncio.sleep(0.05)

    run(dialog())
    assert caplog.records == []
