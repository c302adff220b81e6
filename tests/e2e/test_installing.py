"""What users install resolves without our constraints, by the oldest pip of Debian 12 and by the newest."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OLDEST = "pip==23.0.1"


def call(*arguments: str | Path) -> str:
    run = subprocess.run(arguments, capture_output=True, text=True, timeout=900, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.mark.slow
@pytest.mark.parametrize("pip", [OLDEST, "pip"], ids=["oldest", "newest"])
def test_everything_resolves_with(pip, tmp_path):
    call(sys.executable, "-m", "venv", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    call(python, "-m", "pip", "install", "--quiet", "--upgrade", pip)
    told = call(python, "-m", "pip", "install", "--dry-run", "--disable-pip-version-check", f"{ROOT}[all]")
    line = next(line for line in told.splitlines() if line.startswith("Would install"))
    chosen = dict(name.rsplit("-", 1) for name in line.split()[2:])
    assert {"saekdong", "boto3", "aiohttp", "google-cloud-vision", "distributed", "pyarrow"} <= set(chosen)
    # A resolver that cannot unite two packages goes back to versions of years ago before it gives up.
    assert tuple(map(int, chosen["boto3"].split(".")[:2])) >= (1, 43)


@pytest.mark.slow
def test_pyroma_finds_nothing_missing_in_the_metadata(tmp_path):
    call(sys.executable, "-m", "venv", tmp_path / "venv")
    binaries = tmp_path / "venv" / "bin"
    call(binaries / "python", "-m", "pip", "install", "--quiet", "pyroma==5.0.1")
    assert "Final rating: 10/10" in call(binaries / "pyroma", ROOT)
