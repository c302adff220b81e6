"""Files that appear whole or not at all."""

import resource

import pytest

from saekdong.errors import SaekdongError
from saekdong.files import write_whole


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
