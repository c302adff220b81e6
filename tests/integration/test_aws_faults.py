"""Deployments to AWS that are killed, throttled, refused or raced: no orphan, no double, no secret."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clouds import everything, moto, platform, reset, settings

ONE_OF_EACH = {
    "endpoint": 1,
    "config": 1,
    "model": 1,
    "bucket": 1,
    "repository": 1,
    "role": 1,
    "log group": 1,
}


@pytest.fixture(scope="module")
def server():
    with moto() as address:
        yield address


@pytest.fixture
def cloud(server, monkeypatch):
    for name, value in settings(server).items():
        monkeypatch.setenv(name, value)
    reset(server)
    return server


class Victim:
    """Runs deployments that are killed at a given call."""

    def __init__(self, address: str) -> None:
        script = Path(__file__).parents[1] / "aws_victim.py"
        self.process = subprocess.Popen(
            [sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **settings(address)},
        )

    def run(self, what: str, root: Path, artifact: Path, at: int, event: str) -> bool:
        """Return whether it was killed; a run of fewer calls ends by itself."""
        order = {"what": what, "root": str(root), "artifact": str(artifact), "at": at, "event": event}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert answer["status"] in (0, 9)
        return answer["status"] == 9


@pytest.fixture(scope="module")
def victim(server):
    made = Victim(server)
    yield made
    made.process.stdin.close()
    made.process.wait()
    made.process.stdout.close()


@pytest.fixture(scope="module")
def session(server):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings(server).items():
            patch.setenv(name, value)
        made = platform(Path("none")).account.session
        yield made
        made.close()


def again(session, root):
    made = platform(root)
    made.account.session = session
    return made


def attempts(run):
    """Count up until a run is no longer killed."""
    at = 1
    while run(at):
        yield at
        at += 1
    assert at > 20


@pytest.mark.slow
def test_a_deployment_killed_before_any_call_leaves_no_orphan(cloud, victim, session, model_file, tmp_path):
    def killed(at):
        reset(cloud)
        return victim.run("deploy", tmp_path / f"{at}", model_file, at, "before-send")

    for at in attempts(killed):
        again(session, tmp_path / f"{at}").destroy(None, lambda _: None, dry_run=False)
        assert everything(session) == {}, at


@pytest.mark.slow
def test_a_deployment_killed_after_any_call_is_finished_by_the_next_without_doubles(
    cloud, victim, session, model_file, tmp_path
):
    def killed(at):
        reset(cloud)
        return victim.run("deploy", tmp_path / f"{at}", model_file, at, "response-received")

    for at in attempts(killed):
        saekdong = again(session, tmp_path / f"{at}")
        endpoint = saekdong.deploy(model_file, "shop", lambda _: None)
        assert (endpoint.status, endpoint.version) == ("InService", 1)
        assert {kind: len(names) for kind, names in everything(session).items()} == ONE_OF_EACH, at
        saekdong.destroy(None, lambda _: None, dry_run=False)
        assert everything(session) == {}, at


@pytest.mark.slow
def test_a_teardown_killed_after_any_call_is_finished_by_the_next(cloud, victim, session, model_file, tmp_path):
    def killed(at):
        reset(cloud)
        again(session, tmp_path / f"{at}").deploy(model_file, "shop", lambda _: None)
        return victim.run("destroy", tmp_path / f"{at}", model_file, at, "response-received")

    for at in attempts(killed):
        again(session, tmp_path / f"{at}").destroy(None, lambda _: None, dry_run=False)
        assert everything(session) == {}, at
