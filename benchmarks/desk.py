"""The desk over a large catalog: how long its pages take, and an answer with the page of the next question.

SAEKDONG_PRODUCTS is the number of products, 500,000 by default; the record holds two years of daily looks and of 50
answers a week. `saekdong studio` runs in a process of its own, and one client asks page after page over loopback.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from review import PRODUCTS, digest_of, fill_store
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.catalog.tagging_model import TaggingModel
from saekdong.color import STARTER
from saekdong.loop import Judgment, Loop, NewItem
from saekdong.serving.tokens import TOKEN_FILE
from saekdong.tagging.starter import STARTER_FILE, starter
from tools import table

ROUNDS = 60
_WEEKS, _ANSWERS_A_WEEK = 104, 50
_PAGES = (
    "/desk",
    "/desk/products",
    "/desk/products?show=conflicts",
    "/desk/products?show=untagged",
    "/desk/products?show=failed",
    "/desk/products?show=corrected",
    "/desk/products?show=all&q=mug&label=navy",
    "/desk/product?id=p250",
    "/desk/review",
    "/desk/review/bulk?label=navy",
    "/desk/models",
    "/desk/training",
    "/desk/data",
    "/desk/inference",
    "/desk/inference?color=%23495474",
    "/desk/notebooks",
    "/",
)


def measure() -> Iterator[str]:
    """Yield the lines of the report."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("SAEKDONG_BENCH_FOLDER")) as place:
        folder = Path(place)
        with SqliteStore.open(folder / "catalog.db", STARTER) as store:
            fill_store(store)
            store.set_model(TaggingModel("starter", starter().id, "2024-11-01", STARTER_FILE.read_bytes()))
        _live_two_years(folder)
        with _studio(folder) as client:
            rows = [(path, *_percentiles([_time(client, path) for _ in range(ROUNDS)])) for path in _PAGES]
            rows.append(("an answer, and the page of the next question", *_percentiles(list(_answers(client)))))
    yield from table((f"page, {PRODUCTS:,} products", "p50 ms", "p95 ms (asked: 50)"), rows)


def _live_two_years(folder: Path) -> None:
    """Write what two years leave in the record."""
    start = datetime(2024, 11, 25, 9, tzinfo=UTC)
    now = start
    with Loop.open(folder / "loop.db", lambda: now) as loop:
        for week in range(_WEEKS):
            numbers = [week * _ANSWERS_A_WEEK + n for n in range(_ANSWERS_A_WEEK)]
            about = {"confidence": 0.7, "mean_confidence": 0.7}
            items = [NewItem(f"p{n}", digest_of(n), 1 / PRODUCTS, {"navy": 0.6}, about) for n in numbers]
            draw = loop.draw("audit", items, starter().id, PRODUCTS)
            for each in loop.items(draw=draw):
                asked, navy = each.item, ("navy",)
                said = Judgment("confirm", asked.product, navy, navy, asked.photo, starter().id, 3, each.number)
                loop.answer("mina", said)
            for day in range(7):
                now = start + timedelta(weeks=week, days=day)
                run = loop.begin_run("saekdong", "watch", now.date().isoformat())
                look = {"day": run.key, "products": 300, "batches": 40, "is_compared": True, "has_normal": True}
                levels = {"mix": -4.2, "photo": -3.9, "model": -4.0}
                loop.end_run(run.number, {**look, "alarms": [], "opened": [], "closed": [], "levels": levels})
        loop.draw("teach", [NewItem(f"p{n}", digest_of(n), None, {"navy": 0.6}) for n in range(90_000, 91_000)], "", 1)


@contextmanager
def _studio(folder: Path) -> Iterator[httpx.Client]:
    """Run a studio; yield a client that is signed in."""
    process = subprocess.Popen(
        [sys.executable, "-m", "saekdong", "studio", "--port", "8479"], cwd=folder, stderr=subprocess.DEVNULL
    )
    client = httpx.Client(base_url="http://127.0.0.1:8479", follow_redirects=True, timeout=60)
    try:
        for _ in range(600):
            try:
                client.get("/static/site/icon.svg")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        token = (folder / TOKEN_FILE).read_text(encoding="utf-8").strip()
        client.get("/sign-in", params={"token": token})
        yield client
    finally:
        process.terminate()
        process.wait(30)


def _answers(client: httpx.Client) -> Iterator[float]:
    """Answer questions; yield the seconds from each answer to the whole page of the next one."""
    text = client.get("/desk/review").text
    for _ in range(ROUNDS):
        form = {name: _value(text, name) for name in ("token", "item", "blind")}
        begun = time.perf_counter()
        text = client.post("/desk/review/answer", data={**form, "label": "red", "do": "labels"}).text
        yield time.perf_counter() - begun


def _value(text: str, name: str) -> str:
    return text.partition(f'name="{name}" value="')[2].partition('"')[0]


def _time(client: httpx.Client, path: str) -> float:
    begun = time.perf_counter()
    client.get(path).raise_for_status()
    return time.perf_counter() - begun


def _percentiles(seconds: list[float]) -> tuple[str, str]:
    ordered = sorted(seconds)
    return tuple(f"{1000 * ordered[int(len(ordered) * share)]:.1f}" for share in (0.5, 0.95))  # type: ignore[return-value]
