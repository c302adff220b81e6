"""The programs in examples/, each run as its docstring says."""

import csv
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from conftest import Run
from saekdong.samples.drawings import draw, jpeg, plain

EXAMPLES = Path(__file__).parents[2] / "examples"
NAVY, RED = (31, 42, 82), (200, 32, 47)


@pytest.fixture(autouse=True)
def photos(tmp_path: Path) -> None:
    """A folder of two photos, and a file that is none."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, color in (("navy", NAVY), ("red", RED)):
        (folder / f"{name}.jpg").write_bytes(jpeg(draw(plain(color), "mug")))
    (folder / "broken.jpg").write_bytes(b"not a photo")


def run_example(name: str, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, EXAMPLES / name, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def test_colors_are_named_with_a_probability(model_file: Path, tmp_path: Path) -> None:
    done = run_example("predict.py", model_file, "#1f2a52", "#c8202f", cwd=tmp_path)
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [(color, label) for color, label, _ in lines] == [("#1f2a52", "navy"), ("#c8202f", "red")], done.stderr
    assert all(0 < float(probability) <= 1 for _, _, probability in lines)


def test_a_folder_is_tagged_and_a_broken_photo_is_named(tmp_path: Path) -> None:
    done = run_example("tag_folder.py", "photos", cwd=tmp_path)
    first = {Path(row["photo"]).name: row["labels"].split(";")[0] for row in csv.DictReader(done.stdout.splitlines())}
    assert first == {"navy.jpg": "navy", "red.jpg": "red"}
    assert "photos/broken.jpg" in done.stderr
    assert done.returncode == 0


def test_a_shops_database_becomes_a_feed_that_the_catalog_reads(tmp_path: Path, saekdong: Run) -> None:
    fill_shop(tmp_path / "shop.db")
    (tmp_path / "feed.jsonl").write_text(run_example("own_feed.py", "shop.db", cwd=tmp_path).stdout, encoding="utf-8")
    added = saekdong("catalog", "add", "feed.jsonl")
    assert added.returncode == 0, added.stderr
    shown = saekdong("catalog", "show", "MUG-1")
    assert "파란 머그" in shown.stdout
    assert "navy" in shown.stdout


def test_palettes_of_another_source_are_read_as_recorded(tmp_path: Path, saekdong: Run) -> None:
    found = run_example("own_palette_source.py", "photos/navy.jpg", "photos/red.jpg", cwd=tmp_path)
    (tmp_path / "palettes.jsonl").write_text(found.stdout, encoding="utf-8")
    read = saekdong(
        "palette", "photos/navy.jpg", "--source", "recorded", "--answers", "palettes.jsonl", "--colors", "3"
    )
    assert read.returncode == 0, read.stderr
    (answer,) = map(json.loads, read.stdout.splitlines())
    assert len(answer["colors"]) == 3


def fill_shop(path: Path) -> None:
    """Make a shop's database, with tables as the example asks for."""
    with closing(sqlite3.connect(path)) as shop:
        shop.executescript("""
            CREATE TABLE section (id INTEGER PRIMARY KEY, path TEXT);
            CREATE TABLE item (
                code TEXT, name TEXT, section INTEGER, price INTEGER, option_color TEXT, on_sale INTEGER
            );
            CREATE TABLE picture (item TEXT, file TEXT);
            INSERT INTO section VALUES (1, 'Kitchen > Mugs');
            INSERT INTO item VALUES
                ('MUG-1', '파란 머그', 1, 12000, '네이비', 1), ('MUG-2', '빨간 머그', 1, 9000, '', 1),
                ('MUG-3', '품절 머그', 1, 9000, '', 0);
            INSERT INTO picture VALUES ('MUG-1', 'photos/navy.jpg'), ('MUG-2', 'photos/red.jpg'),
                                       ('MUG-3', 'photos/red.jpg');
        """)
        shop.commit()
