"""What several tests need: files of rows, a small trained model, the command line, the evaluation data."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from saekdong.color import STARTER
from saekdong.model import artifact
from saekdong.model.classifier import Recipe
from saekdong.model.reading import read_rows
from saekdong.model.rows import Rows
from saekdong.model.training import Trained, train
from saekdong.samples.rows import sample_csv
from stores import STORES, OpenStore

Run = Callable[..., subprocess.CompletedProcess[str]]

# Hypothesis fails an example that takes 200 ms, as one does on a machine with much else to do.
settings.register_profile("saekdong", settings.default, deadline=None)
settings.load_profile("saekdong")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name contents by their length: they may hold the time, and all processes must find the same tests."""
    return f"{len(val)} long" if isinstance(val, bytes) or (isinstance(val, str) and len(val) > 80) else None


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of rows and return its path; text as UTF-8."""

    def write_file(content: str | bytes, name: str = "rows.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


@pytest.fixture(scope="session", params=sorted(STORES))
def store_name(request: pytest.FixtureRequest) -> str:
    """The name of a store; a test that takes it, or `open_store`, runs once for each store."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def open_store(store_name: str) -> OpenStore:
    """What opens the catalog in a folder."""
    return STORES[store_name]


@pytest.fixture(scope="session")
def sample_rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """The sample rows."""
    path = tmp_path_factory.mktemp("sample") / "colors.csv"
    path.write_bytes(sample_csv())
    return read_rows(path).rows


@pytest.fixture(scope="session")
def trained(sample_rows: Rows) -> Trained:
    """A quick model of the sample rows."""
    return train(sample_rows, Recipe("lab", "tree", {"mindev": 0.002}), seed=0)


@pytest.fixture(scope="session")
def model_file(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The quick model's artifact."""
    path = tmp_path_factory.mktemp("model") / "model.tar.gz"
    artifact.save(trained.artifact, path)
    return path


@pytest.fixture
def saekdong(tmp_path: Path) -> Run:
    """Run the command line in a process of its own, in a fresh folder and an English locale."""

    def run(*arguments: str | Path, stdin: str | bytes = "", env: dict[str, str] | None = None) -> object:
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("SAEKDONG", "LC_"))}
        return subprocess.run(
            [sys.executable, "-m", "saekdong", *map(str, arguments)],
            input=stdin if isinstance(stdin, str) else stdin.decode("utf-8", "surrogateescape"),
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            cwd=tmp_path,
            env={**clean, "LANG": "C.UTF-8", **(env or {})},
            timeout=300,
            check=False,
        )

    return run  # type: ignore[return-value]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of evaluation data, which is not part of the project."""
    folder = Path(os.environ.get("SAEKDONG_SHARED", Path(__file__).parents[2] / "shared"))
    if not (folder / "tutorial" / "rgb.csv").is_file():
        pytest.skip(f"{folder} has no evaluation data (set SAEKDONG_SHARED to its folder)")
    return folder


@pytest.fixture(scope="session")
def make_rows() -> Callable[..., Rows]:
    """Build rows in memory, with the starter vocabulary."""

    def make(colors: Sequence[Sequence[int]], labels: Sequence[str], weight: Sequence[float] | None = None) -> Rows:
        rgb = np.array(colors, dtype=np.uint8).reshape(-1, 3)
        return Rows(
            STARTER,
            rgb,
            np.array([STARTER.ids.index(label) for label in labels], dtype=np.intp),
            np.ones(len(rgb)) if weight is None else np.array(weight, dtype=np.float64),
            np.array([""] * len(rgb)),
            np.arange(2, len(rgb) + 2),
            ("R", "G", "B", "LABEL"),
            [(*map(str, color), label) for color, label in zip(colors, labels, strict=True)],
        )

    return make
