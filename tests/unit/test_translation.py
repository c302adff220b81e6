"""The command line in Korean: complete, in any way to ask for it, and without a trace in the process."""

import os
import re
import sys
import unicodedata
from pathlib import Path

import pytest

from saekdong.cli.app import run

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
import make_translations

KOREAN = "사용법: saekdong"


@pytest.fixture(autouse=True)
def english(monkeypatch, tmp_path):
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "SAEKDONG_LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.chdir(tmp_path)


def test_every_text_of_help_and_of_click_has_a_translation():
    """A new text: run scripts/make_translations.py, fill in its translation in the .po file, run it again."""
    catalog = make_translations.updated()
    assert [each.id for each in catalog if each.id and not make_translations.translation(each.string)] == []
    assert make_translations.PO.read_bytes() == make_translations.po(catalog)
    assert make_translations.PO.with_suffix(".mo").read_bytes() == make_translations.mo(catalog)


def test_a_translation_fills_in_what_its_text_does():
    for message in make_translations.updated():
        if message.id and message.python_format:
            assert not list(message.check())
        if isinstance(message.id, str):
            fields = {part.split("}")[0] for part in message.id.split("{")[1:]}
            assert fields == {part.split("}")[0] for part in message.string.split("{")[1:]}, message.id


@pytest.mark.parametrize(
    "arguments", [["--lang", "ko", "tag", "--help"], ["--lang=ko", "tag", "-h"], ["tag", "--lang", "ko", "--help"]]
)
def test_help_is_korean_where_the_command_line_says_so(arguments, capsys):
    before = dict(os.environ)
    run(arguments)
    assert capsys.readouterr().out.startswith(KOREAN)
    assert dict(os.environ) == before
    run(["tag", "--help"])
    assert capsys.readouterr().out.startswith("Usage: saekdong tag")


@pytest.mark.parametrize(
    "arguments", [[], ["--lang"], ["--lang", "fr"], ["--lang=fr", "tag"], ["tag", "--", "--lang", "ko"]]
)
def test_what_names_no_language_leaves_english(arguments, capsys):
    run(arguments)
    shown = capsys.readouterr()
    assert not re.search("사용법|옵션|명령|언어", shown.out + shown.err)
    assert "Usage" in shown.out + shown.err or "saekdong: " in shown.err


@pytest.mark.parametrize("variable", ["SAEKDONG_LANG", "LANG"])
def test_help_is_korean_by_the_environment(variable, monkeypatch, capsys):
    monkeypatch.setenv(variable, "ko" if variable == "SAEKDONG_LANG" else "ko_KR.UTF-8")
    run(["catalog", "--help"])
    assert capsys.readouterr().out.startswith(KOREAN)


def test_help_and_errors_are_korean_by_the_workspace(tmp_path, capsys):
    (tmp_path / "saekdong.toml").write_text('lang = "ko"\n', encoding="utf-8")
    run(["--help"])
    assert capsys.readouterr().out.startswith(KOREAN)
    assert run(["catlog"]) == 2
    assert capsys.readouterr().err == "saekdong: 'catlog' 명령은 없습니다. 혹시 'catalog'?\n"
    assert run(["--lang", "en", "catlog"]) == 2
    assert capsys.readouterr().err == "saekdong: No such command 'catlog'. Did you mean 'catalog'?\n"


def test_korean_help_fits_into_the_columns_of_a_terminal(capsys):
    for command in (["--help"], ["catalog", "add", "--help"], ["deploy", "--help"], ["predict", "--help"]):
        run(["--lang", "ko", *command])
        shown = capsys.readouterr().out
        assert "\ue000" not in shown
        examples = shown.index("예:") if "예:" in shown else len(shown)
        for line in shown[:examples].splitlines():
            assert sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line) <= 80, line


def test_the_language_of_the_whole_command_line_is_that_of_its_labels(capsys):
    assert run(["--lang", "ko", "predict", "#1f2a52"]) == 0
    assert capsys.readouterr().out == "남색\n"
    assert run(["predict", "#1f2a52"]) == 0
    assert capsys.readouterr().out == "navy\n"
