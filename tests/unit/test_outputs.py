"""Every output of a command is checked before the work."""

from collections.abc import Iterator

import click
import pytest

from saekdong.cli import options
from saekdong.cli.app import COMMANDS, app, run

NAMES = {"--out", "--report", "--explain", "--rejects", "--state", "--errors"}


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    with click.Context(group) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if isinstance(command, click.Group):
                yield from commands(command, (*path, name))
            else:
                yield (*path, name), command


PLACE = "PLACE"
"""Stands for the output among the arguments of a command."""


def with_output(command: click.Command, output: click.Parameter) -> list[str]:
    """Return an output with all that the command needs: its arguments and, of those with choices, required options."""
    given = [] if isinstance(output, click.Argument) else [output.opts[0], PLACE]
    for each in command.params:
        if isinstance(each, click.Argument):
            given.append(PLACE if each is output else "x")
        elif each.required and isinstance(each.type, click.Choice):
            given += each.opts[0], each.type.choices[0]
    return given


OUTPUTS = [
    (path, output.type, with_output(command, output))
    for path, command in commands(app)
    for output in command.params
    if output.type in (options.OUT_FILE, options.OUT_FOLDER) or NAMES & set(output.opts)
]


def test_all_commands_with_outputs_are_among_them():
    assert COMMANDS
    assert {path for path, *_ in OUTPUTS} >= {
        *((name,) for name in ("demo", "train", "teach", "evaluate", "tag")),
        *(("data", name) for name in ("check", "describe", "split")),
        *(("catalog", name) for name in ("export", "corrections", "sample")),
        ("model", "export"),
    }


@pytest.mark.parametrize(
    ("path", "kind", "arguments"), OUTPUTS, ids=[" ".join((*path, *arguments)) for path, _, arguments in OUTPUTS]
)
def test_an_output_that_cannot_be_written_is_told_first(path, kind, arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("a file")
    (tmp_path / "folder").mkdir()
    is_folder = kind is options.OUT_FOLDER
    other_kind, reason = ("file", "Not a directory") if is_folder else ("folder", "Is a directory")
    for place, why in (("file/below", "Not a directory"), (other_kind, reason), ("x" * 300, "File name too long")):
        assert run([*path, *(place if each == PLACE else each for each in arguments)]) == 2
        told = capsys.readouterr()
        assert told.err == f"saekdong: cannot write {place}: {why}; choose a folder that you may write to\n"
        assert told.out == ""
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.parametrize("arguments", [["train", "rows.csv"], ["data", "describe", "rows.csv"]])
def test_so_is_an_output_that_is_not_named(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").write_text("a file")
    (tmp_path / "rows.html").mkdir()
    assert run(arguments) == 2  # before it notices that there are no rows
    assert "cannot write " in capsys.readouterr().err
