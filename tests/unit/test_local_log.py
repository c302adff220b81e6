"""An endpoint's log: bounded, and read across its parts."""

import json
import logging
import os

import pytest

from saekdong.deploy.local import log
from saekdong.deploy.local.log import Log, LogHandler, read_log, trim


def test_a_log_is_bounded_and_read_oldest_first(tmp_path, monkeypatch):
    monkeypatch.setattr(log, "MOST_BYTES", 100)
    path = tmp_path / "log" / "endpoint.log"
    written = Log(path)
    for number in range(60):
        written.write(f"line {number}".encode())
    lines = list(read_log(path, follow=False))
    assert lines == [f"line {number}" for number in range(60)][-len(lines) :]
    assert 24 <= len(lines) < 60
    assert len(list(path.parent.iterdir())) == log.PARTS
    assert all(each.stat().st_size <= 100 for each in path.parent.iterdir())


def test_what_cannot_be_written_is_lost_in_silence(tmp_path):
    written = Log(tmp_path / "log" / "endpoint.log")
    (tmp_path / "log" / "endpoint.log").mkdir()
    written.event("nobody will know")


def test_what_libraries_log_is_in_the_endpoints_log(tmp_path):
    path = tmp_path / "log" / "endpoint.log"
    library = logging.Logger("library")
    library.addHandler(LogHandler(Log(path)))
    library.info("nobody needs this")
    library.warning("%s is slow", "a disk", extra={"fields": {"place": "/data"}})
    try:
        raise ValueError("lost")
    except ValueError:
        library.exception("it ended")
    slow, ended = map(json.loads, read_log(path, follow=False))
    assert (slow["level"], slow["place"]) == ("warning", "/data")
    assert "a disk is slow" in slow.values()
    assert ended["level"] == "error"
    assert "ValueError: lost" in ended["error"]


@pytest.mark.parametrize(("size", "left"), [(100, 100), (101, 0)])
def test_a_file_that_has_grown_past_its_bound_is_emptied(tmp_path, monkeypatch, size, left):
    monkeypatch.setattr(log, "MOST_BYTES", 100)
    with (tmp_path / "supervisor.log").open("ab") as file:
        file.write(bytes(size))
        file.flush()
        trim(file.fileno())
        assert os.fstat(file.fileno()).st_size == left
