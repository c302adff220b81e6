"""The commands on photos, as a person types them."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from PIL import Image

from saekdong.samples.drawings import COLORS, draw, jpeg, plain

LABELS = ("red", "navy", "green", "white", "beige", "black")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of drawn products and a file with their labels; one of the photos is broken."""
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
    assert "1 photo could not be used" in run.stderr


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


def mislabel(photos: Path) -> None:
    """Give the first photo a label that it does not have, and list one that is not there."""
    file = photos.parent / "photos.csv"
    text = file.read_text().replace("photos/red-mug.jpg,red", "photos/red-mug.jpg,navy;white")
    file.write_text(text + "photos/none.jpg,red\n")


def test_wrong_photos_are_listed_and_shown(saekdong, photos):
    mislabel(photos)
    run = saekdong("evaluate", "starter", "photos.csv", "--report", "out/r.html", "--errors", "out/wrong.csv")
    assert run.returncode == 1, "one photo is not there"
    assert "line 26: photos/none.jpg: there is no such file" in run.stderr
    assert re.search(r"top1 +0\.958  \(95%: 0\.\d+ to 0\.\d+\)", run.stdout)
    [wrong] = csv.DictReader((photos.parent / "out" / "wrong.csv").read_text().splitlines())
    assert float(wrong.pop("share")) > 0.3
    assert wrong == {"photo": "photos/red-mug.jpg", "line": "2", "truth": "white;navy", "predicted": "red"}
    page = (photos.parent / "out" / "r.html").read_text()
    assert page.count("data:image/webp;base64,") == 1
    korean = saekdong("evaluate", "starter", "photos.csv", "--report", "ko.html", "--lang", "ko", "--format", "json")
    assert "틀린 사진" in (photos.parent / "ko.html").read_text()
    figures = json.loads(korean.stdout)
    assert figures["intervals"]["f1"]["low"] < figures["f1"] < figures["intervals"]["f1"]["high"]
    assert len(figures["confusion"]["given_by_first_tag"][0]) == len(figures["confusion"]["labels"]) == 15
    assert {"calibration_curve", "calibration_error", "worst_confusions"} <= set(figures)
    assert figures["rejected"] == 1


def test_models_of_different_words_are_compared_on_what_both_know(saekdong, photos):
    own = (photos.parent / "photos.csv").read_text().replace(",beige\n", ",sand\n")
    (photos.parent / "own.csv").write_text(own)
    assert saekdong("teach", "own.csv", "--out", "models/shop", "--labels", "rows").returncode == 0
    mislabel(photos)
    (photos.parent / "photos.csv").write_text(own.replace("photos/red-mug.jpg,red", "photos/red-mug.jpg,navy"))
    run = saekdong("compare", "starter", "shop", "photos.csv", "--errors", "differing.csv", "--format", "json")
    assert run.returncode == 0, run.stderr
    figures = json.loads(run.stdout)
    assert (figures["photos"], figures["left_out"], figures["rejected"]) == (20, 4, 0)
    assert figures["only_a"] == figures["only_b"] == 0
    assert "4 lines left out" in run.stderr
    assert (photos.parent / "differing.csv").read_text() == "photo,line,truth,a,b,right\n"
    rows = "R,G,B,LABEL\n200,30,40,red\n31,42,82,navy\n220,200,165,sand\n300,0,0,red\n"
    (photos.parent / "rows.csv").write_text(rows)
    run = saekdong("compare", "starter", "shop", "rows.csv", "--format", "json")
    assert run.returncode == 1
    figures = json.loads(run.stdout)
    assert (figures["rows"], figures["left_out"], figures["rejected"]) == (2, 1, 1)


@pytest.mark.parametrize("command", [["evaluate", "starter"], ["compare", "starter", "starter"]])
def test_what_cannot_be_written_is_noticed_before_the_work(saekdong, photos, command):
    (photos.parent / "file").write_text("")
    before = sorted(photos.parent.rglob("*"))
    for output, told in [("file/x", "cannot write file/x"), ("photos", "cannot write photos"),
                         ("photos.csv", "photos.csv is the input file")]:  # fmt: skip
        run = saekdong(*command, "photos.csv", "--errors", output)
        assert run.returncode == 2
        assert told in run.stderr
        assert run.stdout == ""
    run = saekdong("evaluate", "starter", "photos.csv", "--errors", "x.out", "--report", "x.out")
    assert "another output" in run.stderr
    assert sorted(photos.parent.rglob("*")) == before


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
