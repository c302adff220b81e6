"""The content of `/metrics`, in Prometheus' text format, for all workers together."""

import os
from bisect import bisect_left
from collections import Counter as Numbers
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Metric,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

MEDIA_TYPE = CONTENT_TYPE_LATEST
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"

_REGISTRY = CollectorRegistry()
"""Our own: what a program that imports this counts in the default registry stays its own."""

for _collector in (ProcessCollector, PlatformCollector, GCCollector):
    _collector(registry=_REGISTRY)

_SECOND_BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
REQUESTS = Counter("saekdong_requests", "Requests answered.", ["route", "status"], registry=_REGISTRY)
SECONDS = Histogram(
    "saekdong_request_seconds",
    "Seconds from a request's head to the end of its answer.",
    ["route"],
    buckets=_SECOND_BOUNDS,
    registry=_REGISTRY,
)
WAITING = Gauge(
    "saekdong_photos_waiting",
    "Photos and large bodies waiting or being read.",
    multiprocess_mode="livesum",
    registry=_REGISTRY,
)
MODELS = Gauge(
    "saekdong_models_loaded", "Models loaded, in each worker.", multiprocess_mode="livemax", registry=_REGISTRY
)
COLORS = Counter("saekdong_colors_named", "Colors named.", registry=_REGISTRY)

PREDICTIONS = Counter(
    "saekdong_predictions",
    "Predictions of colors and photos, by their first label.",
    ["model", "label"],
    registry=_REGISTRY,
)
SHARE_BOUNDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
_SHARES = Histogram(
    "saekdong_prediction_share",
    "The first label's probability for a color, or its share of a photo.",
    ["model"],
    buckets=SHARE_BOUNDS,
    registry=_REGISTRY,
)
CAPTURES_WRITTEN = Counter("saekdong_captures_written", "Captured requests that were written.", registry=_REGISTRY)
CAPTURES_DROPPED = Counter(
    "saekdong_captures_dropped",
    "Captured requests that were not written: the queue was full, or the disk failed.",
    ["reason"],
    registry=_REGISTRY,
)
for _reason in ("queue", "disk"):
    CAPTURES_DROPPED.labels(_reason)

_SHARES_OF = cache(_SHARES.labels)
_SECONDS_OF = cache(SECONDS.labels)
_REQUESTS_OF = cache(REQUESTS.labels)


def count(requests: Sequence[tuple[str, int, float]], colors: int) -> None:
    """Count answered requests, and the colors that they named.

    Args:
        requests: the route, the status and the seconds of each.
        colors: how many colors were named.
    """
    for (route, status), number in Numbers((route, status) for route, status, _ in requests).items():
        _REQUESTS_OF(route, status).inc(number)
    for each in {route for route, _, _ in requests}:
        seconds = [took for route, _, took in requests if route == each]
        buckets = Numbers(bisect_left(_SECOND_BOUNDS, took) for took in seconds)
        _observe(_SECONDS_OF(each), buckets, sum(seconds))
    COLORS.inc(colors)


def observe_shares(model: str, buckets: Sequence[int], total: float) -> None:
    """Add many first shares at once.

    Args:
        model: the first digits of the model's id.
        buckets: how many shares are in each bucket of `SHARE_BOUNDS`.
        total: their sum.
    """
    _observe(_SHARES_OF(model), dict(enumerate(buckets)), total)


def _observe(child: Histogram, buckets: Mapping[int, int], total: float) -> None:
    """Add observations to a histogram: how many in which bucket, and their sum."""
    # prometheus-client has no public way to add several observations at once.
    for bucket, number in buckets.items():
        if number:
            child._buckets[bucket].inc(number)
    child._sum.inc(total)


def expose(more: Callable[[], Iterable[Metric]] | None = None) -> bytes:
    """Return the figures as Prometheus reads them.

    Args:
        more: returns further ones.
    """
    further = generate_latest(_Further(more)) if more else b""
    if _FOLDER not in os.environ:
        return generate_latest(_WithoutTimes(_REGISTRY)) + further
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    _forget_dead_workers(Path(os.environ[_FOLDER]))
    return generate_latest(registry) + further


class _Further(Collector):
    """Figures of others."""

    def __init__(self, figures: Callable[[], Iterable[Metric]]) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        return self._figures()


class _WithoutTimes:
    """A registry's figures without the time at which each was made, which would be one more series for each.

    prometheus-client's own switch for it is one for the whole process.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            metric.samples = [sample for sample in metric.samples if not sample.name.endswith("_created")]
            yield metric


def _forget_dead_workers(folder: Path) -> None:
    """Remove the gauges of workers that died; what they counted stays."""
    for file in folder.glob("gauge_live*.db"):
        worker = int(file.stem.rpartition("_")[2])
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):
                mark_process_dead(worker, str(folder))  # type: ignore[no-untyped-call]
