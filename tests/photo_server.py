"""A web server of photos with troubles, for tests."""

import contextlib
import http.server
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from email.utils import formatdate

MODIFIED = formatdate(1_700_000_000, usegmt=True)


class PhotoServer(http.server.ThreadingHTTPServer):
    """Serves `photos` by path; what else a path does, its first part says.

    Attributes:
        photos: contents by path.
        asked: how often each path was asked for, and `open`, how many requests waited for an answer at a time at most.
        headers_of: the headers of the last request to each path.
        odd: answers of `/odd/N`.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.photos: dict[str, bytes] = {}
        self.odd: list[tuple[int, list[bytes]]] = []
        self.asked: Counter[str] = Counter()
        self.headers_of: dict[str, dict[str, str]] = {}
        self.lock = threading.Lock()
        self.open = self.most_open = 0
        self.ended = threading.Event()
        self.delay = 0.0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextlib.contextmanager
def serving() -> Iterator[PhotoServer]:
    server = PhotoServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: PhotoServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server
        if server.ended.is_set():
            # Connections that are kept alive end with the server.
            self.close_connection = True
            return
        with server.lock:
            server.asked[self.path] += 1
            server.headers_of[self.path] = dict(self.headers)
            server.open += 1
            server.most_open = max(server.most_open, server.open)
        if server.delay:
            server.ended.wait(server.delay)
        with server.lock:
            # Before the answer: the client may ask again as soon as it has it.
            server.open -= 1
        try:
            trouble, _, rest = self.path.strip("/").partition("/")
            getattr(self, f"do_{trouble}", self.do_photo)(rest)
        except OSError:
            self.close_connection = True

    def do_photo(self, _rest: str) -> None:
        content = self.server.photos.get(self.path)
        if content is None:
            self.answer(404, b"nothing")
        else:
            self.answer(200, content)

    def do_versioned(self, _rest: str) -> None:
        """A photo with an ETag; what is known is not sent again."""
        content = self.server.photos[self.path]
        etag = f'"{hash(content):x}"'
        if self.headers["If-None-Match"] == etag:
            self.answer(304, b"", ETag=etag)
        else:
            self.answer(200, content, ETag=etag)

    def do_dated(self, _rest: str) -> None:
        if self.headers["If-Modified-Since"] == MODIFIED:
            self.answer(304, b"")
        else:
            self.answer(200, self.server.photos[self.path], **{"Last-Modified": MODIFIED})

    def do_busy(self, rest: str) -> None:
        """`busy/STATUS/TIMES/SECONDS|date|`: refuses so often, then answers; Retry-After is so long, or 2 seconds."""
        status, times, after = rest.split("/")[:3]
        after = formatdate(time.time() + 2, usegmt=True) if after == "date" else after
        if self.server.asked[self.path] > int(times):
            self.answer(200, b"at last")
        else:
            self.answer(int(status), b"", **({"Retry-After": after} if after else {}))

    def do_cut(self, rest: str) -> None:
        """`cut/yes|no/...`: breaks off in the middle of the first answer; goes on from there, or cannot."""
        content = self.server.photos[self.path]
        wanted = re.match(r"bytes=(\d+)-", self.headers["Range"] or "")
        headers = {"ETag": '"v1"'}
        if wanted and rest.startswith("yes") and self.headers["If-Range"] == '"v1"':
            start = int(wanted[1])
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self.answer(206, content[start:], **headers)
        elif self.server.asked[self.path] == 1:
            self.answer(200, content, cut=len(content) // 2, **headers)
        else:
            self.answer(200, content, **headers)

    def do_changed(self, _rest: str) -> None:
        """Breaks off, and has another photo the next time."""
        first = self.server.asked[self.path] == 1
        content = (b"a" if first else b"b") * 100_000
        self.answer(200, content, cut=50_000 if first else 0, ETag='"a"' if first else '"b"')

    def do_odd(self, rest: str) -> None:
        """`odd/N`: one of the answers of `server.odd`, a status and headers as bytes, written as they are."""
        status, lines = self.server.odd[int(rest)]
        self.wfile.write(b"HTTP/1.1 %d X\r\n%b\r\nContent-Length: 7\r\n\r\na photo" % (status, b"\r\n".join(lines)))
        self.close_connection = True

    def do_slow(self, _rest: str) -> None:
        self.server.ended.wait(30)

    def do_to(self, rest: str) -> None:
        self.answer(302, b"", Location=rest)

    def do_loop(self, _rest: str) -> None:
        self.answer(302, b"", Location="/loop")

    def do_endless(self, _rest: str) -> None:
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        for _ in range(200):
            self.wfile.write(bytes(1 << 20))

    def do_large(self, _rest: str) -> None:
        self.answer(200, b"x", length=1 << 40)

    def answer(self, status: int, content: bytes, cut: int = 0, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length or len(content)))
        self.end_headers()
        self.wfile.write(content[: cut or None])
        if cut or length:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass
