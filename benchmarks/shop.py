"""The customers' pages in a browser, against their budgets.

The demo's catalog is served on this machine with `saekdong studio --shop-only`. Its pages are loaded in Chromium, with
the processor slowed down four times and the small versions of the photos made before. Budgets: the largest contentful
paint within 1 s, a layout shift below 0.02, and a page's HTML below 60 kB compressed.
"""

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tools import table

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PRODUCTS, RUNS, SLOWDOWN = 240, 5, 4
WIDTHS = (1280, 360)
MOST_PAINT, MOST_SHIFT, MOST_BYTES = 1.0, 0.02, 60_000
HEAD = ("page", "width", "largest paint", "shift", "HTML", "within budget")
PAGES = {
    "listing": "/",
    "two colors": "/?color=navy&color=white",
    "search": "/?q=mug",
    "product": "/product?id=mug-001",
}
OBSERVE = """
window.seen = {paint: 0, shift: 0};
new PerformanceObserver((list) => { for (const each of list.getEntries()) seen.paint = each.startTime; })
  .observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) seen.shift += each.value;
}).observe({type: "layout-shift", buffered: true});
"""


def measure() -> Iterator[str]:
    """Yield the lines of the report."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, PRODUCTS)
        address, process = serve(folder)
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                yield from table(HEAD, [row(browser, address, *page) for page in product(PAGES.items(), WIDTHS)])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def row(browser: Browser, address: str, page: tuple[str, str], width: int) -> list[str]:
    """Return the medians of a page as a row of the report, with the budgets that it misses."""
    name, path = page
    size = compressed_size(address + path)
    load(browser, address + path, width)  # the small versions of the photos
    seen = [load(browser, address + path, width) for _ in range(RUNS)]
    paint = statistics.median(each["paint"] for each in seen) / 1000
    shift = max(each["shift"] for each in seen)
    budgets = ((paint, MOST_PAINT), (shift, MOST_SHIFT), (size, MOST_BYTES))
    kept = "yes" if all(value <= most for value, most in budgets) else "**no**"
    return [name, str(width), f"{paint:.2f} s", f"{shift:.4f}", f"{size / 1000:.1f} kB", kept]


def load(browser: Browser, address: str, width: int) -> dict[str, float]:
    """Load a page in a browser without a cache; return when its largest part was painted, and how far parts moved."""
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="ko-KR")
    page = context.new_page()
    page.add_init_script(OBSERVE)
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    page.goto(address, wait_until="networkidle")
    page.wait_for_timeout(500)
    seen = page.evaluate("seen")
    context.close()
    return seen


def compressed_size(address: str) -> int:
    """Return the bytes of a page as it is sent."""
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return len(answer.read())


def fill(folder: Path, products: int) -> None:
    """Draw and tag the demo's catalog."""
    run(folder, "catalog", "sample", "--count", str(products), "--out", str(folder))
    run(folder, "catalog", "add", "products.csv", "--model", "starter")


def run(folder: Path, *arguments: str) -> None:
    """Run a command of Saekdong in a workspace."""
    subprocess.run([sys.executable, "-m", "saekdong", *arguments], cwd=folder, check=True, capture_output=True)


def serve(folder: Path) -> tuple[str, subprocess.Popen[bytes]]:
    """Start the customers' pages; return their address once they answer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "saekdong", "studio", "--shop-only", "--port", str(port)]
    process = subprocess.Popen(command, cwd=folder)
    address = f"http://127.0.0.1:{port}"
    while True:
        try:
            urllib.request.urlopen(address).close()
            return address, process
        except OSError:
            time.sleep(0.2)
