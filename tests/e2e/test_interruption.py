"""Ctrl-C and SIGTERM: the first ends a run in order, a second one ends it and its workers at once."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from photo_server import serving
from ports import free_port
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from shops import small_catalog
from waiting import until, until_answered


@contextlib.contextmanager
def start(tmp_path, *arguments, env=None):
    command = [sys.executable, "-m", "saekdong", *map(str, arguments)]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def descendants(process):
    """Return the processes that a process started, and those that they started."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {process.pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {process.pid}


def are_gone(processes):
    return not any((Path("/proc") / str(number) / "exe").exists() for number in processes)


BUSY = """
import pathlib, time
from saekdong.catalog.ingest import batches
def tag(task, worker):
    pathlib.Path("busy").touch()
    time.sleep(60)
batches._tag = tag
"""
"""What `sitecustomize` does: workers are busy for a minute with each photo."""


@pytest.mark.parametrize(("command", "number"), [("add", signal.SIGINT), ("watch", signal.SIGTERM)])
def test_a_second_signal_ends_a_run_whose_workers_are_busy(tmp_path, saekdong, command, number):
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks" / "sitecustomize.py").write_text(BUSY)
    (tmp_path / "red.jpg").write_bytes(jpeg(draw(plain(COLORS["red"][0]))))
    (tmp_path / "feed.csv").write_text("id,photo\n1,red.jpg\n")
    path = f"{tmp_path / 'hooks'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    with start(tmp_path, "catalog", command, "feed.csv", "--jobs", "2", env={**os.environ, "PYTHONPATH": path}) as run:
        until((tmp_path / "busy").exists)
        workers = descendants(run)
        assert len(workers) >= 2
        run.send_signal(number)
        with pytest.raises(subprocess.TimeoutExpired):
            run.wait(timeout=1)
        run.send_signal(number)
        assert run.wait(timeout=10) == 130
    until(lambda: are_gone(workers))
    # The catalog is whole, and the next run goes on.
    added = saekdong("catalog", "add", "feed.csv", "--jobs", "1", "--format", "json")
    assert json.loads(added.stdout)[0]["new"] == 1


def test_a_signal_that_is_sent_twice_at_once_counts_once(tmp_path):
    with serving() as server:
        server.photos["/red.jpg"] = jpeg(draw(plain(COLORS["red"][0])))
        server.delay = 3
        (tmp_path / "feed.csv").write_text(f"id,photo\n1,{server.address}/red.jpg\n")
        with start(tmp_path, "catalog", "add", "feed.csv", "--jobs", "1", "--allow-private") as run:
            until(lambda: server.asked)
            # As `timeout` does: to the process, and to its group.
            run.send_signal(signal.SIGTERM)
            run.send_signal(signal.SIGTERM)
            assert run.wait(timeout=60) == 130
            assert "the next run goes on from here" in run.stderr.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_tagging(tmp_path, number):
    with serving() as server, start(tmp_path, "tag", f"{server.address}/slow/a.jpg") as run:
        until(lambda: server.asked)
        run.send_signal(number)
        assert run.wait(timeout=10) == 130
        assert run.stderr.read().endswith("saekdong: stopped\n")


SERVICES = {
    "service": (["serve", "starter"], "/invocations"),
    "service of two workers": (["serve", "starter", "--workers", "2"], "/invocations"),
    "studio": (["studio"], "/sign-in"),
}


@pytest.mark.xdist_group("machine")
@pytest.mark.parametrize("kind", SERVICES)
def test_a_second_signal_ends_a_server_with_a_request_in_flight(tmp_path, kind):
    arguments, path = SERVICES[kind]
    small_catalog(tmp_path).close()
    port = free_port()
    with start(tmp_path, *arguments, "--port", port) as run:
        while not re.search('"serving"|the studio is on', run.stderr.readline()):
            pass
        until_answered(f"http://127.0.0.1:{port}/openapi.json")
        with socket.create_connection(("127.0.0.1", port)) as client:
            # A request whose body does not come is in flight for as long as it is waited for.
            client.sendall(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{{".encode())
            time.sleep(0.5)
            workers = descendants(run)
            run.send_signal(signal.SIGTERM)
            with pytest.raises(subprocess.TimeoutExpired):
                run.wait(timeout=1)
            run.send_signal(signal.SIGTERM)
            assert run.wait(timeout=5) == 130
        until(lambda: are_gone(workers))
        run.stderr.read()
