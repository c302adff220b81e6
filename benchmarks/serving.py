"""The service on one core, its load from wrk on another, side by side with a bare Starlette app on the same uvicorn.

Needs wrk (Debian: apt-get install wrk) and two cores of its own. The log is on, at its default level. Rates are the
best of ROUNDS rounds in turn. SAEKDONG_BENCH_REQUESTS is the number of requests after which memory is read (1,000,000
for the full run).
"""

import io
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import numpy as np
from PIL import Image

from saekdong.tagging import Tagger, starter, tag_photo
from tools import best_seconds, table

ROUNDS, SECONDS, CONNECTIONS, CALM_CONNECTIONS = 5, 3, 16, 64
REQUESTS = int(os.environ.get("SAEKDONG_BENCH_REQUESTS", "200000"))
CSV_COLORS, PRODUCTS = 100_000, 300
BARE, SERVICE, GATHERING, CATALOG = 9311, 9312, 9313, 9314
_SCRIPT = Path(__file__).with_name("serving.lua")


class Load(NamedTuple):
    """What wrk measured: requests a second, and the 99th percentile of the latency in milliseconds."""

    rate: float
    p99: float


def measure() -> Iterator[str]:
    """Yield the lines of the report."""
    if shutil.which("wrk") is None:
        sys.exit("benchmarks: wrk is missing; install it: apt-get install wrk")
    yield from _startup()
    yield ""
    with (
        tempfile.TemporaryDirectory() as folder,
        _running("bare"),
        _running("bare", "gathering", port=GATHERING),
        _running("service", port=SERVICE) as service,
    ):
        color, csv, photo = (Path(folder) / name for name in ("color", "csv", "photo"))
        color.write_text("".join(f'{{"r": {r}, "g": {g}, "b": {b}}}\n' for r, g, b in _colors(5000)))
        csv.write_text("".join(f"{r},{g},{b}\n" for r, g, b in _colors(CSV_COLORS)))
        photo.write_bytes(_photo(900, 675))
        rows = [*_requests(color), *_csv(csv), *_photos(photo)]
        rows.append(_memory(service, color))
        yield from table(["what", "asked for", "reached"], [*rows, _products(Path(folder))])


