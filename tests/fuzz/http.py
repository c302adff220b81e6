"""HTTP heads and bodies over raw sockets, to a real server in a process of its own.

Whatever is sent, no answer is a 500, nothing fails in the server's log, and `/ping` is answered afterward.
"""

import atexit
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from fuzz.harness import Target
from fuzz.mutating import rewritten
from ports import free_port

_QUIET_SECONDS = 0.5
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_PING = b"GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
_WORDS = (
    *(
        b"\r\n",
        b"\r\n\r\n",
        b"\n",
        b"\r",
        b"\0",
        b" ",
        b":",
        b"\t",
        b"%",
        b"%00",
        b"%ff",
        b"?",
        b"#",
        b"//",
        b"*",
        b"@",
    ),
    *(b"GET", b"POST", b"HEAD", b"OPTIONS", b"DELETE", b"CONNECT", b"TRACE", b"PRI * HTTP/2.0", b"HTTP/1.0", b"HTTP/2"),
    *(
        b"Content-Length: 5\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 99999999999\r\n",
        b"Content-Length: a\r\n",
    ),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip\r\n", b"Expect: 100-continue\r\n", b"Host:\r\n"),
    *(b"Connection: close\r\n", b"Connection: Upgrade\r\nUpgrade: h2c\r\n", b"Upgrade: websocket\r\n", b"0\r\n\r\n"),
    *(b"ffffffffffffffff\r\n", b"1;a=b\r\n", b"-1\r\n", b"Origin: null\r\n", b"Origin: http://[\r\n", b"\xed\xa0\x80"),
    *(b"application/json", b"text/csv", b"application/x-npy", b"image/jpeg", b"application/jsonlines", b"*/*", b"a/b"),
    *(b"/invocations", b"/v1/images:annotate", b"/models", b"/metrics", b"/openapi.json", b"/execution-parameters"),
    *(b"null", b"true", b"NaN", b"1e999", b"-0", b'"', b"{", b"}", b"[", b"]", "한".encode(), b"\\ud800", b"9" * 5000),
)


@cache
def _server() -> tuple[int, Path]:
    """Start the service; return its port and its log."""
    port, log = free_port(), Path(tempfile.mkdtemp(prefix="fuzz-http-")) / "log"
    command = [sys.executable, "-m", "saekdong", "serve", "starter", "--port", str(port), "--log-level", "error"]
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, stderr=stderr, start_new_session=True)
    owner = os.getpid()
    atexit.register(lambda: process.send_signal(signal.SIGTERM) if os.getpid() == owner else None)
    end = time.monotonic() + 60
    while True:
        try:
            if _sent(port, _PING).startswith(b"HTTP/1.1 200"):
                return port, log
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def _sent(port: int, content: bytes) -> bytes:
    """Send bytes and return what comes back, until the server closes or says nothing for a while."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        try:
            connection.sendall(content)
            connection.settimeout(20 if content is _PING else _QUIET_SECONDS)
            while part := connection.recv(1 << 16):
                answer += part
        except (ConnectionError, TimeoutError):
            pass
    return answer


def attempt(content: bytes) -> str:
    """Send bytes; return the status of the first answer."""
    port, log = _server()
    before = log.stat().st_size
    answer = _sent(port, content)
    statuses = [int(status) for status in _STATUS.findall(answer)]
    assert not any(status in (500, 502, 504) for status in statuses), answer[:300]
    ping = _sent(port, _PING)
    assert ping.startswith(b"HTTP/1.1 200"), ping[:300]
    with log.open("rb") as file:
        file.seek(before)
        assert not (said := file.read()), said[:2000]
    return str(statuses[0]) if statuses else "no answer"


def request(path: str, kind: str = "", body: bytes = b"", *headers: str, method: str = "POST") -> bytes:
    """Return a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *([f"Content-Type: {kind}"] if kind else []), *headers]
    length = [] if any("chunked" in header for header in headers) else [f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *length, "", ""]).encode() + body


def _chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))


def seeds() -> Mapping[str, bytes]:
    """Return valid requests of every kind."""
    color = b'{"r": 73, "g": 84, "b": 116}'
    many = json.dumps({"instances": [{"features": [73, 84, 116]}] * 3}).encode()
    ping = request("/ping", method="GET")
    return {
        "ping": ping,
        "ahead": ping * 5,
        "color": request("/invocations", "application/json", color),
        "colors": request("/invocations", "application/json", many, "Accept: text/csv"),
        "lines": request("/invocations", "application/jsonlines", color + b"\n" + color),
        "csv": request("/invocations", "text/csv", b"r,g,b\n1,2,3\n73,84,116\n", "X-Request-Id: order-7"),
        "chunked": request("/invocations", "text/csv", _chunked(b"1,2,", b"3\n"), "Transfer-Encoding: chunked"),
        "expecting": request("/invocations", "application/json", color, "Expect: 100-continue"),
        "upgrade": request("/ping", "", b"", "Connection: Upgrade", "Upgrade: h2c", method="GET"),
        "google": request("/v1/images:annotate?alt=json&fields=responses", "application/json", b'{"requests": []}'),
        "others": b"".join(request(path, method="GET") for path in ("/metrics", "/openapi.json", "/none?a=%ED%A0%80")),
        "options": request("*", method="OPTIONS") + request("/invocations", method="HEAD"),
    }


def _endless_head(rng: random.Random) -> bytes:
    return request("/ping", method="GET")[:-4] + b"\r\nX: " + b"a" * rng.randrange(1 << 16, 8 << 20)


def _many_headers(rng: random.Random) -> bytes:
    return b"GET /ping HTTP/1.1\r\n" + b"a:\r\n" * rng.randrange(100, 1_000_000) + b"\r\n"


def _tiny_chunks(rng: random.Random) -> bytes:
    return request(
        "/invocations", "text/csv", b"1\r\n1\r\n" * rng.randrange(1000, 300_000), "Transfer-Encoding: chunked"
    )


def _long_chunk_line(rng: random.Random) -> bytes:
    line = b"1;" + b"a" * rng.randrange(1 << 16, 4 << 20)
    return request("/invocations", "text/csv", line, "Transfer-Encoding: chunked")


def _far_ahead(rng: random.Random) -> bytes:
    return request("/none", method="GET") * rng.randrange(100, 2000)


def _long_json(rng: random.Random) -> bytes:
    piece = rng.choice((b"[]", b"{}", b"1", b'"a"', b"[1,2,3]", b'{"features":[1,2,3]}', b"[[[1]]]", b"1.5", b"null"))
    body = b"[" + b",".join([piece] * (rng.randrange(1 << 18, 6 << 20) // (len(piece) + 1))) + b"]"
    return request("/invocations", "application/json", body, "Accept: text/csv")


def _deep_json(rng: random.Random) -> bytes:
    return request("/invocations", "application/json", b'{"a":[' * rng.randrange(1000, 500_000))


HTTP = Target(
    "http",
    attempt,
    seeds,
    {
        "endless head": _endless_head,
        "many headers": _many_headers,
        "tiny chunks": _tiny_chunks,
        "long chunk line": _long_chunk_line,
        "far ahead": _far_ahead,
        "long json": _long_json,
        "deep json": _deep_json,
    },
    mutate=rewritten(_WORDS),
    warm=_server,
)
