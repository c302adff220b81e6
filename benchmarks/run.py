"""Measure speed and accuracy, and print Markdown for docs/benchmarks.md.

    python benchmarks/run.py                    everything
    python benchmarks/run.py startup spaces     some parts
    python benchmarks/run.py teaching --data ../shared/evaluation

Ratios are measured side by side in one run; compare them, not the times of different machines. A part that needs the
evaluation data is left out, with a message, if neither --data nor SAEKDONG_SHARED (default ../shared) names a folder
with it.
"""

import argparse
import importlib
import os
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
PARTS = (
    "startup",
    "spaces",
    "prediction",
    "tutorial",
    "photos",
    "progressive",
    "serving",
    "capture",
    "catalog",
    "adding",
    "million",
    "review",
    "desk",
    "shop",
    "promotion",
    "teaching",
    "words",
)


def main() -> None:
    """Run the named parts, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}; all of them by default")
    parser.add_argument("--data", type=Path, help="the folder of the evaluation data")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    if arguments.data:
        os.environ["SAEKDONG_EVALUATION"] = str(arguments.data)  # read by tools.py, also in the parts' own processes
    print(f"Python {platform.python_version()}, {platform.machine()}, {len(os.sched_getaffinity(0))} cores\n")
    for part in arguments.parts or PARTS:
        module = importlib.import_module(part)
        print(f"## {part}\n\n{(module.__doc__ or '').strip()}\n", flush=True)
        for line in module.measure():
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()
