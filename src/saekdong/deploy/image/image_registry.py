"""A registry on loopback that measures a pushed image: it keeps manifests, and of layers only their sizes."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

_MOST_MANIFEST = 4 << 20
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Pushed:
    """A manifest as pushed.

    Attributes:
        media_type: its media type.
        size: bytes of layers and configuration, compressed as pushed.
    """

    media_type: str
    size: int


class ImageRegistry:
    """A registry's address, and the last manifest pushed to it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.pushed: Pushed | None = None

    def keep(self, media_type: str, content: bytes) -> None:
        """Remember a manifest; also an index, which names other manifests."""
        manifest = json.loads(content)
        parts = [*manifest.get("layers", []), manifest.get("config", {})]
        self.pushed = Pushed(media_type, sum(int(part.get("size", 0)) for part in parts))


@contextmanager
def open_registry() -> Iterator[ImageRegistry]:
    """Serve a registry on loopback for the block.

    https://distribution.github.io/distribution/spec/api/
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    registry = ImageRegistry(f"127.0.0.1:{server.server_port}")
    server.registry = registry  # type: ignore[attr-defined]
    server.blobs = {}  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def do_GET(self) -> None:
        self._answer(200 if self.path == "/v2/" else 404)

    def do_HEAD(self) -> None:
        size = self.server.blobs.get(self.path.rpartition("/")[2])
        self._answer(404 if size is None else 200, {"Content-Length": str(size)} if size is not None else {})

    def do_POST(self) -> None:
        self._discard()
        self._answer(202, {"Location": f"{self.path}1", "Range": "0-0"})

    def do_PATCH(self) -> None:
        size = self._discard()
        self.server.blobs[self.path] = size
        self._answer(202, {"Location": self.path, "Range": f"0-{max(size - 1, 0)}"})

    def do_PUT(self) -> None:
        upload = re.fullmatch(r"(.*/blobs/uploads/\d*)\?digest=(.*)", self.path)
        if upload:
            digest = unquote(upload[2])
            self.server.blobs[digest] = self.server.blobs.pop(upload[1], 0) + self._discard()
            self._answer(201, {"Docker-Content-Digest": digest})
            return
        content = self.rfile.read(min(int(self.headers["Content-Length"]), _MOST_MANIFEST))
        self.server.registry.keep(self.headers.get("Content-Type", ""), content)
        self._answer(201, {"Docker-Content-Digest": f"sha256:{hashlib.sha256(content).hexdigest()}"})

    def _discard(self) -> int:
        """Read the body and return its size."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return sum(self._discard_bytes(size) for size in self._chunks())
        return self._discard_bytes(int(self.headers.get("Content-Length") or 0))

    def _chunks(self) -> Iterator[int]:
        while size := int(self.rfile.readline(64).partition(b";")[0], 16):
            yield size
            self.rfile.readline(64)
        self.rfile.readline(64)

    def _discard_bytes(self, size: int) -> int:
        left = size
        while left:
            left -= len(self.rfile.read(min(left, _CHUNK)) or b"." * left)
        return size

    def _answer(self, status: int, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
