"""Endpoints on this machine: real supervisors, real services, real clients; and what befalls them."""

import contextlib
import http.client
import io
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from PIL import Image

from saekdong import locks
from saekdong.captures import CaptureSettings, Retention, read_captures
from saekdong.deploy.local import LocalPlatform
from saekdong.deploy.platform import Endpoint
from saekdong.errors import SaekdongError
from saekdong.model import artifact
from saekdong.tagging.starter import STARTER_FILE
from waiting import until

# Endpoints take the first port that is free, and get it again: no other test may take it in between.
pytestmark = pytest.mark.xdist_group("machine")

COLOR = b'{"r": 31, "g": 42, "b": 82}'
JSON = "application/json"
FAULTS = """
import os, sys
if "serve" in sys.orig_argv and os.path.exists(FILE):
    fault = open(FILE).read()
    if fault == "exit":
        print("the model's shelf is empty")
        os._exit(3)
    if fault == "slow":
        import time
        time.sleep(4)
    if fault == "lies":
        from saekdong.model import artifact
        read = artifact.from_runs
        artifact.from_runs = lambda *runs: read(*runs) * 0
"""
"""What `sitecustomize` does to services, and to nothing else, by what a file says at their start."""
KILLS = """
import os, signal, sys
STEPS = {"os.link", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "subprocess.Popen", "os.posix_spawn"}
argv = set(sys.orig_argv)
role = "supervisor" if "saekdong.deploy.local" in argv else "command" if {"deploy", "destroy"} & argv else "other"
counting = False
def count(event, arguments):
    global counting
    if event in STEPS and not counting and os.path.exists(FILE):
        counting = True
        who, _, step = open(FILE).read().partition(" ")
        if who == role:
            with open(FILE + ".steps", "a+") as steps:
                steps.write("x")
                steps.seek(0)
                here = len(steps.read()) == int(step)
            if here:
                os.unlink(FILE)
                os.kill(os.getpid(), signal.SIGKILL)
        counting = False
if role != "other":
    sys.addaudithook(count)
send = signal.pidfd_send_signal
def send_and_count(*arguments):
    send(*arguments)
    count("os.rename", ())
signal.pidfd_send_signal = send_and_count
"""
"""What `sitecustomize` does to a command or a supervisor: SIGKILL at the step that a file counts down to."""


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "endpoints"
    LocalPlatform(tmp_path / "endpoints").destroy(None, print, dry_run=False)
    assert processes(tmp_path) == []


@pytest.fixture
def local(root: Path) -> LocalPlatform:
    return LocalPlatform(root)


@pytest.fixture
def fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], object]:
    """Set what befalls the services that start from now on; "" for nothing."""
    file = tmp_path / "fault"
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(FAULTS.replace("FILE", repr(str(file))))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"), prepend=os.pathsep)
    return file.write_text


@pytest.fixture
def kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], Callable[[], bool]]:
    """Have a command or a supervisor killed at a step; returns a function that says whether that has happened."""
    file = tmp_path / "kill"
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(KILLS.replace("FILE", repr(str(file))))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"), prepend=os.pathsep)

    def at(who: str, step: int) -> Callable[[], bool]:
        file.with_name("kill.steps").unlink(missing_ok=True)
        file.write_text(f"{who} {step}")

        def happened() -> bool:
            gone = not file.exists()
            file.unlink(missing_ok=True)
            return gone

        return happened

    return at


def processes(folder: Path) -> list[int]:
    """Return every process whose command line names something in the folder: supervisors and services."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (entry / "cmdline").read_bytes()
            living = (entry / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except (FileNotFoundError, ProcessLookupError):
            continue
        if living and f"{folder}/".encode() in arguments and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def service_of(root: Path, name: str = "shop") -> int:
    """Return the process that serves an endpoint's version."""
    (found,) = processes(root / name)
    return found


def can_bind(address: tuple[str, int]) -> bool:
    try:
        socket.create_server(address).close()
    except OSError:
        return False
    return True


def can_connect(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address).close()
    except OSError:
        return False
    return True


def client(endpoint: Endpoint):
    return boto3.client(
        "sagemaker-runtime",
        endpoint_url=endpoint.address,
        region_name="ap-northeast-2",
        aws_access_key_id="nobody",
        aws_secret_access_key="none",  # noqa: S106
        config=Config(retries={"total_max_attempts": 1}),
    )


