"""Names of files and products that would run in a terminal or a spreadsheet, through the commands that print them."""

import csv
import json
import os

from saekdong.catalog.products import Product
from saekdong.catalog.sqlite.store import SqliteStore
from saekdong.color import STARTER
from saekdong.printable import is_printable
from saekdong.samples.drawings import COLORS, draw, jpeg, plain

RED = jpeg(draw(plain(COLORS["red"][0]), "mug"))
HOSTILE = [
    b"line\nend.jpg",
    b"\x1b[31mred.jpg",
    b"del\x7f.jpg",
    "photo\u202egpj.exe.jpg".encode(),
    b"\xff\xfe.jpg",
    b" blank.jpg",
]


def lines_are_printable(run) -> bool:
    return all(is_printable(line) for stream in (run.stdout, run.stderr) for line in stream.split("\n"))


def test_a_folder_with_hostile_names_is_added_without_them(saekdong, tmp_path):
    folder = os.fsencode(tmp_path / "photos")
    os.mkdir(folder)  # noqa: PTH102
    for name in (*HOSTILE, "머그 =1.jpg".encode()):
        with open(os.path.join(folder, name), "wb") as file:  # noqa: PTH118, PTH123
            file.write(RED)
    run = saekdong("catalog", "add", "photos", "--format", "json")
    assert run.returncode == 1, run.stderr
    assert json.loads(run.stdout)[0] | {"new": 1, "problems": len(HOSTILE)} == json.loads(run.stdout)[0]
    assert lines_are_printable(run)
    errors = (tmp_path / "catalog.errors.csv").read_text(encoding="utf-8")
    assert all(is_printable(line) for line in errors.splitlines())
    assert len(list(csv.reader(errors.splitlines()))) == len(HOSTILE) + 1
    for form in ("jsonl", "json", "table"):
        run = saekdong("tag", "photos", "--format", form)
        assert run.returncode == 0, run.stderr
        assert lines_are_printable(run), form
        if form == "jsonl":
            names = {os.path.basename(json.loads(line)["image"]) for line in run.stdout.splitlines()}  # noqa: PTH119
            assert names == {os.fsdecode(name) for name in (*HOSTILE, "머그 =1.jpg".encode())}


def test_a_message_about_a_hostile_name_is_one_printable_line(saekdong, tmp_path):
    (tmp_path / "a\x1b]0;title\x07\nb.jpg").write_bytes(b"not a photo")
    for command in (["tag"], ["predict"], ["catalog", "add"]):
        run = saekdong(*command, "a\x1b]0;title\x07\nb.jpg")
        assert run.returncode
        assert lines_are_printable(run)


def test_a_formula_in_a_feed_is_text_in_every_table_and_itself_for_platforms(saekdong, tmp_path):
    formula = '=HYPERLINK("https://attacker.example","see")'
    (tmp_path / "red.jpg").write_bytes(RED)
    with (tmp_path / "feed.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("id", "title", "photo"), (formula, "@a", "red.jpg"), ("@none", "+b", "=none.jpg")])
    assert saekdong("catalog", "add", "feed.csv").returncode == 1
    with SqliteStore.open(tmp_path / "catalog.db", STARTER) as store:
        assert store.get(formula).product.title == "@a"
        store.correct(formula, ["blue"], "Kim")

    def cells(text):
        return [cell for row in csv.reader(text.splitlines(), delimiter="\t" if "\t" in text else ",") for cell in row]

    errors = (tmp_path / "catalog.errors.csv").read_text(encoding="utf-8")
    exported = saekdong("catalog", "export").stdout
    predicted = saekdong("predict", "--csv", "feed.csv").stdout
    for text in (errors, exported, predicted):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells(text)), text
    assert f"'{formula}" in cells(exported)
    assert f"'{formula}" in cells(predicted)
    assert formula in cells(saekdong("catalog", "export", "--to", "google").stdout)
    assert formula in [
        json.loads(line)["id"] for line in saekdong("catalog", "export", "--to", "jsonl").stdout.splitlines()
    ]
    # What people open is read again as it was.
    (tmp_path / "predicted.csv").write_text(predicted, encoding="utf-8")
    assert saekdong("catalog", "add", "predicted.csv", "--as", "feed.csv").returncode == 1
    with SqliteStore.open(tmp_path / "catalog.db", STARTER) as store:
        assert not store.get(formula).gone
        assert store.get(formula).product.title == "@a"


def test_corrections_of_a_photo_that_is_named_as_a_formula_teach(saekdong, tmp_path):
    (tmp_path / "feed").mkdir()
    (tmp_path / "feed" / "=red.jpg").write_bytes(RED)
    assert saekdong("catalog", "add", "feed").returncode == 0
    with SqliteStore.open(tmp_path / "catalog.db", STARTER) as store:
        store.correct("=red.jpg", ["blue"], "Kim")
        store.put([(Product("other", photos=("other.jpg",)), [])], store.begin("other.csv"))
        store.correct("other", ["other"], "Kim")
    run = saekdong("catalog", "corrections")
    assert "1 corrected photo\n" in run.stderr
    assert "1 product left out: corrected to other alone\n" in run.stderr
    rows = run.stdout.splitlines()
    assert rows == ["photo,labels", f"{tmp_path}/feed/=red.jpg,blue"]
    (tmp_path / "feed" / "navy.jpg").write_bytes(RED)
    (tmp_path / "feed" / "labels.csv").write_text("photo,labels\n'=red.jpg,red\nnavy.jpg,navy\n", encoding="utf-8")
    run = saekdong("data", "from-photos", "feed/labels.csv")
    assert run.returncode == 0, run.stderr
