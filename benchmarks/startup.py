"""Whole processes: the median of 15 runs each, bytecode compiled, beside a bare interpreter."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tools import table

BIN = Path(sys.executable).parent
RUNS = 15


def measure() -> Iterator[str]:
    """Time start-up and one prediction."""
    with tempfile.TemporaryDirectory() as folder:
        model = _model(Path(folder))
        commands = {
            "a bare interpreter": [sys.executable, "-c", "pass"],
            "`import saekdong`": [sys.executable, "-c", "import saekdong"],
            "`import numpy`": [sys.executable, "-c", "import numpy"],
            "`saekdong --help`": [str(BIN / "saekdong"), "--help"],
            "`saekdong predict '#495474'`": [str(BIN / "saekdong"), "predict", "#495474", "--model", str(model)],
        }
        yield from table(
            ["process", "seconds"], [(name, f"{_median(command):.3f}") for name, command in commands.items()]
        )


def _model(folder: Path) -> Path:
    rows, out = folder / "colors.csv", folder / "model"
    rows.write_bytes(subprocess.run([BIN / "saekdong", "data", "sample"], capture_output=True, check=True).stdout)
    recipe = ["--space", "lab", "--model", "random-forest"]
    subprocess.run([BIN / "saekdong", "train", rows, "--out", out, *recipe], check=True, capture_output=True)
    return out


def _median(command: list[str]) -> float:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=environment)
        times.append(time.perf_counter() - begun)
    return statistics.median(times)
