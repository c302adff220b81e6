"""`saekdong tag` with words: beside photos, and from a feed's file."""

import json

import pytest

from saekdong.cli.app import run
from saekdong.samples.drawings import COLORS, draw, jpeg, plain


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A folder with photos of mugs; `dark.jpg` is between navy and black."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for label in ("red", "navy", "white"):
        (tmp_path / "photos" / f"{label}.jpg").write_bytes(jpeg(draw(plain(COLORS[label][0]), "mug")))
    (tmp_path / "photos" / "dark.jpg").write_bytes(jpeg(draw(plain((27, 28, 40)), "mug")))
    return tmp_path


def records(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def first(record):
    return record["tags"][0]["label"], record["tags"][0]["source"]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "tag"),
    [
        ([], ("black", "photo")),
        (["--title", "네이비 머그컵"], ("navy", "title")),
        (["--color", "NVY"], ("navy", "color")),
        (["--title", "Old Navy mug"], ("black", "photo")),
    ],
)
def test_words_beside_a_photo_choose_its_first_label(capsys, words, tag):
    assert run(["tag", "photos/dark.jpg", *words]) == 0
    assert first(*records(capsys)) == tag


def test_a_shops_own_words_are_read_from_its_settings(shop, capsys):
    (shop / "saekdong.toml").write_text('[words]\n"밤하늘" = "navy"\n"black label" = ""\n', encoding="utf-8")
    assert run(["tag", "photos/dark.jpg", "--title", "밤하늘 머그"]) == 0
    assert first(*records(capsys)) == ("navy", "title")
    (shop / "saekdong.toml").write_text('[words]\n"밤하늘" = "nawy"\n', encoding="utf-8")
    assert run(["tag", "photos/dark.jpg"]) == 2
    message = capsys.readouterr().err
    assert "saekdong.toml: [words]: '밤하늘' = 'nawy'" in message
    assert "did you mean 'navy'?" in message


def test_a_feed_gives_a_line_for_each_photo_in_order(shop, capsys, monkeypatch):
    (shop / "feed.csv").write_text(
        "set,image,title,category,color\n"
        "a,photos/white.jpg,White Mug,Mugs,\n"
        "a,photos/dark.jpg,머그컵,머그,네이비\n"
        "a,,Red Mug,Mugs,\n"
        "a,photos/none.jpg,Red Mug,Mugs,\n"
        "a,photos/red.jpg,Mug,Mugs,\n"
        "a,photos/red.jpg,Mug,Mugs,,too many\n",
        encoding="utf-8",
    )
    (shop / "elsewhere").mkdir()
    monkeypatch.chdir(shop / "elsewhere")
    assert run(["tag", "--feed", "../feed.csv", "--format", "jsonl"]) == 1
    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["image"] for line in lines] == [f"photos/{name}.jpg" for name in ("white", "dark", "none", "red")]
    assert [first(line) for line in lines if line["tags"]] == [("white", "title"), ("navy", "color"), ("red", "photo")]
    assert lines[2]["error"]["code"] == "not-found"
    assert "line 4: photos: is empty" in err
    assert "line 7: row: has 6 cells" in err
    assert "title: names a color for 1 of 4 photos, agrees with the photo on 100%; trusted" in err


def test_a_feed_may_be_a_table_or_json_lines_with_korean_columns(shop, capsys):
    rows = [{"대표이미지": "photos/dark.jpg", "상품명": "머그컵 (네이비)", "색상": ""}]
    (shop / "feed.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    assert run(["tag", "--feed", "feed.jsonl", "--format", "table", "--lang", "ko"]) == 0
    out = capsys.readouterr().out
    assert "남색" in out
    assert "title" in out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "Missing argument"),
        (["photos/red.jpg", "--feed", "feed.csv"], "leave out PHOTO"),
        (["--feed", "feed.csv", "--title", "Red"], "leave out PHOTO"),
        (["--feed", "nowhere.csv"], "nowhere.csv"),
        (["--feed", "words.csv"], "no column of photos"),
    ],
)
def test_wrong_use_is_reported(shop, capsys, arguments, problem):
    (shop / "words.csv").write_text("title,color\nMug,Red\n", encoding="utf-8")
    assert run(["tag", *arguments]) == 2
    assert problem in capsys.readouterr().err
