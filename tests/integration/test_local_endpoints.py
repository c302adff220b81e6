"""Endpoints on this machine: real supervisors, real services, real clients; and what befalls them."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from saekdong.bootstrap import Workspace
from saekdong.errors import SaekdongError
from saekdong.hosting.local import Local
from saekdong.platforms import Endpoint
from saekdong.tagging.starter import STARTER_FILE

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
        import numpy as np
        from saekdong.model.table import Table
        Table.codes = lambda self, colors: np.zeros(len(colors), dtype=np.intp)
    if fault == "dies":
        import threading
        threading.Timer(1.5, os._exit, [9]).start()
"""
"""What `sitecustomize` does to services, and to nothing else, by what a file says at their start."""


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "endpoints"
    Local(tmp_path / "endpoints").destroy(None, print, dry_run=False)
    assert processes(tmp_path) == []


@pytest.fixture
def local(root: Path) -> Local:
    return Local(root)


@pytest.fixture
def fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], object]:
    """Set what befalls the services that start from now on; "" for nothing."""
    file = tmp_path / "fault"
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(FAULTS.replace("FILE", repr(str(file))))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    return file.write_text


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


def until(true: Callable[[], object]) -> None:
    """Wait until something is true."""
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("it never came true")


def service_of(root: Path, name: str = "shop") -> int:
    """Return the process that serves an endpoint's version."""
    (found,) = processes(root / name)
    return found


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
    import io

    from PIL import Image

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
    assert any("serving on" in line for line in local.logs("shop", follow=False))
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


def test_no_request_is_lost_while_versions_change(local, model_file, photo):
    endpoint = local.deploy(STARTER_FILE, "shop", print)
    kinds = [(COLOR, JSON, True)] * 3 + [(COLOR, JSON, False), (photo, "image/jpeg", True), (photo, "image/jpeg", False)]
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
    from saekdong.model import artifact

    return str(artifact.load(model).predict((31, 42, 82)))
