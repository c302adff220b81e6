"""`saekdong deploy`, `invoke`, `status`, `logs` and `destroy`, as a user runs them."""

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from PIL import Image

# Endpoints take the first port that is free, and get it again: no other test may take it in between.
pytestmark = pytest.mark.xdist_group("machine")

COLOR = '{"r": 31, "g": 42, "b": 82}'


@pytest.fixture
def shop(saekdong: Callable) -> Iterator[str]:
    """An endpoint, and its address."""
    run = saekdong("deploy", "starter", "--name", "shop")
    assert run.returncode == 0, run.stderr
    yield run.stdout.strip()
    assert saekdong("destroy", "--yes").returncode == 0


def test_a_deploy_tells_the_address_and_what_to_do_next(saekdong, shop):
    again = saekdong("deploy", "starter", "--name", "shop")
    assert again.stdout == f"{shop}\n"
    assert (
        f'curl -H \'Content-Type: application/json\' -d \'{{"r": 73, "g": 84, "b": 116}}\' {shop}/inv' in again.stderr
    )
    assert "saekdong destroy shop" in again.stderr


@pytest.mark.usefixtures("shop")
def test_invoke_takes_bodies_files_photos_and_stdin(saekdong, tmp_path):
    stream = io.BytesIO()
    Image.new("RGB", (80, 80), (31, 42, 82)).save(stream, "PNG")
    (tmp_path / "shirt.png").write_bytes(stream.getvalue())
    (tmp_path / "colors.csv").write_text("31,42,82\n0,0,0\n")
    assert json.loads(saekdong("invoke", "shop", COLOR).stdout)["label"] == "navy"
    assert json.loads(saekdong("invoke", "shop", "shirt.png").stdout)["tags"][0]["label"] == "navy"
    assert saekdong("invoke", "shop", "@colors.csv").stdout == "navy\nblack\n"
    assert saekdong("invoke", "shop", "31,42,82").stdout == "navy\n"
    lines = saekdong("invoke", "shop", "-", stdin=f"{COLOR}\n{COLOR}\n").stdout.splitlines()
    assert [json.loads(line)["label"] for line in lines] == ["navy", "navy"]
    answer = saekdong("invoke", "shop", "31,42,82", "--accept", "application/json").stdout
    assert json.loads(answer)["predictions"][0]["label"] == "navy"
    wrong = saekdong("invoke", "shop", COLOR, "--content-type", "text/plain")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "saekdong: shop answers 415: " in wrong.stderr


def test_status_logs_and_destroy_tell_of_it(saekdong, shop):
    (endpoint,) = json.loads(saekdong("status", "--format", "json").stdout)
    assert (endpoint["name"], endpoint["status"], endpoint["address"]) == ("shop", "InService", shop)
    assert "InService" in saekdong("status").stdout
    assert "in service" in saekdong("logs", "shop").stdout
    planned = saekdong("destroy", "--dry-run").stdout
    assert planned.startswith("would remove endpoint shop (")
    unasked = saekdong("destroy")
    assert (unasked.returncode, unasked.stdout) == (2, "")
    assert unasked.stderr.startswith(planned)
    assert "no terminal to ask on; give --yes to remove it, or the NAME of one endpoint" in unasked.stderr
    assert json.loads(saekdong("status", "--format", "json").stdout)
    assert saekdong("destroy", "shop").stdout == planned.replace("would remove", "removed")
    gone = saekdong("destroy", "shop")
    assert (gone.returncode, gone.stdout, gone.stderr) == (0, "", "nothing to remove\n")
    assert json.loads(saekdong("status", "--format", "json").stdout) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["invoke", "none", COLOR], "there is no endpoint none; deploy it, or give one of: none"),
        (["invoke", "none", "@no.csv"], "cannot read no.csv"),
        (["invoke", "none", "no.jpg"], "cannot read no.jpg"),
        (["invoke", "none", "@"], "@ needs the path of a file behind it"),
        (["invoke", "none", ""], "the body is empty"),
        (["logs", "none"], "there is no endpoint none"),
        (["deploy", "none"], "there is no model none"),
        (["deploy", "starter", "--name", "a/b"], "'a/b' is not an endpoint name; use up to 63 letters"),
        (["deploy", "starter", "--rollback"], "--rollback goes back to the version before, and takes no MODEL"),
        (["deploy", "--rollback", "--name", "none"], "there is no endpoint none"),
        (["deploy", "starter", "--on", "moon"], "'moon' is not one of"),
    ],
)
def test_wrong_use_gets_one_line(saekdong, arguments, message):
    run = saekdong(*arguments)
    assert (run.returncode, run.stdout) == (2, "")
    *before, line = run.stderr.splitlines()
    assert message in line
    assert all(each.startswith("saekdong: model starter (") for each in before)


def test_an_engine_that_does_not_work_is_told_before_anything_is_made(saekdong, tmp_path):
    run = saekdong("deploy", "starter", "--engine", "docker", env={"DOCKER_HOST": "unix:///nobody/here"})
    assert run.returncode == 2
    assert "no engine for images works here: docker" in run.stderr
    assert not list(tmp_path.glob("endpoints/*"))


@pytest.mark.usefixtures("shop")
def test_destroy_without_a_name_asks_on_a_terminal(saekdong, tmp_path):
    for answer, code, ending in (("n\n", 1, "saekdong: nothing was removed\n"), ("y\n", 0, "")):
        ours, theirs = pty.openpty()
        os.write(ours, answer.encode())
        run = subprocess.run(
            [sys.executable, "-m", "saekdong", "destroy"],
            stdin=theirs,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=120,
            check=False,
        )
        os.close(ours)
        os.close(theirs)
        assert run.returncode == code, run.stderr
        assert run.stderr.startswith("would remove endpoint shop (")
        assert "Remove it? [y/N]:" in run.stderr
        assert run.stderr.endswith(ending)
        assert run.stdout.startswith("removed endpoint shop (") == (code == 0)
    assert json.loads(saekdong("status", "--format", "json").stdout) == []
