"""What `/metrics` tells, in Prometheus' text format; of all workers together where there are several."""

import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

MEDIA_TYPE = CONTENT_TYPE_LATEST
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"

disable_created_metrics()  # type: ignore[no-untyped-call]

REQUESTS = Counter("saekdong_requests", "Requests answered.", ["route", "status"])
SECONDS = Histogram(
    "saekdong_request_seconds",
    "Seconds from a request's head to the end of its answer.",
    ["route"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
)
WAITING = Gauge(
    "saekdong_photos_waiting", "Photos and large bodies waiting or being read.", multiprocess_mode="livesum"
)
MODELS = Gauge("saekdong_models_loaded", "Models loaded, in each worker.", multiprocess_mode="livemax")
COLORS = Counter("saekdong_colors_named", "Colors named.")

timed = cache(SECONDS.labels)
"""Returns the histogram of a route's seconds."""


def count(requests: Mapping[tuple[str, int], int], colors: int) -> None:
    """Count answered requests by route and status, and the colors that they named."""
    for (route, status), number in requests.items():
        REQUESTS.labels(route, status).inc(number)
    COLORS.inc(colors)


def expose() -> bytes:
    """Return the figures as Prometheus reads them."""
    if _FOLDER not in os.environ:
        return generate_latest()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    _forget_dead_workers(Path(os.environ[_FOLDER]))
    return generate_latest(registry)


def _forget_dead_workers(folder: Path) -> None:
    """Remove the gauges of workers that died; what they counted stays."""
    for file in folder.glob("gauge_live*.db"):
        worker = int(file.stem.rpartition("_")[2])
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):
                mark_process_dead(worker, str(folder))  # type: ignore[no-untyped-call]
