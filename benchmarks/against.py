"""Photos tagged a second, against another checkout of Saekdong.

    git worktree add ../before v0.1.0
    python benchmarks/against.py ../before --data ../shared/evaluation

Two processes, one of each checkout, tag the same photo in turn, so that both see the machine in the same state; of each
photo the least of the rounds counts. Both run in this environment, on one core.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

SETS = ("myntra", "hm", "ikea", "clothes_multi")
PHOTOS = 50
ROUNDS = 8
HERE = Path(__file__).resolve()


def main() -> None:
    """Measure, or be one of the two processes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path, help="the other checkout")
    parser.add_argument("--data", type=Path, required=True, help="the evaluation data")
    parser.add_argument("--tag", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    photos = [path for name in SETS for path in sorted((arguments.data / "products" / name).glob("*.jpg"))[:PHOTOS]]
    if arguments.tag:
        tag(photos)
        return
    before, after = measure([arguments.other.resolve(), HERE.parents[1]], arguments.data, len(photos))
    print("| photos | before | after | ratio |\n|---|---|---|---|")
    for number, name in enumerate(SETS):
        part = slice(number * PHOTOS, (number + 1) * PHOTOS)
        row(name, before[part], after[part])
    row("all", before, after)


def tag(photos: list[Path]) -> None:
    """Tag the photo whose number stands on a line of stdin, and print the seconds that it took."""
    from saekdong.tagging import Tagger, starter, tag_photo

    tagger, contents = Tagger(starter()), [path.read_bytes() for path in photos]
    for line in sys.stdin:
        begun = time.perf_counter()
        tag_photo(tagger, "", contents[int(line)])
        print(time.perf_counter() - begun, flush=True)


def measure(checkouts: list[Path], data: Path, photos: int) -> list[list[float]]:
    """Return the least seconds of each photo, for each checkout."""
    workers = [_worker(checkout, data) for checkout in checkouts]
    least = [[float("inf")] * photos for _ in checkouts]
    for turn in range(ROUNDS):
        for photo in range(photos):
            for one in (0, 1) if (turn + photo) % 2 else (1, 0):
                least[one][photo] = min(least[one][photo], _seconds(workers[one], photo))
    for worker in workers:
        worker.communicate()
    return least


def _worker(checkout: Path, data: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, HERE, checkout, "--data", data, "--tag"]
    env = {**os.environ, "PYTHONPATH": str(checkout / "src"), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _seconds(worker: "subprocess.Popen[str]", photo: int) -> float:
    assert worker.stdin is not None  # noqa: S101
    assert worker.stdout is not None  # noqa: S101
    print(photo, file=worker.stdin, flush=True)
    return float(worker.stdout.readline())


def row(name: str, before: list[float], after: list[float]) -> None:
    """Print one line of the report."""
    rates = len(before) / sum(before), len(after) / sum(after)
    print(f"| {name} | {rates[0]:.0f} | {rates[1]:.0f} | {sum(before) / sum(after):.2f} |")


if __name__ == "__main__":
    main()