class Load:
    """Clients that ask an endpoint again and again, and keep what went wrong. None of them tries twice."""

    def __init__(self, endpoint: Endpoint, kinds: list[tuple[bytes, str, bool]]) -> None:
        self.wrong: list[object] = []
        self.labels: list[str] = []
        self.counts = [0] * len(kinds)
        self._host = endpoint.address.removeprefix("http://")
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(place, *kind)) for place, kind in enumerate(kinds)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, place: int, body: bytes, kind: str, kept: bool) -> None:
        connection = http.client.HTTPConnection(self._host, timeout=60)
        while not self._over.is_set():
            try:
                connection.request("POST", "/invocations", body, {"Content-Type": kind})
                answer = connection.getresponse()
                content = answer.read()
                if answer.status != 200:
                    self.wrong.append((answer.status, content))
                elif kind == JSON:
                    self.labels.append(json.loads(content)["label"])
                self.counts[place] += 1
            except OSError as error:
                self.wrong.append(error)
                connection.close()
            if not kept:
                connection.close()
        connection.close()


@pytest.fixture
def photo() -> bytes:
    """A JPEG of nearly 25 MB: a small one, and much after its end."""
    stream = io.BytesIO()
    Image.new("RGB", (200, 200), (31, 42, 82)).save(stream, "JPEG")
    return stream.getvalue() + bytes(24 << 20)


def test_an_endpoint_is_deployed_asked_told_of_and_destroyed(local, root):
    told: list[str] = []
    endpoint = local.deploy(STARTER_FILE, "shop", told.append)
    assert (endpoint.name, endpoint.status, endpoint.version, endpoint.detail) == ("shop", "InService", 1, "")
    assert told == ["shop: version 1: waiting until it is ready"] or told[-1].startswith("shop: version 1")
    answer, kind = local.invoke("shop", COLOR, JSON, "")
    assert (json.loads(answer)["label"], kind) == ("navy", JSON)
    assert local.invoke("shop", b"31,42,82\n", "text/csv", "text/csv") == (b"navy\n", "text/csv")
    with pytest.raises(SaekdongError, match=r"shop answers 422: .*the body.g is missing"):
        local.invoke("shop", b'{"r": 1}', JSON, "")
    assert local.status() == [endpoint]
    until(lambda: any("/invocations" in line for line in local.logs("shop", follow=False)))
    assert len(local.destroy("shop", print, dry_run=True)) == 1
    assert local.status() == [endpoint]
    assert len(local.destroy("shop", print, dry_run=False)) == 1
    assert (local.status(), processes(root), list(root.iterdir())) == ([], [], [])
    assert local.destroy("shop", print, dry_run=False) == []
    with pytest.raises(SaekdongError, match="there is no endpoint shop; deploy it, or give one of: none"):
        local.invoke("shop", COLOR, JSON, "")


def test_the_same_model_again_is_no_new_version(local, model_file):
    first = local.deploy(STARTER_FILE, "shop", print)
    assert local.deploy(STARTER_FILE, "shop", print) == first
    second = local.deploy(model_file, "shop", print)
    assert (second.version, second.address, second.created) == (2, first.address, first.created)


def test_an_endpoint_captures_requests_until_a_version_that_does_not(root):
    settings = CaptureSettings(100, Retention.parse("12h"))
    capturing, plain_one = LocalPlatform(root, capture=settings), LocalPlatform(root)
    lines: list[str] = []
    first = capturing.deploy(STARTER_FILE, "shop", lines.append)
    assert lines[-1] == f"shop: captures 100% of requests in {root / 'shop' / 'AllTraffic'}, kept for 12h"
    assert capturing.deploy(STARTER_FILE, "shop", print).version == first.version
    capturing.invoke("shop", COLOR, JSON, "")
    until(lambda: len(list(read_captures(root))) == 2)
    check, asked = read_captures(root)
    assert (check.endpoint, check.model, asked.endpoint, asked.model) == ("shop", first.model) * 2
    assert asked.input.content == COLOR
    assert plain_one.deploy(STARTER_FILE, "shop", print).version == first.version + 1
    plain_one.invoke("shop", COLOR, JSON, "")
    assert plain_one.rollback("shop", print).version == first.version
    capturing.invoke("shop", COLOR, JSON, "")
    until(lambda: len(list(read_captures(root))) == 4)  # with the check of the version that was started again
    capturing.destroy("shop", print, dry_run=False)
    assert list(read_captures(root)) == []


