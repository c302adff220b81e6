"""`saekdong studio` in a process of its own, and the browser that looks at it, for tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import axe_playwright_python

from ports import free_port
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.color import STARTER
from saekdong.serving.tokens import TOKEN_FILE, token_in
from waiting import until_answered

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Studio:
    """A studio that runs, and the catalog it shows."""

    address: str
    store: SqliteStore
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def sign_in(self) -> str:
        """The link that lets a browser correct."""
        return f"{self.address}/sign-in?token={token_in(self.folder / TOKEN_FILE)}"


@contextmanager
def running(folder: Path, *options: str, env: dict[str, str] | None = None) -> Iterator[Studio]:
    port = free_port()
    store = SqliteStore.open(folder / "catalog.db", STARTER)
    command = [sys.executable, "-m", "saekdong", "studio", "--port", str(port), *options]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("SAEKDONG")}
    process = subprocess.Popen(command, cwd=folder, env={**clean, **(env or {})})
    studio = Studio(f"http://127.0.0.1:{port}", store, folder, process)
    try:
        until_answered(f"{studio.address}/static/site/icon.svg")
        yield studio
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        store.close()
