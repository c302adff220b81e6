"""`saekdong init` ends with the commands that fit what lies in the folder."""

import pytest

from saekdong.cli.app import run
from saekdong.samples.drawings import draw, jpeg, plain

PHOTO = jpeg(draw(plain((31, 42, 82)), "mug"))
ROWS = "R,G,B,LABEL\n31,42,82,navy\n"
FEED = "id,title,image\n1,머그,photos/1.jpg\n"


@pytest.mark.parametrize(
    ("files", "commands"),
    [
        ({}, ["catalog sample --out shop", "catalog add shop/products.csv", "studio --open"]),
        (
            {"notes.csv": "a,b\n1,2\n", "broken.csv": "\x00"},
            ["catalog sample --out shop", "catalog add shop/products.csv"],
        ),
        ({"colors.csv": ROWS}, ["data check colors.csv", "train colors.csv"]),
        ({"색.csv": "COL,LABEL\n#1f2a52,남색\n"}, ["data check '색.csv'", "train '색.csv'"]),
        (
            {"photos.csv": "photo,labels\na.jpg,navy\n"},
            ["evaluate starter photos.csv", "teach photos.csv --out models/shop"],
        ),
        ({"products.csv": FEED}, ["catalog add products.csv", "studio --open"]),
        ({"my feed.csv": FEED}, ["catalog add 'my feed.csv'", "studio --open"]),
        ({"photos/1.jpg": PHOTO}, ["catalog add photos", "studio --open"]),
        ({"1.jpg": PHOTO, "2.jpg": PHOTO}, ["tag .", "catalog add .", "studio --open"]),
    ],
)
def test_the_next_commands_fit_what_lies_there(files, commands, tmp_path, capsys):
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert run(["init", str(tmp_path), "--lang", "en"]) == 0
    shown = capsys.readouterr().err.splitlines()
    assert shown[0] == "next:"
    assert [line.removeprefix("  saekdong ") for line in shown[1:]][: len(commands)] == commands


@pytest.mark.parametrize(("lang", "first"), [("en", "# The settings of this shop's"), ("ko", "# 이 가게의 색동 설정")])
def test_the_settings_file_speaks_the_language(lang, first, tmp_path):
    assert run(["init", str(tmp_path), "--lang", lang]) == 0
    content = (tmp_path / "saekdong.toml").read_text(encoding="utf-8")
    assert content.startswith(first)
    assert f'lang = "{lang}"' in content
