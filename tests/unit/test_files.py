"""Files that appear whole or not at all, and folders that are gone after their run."""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from saekdong import files
from saekdong.errors import SaekdongError
from saekdong.files import check_writable, named_writer, whole_file, write_whole
from saekdong.scratch import scratch_folder


@pytest.fixture
def full_disk():
    """No file of this process may grow beyond 1,000 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_is_told_and_what_stood_there_stays(tmp_path):
    file = tmp_path / "model.json"
    write_whole(file, "before")
    with pytest.raises(SaekdongError, match=r"cannot write .*model.json: File too large"):
        write_whole(file, "x" * 2000)
    assert file.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["model.json"]


def test_a_full_disk_of_another_file_is_not_blamed_on_this_one(tmp_path):
    innocent, full = tmp_path / "innocent.csv", Path("/dev/full")
    named = r"^cannot write /dev/full: No space left on device \(.* free there\)"
    with pytest.raises(SaekdongError, match=named), whole_file(innocent), named_writer(full) as other:
        other.write(b"x")
    with pytest.raises(OSError, match="No space left"), whole_file(innocent), full.open("w") as other:
        other.write("x")
    assert list(tmp_path.iterdir()) == []


def test_a_device_is_written_and_not_replaced():
    write_whole(Path("/dev/null"), "x")
    assert Path("/dev/null").is_char_device()
    with pytest.raises(SaekdongError, match="cannot write /dev/full: No space left on device"):
        write_whole(Path("/dev/full"), "x")


def test_what_can_be_written_is_checked_without_a_trace(tmp_path):
    check_writable(tmp_path / "not" / "there" / "yet.csv")
    check_writable(tmp_path / "not" / "there", folder=True)
    check_writable(tmp_path, folder=True)
    check_writable(Path("/dev/stdout"))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SaekdongError, match="Is a directory"):
        check_writable(tmp_path)


def test_a_device_is_not_a_folder_to_write_into():
    check_writable(Path("/dev/null"))
    with pytest.raises(SaekdongError, match=r"^cannot write /dev/full: Not a directory; "):
        check_writable(Path("/dev/full"), folder=True)


def test_a_killed_writer_leaves_nothing(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path; from saekdong.files import whole_file\n"
        "with whole_file(Path(sys.argv[1])) as file:\n"
        "    file.write(b'x' * 100_000); file.flush(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "a.txt"], check=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("has_names_only", [False, True])
def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path, monkeypatch, has_names_only):
    if has_names_only:  # as on NFS
        monkeypatch.setattr(files, "_DESCRIPTORS", tmp_path / "none")
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "a.txt", "first")
        write_whole(tmp_path / "a.txt", "second")
    finally:
        os.umask(before)
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert ((tmp_path / "a.txt").read_text(), (tmp_path / "a.txt").stat().st_mode & 0o777) == ("second", 0o640)


# --- scratch folders ---------------------------------------------------------------------------------------------


def test_the_next_run_removes_what_killed_runs_left_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = (
        "import os, signal; from saekdong.scratch import scratch_folder\n"
        "with scratch_folder() as folder:\n"
        "    (folder / 'photo').write_bytes(b'x'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(tmp_path)}, check=False)
    (left,) = tmp_path.iterdir()
    (tmp_path / "saekdong-of-somebody").mkdir()
    (tmp_path / "saekdong-file").touch()
    with scratch_folder() as one, scratch_folder() as other:
        assert not left.exists()
        assert one.exists()
        assert other.exists()
        assert one.parent.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in tmp_path.iterdir()} == {"saekdong-of-somebody", "saekdong-file"}