def test_no_request_is_lost_while_versions_change(local, model_file, photo):
    endpoint = local.deploy(STARTER_FILE, "shop", print)
    kinds = [(COLOR, JSON, True)] * 3 + [
        (COLOR, JSON, False),
        (photo, "image/jpeg", True),
        (photo, "image/jpeg", False),
    ]
    with Load(endpoint, kinds) as load:
        until(lambda: min(load.counts) > 0)
        for model in (model_file, STARTER_FILE, model_file):
            assert local.deploy(model, "shop", print).status == "InService"
        assert local.rollback("shop", print).version == 3
        seen = list(load.counts)
        until(lambda: all(now > before for now, before in zip(load.counts, seen, strict=True)))
    assert load.wrong == []
    assert set(load.labels) == {"navy", local_label(model_file)}


def local_label(model: Path) -> str:
    return str(artifact.load(model).predict((31, 42, 82)))


def test_boto3_calls_local_endpoints_unchanged(local, model_file):
    shop = local.deploy(STARTER_FILE, "shop", print)
    other = local.deploy(model_file, "other-1", print)
    assert shop.address != other.address
    runtime = client(shop)
    answer = runtime.invoke_endpoint(
        EndpointName="shop", Body=COLOR, ContentType=JSON, Accept=JSON, CustomAttributes="trace=7"
    )
    assert json.loads(answer["Body"].read())["label"] == "navy"
    assert (answer["ContentType"], answer["CustomAttributes"]) == (JSON, "trace=7")
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    # The address of one endpoint is that of all.
    answer = runtime.invoke_endpoint(EndpointName="other-1", Body=COLOR, ContentType=JSON)
    assert json.loads(answer["Body"].read())["label"] == local_label(model_file)
    answer = runtime.invoke_endpoint_with_response_stream(EndpointName="other-1", Body=COLOR, ContentType=JSON)
    assert json.loads(next(iter(answer["Body"]))["PayloadPart"]["Bytes"])["label"] == local_label(model_file)
    answer = runtime.invoke_endpoint(EndpointName="shop", Body=b"31,42,82", ContentType="text/csv", Accept="text/csv")
    assert answer["Body"].read() == b"navy\n"


def test_boto3_gets_sagemakers_errors(local):
    endpoint = local.deploy(STARTER_FILE, "shop", print)
    runtime = client(endpoint)
    with pytest.raises(ClientError) as unknown:
        runtime.invoke_endpoint(EndpointName="none", Body=COLOR, ContentType=JSON)
    assert unknown.value.response["Error"]["Code"] == "ValidationError"
    assert "Endpoint none of account" in unknown.value.response["Error"]["Message"]
    assert unknown.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(runtime.exceptions.ModelError) as wrong:
        runtime.invoke_endpoint(EndpointName="shop", Body=b'{"r": 1}', ContentType=JSON)
    told = wrong.value.response
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert told["OriginalStatusCode"] == 422
    assert json.loads(told["OriginalMessage"])["error"]["code"] == "bad-value"
    assert told["LogStreamArn"].endswith("/aws/sagemaker/Endpoints/shop")
    assert "Received client error (422) from primary" in told["Error"]["Message"]


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """boto3's client of SageMaker's runtime, pointed at an endpoint `shop` that several tests ask."""
    local = LocalPlatform(tmp_path_factory.mktemp("runtime") / "endpoints")
    yield client(local.deploy(STARTER_FILE, "shop", print))
    local.destroy(None, print, dry_run=False)


def refused(call: Callable[..., object], **parameters: object) -> str:
    """Return the message with which an operation of SageMaker's runtime is refused: a ValidationError."""
    with pytest.raises(ClientError) as refusal:
        call(**{"EndpointName": "shop", "Body": COLOR, **parameters})
    response = refusal.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == ("ValidationError", 400)
    return response["Error"]["Message"]


