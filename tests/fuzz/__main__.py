"""Feed damaged and hostile inputs to what reads them, in processes with bounds, and report what goes wrong.

    make fuzz TIME=60
    make fuzz TIME=3600 TARGET=feeds SEED=1
    PYTHONPATH=tests python -m fuzz --target photos --try photo.jpg other.png

All targets share the time. Inputs that fail are saved in fuzz-failures/, and tried again by `--try`.
"""

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

# Before NumPy: its threads would be lost in the forked processes.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from fuzz.harness import Target, fuzz, try_files

TARGETS = {
    "http": "fuzz.http:HTTP",
    "vision": "fuzz.vision:VISION",
    "vision_grpc": "fuzz.vision:VISION_GRPC",
    "photos": "fuzz.photos:PHOTOS",
    "progressive": "fuzz.photos:PROGRESSIVE",
    "feeds": "fuzz.feeds:FEEDS",
    "parquet": "fuzz.feeds:PARQUET",
    "artifacts": "fuzz.artifacts:ARTIFACTS",
    "queries": "fuzz.queries:QUERIES",
    "versions": "fuzz.records:VERSIONS",
    "backups": "fuzz.records:BACKUPS",
    "captures": "fuzz.records:CAPTURES",
}


def target_of(name: str) -> Target:
    """Load a target; only its own module is imported."""
    module, _, attribute = TARGETS[name].partition(":")
    target = getattr(import_module(module), attribute)
    assert isinstance(target, Target)
    return target


def main() -> int:
    """Fuzz, or try files; exit 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="for all targets together")
    parser.add_argument("--target", nargs="+", choices=sorted(TARGETS), default=list(TARGETS))
    parser.add_argument("--count", type=int, default=sys.maxsize, help="inputs of each target at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first damaged input")
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures"), help="where failures are saved")
    parser.add_argument("--try", dest="files", nargs="+", type=Path, default=[], help="try these files instead")
    options = parser.parse_args()
    if options.files:
        return min(1, try_files(target_of(options.target[0]), options.files))
    failures = 0
    for name in options.target:
        seconds = options.seconds / len(options.target)
        summary = fuzz(target_of(name), seconds, options.count, options.seed, options.failures, options.first)
        failures += summary.failures
        print(summary, flush=True)
    return min(1, failures)


if __name__ == "__main__":
    sys.exit(main())
