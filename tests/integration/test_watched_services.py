"""Health: a real endpoint on this machine that fails, stops and comes back, and a disk that is full."""

import os
import shutil
import signal
from collections import namedtuple
from pathlib import Path

import httpx
import pytest

from saekdong import locks
from saekdong.cli.app import run
from saekdong.deploy.local import LocalPlatform
from saekdong.deploy.local.request_counts import INTERVAL, RequestCounts, read_counts
from saekdong.errors import SaekdongError
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.tagging.starter import STARTER_FILE
from saekdong.workspace import Workspace
from waiting import until

# Endpoints take the first port that is free: no other test may take it in between.
machine = pytest.mark.xdist_group("machine")

Usage = namedtuple("Usage", ["total", "used", "free"])


@pytest.fixture
def shop(tmp_path, monkeypatch) -> Workspace:
    """A workspace with a catalog of one product."""
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    Path("photos/1.jpg").write_bytes(jpeg(draw(plain(COLORS["red"][0]), "mug")))
    assert run(["catalog", "add", "photos", "--jobs", "1"]) == 0
    return Workspace(Path())


def causes(workspace: Workspace) -> list[str]:
    """Return the causes of the open alarms."""
    with workspace.loop() as loop:
        return [alarm.cause for alarm in loop.alarms(open_only=True)]


def numbers(workspace: Workspace) -> list[int]:
    """Return the numbers of all alarms, open or closed."""
    with workspace.loop() as loop:
        return [alarm.number for alarm in loop.alarms()]


@machine
def test_an_endpoint_that_stops_is_one_alarm_until_it_runs_again(shop):
    platform = LocalPlatform(Path("endpoints"))
    platform.deploy(STARTER_FILE, "shop", print)
    try:
        assert run(["watch", "run"]) == 0
        locks.stop(Path("endpoints/shop/supervisor.lock"), 60)
        for _ in range(2):
            assert run(["watch", "run"]) == 1
        assert (causes(shop), numbers(shop)) == (["endpoint down"], [1])
        platform.deploy(STARTER_FILE, "shop", print)
        assert run(["watch", "run"]) == 0, "the same day: services are looked at each time"
        assert causes(shop) == []
    finally:
        platform.destroy(None, print, dry_run=False)


@machine
@pytest.mark.slow
def test_an_endpoint_whose_service_fails_is_an_alarm_from_its_own_counts(shop):
    platform = LocalPlatform(Path("endpoints"))
    endpoint = platform.deploy(STARTER_FILE, "shop", print)
    try:
        for _ in range(8):
            assert httpx.post(f"{endpoint.address}/invocations", json={"r": 1, "g": 2, "b": 3}).status_code == 200
        httpx.get(f"{endpoint.address}/ping")
        # Every service of it ends at once from now on, and its requests wait for one that answers.
        for file in Path("endpoints/shop").glob("v*/model.tar.gz"):
            file.write_bytes(b"")
        (service,) = services_of(Path("endpoints/shop"))
        os.kill(service, signal.SIGKILL)
        failed = 0
        while failed < 4:
            failed += httpx.post(f"{endpoint.address}/invocations", json={"r": 1, "g": 2, "b": 3}, timeout=60).is_error
        until(lambda: sum(each[2] for each in platform.traffic("shop")) >= failed)
        assert sum(each[1] for each in platform.traffic("shop")) >= 8 + failed
        assert run(["watch", "run"]) == 1
        assert {"errors"} <= set(causes(shop))
        with shop.loop() as loop:
            (alarm,) = [each for each in loop.alarms() if each.cause == "errors"]
        assert "of the requests to endpoint shop failed in an hour" in alarm.evidence["en"]
        assert "엔드포인트 shop에 보낸 요청의" in alarm.evidence["ko"]
    finally:
        platform.destroy(None, print, dry_run=False)
    assert run(["watch", "run"]) == 0
    assert causes(shop) == []


def services_of(folder: Path) -> list[int]:
    """Return the processes that serve an endpoint's versions."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (entry / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if f"{folder.resolve()}/v".encode() in arguments:
            found.append(int(entry.name))
    return found


def test_a_full_disk_is_an_alarm_until_there_is_room(shop, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12, 5 * 10**8))
        assert run(["watch", "run", "--lang", "ko"]) == 1
        assert "작업 폴더가 있는 디스크에 0.5 GB가 남았습니다" in capsys.readouterr().out
        assert causes(shop) == ["disk full"]
    assert run(["watch", "run"]) == 0
    assert causes(shop) == []


def test_an_alarm_whose_cause_has_ended_closes_though_the_clock_was_set_back(shop, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12, 5 * 10**8))
        assert run(["watch", "run", "--day", "2026-12-01"]) == 1
    assert run(["watch", "run", "--day", "2026-11-28"]) == 0
    assert causes(shop) == []


def test_counts_survive_the_process_and_leave_after_three_days(tmp_path):
    now = [1_000_000.0 * INTERVAL]
    traffic = RequestCounts(tmp_path / "traffic.json", lambda: now[0])
    for status, seconds in [(200, 0.1), (500, 0.1), (503, 2.0), (404, 0.1)]:
        traffic.add(status, seconds)
    traffic.write()
    start = int(now[0])
    assert read_counts(tmp_path / "traffic.json") == [(start, 4, 2, 1)]
    now[0] += 3600
    again = RequestCounts(tmp_path / "traffic.json", lambda: now[0])
    again.add(200, 0.1)
    again.write()
    assert read_counts(tmp_path / "traffic.json") == [(start, 4, 2, 1), (start + 3600, 1, 0, 0)]
    now[0] += 3 * 86400 + 2 * INTERVAL
    again.add(200, 0.1)
    again.write()
    assert [each[0] for each in read_counts(tmp_path / "traffic.json")] == [int(now[0])]
    (tmp_path / "traffic.json").write_text('[[1, "x"]]')
    assert read_counts(tmp_path / "traffic.json") == []


def test_a_folder_that_cannot_be_read_is_reported(tmp_path):
    from saekdong.monitoring.services import disk_problems

    with pytest.raises(SaekdongError, match="cannot look at"):
        list(disk_problems(tmp_path / "none"))
