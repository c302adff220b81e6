"""The commands on photos, as a person types them."""

import csv
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from saekdong.catalog.drawings import COLORS, draw, jpeg, plain

LABELS = ("red", "navy", "green", "white", "beige", "black")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of drawn products and a file that tells their labels; one of the photos is broken."""
    folder = tmp_path / "photos"
    folder.mkdir()
    lines = ["photo,labels"]
    for label in LABELS:
        for number, shape in enumerate(("mug", "shirt", "bag", "shoe")):
            name = f"{label}-{shape}.jpg"
            (folder / name).write_bytes(jpeg(draw(plain(COLORS[label][number]), shape)))
            lines.append(f"photos/{name},{label}")
    (tmp_path / "photos.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_tag_writes_a_record_for_each_photo_and_goes_on_after_a_bad_one(saekdong, photos):
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff no photo")
    run = saekdong("tag", "photos")
    records = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 1
    assert len(records) == 25
    for record in records:
        name = Path(record["image"]).name
        if name == "broken.jpg":
            assert record["tags"] == []
            assert set(record["error"]) == {"code", "message"}
        else:
            assert record["tags"][0]["label"] == name.split("-")[0]
            assert len(record["palette"]) == 10
    assert "1 photos could not be used" in run.stderr


def test_tag_reads_a_list_from_stdin_and_draws_why(saekdong, photos):
    run = saekdong(
        "tag", "-", "--explain", "why.png", "--format", "table", "--lang", "ko", stdin="photos/red-mug.jpg\n"
    )
    assert run.returncode == 0, run.stderr
    assert "빨강" in run.stdout
    with Image.open(photos.parent / "why.png") as picture:
        assert picture.width > 800


def test_palette_gives_cloud_visions_json_and_recorded_answers_are_given_again(saekdong, photos):
    run = saekdong("palette", "photos/red-mug.jpg", "--colors", "3")
    record = json.loads(run.stdout)
    assert record["image"] == "photos/red-mug.jpg"
    assert len(record["colors"]) == 3
    (photos.parent / "answers.jsonl").write_text(run.stdout)
    again = saekdong("palette", "photos/red-mug.jpg", "--source", "recorded", "--answers", "answers.jsonl")
    assert json.loads(again.stdout) == record
    whole = json.loads(saekdong("palette", "photos/red-mug.jpg", "--format", "json").stdout)
    assert whole[0]["imagePropertiesAnnotation"]["dominantColors"]["colors"]


def test_predict_and_evaluate_take_photos_as_they_take_colors(saekdong, photos):
    assert saekdong("predict", photos / "navy-bag.jpg").stdout == "navy\n"
    named = list(csv.DictReader(io.StringIO(saekdong("predict", "--csv", "photos.csv").stdout)))
    assert [row["PREDICTED"] for row in named] == [row["labels"] for row in named]
    run = saekdong("evaluate", "starter", "photos.csv", "--goal", "top1>=0.95", "--format", "json")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["top1"] == 1


def test_teach_learns_a_shops_own_words(saekdong, photos):
    words = {"navy": "midnight", "beige": "sand"}
    text = (photos.parent / "photos.csv").read_text()
    for label, word in words.items():
        text = text.replace(f",{label}\n", f",{word}\n")
    (photos.parent / "own.csv").write_text(text)
    run = saekdong("teach", "own.csv", "--out", "models/shop", "--labels", "rows")
    assert run.returncode == 0, run.stderr
    assert "24 photos" in run.stdout
    record = json.loads(saekdong("tag", "photos/navy-mug.jpg", "--model", "shop").stdout)
    assert record["tags"][0]["label"] == "midnight"
    assert saekdong("predict", "#d8c5a0", "--model", "shop").stdout == "sand\n"


def test_labeled_photos_become_rows_that_train_takes(saekdong, photos):
    rows = saekdong("data", "from-photos", "photos.csv")
    assert rows.returncode == 0, rows.stderr
    assert rows.stdout.splitlines()[0] == "R,G,B,COL,LABEL,WEIGHT,SOURCE"
    (photos.parent / "colors.csv").write_text(rows.stdout)
    assert saekdong("data", "check", "colors.csv").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["tag", "nowhere/"], "there is no such file"),
        (["tag", "empty"], "empty holds no photo"),
        (["tag", "photos", "--model", "nosuch"], "there is no model nosuch"),
        (["palette", "photos", "--source", "recorded", "--answers", "none.jsonl"], "none.jsonl"),
        (["teach", "none.csv", "--out", "m"], "none.csv"),
        (["teach", "bad.csv", "--out", "m"], "bad.csv has no column labels"),
        (["teach", "unknown.csv", "--out", "m"], "label 'turquoise' is not in the vocabulary"),
    ],
)
def test_wrong_use_names_the_file_and_the_mend(saekdong, photos, arguments, told):
    (photos.parent / "empty").mkdir()
    (photos.parent / "bad.csv").write_text("photo\nphotos/red-mug.jpg\n")
    (photos.parent / "unknown.csv").write_text("photo,labels\nphotos/red-mug.jpg,turquoise\n")
    run = saekdong(*arguments)
    assert run.returncode in (1, 2)
    assert told in run.stdout + run.stderr
    assert "Traceback" not in run.stderr
