"""Run a service and a studio for hours under mixed, slow and broken clients; report whether they stay as they are.

    make soak TIME=600
    PYTHONPATH=tests python tests/soak.py --seconds 86400

Memory, threads and open files are measured every few seconds. Over the second half their trend, a line of least
squares, must be flat: that finds leaks, and not the caches that fill at the beginning. Exit 1 if something grows, a
server ends, or answers with 5xx.
"""

import argparse
import asyncio
import io
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import psutil
from PIL import Image

from ports import free_port
from waiting import until_answered

_EVERY = 5.0
_GROWTH = 0.05
# What a measure may grow by in any case: megabytes, threads, files.
_ROOM = {"MB": 12.0, "threads": 3.0, "files": 5.0}
_MOST_PING = 1.0
_LABELS = ("navy", "red", "white", "black")


@dataclass
class Server:
    """A server that is measured: its process, its address and what was measured, a row each time."""

    name: str
    process: subprocess.Popen[bytes]
    address: str
    measured: list[tuple[float, float, float, float]] = field(default_factory=list)
    pings: list[float] = field(default_factory=list)

    def measure(self, now: float) -> None:
        """Add the memory, threads and files of the process and of those below it."""
        own = psutil.Process(self.process.pid)
        every = [own, *own.children(recursive=True)]
        figures = [(each.memory_info().rss / 1e6, each.num_threads(), each.num_fds()) for each in every]
        self.measured.append((now, *(sum(column) for column in zip(*figures, strict=True))))

    def trends(self) -> dict[str, tuple[float, float]]:
        """Return each measure's mean over the second half, and how much its trend grew meanwhile."""
        table = np.array(self.measured[len(self.measured) // 2 :])
        spent = table[-1, 0] - table[0, 0]
        slopes = np.polyfit(table[:, 0] - table[0, 0], table[:, 1:], 1)[0]
        return {
            name: (float(table[:, place + 1].mean()), float(slopes[place] * spent)) for place, name in enumerate(_ROOM)
        }

    def growing(self) -> list[str]:
        """Return the measures that grow."""
        return [name for name, (mean, grown) in self.trends().items() if grown > max(_ROOM[name], _GROWTH * mean)]


@dataclass
class Soak:
    """The servers, and what their clients saw."""

    servers: list[Server]
    folder: Path
    token: str
    answers: Counter[str] = field(default_factory=Counter)
    rng: random.Random = field(default_factory=lambda: random.Random(0))

    @property
    def service(self) -> str:
        """The address of the service."""
        return self.servers[0].address

    async def ask(self, session: aiohttp.ClientSession, method: str, url: str, **options: Any) -> None:
        """Ask and count the answer's status."""
        try:
            async with session.request(method, url, **options) as answer:
                await answer.read()
                self.answers[f"{answer.status // 100}xx"] += 1
                if answer.status >= 500:
                    self.answers[f"{answer.status} {method} {url.partition('?')[0].rsplit(':', 1)[1][:30]}"] += 1
        except (aiohttp.ClientError, TimeoutError) as error:
            self.answers[type(error).__name__] += 1


def photo(rng: random.Random, kind: str, side: int = 200) -> bytes:
    """Return a photo of one color."""
    file = io.BytesIO()
    color = tuple(rng.randrange(256) for _ in range(3))
    Image.new("RGB", (side, side), color).save(file, kind)
    return file.getvalue()


def _npy(rng: random.Random) -> bytes:
    file = io.BytesIO()
    np.save(file, np.full((rng.randrange(1, 500), 3), rng.randrange(256), np.uint8))
    return file.getvalue()


def _vision(rng: random.Random) -> bytes:
    import base64

    content = base64.b64encode(photo(rng, "JPEG")).decode()
    request = {"image": {"content": content}, "features": [{"type": "IMAGE_PROPERTIES"}]}
    return json.dumps({"requests": [request] * rng.randrange(1, 4)}).encode()


BODIES: dict[str, tuple[str, str, Callable[[random.Random], bytes]]] = {
    "json": ("/invocations", "application/json", lambda rng: b'{"r": 73, "g": 84, "b": %d}' % rng.randrange(300)),
    "json list": (
        "/invocations",
        "application/json",
        lambda rng: json.dumps({"instances": [{"features": [1, 2, 3]}] * rng.randrange(1, 2000)}).encode(),
    ),
    "json lines": (
        "/invocations",
        "application/jsonlines",
        lambda rng: b'{"features": [1, 2, 3]}\n' * rng.randrange(99),
    ),
    "csv": ("/invocations", "text/csv", lambda rng: b"73,84,116\n" * rng.randrange(2000)),
    "npy": ("/invocations", "application/x-npy", _npy),
    "jpeg": ("/invocations", "image/jpeg", lambda rng: photo(rng, "JPEG", rng.choice((50, 400, 1500)))),
    "png": ("/invocations", "image/png", lambda rng: photo(rng, "PNG")),
    "webp": ("/invocations", "image/webp", lambda rng: photo(rng, "WEBP")),
    "damaged": ("/invocations", "image/jpeg", lambda rng: photo(rng, "JPEG")[: rng.randrange(600)] + rng.randbytes(99)),
    "random": ("/invocations", "application/json", lambda rng: rng.randbytes(rng.randrange(5000))),
    "vision": ("/v1/images:annotate", "application/json", _vision),
}


async def bodies(soak: Soak, session: aiohttp.ClientSession) -> None:
    """Send a body of any kind to the service."""
    path, kind, make = soak.rng.choice(list(BODIES.values()))
    await soak.ask(session, "POST", soak.service + path, data=make(soak.rng), headers={"Content-Type": kind})


async def catalog(soak: Soak, session: aiohttp.ClientSession) -> None:
    """Look at the catalog, correct a product, ask about one, or add one."""
    api = soak.rng.choice(soak.servers).address
    signed = {"Authorization": f"Bearer {soak.token}"}
    product = f"soak-{soak.rng.randrange(300)}"
    match soak.rng.randrange(8):
        case 0 | 1:
            query = {"label": soak.rng.choice(_LABELS), "text": soak.rng.choice(("", "머그", "shirt", '"', "*"))}
            await soak.ask(session, "GET", f"{api}/api/products", params=query)
        case 2:
            await soak.ask(session, "GET", f"{api}/api/facets")
        case 3:
            body = {"labels": [soak.rng.choice(_LABELS)], "by": "soak"}
            await soak.ask(session, "PUT", f"{api}/api/products/{product}/correction", json=body, headers=signed)
        case 4:
            await soak.ask(session, "GET", f"{soak.servers[1].address}/", params={"color": soak.rng.choice(_LABELS)})
        case 5:
            body = {"by": f"person {soak.rng.randrange(5)}", "most": soak.rng.randrange(1, 4)}
            await soak.ask(session, "POST", f"{api}/api/review/next", json=body, headers=signed)
        case 6:
            await review(soak, session, api, signed)
        case _:
            form = aiohttp.FormData()
            form.add_field("product", json.dumps({"id": product, "title": "머그"}), content_type="application/json")
            form.add_field("photo", photo(soak.rng, "PNG"), filename="a.png", content_type="image/png")
            await soak.ask(session, "POST", f"{soak.service}/products", data=form, headers=signed)


async def review(soak: Soak, session: aiohttp.ClientSession, api: str, signed: dict[str, str]) -> None:
    """Answer an item of the queue, or undo an answer."""
    person = f"person {soak.rng.randrange(5)}"
    if soak.rng.random() < 0.2:
        await soak.ask(session, "POST", f"{api}/api/review/undo", json={"by": person}, headers=signed)
        return
    body = {"by": person, "kind": "labels", "labels": [soak.rng.choice(_LABELS)]}
    item = soak.rng.randrange(1, 60)
    await soak.ask(session, "POST", f"{api}/api/review/items/{item}/answer", json=body, headers=signed)


async def slow(soak: Soak, _: aiohttp.ClientSession) -> None:
    """Send a request a few bytes at a time, or none, and leave in the middle of it."""
    server = soak.rng.choice(soak.servers)
    host, port = server.address.removeprefix("http://").split(":")
    with suppress(OSError):
        _, writer = await asyncio.open_connection(host, int(port))
        head = (
            b"POST /invocations HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n"
        )
        for _ in range(soak.rng.randrange(40)):
            writer.write(head[:3])
            head = head[3:] or b"[1,"
            await writer.drain()
            await asyncio.sleep(soak.rng.random() / 2)
        if soak.rng.random() < 0.5:
            writer.transport.abort()
        writer.close()
    soak.answers["slow"] += 1


async def leaving(soak: Soak, session: aiohttp.ClientSession) -> None:
    """Send a photo and leave before the answer."""
    body = photo(soak.rng, "PNG", 1500)
    asking = soak.ask(session, "POST", f"{soak.service}/invocations", data=body, headers={"Content-Type": "image/png"})
    with suppress(TimeoutError):
        await asyncio.wait_for(asking, soak.rng.random() / 20)
    soak.answers["left"] += 1


async def adding(soak: Soak, _: aiohttp.ClientSession) -> None:
    """Add the shop's feed to the catalog; every other time the run is killed."""
    command = [sys.executable, "-m", "saekdong", "catalog", "add", "shop/products.csv"]
    nothing = asyncio.subprocess.DEVNULL
    run = await asyncio.create_subprocess_exec(
        *command, cwd=soak.folder, stdout=nothing, stderr=nothing, start_new_session=True
    )
    with suppress(TimeoutError):
        await asyncio.wait_for(run.wait(), soak.rng.choice((4, 120)))
    if run.returncode is None:
        os.killpg(run.pid, signal.SIGKILL)
        await run.wait()
        soak.answers["adds killed"] += 1
    else:
        soak.answers[f"adds exit {run.returncode}"] += 1
    await asyncio.sleep(10)


async def pinging(soak: Soak, session: aiohttp.ClientSession) -> None:
    """Time a ping of the service, and a small file of the studio."""
    for server, path in zip(soak.servers, ("/ping", "/static/site/icon.svg"), strict=True):
        start = time.monotonic()
        async with session.get(server.address + path) as answer:
            await answer.read()
        server.pings.append(time.monotonic() - start)
    await asyncio.sleep(0.2)


async def measuring(soak: Soak, _: aiohttp.ClientSession) -> None:
    """Measure the servers."""
    for server in soak.servers:
        server.measure(time.monotonic())
    await asyncio.sleep(_EVERY)


CLIENTS = (bodies, bodies, bodies, catalog, catalog, slow, slow, slow, slow, slow, leaving, adding, pinging, measuring)


async def run(soak: Soak, seconds: float) -> None:
    """Let all clients do what they do, again and again, until the time is over or a server ends."""
    end = time.monotonic() + seconds

    async def repeat(client: Callable[[Soak, aiohttp.ClientSession], Awaitable[None]]) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(60)) as session:
            while time.monotonic() < end and all(server.process.poll() is None for server in soak.servers):
                await client(soak, session)
                await asyncio.sleep(0.02)

    await asyncio.gather(*map(repeat, CLIENTS))


def started(folder: Path, name: str, *options: str) -> Server:
    """Start a server in a workspace and wait until it answers."""
    port = free_port()
    command = [sys.executable, "-m", "saekdong", name, "--port", str(port), *options]
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    until_answered(f"{address}/openapi.json")
    return Server(name, process, address)


def report(soak: Soak) -> int:
    """Print a table; return 1 if something is wrong."""
    print(f"{'server':8} {'':8} {'mean':>9} {'grown':>9}  (over the second half)")
    wrong = [
        f"{each.name} ended with {each.process.returncode}" for each in soak.servers if each.process.poll() is not None
    ]
    for server in soak.servers:
        for name, (mean, grown) in server.trends().items():
            print(f"{server.name:8} {name:8} {mean:9.1f} {grown:+9.1f}")
        p50, p99 = np.percentile(server.pings, (50, 99))
        print(f"{server.name:8} {'ping':8} p50 {1e3 * p50:.0f} ms, p99 {1e3 * p99:.0f} ms of {len(server.pings):,}")
        wrong += [f"{server.name}: {name} grow" for name in server.growing()]
        wrong += [f"{server.name}: a ping in a hundred takes {p99:.1f} s"] if p99 > _MOST_PING else []
    print(", ".join(f"{what} {times:,}" for what, times in sorted(soak.answers.items())))
    wrong += ["answers with 5xx"] if soak.answers["5xx"] else []
    print("; ".join(wrong) or "flat")
    return int(bool(wrong))


def main() -> int:
    """Soak; exit 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=86_400)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name)
        for arguments in (
            ["catalog", "sample", "--out", "shop", "--count", "120"],
            ["catalog", "add", "shop/products.csv"],
            ["review", "draw"],
        ):
            subprocess.run([sys.executable, "-m", "saekdong", *arguments], cwd=folder, check=True, capture_output=True)
        servers = [started(folder, "serve", "--catalog", "--capture", "100"), started(folder, "studio")]
        soak = Soak(servers, folder, (folder / "api-token").read_text().strip())
        try:
            asyncio.run(run(soak, options.seconds))
            return report(soak)
        finally:
            for server in servers:
                server.process.kill()
                server.process.wait()


if __name__ == "__main__":
    sys.exit(main())
