"""A feed with Korean titles, as a shop works with it: add, look at conflicts, decide about words, add again."""

import csv
import io
import json
from pathlib import Path

import pytest

from saekdong.samples.drawings import COLORS, draw, jpeg, plain

PRODUCTS = [
    *((f"black-{n}", "블랙 머그컵", "", "black") for n in range(4)),
    *((f"red-{n}", "레드 머그컵", "", "red") for n in range(4)),
    *((f"green-{n}", "머그컵", "초록", "green") for n in range(4)),
    *((f"sun-{n}", "머그컵", "돌하르방", "yellow") for n in range(6)),
    ("wrong", "블루 머그컵", "", "red"),
    ("rare", "머그컵", "꽹과리", "pale"),
]
PAINT = {label: colors[0] for label, colors in COLORS.items()} | {"pale": (240, 234, 220)}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with a feed of drawn mugs; one title names another color than its photo, two words are unknown."""
    rows = []
    for number, (name, title, color, drawn) in enumerate(PRODUCTS):
        photo = jpeg(draw(plain(PAINT[drawn]), "mug")) + str(number).encode()
        (tmp_path / f"{name}.jpg").write_bytes(photo)
        rows.append((name, title, color, "주방 > 컵", f"{name}.jpg"))
    write_feed(tmp_path, rows)
    return tmp_path


def write_feed(folder: Path, rows: list[tuple[str, ...]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([("상품코드", "상품명", "색상", "카테고리", "이미지"), *rows])
    (folder / "feed.csv").write_text(text.getvalue())


def read_feed(folder: Path) -> list[tuple[str, ...]]:
    return [tuple(row) for row in csv.reader(io.StringIO((folder / "feed.csv").read_text()))][1:]


@pytest.mark.slow
def test_from_korean_titles_to_tags_that_words_and_photos_agree_on(saekdong, shop):
    add = ("catalog", "add", "feed.csv", "--map", "id=상품코드", "--map", "photos=이미지", "--jobs", "1")
    words_of = ("--map", "title=상품명", "--map", "color=색상", "--map", "category=카테고리")
    run = saekdong(*add, *words_of)
    assert run.returncode == 0, run.stderr
    assert "title: names a color for 9 of 20 products, agrees with the photo on 89%" in run.stdout
    assert "color: names a color for 4 of 20 products, agrees with the photo on 100%" in run.stdout

    # The title of one product names another color than its photo shows.
    run = saekdong("catalog", "conflicts", "--format", "jsonl", "--lang", "ko", "--html", "conflicts.html")
    (conflict,) = [json.loads(line) for line in run.stdout.splitlines()]
    assert (conflict["product"], conflict["finding"]) == ("wrong", "상품명은 파랑, 사진은 빨강")
    assert conflict["words"] == [{"column": "title", "word": "블루", "labels": ["blue"]}]
    page = (shop / "conflicts.html").read_text()
    assert page.count("data:image/webp;base64,") == 1
    assert "상품명은 파랑, 사진은 빨강" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert "1 conflict" in run.stderr

    # Words that no dictionary knows: the photos decide about one, a person about the other.
    run = saekdong("words", "--out", "words.csv", "--format", "jsonl")
    found = {each["word"]: each for each in map(json.loads, run.stdout.splitlines())}
    assert {word: (each["label"], each["from"], each["review"]) for word, each in found.items()} == {
        "돌하르방": ("yellow", "photos", ""),
        "블랙": ("black", "dictionary", ""),
        "레드": ("red", "dictionary", ""),
        "초록": ("green", "dictionary", ""),
        "블루": ("blue", "dictionary", ""),
        "꽹과리": ("", "", "unknown"),
    }
    assert "a person must decide about 1 word" in run.stderr
    text = (shop / "words.csv").read_text()
    (shop / "words.csv").write_text(text.replace("꽹과리,,", "꽹과리,베이지,"))
    (shop / "saekdong.toml").write_text('words = "words.csv"\n')
    # The shop fixes the title as well.
    write_feed(shop, [(row[0], row[1].replace("블루", "레드"), *row[2:]) for row in read_feed(shop)])

    run = saekdong(*add, "--format", "json")
    (counts,) = json.loads(run.stdout)
    assert (counts["changed"], counts["unchanged"], counts["errors"]) == (1, 19, 0)
    assert counts["tags_changed"] == 1
    rare = json.loads(saekdong("catalog", "show", "rare", "--format", "json").stdout)
    assert (rare["tags"][0]["label"], rare["tags"][0]["source"]) == ("beige", "color")
    assert saekdong("catalog", "conflicts", "--format", "csv").stdout.count("\n") <= 2

    # The export names what each label comes from, and the filter finds the products by it.
    exported = saekdong("catalog", "export", "--to", "csv").stdout
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(exported))}
    assert rows["sun-0"]["sources"].split(";")[0] == "color"
    assert (rows["wrong"]["labels"], rows["wrong"]["sources"]) == ("red", "title")
    labels = json.loads(saekdong("catalog", "stats", "--format", "json").stdout)["labels"]
    assert (labels["red"], labels["yellow"]) == (5, 6)
    merchant = saekdong("words", "--format", "merchant", "--lang", "ko")
    assert "rare\t베이지\n" in merchant.stdout
    assert saekdong(*add, "--format", "json").stdout.count('"unchanged": 20') == 1


@pytest.mark.slow
def test_what_is_wrong_with_own_words_is_named_with_its_place(saekdong, tmp_path):
    (tmp_path / "feed.csv").write_text("id,title\n1,네이비 컵\n")
    (tmp_path / "saekdong.toml").write_text('words = "words.csv"\n')
    run = saekdong("words", "feed.csv")
    assert (run.returncode, run.stderr.count("\n")) == (2, 1)
    assert "words.csv: No such file" in run.stderr
    (tmp_path / "words.csv").write_text("word,label\n오트밀,baige\n")
    run = saekdong("words", "feed.csv")
    assert run.returncode == 2
    assert "words.csv, line 2: '오트밀' = 'baige': 'baige' is not a label; did you mean 'beige'?" in run.stderr
    (tmp_path / "saekdong.toml").write_text("words = 7\n")
    run = saekdong("words", "feed.csv")
    assert run.returncode == 2
    assert "saekdong.toml: [words] is not a table of words" in run.stderr
    (tmp_path / "saekdong.toml").write_text('[words]\n"네이비" = "blue"\n')
    run = saekdong("words", "feed.csv", "--format", "csv")
    assert run.stdout.splitlines()[1].startswith("네이비,blue,1,own")
