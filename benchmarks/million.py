"""Memory of the whole `saekdong catalog add` over many products, each with a photo of its own.

    SAEKDONG_PRODUCTS=1000000 python benchmarks/run.py million

100,000 products by default. The photos have 32 pixels: a leak would grow with their number, not with their size. The
figures are the private memory (RssAnon) of the command and its workers: SQLite's file is mapped into memory besides,
and the system takes that memory back if it needs it.
"""

import io
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tools import table

PRODUCTS = int(os.environ.get("SAEKDONG_PRODUCTS", "100000"))
STEPS = 10
_FOLDERS = 1000


def measure() -> Iterator[str]:
    """Yield the memory after each tenth as a table."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("SAEKDONG_BENCH_FOLDER")) as place:
        feed = _feed(Path(place))
        begun = time.perf_counter()
        rows = list(_run(Path(place), feed))
        yield f"{PRODUCTS:,} products in {time.perf_counter() - begun:.0f} s.\n"
        yield from table(("products", "the command, MB", "its largest worker, MB"), rows)


def _feed(folder: Path) -> Path:
    """Write the photos, which differ, and the feed that names them."""
    import numpy as np
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(40, 220, (32, 32, 3), dtype=np.uint8)).save(stream, "JPEG")
    photo = stream.getvalue()
    for number in range(_FOLDERS):
        (folder / "photos" / str(number)).mkdir(parents=True)
    feed = folder / "feed.csv"
    with feed.open("w") as file:
        file.write("id,title,photo,price,product_type\n")
        for number in range(PRODUCTS):
            path = f"photos/{number % _FOLDERS}/{number}.jpg"
            (folder / path).write_bytes(photo + number.to_bytes(4))
            file.write(f"{number},Product {number},{path},{number % 1000}.00 USD,Home > Kitchen > Mugs\n")
    return feed


def _run(folder: Path, feed: Path) -> Iterator[tuple[str, str, str]]:
    command = [sys.executable, "-m", "saekdong", "catalog", "add", str(feed), "--model", "starter", "--format", "jsonl"]
    shop = folder / "shop"
    shop.mkdir()
    environment = {**os.environ, "SAEKDONG_WORKSPACE": str(shop)}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as process:
        for step in range(1, STEPS + 1):
            wanted = PRODUCTS * step // STEPS
            while process.poll() is None and _stored(shop / "catalog.db") < wanted - _FOLDERS:
                time.sleep(1)
            if process.poll() is None:
                workers = [_private(worker) for worker in _children(process.pid)]
                yield f"{wanted:,}", f"{_private(process.pid):.0f}", f"{max(workers, default=0):.0f}"
    if process.returncode:
        raise RuntimeError(f"catalog add ended with {process.returncode}")


def _stored(path: Path) -> int:
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        try:
            return int(connection.execute("SELECT coalesce(max(number), 0) FROM product").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


def _children(process: int) -> list[int]:
    """Return a process's children and theirs: a server that is started first starts the workers."""
    own = [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return own + [below for each in own for below in _children(each)]


def _private(process: int) -> float:
    """Return a process's private memory in MB; 0 if it has just ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"RssAnon:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0
