"""On a full disk a command names the file that could not be written, and the room there is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mounts import run_mounted
from saekdong.samples import drawings

pytestmark = pytest.mark.slow

ROOM = r"(0 B free there); make room there, or choose a folder on another disk"


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "disk").mkdir()
    drawings.draw(drawings.plain((31, 42, 82)), "shirt").save(tmp_path / "a.jpg")
    (tmp_path / "feed.csv").write_text("id,photo\n" + "".join(f"{n},{tmp_path}/a.jpg\n" for n in range(3)))
    (tmp_path / "rows.csv").write_text("R,G,B,LABEL\n1,2,3,black\n250,1,1,red\n3,3,3,black\n240,3,3,red\n")
    return tmp_path


def test_a_full_disk_is_told_by_the_file_that_did_not_fit(shop):
    *_, report, training, picture, filling, adding, export = run_mounted(
        f"mount -t tmpfs -o size=600k tmpfs {shop}/disk",
        shop / "disk",
        [
            ["catalog", "add", "../feed.csv"],
            ["sh", "-c", "cat /dev/zero > fill"],
            ["data", "describe", "../rows.csv", "--out", "report.html"],
            ["train", "../rows.csv", "--space", "lab", "--model", "tree", "--out", "model"],
            ["tag", "../a.jpg", "--explain", "picture.png"],
            ["sh", "-c", "ls -A model picture.png report.html"],
            ["catalog", "add", "../feed.csv", "--model", "starter"],
            ["catalog", "export", "--out", "tags.csv"],
        ],
    )
    for run, name in ((report, "report.html"), (training, "model/report.html"), (picture, "picture.png")):
        assert run.returncode == 2
        assert f"saekdong: cannot write {name}: No space left on device {ROOM}" in run.stderr
    assert filling.stdout.strip() == "model:"  # no part of a file is left
    assert adding.returncode == export.returncode == 2
    assert "saekdong: cannot write catalog.db: " in adding.stderr
    assert ROOM in adding.stderr


def test_each_command_that_writes_to_a_full_disk_says_so_and_leaves_no_part(shop):
    saekdong = [sys.executable, "-m", "saekdong"]
    (shop / "other").mkdir()
    for command in (
        ["catalog", "add", "../feed.csv", "--model", "starter"],
        ["registry", "export", "champion", "../version.tar"],
        ["backup", "../backup.db"],
    ):
        subprocess.run([*saekdong, *command], cwd=shop / "other", check=True, capture_output=True)
    (shop / "second.csv").write_text(f"id,photo\nsecond,{shop}/a.jpg\n")
    writers = [
        ["catalog", "add", "../second.csv"],
        ["catalog", "export", "--to", "jsonl", "--out", "out"],
        ["catalog", "corrections", "--out", "out"],
        ["registry", "export", "champion", "out"],
        ["registry", "import", "../version.tar"],
        ["backup", "out"],
        ["restore", "../backup.db", "--yes"],
        ["review", "draw"],
    ]
    _, *runs, left, checked = run_mounted(
        f"mount -t tmpfs -o size=20m tmpfs {shop}/disk && cp {shop}/other/* {shop}/disk",
        shop / "disk",
        [
            ["sh", "-c", "cat /dev/zero > fill"],
            *writers,
            ["sh", "-c", "rm fill; ls -A"],
            ["catalog", "check"],
        ],
    )
    message = r"saekdong: cannot write (out|\w+\.db): .+ \(.+ free there\); make room there, or choose .+"
    for run in runs:
        assert run.returncode == 2, (run.args, run.stderr)
        *_, last = run.stderr.splitlines()
        assert re.fullmatch(message, last), (run.args, last)
    assert {name.partition("-")[0] for name in left.stdout.split()} == {"catalog.db", "features.db", "loop.db"}
    assert checked.returncode == 0


def test_temporary_files_that_do_not_fit_are_told_by_their_folder(shop):
    ids = "".join(f"{n:0190},,\n" for n in range(15_000))
    (shop / "many.csv").write_text("id,title,photo\n" + ids)
    (run,) = run_mounted(
        f"mount -t tmpfs -o size=200k tmpfs {shop}/disk",
        shop,
        [["sh", "-c", f"SQLITE_TMPDIR={shop}/disk {sys.executable} -m saekdong catalog add many.csv --jobs 1"]],
    )
    assert run.returncode == 2
    *_, last = run.stderr.splitlines()
    told = f"saekdong: cannot write temporary files in {shop}/disk: database or disk is full (0 B free there)"
    assert last == f"{told}; make room there, or name another folder in TMPDIR"


@pytest.mark.parametrize(
    "command",
    [["data", "check", "rows.csv"], ["data", "sample"], ["--help"], ["predict", "#112233"], ["tag", "a.jpg"]],
    ids=" ".join,
)
def test_output_that_does_not_fit_on_the_disk_is_reported(shop, command):
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "saekdong", *command],
            cwd=shop,
            env={**os.environ, "LANG": "C.UTF-8"},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert run.returncode == 2
    *_, last = run.stderr.splitlines()
    assert last == "saekdong: cannot write the output: No space left on device; make room there, or write it elsewhere"