def _requests(color: Path) -> Iterator[tuple[str, str, str]]:
    bare, gathering, named = 0.0, 0.0, 0.0
    for _ in range(ROUNDS):
        bare = max(bare, _wrk(BARE, "/ping").rate)
        gathering = max(gathering, _wrk(GATHERING, "/ping").rate)
        named = max(named, _wrk(SERVICE, "/invocations", color, "application/json").rate)
    yield "bare Starlette /ping, requests/s", "", f"{bare:,.0f}"
    yield "the same with answers sent as the service does", "", f"{gathering:,.0f}"
    rate = f"{named:,.0f} ({named / bare:.2f}, {named / gathering:.2f})"
    yield "one color as JSON, requests/s (to the first, to the second)", "0.60", rate
    paced = sorted(_paced(color, named / 2), key=lambda load: load.p99)
    calm = paced[ROUNDS // 2]
    latency = f"{calm.p99:.1f} ({paced[0].p99:.1f} to {paced[-1].p99:.1f})"
    share = f"{calm.rate / named:.2f} of the most"
    yield f"p99 at {calm.rate:,.0f} requests/s ({share}), ms, median of {ROUNDS}", "10", latency


def _paced(color: Path, rate: float) -> Iterator[Load]:
    """Yield the measurements of ROUNDS rounds at about a rate: each connection waits before each request."""
    pause = 1000 * CALM_CONNECTIONS / rate
    for attempt in range(-3, ROUNDS):
        load = _wrk(SERVICE, "/invocations", color, "application/json", CALM_CONNECTIONS, pause)
        if attempt >= 0:
            yield load
        else:  # what an answer and wrk's clock take is found by trying
            pause = max(1, pause + 1000 * CALM_CONNECTIONS * (1 / rate - 1 / load.rate))


def _csv(file: Path) -> Iterator[tuple[str, str, str]]:
    load = max(_wrk(SERVICE, "/invocations", file, "text/csv", connections=2) for _ in range(ROUNDS))
    yield f"CSV of {CSV_COLORS:,} colors, million colors/s", "1", f"{load.rate * CSV_COLORS / 1e6:.1f}"


def _photos(file: Path) -> Iterator[tuple[str, str, str]]:
    tagger, content, served, tagged = Tagger(starter()), file.read_bytes(), 0.0, 0.0
    for _ in range(ROUNDS):
        tagged = max(tagged, 20 / best_seconds(lambda: [tag_photo(tagger, "", content) for _ in range(20)], 2))
        served = max(served, _wrk(SERVICE, "/invocations", file, "image/jpeg", connections=4).rate)
    yield "photos of 900 pixels, photos/s (to `tag`, one core each)", "0.80", f"{served:.0f} ({served / tagged:.2f})"


def _products(folder: Path) -> tuple[str, str, str]:
    """Post products, one after the other, each with its own photo; SAEKDONG_CATALOG is a catalog to start from."""
    if catalog := os.environ.get("SAEKDONG_CATALOG"):
        shutil.copy(catalog, folder / "catalog.db")
    photo, took = _photo(1400, 1150), []
    with _running("service", "--catalog", port=CATALOG, workspace=folder), httpx.Client() as client:
        token = (folder / "api-token").read_text().strip()
        client.headers["Authorization"] = f"Bearer {token}"
        for number in range(PRODUCTS):
            content = photo + number.to_bytes(4)
            begun = time.perf_counter()
            form = {"id": f"new-{number}", "title": "Navy mug", "category": "Kitchen > Mugs", "price": "9"}
            client.post(f"http://127.0.0.1:{CATALOG}/products", data=form, files={"photo": content}).raise_for_status()
            took.append(1000 * (time.perf_counter() - begun))
    p50, p99 = np.percentile(took, [50, 99])
    return (
        f"POST /products with a photo of 1.6 megapixels, {PRODUCTS} times, p50 / p99 in ms",
        "100",
        f"{p50:.0f} / {p99:.0f}",
    )


def _memory(process: subprocess.Popen[bytes], color: Path) -> tuple[str, str, str]:
    early, sent = _resident(process), 0.0
    while sent < REQUESTS:
        sent += _wrk(SERVICE, "/invocations", color, "application/json").rate * SECONDS
    return f"memory before and after {sent:,.0f} more requests, MB", "flat", f"{early:.1f}, {_resident(process):.1f}"


def _startup() -> Iterator[str]:
    """Time from a process's start to its first answer to /ping with 200."""
    rows = []
    for workers in ("1", "2"):
        seconds = []
        for _ in range(5):
            begun = time.perf_counter()
            with _running("service", "--workers", workers, port=SERVICE):
                seconds.append(time.perf_counter() - begun)
        rows.append((workers, f"{min(seconds):.2f}", f"{max(seconds):.2f}"))
    yield from table(["workers", "ready after s, best of 5 (asked for: 2)", "worst of 5"], rows)


@contextmanager
def _running(
    which: str, *arguments: str, port: int = BARE, workspace: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, str(Path(__file__).with_name("bare.py")), str(port), *arguments]
    if which == "service":
        command = [sys.executable, "-m", "saekdong", "serve", "starter", "--port", str(port), *arguments]
    if "--workers" not in arguments:
        command = ["taskset", "-c", "0", *command]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    if workspace:
        environment["SAEKDONG_WORKSPACE"] = str(workspace)
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment)
    try:
        while not _answers(port):
            time.sleep(0.01)
        yield process
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/ping").status_code == 200
    except httpx.TransportError:
        return False


def _wrk(
    port: int, path: str, body: Path | None = None, kind: str = "", connections: int = CONNECTIONS, pause: float = 0
) -> Load:
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{SECONDS}s",
        "--latency",
        "--timeout",
        "10s",
        f"http://127.0.0.1:{port}{path}",
    ]
    if body:
        command += ["-s", str(_SCRIPT), "--", str(body), kind]
    environment = {**os.environ, **({"WRK_PAUSE": str(pause)} if pause else {})}
    output = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(output)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", output).groups()
    return Load(rate, float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit])


def _resident(process: subprocess.Popen[bytes]) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def _colors(count: int) -> list[tuple[int, int, int]]:
    draw = random.Random(0)
    return [(draw.randrange(256), draw.randrange(256), draw.randrange(256)) for _ in range(count)]


def _photo(height: int, width: int) -> bytes:
    """Draw a product's photo: a shaded blob on a pale ground."""
    y, x = np.mgrid[:height, :width]
    shade = 0.7 + 0.3 * np.sin(x / 40) * np.cos(y / 60)
    inside = ((x / width - 0.5) / 0.3) ** 2 + ((y / height - 0.5) / 0.36) ** 2 < 1
    pixels = np.where(inside[..., None], shade[..., None] * (40, 60, 130), 240)
    pixels = pixels + np.random.default_rng(0).normal(0, 4, pixels.shape)
    stream = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(stream, "JPEG", quality=88)
    return stream.getvalue()
