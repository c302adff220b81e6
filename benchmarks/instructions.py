"""Instructions of a request for one color, from received bytes to written ones, under valgrind.

    python benchmarks/instructions.py                       this checkout
    python benchmarks/instructions.py ../before/src         another one, such as of `git worktree add ../before 39b0c9d`

Rates of a busy machine differ by a tenth from run to run; instructions differ by less than a thousandth. The app and
the server's protocol run as in `serve`, 16 connections that send a request each in every turn of the event loop,
without the network. Counting begins after some requests. Needs valgrind (Debian: apt-get install valgrind).
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

WARM, REQUESTS, CONNECTIONS = 160, 640, 16
BODIES = {"application/json": b'{"r": 31, "g": 42, "b": 82}', "text/csv": b"31,42,82"}


def main() -> None:
    """Measure, or be the program that is measured."""
    if sys.argv[1:2] == ["--run"]:
        asyncio.run(_run(sys.argv[2], sys.argv[3:]))
        return
    source = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "src").resolve()
    for kind in BODIES:
        print(f"{source} {kind}: {measure(source, kind):,.0f} instructions a request")
    if (source / "saekdong" / "captures").is_dir():
        print(f"... with --capture 100: {measure(source, 'application/json', 'capture'):,.0f}")


def measure(source: Path, kind: str, *more: str) -> float:
    """Return the instructions of a request.

    Args:
        source: the folder that the package is imported from.
        kind: the media type of the request.
        more: `capture` to capture all requests.
    """
    environment = {**os.environ, "PYTHONPATH": str(source), "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        counting = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={folder}/profile"]
        command = [*counting, sys.executable, __file__, "--run", kind, *more]
        run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return int(re.search(r"Collected : (\d+)", run.stderr)[1]) / REQUESTS


class _Wire(asyncio.Transport):
    """A transport that keeps nothing but the number of answers."""

    answers = 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 50000) if name in ("peername", "sockname") else default

    def write(self, data: Any) -> None:
        _Wire.answers += bytes(data).count(b"HTTP/1.1 200")

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def set_protocol(self, protocol: Any) -> None: ...


async def _run(kind: str, more: list[str]) -> None:
    import uvicorn
    from uvicorn.server import ServerState

    from saekdong.tagging import starter

    sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115
    with tempfile.TemporaryDirectory() as folder:
        app, protocol, close = _service(starter(), folder if more else "")
        quiet = {"log_config": None, "access_log": False, "server_header": False, "proxy_headers": False}
        config = uvicorn.Config(app, http=protocol, ws="none", **quiet)
        config.load()
        state, loop = ServerState(), asyncio.get_running_loop()
        connections = [protocol(config, state, {}, loop) for _ in range(CONNECTIONS)]
        for connection in connections:
            connection.connection_made(_Wire())
        body = BODIES[kind]
        head = f"POST /invocations HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: {kind}\r\n"
        request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        while _Wire.answers < WARM + REQUESTS:
            if _Wire.answers == WARM:
                subprocess.run(["callgrind_control", "-i", "on", str(os.getpid())], check=True, capture_output=True)
            before = _Wire.answers
            for connection in connections:
                connection.data_received(request)
            while _Wire.answers < before + CONNECTIONS:
                await asyncio.sleep(0)
        close()
    os._exit(0)


def _service(artifact: Any, folder: str) -> tuple[Any, Any, Any]:
    """Return the app, its protocol, and what ends it, of this Saekdong or of one before its packages were renamed."""
    try:
        from saekdong.entrance.connection import Connection
        from saekdong.entrance.sites import Sites
        from saekdong.serving.app import build_app
        from saekdong.serving.service import Service
        from saekdong.serving.shared import Shared
    except ImportError:
        from saekdong.hosting.app import build_app
        from saekdong.hosting.gathering import GatheringProtocol
        from saekdong.hosting.service import Service

        return build_app(Service(artifact)), GatheringProtocol, lambda: None
    shared, close = Shared(), lambda: None
    if folder:
        from saekdong.captures import CaptureSettings
        from saekdong.serving.capture import Capture

        capture = Capture(Path(folder) / "shop", CaptureSettings(100))
        shared, close = Shared(capture=capture), capture.close
    return build_app(Service(artifact), shared, sites=Sites("127.0.0.1")), Connection, close


if __name__ == "__main__":
    main()