def test_boto3_is_refused_what_sagemaker_refuses(runtime):
    lacking = {
        "TargetModel": "is not a multi-model endpoint and does not support target model header",
        "TargetVariant": "has no variant blue; its only one is AllTraffic",
        "TargetContainerHostname": "does not support target container hostname header",
        "InferenceComponentName": "does not support inference component header",
        "EnableExplanations": "does not support enable explanations header",
        "SessionId": "does not support session id header",
    }
    streamed = {"TargetVariant", "TargetContainerHostname", "InferenceComponentName", "SessionId"}
    for parameter, why in lacking.items():
        calls = [runtime.invoke_endpoint, *([runtime.invoke_endpoint_with_response_stream] * (parameter in streamed))]
        for call in calls:
            message = refused(call, **{parameter: "blue"})
            assert message.startswith("Endpoint shop ")
            assert message.endswith(f"{why}.")
    assert "Endpoint shop has no AsyncInferenceConfig" in refused(
        runtime.invoke_endpoint_async, Body=b"", InputLocation="s3://shop/request.json"
    )
    for call in (runtime.invoke_endpoint, runtime.invoke_endpoint_with_response_stream):
        assert refused(call, EndpointName="none") == "Endpoint none of account 000000000000 not found."
        assert "'body' failed to satisfy constraint" in refused(call, Body=bytes(6_291_457))
        assert "'body' failed to satisfy constraint" in refused(call, Body=bytes(26 << 20))
    assert refused(runtime.invoke_endpoint_async, EndpointName="none", Body=b"", InputLocation="s3://a/b") == (
        "Endpoint none of account 000000000000 not found."
    )


def test_boto3_is_told_of_parameters_out_of_their_constraints(runtime):
    assert refused(runtime.invoke_endpoint, InferenceId="i" * 65) == (
        f"1 validation error detected: Value '{'i' * 65}' at 'inferenceId' failed to satisfy constraint: "
        "Member must have length less than or equal to 64"
    )
    assert refused(runtime.invoke_endpoint, CustomAttributes="c" * 1025, TargetVariant="-") == (
        "2 validation errors detected: Value at 'customAttributes' failed to satisfy constraint: "
        "Member must have length less than or equal to 1024; "
        "Value '-' at 'targetVariant' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9])*$"
    )
    assert "at 'endpointName'" in refused(runtime.invoke_endpoint, EndpointName="shop_1")


def test_boto3_may_name_the_variant_and_the_request(runtime):
    answer = runtime.invoke_endpoint(
        EndpointName="shop", Body=COLOR, TargetVariant="AllTraffic", InferenceId="order 7", CustomAttributes="c" * 1024
    )
    assert json.loads(answer["Body"].read())["label"] == "navy"
    assert answer["CustomAttributes"] == "c" * 1024
    # Without a content type a body is JSON; with one that the service does not know the model is at fault.
    for parameters, status in (({"ContentType": "text/html"}, 415), ({"Accept": "image/png"}, 406)):
        with pytest.raises(runtime.exceptions.ModelError) as wrong:
            runtime.invoke_endpoint(EndpointName="shop", Body=COLOR, **parameters)
        assert wrong.value.response["OriginalStatusCode"] == status


def test_boto3_reads_streamed_answers(runtime):
    stream = runtime.invoke_endpoint_with_response_stream
    answer = stream(EndpointName="shop", Body=COLOR, ContentType=JSON, CustomAttributes="trace=7")
    assert json.loads(b"".join(event["PayloadPart"]["Bytes"] for event in answer["Body"]))["label"] == "navy"
    assert (answer["ContentType"], answer["CustomAttributes"]) == (JSON, "trace=7")
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    answer = stream(EndpointName="shop", Body=b"31,42,82\n" * 50_000, ContentType="text/csv", Accept="text/csv")
    parts = [event["PayloadPart"]["Bytes"] for event in answer["Body"]]
    assert len(parts) > 1
    assert b"".join(parts) == b"navy\n" * 50_000
    with pytest.raises(runtime.exceptions.ModelError) as wrong:
        stream(EndpointName="shop", Body=b'{"r": 1}', ContentType=JSON)
    assert wrong.value.response["OriginalStatusCode"] == 422


