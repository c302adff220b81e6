"""An endpoint's log: bounded, and read across its parts."""

from saekdong.hosting.local import log
from saekdong.hosting.local.log import Log, read_log


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
    written.tell("nobody will know")
