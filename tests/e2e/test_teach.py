"""`saekdong teach`, as a shop uses it: from corrections to a model that every command can use."""

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import saekdong as api
from ports import free_port
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.color import STARTER
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from serving import serving
from waiting import until, until_answered

FIVE = ("black", "white", "gray", "red", "yellow")


def correct(folder: Path, count: int, labels: tuple[str, ...]) -> None:
    """Correct products of a sample catalog: the colors that they have, of these labels only."""
    with (folder / "products.csv").open() as feed, (folder / "labels.csv").open() as truth:
        colors = [
            (row["id"], own["labels"]) for row, own in zip(csv.DictReader(feed), csv.DictReader(truth), strict=True)
        ]
    store = SqliteStore.open(folder / "catalog.db", STARTER)
    for product, label in [each for each in colors if each[1] in labels][:count]:
        store.correct(product, [label], "Lee")
    store.close()


@pytest.mark.slow
@pytest.mark.xdist_group("machine")
def test_eleven_corrections_of_five_colors_give_a_model_that_every_command_uses(saekdong, tmp_path, monkeypatch):
    assert saekdong("catalog", "sample", "--out", ".", "--count", "60").returncode == 0
    assert saekdong("catalog", "add", "products.csv").returncode == 0
    correct(tmp_path, 11, FIVE)
    assert saekdong("catalog", "corrections", "--out", "corrections.csv").returncode == 0
    run = saekdong("teach", "corrections.csv", "--out", "models/shop")
    assert run.returncode == 0, run.stderr
    assert "11 photos" in run.stdout
    assert "model: models/shop/model.tar.gz" in run.stderr

    model = api.load(tmp_path / "models" / "shop")
    assert model.vocabulary == STARTER
    assert model.tags_photos
    assert saekdong("predict", "#1f2a52", "#3c8a45").stdout == "navy\ngreen\n"
    changed = saekdong("catalog", "model", "shop", "--yes")
    assert changed.returncode == 0, changed.stderr
    assert saekdong("catalog", "add", "products.csv").returncode == 0
    monkeypatch.chdir(tmp_path)
    with serving() as service, service.client() as client:
        answer = client.post(
            "/invocations", content=jpeg(draw(plain(COLORS["navy"][0]))), headers={"Content-Type": "image/jpeg"}
        )
        assert answer.json()["tags"][0]["label"] == "navy"
    port = free_port()
    studio = subprocess.Popen([sys.executable, "-m", "saekdong", "studio", "--port", str(port)], env={**os.environ})
    try:
        until_answered(f"http://127.0.0.1:{port}/")
    finally:
        studio.send_signal(signal.SIGTERM)
        studio.wait(30)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Twelve drawn products; the file calls gray charcoal, which the starter does not know."""
    lines = ["photo,labels"]
    for label in ("gray", "red", "white"):
        for number, shape in enumerate(("mug", "shirt", "bag", "shoe")):
            name = f"{label}-{shape}.jpg"
            (tmp_path / name).write_bytes(jpeg(draw(plain(COLORS[label][number]), shape)))
            lines.append(f"{name},{'charcoal' if label == 'gray' else label}")
    (tmp_path / "photos.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


@pytest.mark.slow
def test_teach_says_how_sure_it_is_and_what_changes(saekdong, photos):
    run = saekdong(
        "teach",
        "photos.csv",
        "--labels",
        "rows",
        "--out",
        "m",
        "--changes",
        "changes.csv",
        "--goal",
        "top1>=0.9",
        "--format",
        "json",
    )
    result = json.loads(run.stdout)
    assert result["verdict"] in ("better", "too few to say")
    for figure in ("top1", "f1"):
        rise = result["differences"][figure]
        assert (
            rise["low"] <= rise["value"] == pytest.approx(result["after"][figure] - result["before"][figure], abs=2e-4)
        )
    assert result["labels"]["red"] == {
        "photos": 4,
        "before": {"precision": 0.5714, "recall": 1},
        "after": {"precision": 1, "recall": 1},
    }
    with (photos / "changes.csv").open() as file:
        changes = list(csv.DictReader(file))
    assert list(changes[0]) == ["photo", "line", "labels", "before", "after"]
    assert len(changes) == result["changes"]["photos"] > 0
    assert {change["labels"] for change in changes} == {"charcoal"}
    lines = (photos / "photos.csv").read_text().splitlines()
    for change in changes:
        assert lines[int(change["line"]) - 1] == f"{Path(change['photo']).name},{change['labels']}"

    info = api.load(photos / "m").info
    assert info["tagger"]["verdict"] == result["verdict"]
    assert info["goals"] == result["goals"]
    met = result["goals"][0]["met"]
    assert run.returncode == (0 if met else 1)
    assert api.load(photos / "m").missed_goal is not met


def test_teach_refuses_too_few_photos_and_a_figure_that_it_does_not_have(saekdong, photos):
    text = (photos / "photos.csv").read_text().splitlines()
    (photos / "few.csv").write_text("\n".join(text[:10]) + "\n")
    run = saekdong("teach", "few.csv", "--labels", "rows", "--out", "m")
    assert run.returncode == 2
    assert "few.csv: 9 photos can be used, and teaching needs at least 10; label more photos" in run.stderr
    run = saekdong("teach", "photos.csv", "--labels", "rows", "--out", "m", "--goal", "accuracy>=0.9")
    assert run.returncode == 2
    assert "use one of top1, precision, recall, f1" in run.stderr
    assert not (photos / "m").exists()


@pytest.mark.slow
def test_an_interrupted_teach_leaves_no_half_file(photos):
    command = [
        sys.executable,
        "-m",
        "saekdong",
        "teach",
        "photos.csv",
        "--labels",
        "rows",
        "--out",
        "m",
        "--changes",
        "changes.csv",
    ]
    process = subprocess.Popen(command, cwd=photos, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    until(lambda: (photos / "changes.csv").exists())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    files = list((photos / "m").iterdir()) if (photos / "m").exists() else []
    assert [file.name for file in files] in ([], ["model.tar.gz"])
    for file in files:
        api.load(file)
