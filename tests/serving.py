"""Services that tests start: `saekdong serve`, in a process of its own on loopback."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from ports import free_port
from waiting import until_answered


class Serving:
    """A running service: its address, its process, and what it logs."""

    def __init__(self, arguments: tuple[str, ...], log: Path | None, env: dict[str, str]) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "saekdong", "serve", *arguments, "--port", str(self.port)]
        with log.open("wb") if log else open(os.devnull, "wb") as stderr:  # noqa: PTH123
            self.process = subprocess.Popen(command, stderr=stderr, env={**os.environ, **env})

    def wait(self) -> None:
        """Wait until the service is ready."""
        until_answered(f"{self.address}/ping")

    def client(self) -> httpx.Client:
        """Return a client of the service."""
        return httpx.Client(base_url=self.address, timeout=60)

    def stop(self) -> int:
        """Send SIGTERM, and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@contextmanager
def serving(*arguments: str, log: Path | None = None, env: dict[str, str] | None = None) -> Iterator[Serving]:
    """Run a service until the end of the block, which it must leave cleanly unless it was stopped before."""
    service = Serving(arguments, log, env or {})
    try:
        service.wait()
        yield service
        assert service.process.poll() is not None or service.stop() == 0
    finally:
        service.process.kill()
        service.process.wait()
