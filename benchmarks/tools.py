"""Functions that the benchmarks share: clocks, tables, the evaluation data."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

SHARED = Path(os.environ.get("SAEKDONG_SHARED", Path(__file__).parents[2] / "shared"))
EVALUATION = Path(os.environ.get("SAEKDONG_EVALUATION", SHARED / "evaluation"))


def best_seconds(work: Callable[[], object], repeats: int = 5) -> float:
    """Return the least wall time of several runs, the first (warming up) not counted."""
    work()
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield "| " + " | ".join(header) + " |"
    yield "|" + "---|" * len(header)
    for row in rows:
        yield "| " + " | ".join(str(cell) for cell in row) + " |"
