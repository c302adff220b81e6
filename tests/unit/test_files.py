"""Files that appear whole or not at all."""

import resource
from pathlib import Path

import pytest

from saekdong.errors import SaekdongError
from saekdong.files import check_writable, named_writer, whole_file, write_whole


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
