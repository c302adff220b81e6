"""The hands-on's notebooks, run from top to bottom."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from saekdong.samples.rows import sample_csv

FOLDER = Path(__file__).parents[2] / "notebooks"
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("machine")]


def run(name, folder):
    """Run a notebook in a folder; return all that its cells printed or returned as text."""
    notebook = nbformat.read(FOLDER / name, as_version=4)
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    pictures = [output for output in outputs if "image/svg+xml" in output.get("data", {})]
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs]
    return "\n".join(texts), pictures


@pytest.mark.parametrize("rows", ["samples without navy", "the hands-on's"])
def test_the_model_is_built_from_rows_without_navy(tmp_path, monkeypatch, rows, request):
    """The notebook's goals name navy, which neither these rows nor the hands-on's own know."""
    file = tmp_path / "rows.csv"
    if rows == "the hands-on's":
        file = request.getfixturevalue("shared") / "tutorial" / "rgb.csv"
    else:
        file.write_bytes(b"".join(line for line in sample_csv().splitlines(keepends=True) if b",navy," not in line))
    for name in ("SAEKDONG_ON", "SAEKDONG_OUT", "SAEKDONG_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SAEKDONG_ROWS", str(file))
    monkeypatch.setenv("SAEKDONG_BUDGET", "1")
    monkeypatch.setenv("SAEKDONG_LANG", "en")
    told, pictures = run("01-build-the-model.ipynb", tmp_path)
    assert len(pictures) >= 5
    assert "no such label in these rows: recall.navy>=0.5" in told
    assert "reached accuracy>=0.75" in told


def test_the_model_is_built_and_deployed(tmp_path, monkeypatch):
    for name in ("SAEKDONG_ON", "SAEKDONG_OUT", "SAEKDONG_ROWS", "SAEKDONG_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SAEKDONG_BUDGET", "5")
    monkeypatch.setenv("SAEKDONG_LANG", "en")
    told, pictures = run("01-build-the-model.ipynb", tmp_path)
    assert len(pictures) >= 5
    assert "colors on both sides: 0" in told
    assert "reached accuracy>=0.75" in told
    assert "'navy'], dtype" in told
    told, _ = run("02-deploy.ipynb", tmp_path)
    assert "InService" in told
    assert "'label': '" in told
    assert "navy\n" in told
    assert "version 2" in told
    assert "left: []" in told


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_a_shop_keeps_right(tmp_path, monkeypatch, lang):
    monkeypatch.delenv("SAEKDONG_WORKSPACE", raising=False)
    monkeypatch.setenv("SAEKDONG_LANG", lang)
    told, _ = run("03-keep-it-right.ipynb", tmp_path)
    assert "340 products, normal: True" in told
    assert {"ko": "배경이 더 노랗습니다", "en": "grounds are yellower"}[lang] in told
    assert told.count("✓") == 5
    right = re.search(r"(\d+) of 72 new products right", told)
    assert int(right[1]) >= 70
    assert re.search(r"starter@1 +champion", told)  # after the rollback
    assert (tmp_path / "shop-03" / "why.png").stat().st_size > 10_000