def test_the_address_passes_on_everything_else(local):
    endpoint = local.deploy(STARTER_FILE, "shop", print)
    with httpx.Client(base_url=endpoint.address, timeout=60) as http_client:
        assert http_client.get("/ping").status_code == 200
        assert "/invocations" in http_client.get("/openapi.json").json()["paths"]
        assert http_client.get("/nothing?at=all").status_code == 404
        assert http_client.get("/endpoints/shop/invocations").status_code == 404
        assert http_client.post("/invocations", content=bytes(26 << 20)).status_code == 413

        def pieces() -> Iterator[bytes]:
            yield COLOR[:5]
            yield COLOR[5:]

        answer = http_client.post("/invocations", content=pieces(), headers={"Content-Type": JSON})
        assert answer.json()["label"] == "navy"


def test_a_service_that_dies_is_started_again_and_requests_wait_for_it(local, root):
    endpoint = local.deploy(STARTER_FILE, "shop", print)
    dead = service_of(root)
    with Load(endpoint, [(COLOR, JSON, True), (COLOR, JSON, False)]) as load:
        until(lambda: min(load.counts) > 0)
        os.kill(dead, signal.SIGKILL)
        until(lambda: local.status()[0].detail == "restarted after 1 crashes")
        seen = list(load.counts)
        until(lambda: all(now > before for now, before in zip(load.counts, seen, strict=True)))
    assert load.wrong == []
    assert local.status()[0].status == "InService"
    assert service_of(root) != dead


@pytest.mark.slow
def test_one_that_keeps_dying_is_given_up_told_and_mended_by_a_deploy(local, root):
    def given_up() -> bool:
        (endpoint,) = local.status()
        if endpoint.status == "InService":
            for service in processes(root / "shop"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(service, signal.SIGKILL)
        return endpoint.status == "Failed"

    local.deploy(STARTER_FILE, "shop", print)
    until(given_up)
    assert local.status()[0].detail == "the service crashed 5 times; see 'saekdong logs shop'"
    with pytest.raises(SaekdongError, match=r"shop answers 503: .*crashed 5 times"):
        local.invoke("shop", COLOR, JSON, "")
    assert local.deploy(STARTER_FILE, "shop", print).status == "InService"
    assert json.loads(local.invoke("shop", COLOR, JSON, "")[0])["label"] == "navy"


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("exit", "version 2: it ended with 3 before it was ready"),
        ("lies", "version 2: it should say .* of the color .73, 84, 116., and says"),
    ],
)
def test_a_broken_version_leaves_the_old_one(local, root, fault, model_file, what, told):
    fault("")
    first = local.deploy(STARTER_FILE, "shop", print)
    fault(what)
    lines: list[str] = []
    with Load(first, [(COLOR, JSON, True)]) as load:
        until(lambda: load.counts[0] > 0)
        with pytest.raises(SaekdongError, match=rf"shop: {told}.*; version 1 goes on"):
            local.deploy(model_file, "shop", lines.append)
    assert load.wrong == []
    assert set(load.labels) == {"navy"}
    assert local.status() == [first]
    if what == "exit":
        assert "  the model's shelf is empty" in lines
    with pytest.raises(SaekdongError, match="shop has no version before"):
        local.rollback("shop", print)
    fault("")
    assert local.deploy(model_file, "shop", print).status == "InService"
    assert sorted(path.name for path in (root / "shop").glob("v*")) == ["v1", "v2"]


def test_a_first_version_that_is_broken_leaves_nothing(local, root, fault):
    fault("exit")
    with pytest.raises(SaekdongError, match="it ended with 3 before it was ready; nothing is left of it"):
        local.deploy(STARTER_FILE, "shop", print)
    assert list(root.iterdir()) == []


def test_a_slow_starter_is_waited_for(local, fault):
    fault("slow")
    assert local.deploy(STARTER_FILE, "shop", print).status == "InService"


def test_what_is_no_model_is_refused_before_anything_starts(local, root, tmp_path):
    wrong = tmp_path / "model.tar.gz"
    for content in (b"", b"no archive", STARTER_FILE.read_bytes()[:-100], b"\0" + STARTER_FILE.read_bytes()):
        wrong.write_bytes(content)
        with pytest.raises(SaekdongError, match=r"model.tar.gz: "):
            local.deploy(wrong, "shop", print)
    assert not root.exists()


