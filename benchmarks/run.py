"""Measure speed and accuracy, and print Markdown for docs/benchmarks.md.

    python benchmarks/run.py                    everything
    python benchmarks/run.py startup spaces     some parts

Ratios are measured side by side in one run; compare them, not the clock of one machine with another's. The parts that
need the evaluation data look for it in SAEKDONG_SHARED (default ../shared) and are left out, saying so, without it.
"""

import importlib
import os
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
PARTS = ("startup", "spaces", "prediction", "tutorial", "photos", "serving", "catalog", "adding", "million")


def main(parts: list[str]) -> int:
    """Run the named parts, or all."""
    unknown = set(parts) - set(PARTS)
    if unknown:
        print(f"there is no part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, {platform.machine()}, {len(os.sched_getaffinity(0))} cores\n")
    for part in parts or PARTS:
        module = importlib.import_module(part)
        print(f"## {part}\n\n{(module.__doc__ or '').strip()}\n", flush=True)
        for line in module.measure():
            print(line, flush=True)
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
