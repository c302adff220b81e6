"""Pipes and devices where a command takes a file: an error, and no waiting for an end that does not come."""

import os
import signal

import pytest

from saekdong.cli import app

COMMANDS = {
    "a photo to tag": "tag ODD",
    "a photo for its palette": "palette ODD",
    "recorded answers": "palette a.jpg --source recorded --answers ODD",
    "a photo to name": "predict ODD",
    "rows to name": "predict --csv ODD",
    "a model": "predict #495474 --model ODD",
    "a model for photos": "tag a.jpg --model ODD",
    "rows to train": "train ODD --out model",
    "a vocabulary": "train rows.csv --labels ODD --out model",
    "rows to check": "data check ODD",
    "rows to describe": "data describe ODD",
    "rows to split": "data split ODD --out split",
    "photos for rows": "data from-photos ODD",
    "photos to teach": "teach ODD --out model",
    "rows to evaluate": "evaluate starter ODD",
    "a model to evaluate": "evaluate ODD rows.csv",
    "rows to compare": "compare starter starter ODD",
    "a model to export": "model export ODD --to onnx --out model.onnx",
    "a feed": "catalog add ODD",
    "a new model of a catalog": "catalog add rows.csv --model ODD",
    "prices": "cost --prices ODD --region ap-northeast-2",
    "a body": "invoke shop @ODD",
    "credentials": "doctor --on sagemaker --credentials ODD",
    "a model to serve": "serve ODD",
    "a model to deploy": "deploy ODD",
}


@pytest.fixture
def pipe(tmp_path, monkeypatch):
    """A pipe without a writer, in the working folder; a reader that waits for it is stopped."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "C.UTF-8")
    (tmp_path / "rows.csv").write_text("R,G,B,LABEL\n1,2,3,navy\n")
    os.mkfifo(tmp_path / "pipe")

    def waited(*_):
        raise TimeoutError("waited for a pipe")

    before = signal.signal(signal.SIGALRM, waited)
    signal.alarm(60)
    yield "pipe"
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
def test_a_pipe_or_device_in_place_of_a_file_is_an_error(pipe, command, capsys):
    for place in (pipe, "/dev/zero"):
        code = app.run([place if part == "ODD" else part.replace("ODD", place) for part in command.split()])
        told = capsys.readouterr()
        assert code in (1, 2)
        assert "unexpected" not in told.err
        assert place in told.err + told.out
        assert "not a regular file" in told.err + told.out or "there is no model" in told.err


@pytest.mark.usefixtures("pipe")
def test_settings_that_are_a_pipe_are_an_error(monkeypatch, capsys, tmp_path):
    os.mkfifo(tmp_path / "saekdong.toml")
    monkeypatch.setenv("SAEKDONG_WORKSPACE", str(tmp_path))
    assert app.run(["tag", "a.jpg"]) == 2
    assert "saekdong.toml: not a regular file" in capsys.readouterr().err
