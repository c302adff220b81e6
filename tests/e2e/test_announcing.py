"""A server says where it is once clients can connect; and looking makes nothing."""

import os
import pty
import signal
import socket
import subprocess
import sys

import pytest

from ports import free_port
from saekdong.serving.tokens import TOKEN_FILE, token_in
from shops import small_catalog


@pytest.mark.parametrize(("command", "line"), [("studio", "the studio is on http://"), ("serve", '"serving"')])
def test_clients_can_connect_the_moment_it_is_said(tmp_path, command, line):
    if command == "studio":
        small_catalog(tmp_path).close()
    port = free_port()
    arguments = [sys.executable, "-m", "saekdong", command, "--port", str(port)]
    with subprocess.Popen(arguments, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        assert next(each for each in process.stderr if line in each)
        socket.create_connection(("127.0.0.1", port)).close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


@pytest.mark.parametrize("is_terminal", [True, False])
def test_the_token_is_shown_on_a_terminal_alone(tmp_path, is_terminal):
    small_catalog(tmp_path).close()
    arguments = [sys.executable, "-m", "saekdong", "studio", "--port", str(free_port())]
    ours, theirs = pty.openpty() if is_terminal else os.pipe()
    with subprocess.Popen(arguments, cwd=tmp_path, stderr=theirs, env={**os.environ, "COLUMNS": "200"}) as process:
        os.close(theirs)
        said = b""
        while b"the studio is on http://" not in said:
            said += os.read(ours, 4096)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    os.close(ours)
    assert (token_in(tmp_path / TOKEN_FILE).encode() in said) == is_terminal
    assert b"need the token in api-token" in said


def test_a_port_that_is_taken_is_not_announced(saekdong, tmp_path):
    small_catalog(tmp_path).close()
    with socket.create_server(("127.0.0.1", 0)) as other:
        run = saekdong("studio", "--port", other.getsockname()[1])
    assert run.returncode == 2
    assert "is on http" not in run.stderr
    assert "choose another with --host and --port" in run.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["studio"],
        ["catalog", "export"],
        ["catalog", "corrections"],
        ["catalog", "check"],
        ["catalog", "check", "--repair"],
    ],
    ids=" ".join,
)
def test_looking_at_a_catalog_makes_none(saekdong, tmp_path, arguments):
    run = saekdong(*arguments)
    assert run.returncode == 2
    assert "saekdong: there is no catalog catalog.db; fill one with 'saekdong catalog add FEED'" in run.stderr
    assert list(tmp_path.iterdir()) == []