@pytest.mark.parametrize("name", ["", "-shop", "shop-", "../shop", "shop/x", "가게", "a" * 64])
def test_names_that_sagemaker_refuses_are_refused(local, name):
    with pytest.raises(SaekdongError, match="is not an endpoint name"):
        local.deploy(STARTER_FILE, name, print)


def test_of_two_deploys_at_once_one_is_told(local, root, fault, model_file):
    fault("slow")
    told: list[str] = []
    first = threading.Thread(target=local.deploy, args=(STARTER_FILE, "shop", told.append))
    first.start()
    until(lambda: told)
    for busy in (
        lambda: LocalPlatform(root).deploy(model_file, "shop", print),
        lambda: LocalPlatform(root).destroy("shop", print, dry_run=False),
    ):
        with pytest.raises(SaekdongError, match="another command deploys or destroys shop just now; wait"):
            busy()
    first.join()
    assert [each.status for each in local.status()] == ["InService"]


def test_an_endpoint_that_cannot_be_removed_does_not_keep_the_rest(local, root):
    for name in ("busy", "idle"):
        local.deploy(STARTER_FILE, name, print)
    told: list[str] = []
    with (
        locks.only_one(root / ".busy.lock", "another is at work"),
        pytest.raises(SaekdongError, match="busy is not removed: another command"),
    ):
        local.destroy(None, told.append, dry_run=False)
    assert [endpoint.name for endpoint in local.status()] == ["busy"]
    assert f"removed: endpoint idle ({root / 'idle'})" in told


def test_a_killed_supervisor_takes_its_service_along_and_a_deploy_starts_both(local, root):
    first = local.deploy(STARTER_FILE, "shop", print)
    for process in processes(root.parent):
        if process != service_of(root):
            os.kill(process, signal.SIGKILL)
            break
    until(lambda: processes(root.parent) == [])
    until(lambda: [(each.status, each.version) for each in local.status()] == [("OutOfService", 1)])
    with pytest.raises(SaekdongError, match="shop does not answer: "):
        local.invoke("shop", COLOR, JSON, "")
    assert local.deploy(STARTER_FILE, "shop", print) == first


def test_a_folder_removed_by_hand_takes_its_processes_along(local, root):
    local.deploy(STARTER_FILE, "shop", print)
    shutil.rmtree(root / "shop")
    until(lambda: processes(root.parent) == [])
    assert not (root / "shop").exists()


def deploy_on_a_full_disk(model_file: Path, name: str, workspace: Path) -> "subprocess.CompletedProcess[str]":
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000));"
        "from saekdong.cli import main; main(sys.argv[1:])"
    )
    command = [sys.executable, "-c", code, "deploy", str(model_file), "--name", name]
    return subprocess.run(command, cwd=workspace, capture_output=True, text=True, check=False)


def test_a_full_disk_is_told_and_the_endpoint_goes_on(local, root, model_file):
    first = local.deploy(STARTER_FILE, "shop", print)
    run = deploy_on_a_full_disk(model_file, "shop", root.parent)
    assert run.returncode == 2
    assert "cannot write" in run.stderr
    assert "File too large" in run.stderr
    assert local.status() == [first]
    assert local.deploy(model_file, "shop", print).status == "InService"


def test_a_first_deploy_on_a_full_disk_leaves_no_endpoint(local, root, model_file):
    run = deploy_on_a_full_disk(model_file, "shop", root.parent)
    assert run.returncode == 2
    assert "cannot write" in run.stderr
    assert local.status() == []


def test_followed_logs_go_on_until_the_endpoint_is_gone(local):
    local.deploy(STARTER_FILE, "shop", print)
    lines: list[str] = []

    def read() -> None:
        for line in local.logs("shop", follow=True):
            lines.append(line)  # noqa: PERF402 - as they come

    reader = threading.Thread(target=read)
    reader.start()
    until(lambda: lines)
    local.destroy("shop", print, dry_run=False)
    reader.join(30)
    assert not reader.is_alive()
    assert any("supervisor stopped" in line for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["command", "supervisor"])
