"""Deployments to AWS that are killed, throttled, refused or raced: no orphan, no double, no secret."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clouds import SECRET, everything, platform, proxy, reset, settings
from saekdong.deploy.aws import Data, Training
from saekdong.deploy.aws.bucket import upload
from saekdong.errors import SaekdongError
from saekdong.tagging.starter import STARTER_FILE

ONE_OF_EACH = {
    "endpoint": 1,
    "config": 1,
    "model": 1,
    "bucket": 1,
    "repository": 1,
    "role": 1,
    "log group": 1,
}


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
def session(server, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings(server).items():
            patch.setenv(name, value)
        made = platform(tmp_path_factory.mktemp("session")).account.session
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
def test_a_deployment_or_teardown_killed_after_any_call_is_finished_by_the_next_without_doubles(
    cloud, victim, session, model_file, tmp_path
):
    calls: dict[str, int] = {}

    def run(what, root, at):
        if what not in calls and not victim.run(what, root, model_file, at, "response-received"):
            calls[what] = at

    for at in range(1, 200):
        reset(cloud)
        root = tmp_path / f"{at}"
        run("deploy", root, at)
        endpoint = again(session, root).deploy(model_file, "shop", lambda _: None)
        assert (endpoint.status, endpoint.version) == ("InService", 1)
        assert {kind: len(names) for kind, names in everything(session).items()} == ONE_OF_EACH, at
        run("destroy", root, at)
        again(session, root).destroy(None, lambda _: None, dry_run=False)
        assert everything(session) == {}, at
        if len(calls) == 2:
            assert min(calls.values()) > 20
            return


class Killed(BaseException):
    """Ends a run at a call as a signal would: no handler of ours takes it."""


@pytest.mark.parametrize("event", ["before-send", "response-received"])
def test_training_that_is_killed_around_its_job_is_finished_by_the_next_without_a_second_job(
    cloud, model_file, write, tmp_path, event
):
    assert cloud
    options = {"data": Data("lab", write("1,2,3,navy", "train.csv")), "training": Training()}
    killed = platform(tmp_path, **options)
    client = killed.account.client("sagemaker")

    def die(**_):
        for job in client.list_training_jobs()["TrainingJobSummaries"]:
            # The job goes on when no process waits for it.
            upload(killed.account, f"output/{job['TrainingJobName']}/output/model.tar.gz", STARTER_FILE.read_bytes())
        raise Killed

    client.meta.events.register(f"{event}.sagemaker.CreateTrainingJob", die)
    with pytest.raises(Killed):
        killed.deploy(model_file, "shop", lambda _: None)
    saekdong = platform(tmp_path, **options)
    assert saekdong.deploy(model_file, "shop", lambda _: None).status == "InService"
    assert len(client.list_training_jobs()["TrainingJobSummaries"]) == 1
    saekdong.destroy(None, lambda _: None, dry_run=False)
    assert everything(saekdong.account.session) == {}
    for platform_ in (killed, saekdong):
        platform_.account.session.close()


@pytest.fixture
def weather(cloud):
    """A proxy in front of moto that answers in its stead what `faults` yields: a status and a code, or None."""
    with proxy(cloud) as made:
        yield made


@pytest.mark.slow
def test_throttling_and_passing_faults_are_waited_out(weather, monkeypatch, model_file, tmp_path):
    monkeypatch.setenv("AWS_ENDPOINT_URL", weather.address)
    faults = [(400, "ThrottlingException"), (503, "ServiceUnavailable"), (500, "InternalFailure")]
    weather.faults = (faults[at // 9 % 3] if at % 9 == 4 else None for at in range(10**6))
    saekdong = platform(tmp_path)
    assert saekdong.deploy(model_file, "shop", lambda _: None).status == "InService"
    saekdong.destroy(None, lambda _: None, dry_run=False)
    assert everything(saekdong.account.session) == {}
    assert weather.given > 5
    saekdong.account.session.close()


def test_a_deployment_refused_midway_by_aws_leaves_nothing(weather, monkeypatch, model_file, tmp_path):
    monkeypatch.setenv("AWS_ENDPOINT_URL", weather.address)
    weather.faults = ((400, "AccessDeniedException") if at == 20 else None for at in range(10**6))
    saekdong = platform(tmp_path)
    with pytest.raises(SaekdongError, match="AWS does not allow it"):
        saekdong.deploy(model_file, "shop", lambda _: None)
    assert everything(saekdong.account.session) == {}
    assert saekdong.account.ledger.standing() == []
    saekdong.account.session.close()


def test_of_two_deployments_of_one_name_one_wins_and_one_is_told(cloud, model_file, tmp_path):
    assert cloud
    one, other = platform(tmp_path), platform(tmp_path)
    told = []

    def while_it_runs(line):
        if line.startswith("creating the endpoint"):
            with pytest.raises(SaekdongError) as error:
                other.deploy(model_file, "shop", lambda _: None)
            told.append(str(error.value))

    assert one.deploy(model_file, "shop", while_it_runs).status == "InService"
    assert told == ["another saekdong is changing shop on AWS; wait for it to end, then run it again"]
    assert {kind: len(names) for kind, names in everything(one.account.session).items()} == ONE_OF_EACH
    for platform_ in (one, other):
        platform_.account.session.close()


def test_no_secret_is_in_any_log_ledger_output_or_error(cloud, monkeypatch, caplog, saekdong, model_file, tmp_path):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTTESTTESTTEST")
    caplog.set_level(logging.INFO)
    told = []
    made = platform(tmp_path)
    made.deploy(model_file, "shop", told.append)
    passwords = made.account.client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    with pytest.raises(SaekdongError) as error:
        made.deploy(tmp_path / "none", "other", told.append)
    texts = [*told, str(error.value), repr(made.account), caplog.text]
    variables = settings(cloud)
    for arguments in (("cost", "--format", "json"), ("cost",), ("notebook", "open"), ("transform", "s3://a", "b")):
        run = saekdong(*arguments, env=variables)
        texts += [run.stdout, run.stderr]
    assert any("ml.t2.medium" in text for text in texts)
    made.destroy(None, told.append, dry_run=False)
    texts += [path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file()]
    for text in texts:
        assert SECRET not in text
        assert passwords not in text
    made.account.session.close()
