"""Products a second through the whole of `catalog add`, beside the bare executor and one core's `tag`; a second run.

Draws JPEGs of 1.1 and 1.6 megapixels, every other one progressive. All that is compared runs in turn, in rounds; the
best of each counts. SAEKDONG_PRODUCTS sets how many products a round has.
"""

import asyncio
import io
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from tools import table

PRODUCTS = int(os.environ.get("SAEKDONG_PRODUCTS", "600"))
UNCHANGED = 100_000
ROUNDS = 3
JOBS = 2
DELAY = 0.03


def measure() -> Iterator[str]:
    """Yield the lines of the report."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        contents = _draw(folder / "photos")
        yield f"{PRODUCTS} products of one photo each, {JOBS} cores, the best of {ROUNDS} rounds in turn:"
        yield ""
        yield from _race(folder, contents)
        yield ""
        yield from _again(folder, contents[0])


def _draw(folder: Path) -> list[bytes]:
    """Draw the photos; each file differs."""
    import numpy as np
    from PIL import Image, ImageFilter

    folder.mkdir()
    noise = np.random.default_rng(0)
    contents = []
    for number in range(24):
        size = (1300, 1200) if number % 2 else (1000, 1100)
        small = noise.integers(40, 220, (12, 12, 3), dtype=np.uint8)
        image = Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)
        grain = Image.effect_noise(size, 24).convert("RGB").filter(ImageFilter.SMOOTH)
        packed = io.BytesIO()
        Image.blend(image, grain, 0.2).save(packed, "JPEG", quality=88, progressive=number % 4 < 2)
        contents.append(packed.getvalue())
    photos = [contents[number % len(contents)] + number.to_bytes(4) for number in range(PRODUCTS)]
    for number, photo in enumerate(photos):
        (folder / f"{number:06}.jpg").write_bytes(photo)
    return photos


def _race(folder: Path, contents: list[bytes]) -> Iterator[str]:
    from saekdong.catalog.ingest.batches import load_tagger
    from saekdong.tagging import starter
    from saekdong.work.pool import open_workers

    names = ["one core's tag", "bare executor", "catalog add, local", "catalog add, http", "catalog add, dask-local"]
    best = dict.fromkeys(names, 0.0)
    with ExitStack() as stack:
        pool = stack.enter_context(open_workers(None, JOBS, partial(load_tagger, starter())))
        dask = stack.enter_context(open_workers("dask-local", JOBS, partial(load_tagger, starter())))
        address = stack.enter_context(_server(contents))
        feed = folder / "http.csv"
        feed.write_text("id,photo\n" + "".join(f"{n},{address}/{n}.jpg\n" for n in range(PRODUCTS)))
        works: list[Callable[[], float]] = [
            partial(_one_core, folder / "photos"),
            partial(_bare, folder / "photos", pool),
            partial(_add, folder / "photos", pool),
            partial(_add, feed, pool),
            partial(_add, folder / "photos", dask),
        ]
        for _ in range(ROUNDS):
            for name, work in zip(names, works, strict=True):
                best[name] = max(best[name], PRODUCTS / work())
    base, bare, local = (best[name] for name in names[:3])
    rows = [
        (name, f"{rate:.0f}", f"{rate / base:.2f}", f"{rate / bare:.2f}", f"{rate / local:.2f}")
        for name, rate in best.items()
    ]
    yield from table(("", "products/s", "to one core", "to the bare executor", "to local"), rows)


def _one_core(photos: Path) -> float:
    """Time `tag_photos` on one core, in its second pass, because the compared workers are warm, too."""
    code = (
        "import sys, time\n"
        "from saekdong.photo import find_photos\n"
        "from saekdong.tagging import Tagger, starter, tag_photos\n"
        "tagger = Tagger(starter())\n"
        "for _ in range(2):\n"
        "    begun = time.perf_counter()\n"
        "    for _ in tag_photos(tagger, find_photos([sys.argv[1]])): pass\n"
        "print(time.perf_counter() - begun)\n"
    )
    command = ["taskset", "-c", "0", sys.executable, "-c", code, str(photos)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _bare(photos: Path, workers: object) -> float:
    from saekdong.catalog.ingest.batches import Task, tag_batch
    from saekdong.fetch import Mark

    tasks = [Task(str(path), path, Mark()) for path in photos.iterdir()]
    begun = time.perf_counter()
    futures = [workers.submit(tag_batch, tasks[start : start + 16]) for start in range(0, len(tasks), 16)]
    for future in futures:
        future.result()
    return time.perf_counter() - begun


def _add(feed: Path, workers: object) -> float:
    """Time a first run into a new catalog, from opening the feed to the last product stored."""
    with tempfile.TemporaryDirectory() as place:
        begun = time.perf_counter()
        counts = _add_into(feed, Path(place), workers)
        if counts.new != PRODUCTS or counts.errors:
            raise RuntimeError(counts)
        return time.perf_counter() - begun


def _add_into(feed: Path, place: Path, workers: object) -> object:
    from saekdong.catalog.feeds import open_feed
    from saekdong.catalog.ingest.adding import add
    from saekdong.catalog.ingest.resources import Resources
    from saekdong.catalog.sqlite.store import SqliteStore
    from saekdong.catalog.tagging_model import TaggingModel
    from saekdong.color import STARTER
    from saekdong.fetch.fetcher import Fetcher
    from saekdong.tagging import starter

    store = SqliteStore.open(place / "catalog.db", STARTER)
    spool = place / "spool"
    spool.mkdir(exist_ok=True)
    with Fetcher(allow_private=True) as fetcher, open_feed(str(feed)) as opened:
        model = TaggingModel("starter", starter().digest, "")
        counts = add(opened, Resources(store, model, workers, fetcher, spool), print)
    store.close()
    return counts


@contextmanager
def _server(contents: list[bytes]) -> Iterator[str]:
    """Serve photos `/N.jpg` on loopback, each answer 30 ms late, from a thread."""
    loop = asyncio.new_event_loop()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.readuntil(b"\r\n\r\n"):
            number = int(request.split(b" ", 2)[1][1:].partition(b".")[0])
            await asyncio.sleep(DELAY)
            head = f'HTTP/1.1 200 OK\r\nContent-Length: {len(contents[number])}\r\nETag: "{number}"\r\n\r\n'
            writer.write(head.encode() + contents[number])
            await writer.drain()

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = loop.run_until_complete(asyncio.start_server(guarded, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def _again(folder: Path, photo: bytes) -> Iterator[str]:
    """Time a second run over an unchanged feed of many small photos."""
    from PIL import Image

    from saekdong.catalog.ingest.batches import load_tagger
    from saekdong.tagging import starter
    from saekdong.work.pool import open_workers

    many = folder / "many"
    many.mkdir()
    small = io.BytesIO()
    with Image.open(io.BytesIO(photo)) as image:
        image.resize((32, 32)).save(small, "JPEG")
    lines = ["id,title,photo,price,product_type\n"]
    for number in range(UNCHANGED):
        (many / f"{number}.jpg").write_bytes(small.getvalue() + number.to_bytes(4))
        lines.append(f"{number},Product {number},{number}.jpg,{number}.00 USD,Home > Kitchen > Mugs\n")
    feed = many / "feed.csv"
    feed.write_text("".join(lines))
    with open_workers(None, JOBS, partial(load_tagger, starter())) as workers:
        took = []
        for _ in range(2):
            begun = time.perf_counter()
            counts = _add_into(feed, folder, workers)
            took.append(time.perf_counter() - begun)
    if counts.unchanged != UNCHANGED:
        raise RuntimeError(counts)
    yield f"A feed of {UNCHANGED:,} products with local photos of 32 pixels: first run {took[0]:.0f} s, the second,"
    yield f"unchanged, {took[1]:.1f} s."