def test_a_deploy_or_destroy_killed_at_any_step_and_run_again_leaves_no_orphan(local, root, saekdong, kill, who):
    is_over = {"deploy": False, "destroy": False}
    for step in range(1, 100):
        happened = kill(who, step)
        saekdong("deploy", "starter", "--name", "shop")
        is_over["deploy"] = not happened()
        finish_deploy(local, root, STARTER_FILE)
        if not is_over["destroy"]:
            happened = kill(who, step)
            saekdong("destroy", "shop")
            is_over["destroy"] = not happened()
        assert saekdong("destroy", "shop").returncode == 0
        assert (processes(root.parent), list(root.iterdir())) == ([], [])
        if all(is_over.values()):
            assert step > 3
            return


@pytest.mark.slow
@pytest.mark.parametrize("who", ["command", "supervisor"])
def test_an_update_killed_at_any_step_and_run_again_leaves_no_double(local, root, saekdong, kill, model_file, who):
    """Each step updates what the step before left, so that a version leaves as well."""
    for model in (STARTER_FILE, model_file):
        local.deploy(model, "shop", print)
    for step, model in zip(range(1, 100), itertools.cycle([STARTER_FILE, model_file]), strict=False):
        happened = kill(who, step)
        saekdong("deploy", model, "--name", "shop")
        is_over = not happened()
        finish_deploy(local, root, model)
        if is_over:
            assert step > 3
            return


def finish_deploy(local: LocalPlatform, root: Path, model: Path) -> None:
    """Deploy again what a killed command deployed, and check that there is one endpoint and it serves that model."""
    endpoint = local.deploy(model, "shop", print)
    assert endpoint.status == "InService"
    assert local.status() == [endpoint]
    assert json.loads(local.invoke("shop", COLOR, JSON, "")[0])["label"] == local_label(model)
    until(lambda: len(processes(root.parent)) == 2)
    assert [path.name for path in root.iterdir()] == ["shop"]


@pytest.mark.slow
@pytest.mark.parametrize("step", [1, 2, 3, 8], ids=["stopping", "stopped", "renamed", "half removed"])
def test_a_deployment_after_a_killed_destroy(local, root, saekdong, kill, step):
    local.deploy(STARTER_FILE, "shop", print)
    happened = kill("command", step)
    saekdong("destroy", "shop")
    assert happened()
    endpoint = local.deploy(STARTER_FILE, "shop", print)
    assert endpoint.status == "InService"
    assert json.loads(local.invoke("shop", COLOR, JSON, "")[0])["label"] == "navy"
    assert len(processes(root.parent)) == 2
    assert local.status() == [endpoint]
    assert [path.name for path in root.iterdir()] == ["shop"]


def test_a_deployment_waits_for_a_supervisor_that_is_stopping(local, root):
    endpoint = local.deploy(STARTER_FILE, "shop", print)
    address = ("127.0.0.1", int(endpoint.address.rpartition(":")[2]))
    with socket.create_connection(address) as in_flight:
        in_flight.sendall(b"POST /invocations HTTP/1.1\r\nHost: shop\r\nContent-Length: 2\r\n\r\n{")
        stopping = locks.holder(root / "shop" / "supervisor.lock")
        os.kill(stopping, signal.SIGTERM)
        until(lambda: not can_connect(address))
        deployed: list[Endpoint] = []
        deploying = threading.Thread(target=lambda: deployed.append(local.deploy(STARTER_FILE, "shop", print)))
        deploying.start()
        until(lambda: (root / ".shop.lock").exists() or not deploying.is_alive())
        in_flight.sendall(b"}")
        assert in_flight.recv(1000).startswith(b"HTTP/1.1 4")
    deploying.join(60)
    assert [each.status for each in deployed] == ["InService"]
    assert locks.holder(root / "shop" / "supervisor.lock") not in {stopping, None}
    assert local.status() == deployed


def test_an_endpoint_whose_port_is_taken_says_so(local, root):
    endpoint = local.deploy(STARTER_FILE, "shop", print)
    for process in processes(root.parent):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    until(lambda: processes(root.parent) == [])
    address = ("127.0.0.1", int(endpoint.address.rpartition(":")[2]))
    # The kernel may release a killed process's port a moment after its name.
    until(lambda: can_bind(address))
    told = r"shop: port [0-9]+ is taken; stop what listens there"
    with socket.create_server(address), pytest.raises(SaekdongError, match=told):
        local.deploy(STARTER_FILE, "shop", print)
    assert local.deploy(STARTER_FILE, "shop", print) == endpoint
