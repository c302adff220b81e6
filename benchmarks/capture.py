"""What capture costs: requests of one color as JSON, with all of them captured and without, in turn; and a kill -9.

Needs wrk (Debian: apt-get install wrk) and two cores of its own: the service on one, wrk on the other. SAEKDONG_ROUNDS
is the number of rounds, 10 by default. Each ratio is of neighboring runs; its median counts. Of the requests that were
answered before the kill, those without a line are counted, and how long before the kill the oldest was sent.
"""

import os
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from saekdong.captures import read_captures
from serving import CONNECTIONS, _colors, _running, _wrk
from tools import table

ROUNDS = int(os.environ.get("SAEKDONG_ROUNDS", "10"))
WITHOUT, WITH, KILLED = 9321, 9322, 9323


def measure() -> Iterator[str]:
    """Yield the lines of the report."""
    with tempfile.TemporaryDirectory() as folder:
        color = Path(folder) / "color"
        color.write_text("".join(f'{{"r": {r}, "g": {g}, "b": {b}}}\n' for r, g, b in _colors(5000)))
        options = ("--capture=100", f"--capture-to={folder}/shop")
        with _running("service", port=WITHOUT) as bare, _running("service", *options, port=WITH) as capturing:
            runs = [(_run(WITHOUT, bare, color), _run(WITH, capturing, color)) for _ in range(ROUNDS + 1)][1:]
        rates = [captured[0] / plain[0] for plain, captured in runs]
        times = [plain[1] / captured[1] for plain, captured in runs]
        best = [max(run[side][0] for run in runs) for side in (0, 1)]
        lost, seconds = _kill(Path(folder) / "killed")
    yield from table(
        ["what", "asked for", "reached"],
        [
            (f"requests/s without, with capture, best of {ROUNDS}", "", f"{best[0]:,.0f}, {best[1]:,.0f}"),
            ("request rate kept, median", "0.95", f"{statistics.median(rates):.3f}"),
            ("processor time without to with capture, median", "", f"{statistics.median(times):.3f}"),
            ("lines lost by kill -9, and the age of the oldest in s", "0.1", f"{lost}, {seconds:.3f}"),
        ],
    )


def _run(port: int, process: "subprocess.Popen[bytes]", color: Path) -> tuple[float, float]:
    """Return the requests a second, and the microseconds of processor time of each."""
    before, begun = _processor(process), time.perf_counter()
    rate = _wrk(port, "/invocations", color, "application/json", CONNECTIONS).rate
    return rate, (_processor(process) - before) / (rate * (time.perf_counter() - begun)) * 1e6


def _processor(process: "subprocess.Popen[bytes]") -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _kill(folder: Path) -> tuple[int, float]:
    """Kill a service under load; return how many answered requests have no line, and when the first was answered."""
    answered = {}
    options = ("--capture=100", f"--capture-to={folder}/shop")
    client = httpx.Client(base_url=f"http://127.0.0.1:{KILLED}")
    with _running("service", *options, port=KILLED) as process, client:
        until = time.perf_counter() + 3
        while (now := time.perf_counter()) < until:
            event = f"r-{len(answered)}"
            client.post("/invocations", content=b'{"r": 1, "g": 2, "b": 3}', headers={"X-Request-Id": event})
            answered[event] = now
        killed = time.perf_counter()
        process.send_signal(signal.SIGKILL)
        process.wait()
    lost = answered.keys() - {one.event for one in read_captures(folder)}
    return len(lost), max((killed - answered[event] for event in lost), default=0.0)
