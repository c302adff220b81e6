"""The service as an operator sees it: logs, request ids, figures, stopping, workers."""

import asyncio
import io
import json
import os
import re
import signal
import socket
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import ASGIApp

from saekdong.serving.middleware import RequestLogMiddleware
from saekdong.serving.request_log import RequestLog
from saekdong.serving.traffic import Traffic
from saekdong.tagging import starter
from serving import serving
from waiting import until, until_answered

BODY = b'{"r": 31, "g": 42, "b": 82}'
JSON = {"Content-Type": "application/json"}


def lines_of(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def figures(client: httpx.Client) -> dict[tuple[str, ...], float]:
    """Return the samples by name and label values."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


def send_half(port: int) -> socket.socket:
    """Begin a request, so that it is in flight."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    head = f"POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(BODY)}\r\n\r\n"
    connection.sendall(head.encode() + BODY[:5])
    return connection


def test_the_log_is_json_with_request_ids_and_without_bodies(tmp_path):
    log = tmp_path / "log"
    with serving("starter", log=log) as service, service.client() as client:
        given = {**JSON, "X-Request-Id": "order-7", "Authorization": "Bearer hush"}
        assert client.post("/invocations", content=BODY, headers=given).headers["x-request-id"] == "order-7"
        made = client.post("/invocations?key=hush", content=b'{"secret": "hush"}', headers=JSON).headers["x-request-id"]
        assert re.fullmatch(r"[0-9a-f]{12}-[0-9a-f]+", made)
        other = client.get("/none", headers={"X-Request-Id": 'a"b'}).headers["x-request-id"]
        assert other != 'a"b'
    lines = lines_of(log)
    assert [line["message"] for line in lines] == ["serving", "request", "request", "request", "stopped"]
    assert (lines[0]["model"], lines[0]["model_id"]) == (
        f"starter ({starter().id.short}), part of Saekdong",
        starter().id,
    )
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(line["time"])) for line in lines)
    requests = [(line["level"], line["request_id"], line["route"], line["status"]) for line in lines[1:-1]]
    assert requests == [
        ("info", "order-7", "/invocations", 200),
        ("warning", made, "/invocations", 422),
        ("warning", other, "other", 404),
    ]
    assert "hush" not in log.read_text(encoding="utf-8")


def test_the_level_decides_what_is_logged(tmp_path):
    with serving("starter", "--log-level", "warning", log=tmp_path / "quiet") as service, service.client() as client:
        client.post("/invocations", content=BODY, headers=JSON)
        client.post("/invocations", content=b"{", headers=JSON)
    assert [line["status"] for line in lines_of(tmp_path / "quiet")] == [400]
    with serving("starter", "--log-level", "debug", log=tmp_path / "all") as service, service.client() as client:
        client.get("/ping")
    assert "/ping" in [line.get("route") for line in lines_of(tmp_path / "all")]


def test_figures_tell_of_requests_times_and_colors():
    with serving("starter") as service, service.client() as client:
        for _ in range(3):
            client.post("/invocations", content=BODY, headers=JSON)
        client.post("/invocations", content=b"1,2,3\n4,5,6\n", headers={"Content-Type": "text/csv"})
        client.post("/invocations", content=b"{", headers=JSON)
        client.get("/never/the/same")
        found = figures(client)
    assert found["saekdong_requests_total", "/invocations", "200"] == 4
    assert found["saekdong_requests_total", "/invocations", "400"] == 1
    assert found["saekdong_requests_total", "other", "404"] == 1
    assert found["saekdong_request_seconds_count", "/invocations"] == 5
    assert 0 < found["saekdong_request_seconds_sum", "/invocations"] < 60
    assert found[("saekdong_colors_named_total",)] == 5
    assert found[("saekdong_models_loaded",)] == 1
    assert found[("saekdong_photos_waiting",)] == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sigterm_fails_the_ping_and_finishes_what_is_in_flight(workers):
    with serving("starter", "--workers", workers) as service:
        # Every worker gets a request, since each of them ends as soon as it has none.
        slow = [send_half(service.port) for _ in range(8)]
        with service.client() as client:
            assert client.get("/ping").status_code == 200
            service.process.send_signal(signal.SIGTERM)
            until(lambda: client.get("/ping").status_code == 503)
            until_answered(f"{service.address}/ping", 503)
            assert client.post("/invocations", content=BODY, headers=JSON).status_code == 200
        for connection in slow:
            connection.sendall(BODY[5:])
            assert b"200 OK" in connection.recv(65536)
            connection.close()
        assert service.process.wait(30) == 0


@pytest.mark.slow
def test_a_request_that_never_ends_does_not_keep_the_service():
    with serving("starter") as service:
        stuck = send_half(service.port)
        begun = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - begun < 30
        stuck.close()


def test_workers_count_together_and_are_replaced_when_they_die(tmp_path):
    with serving("starter", "--workers", "2", log=tmp_path / "log") as service:
        before = workers_of(service.process.pid)
        assert len(before) == 2
        for _ in range(40):
            assert httpx.post(f"{service.address}/invocations", content=BODY, headers=JSON).status_code == 200
        with service.client() as client:
            until(lambda: counted(client) >= 40)
            assert figures(client)[("saekdong_models_loaded",)] == 1
        os.kill(before[0], signal.SIGKILL)
        until(lambda: len(now := workers_of(service.process.pid)) == 2 and before[0] not in now)
        service.wait()
        with service.client() as client:
            assert client.post("/invocations", content=BODY, headers=JSON).status_code == 200
            until(lambda: counted(client) >= 41)
            assert counted(client) == 41
    assert {line["message"] for line in lines_of(tmp_path / "log")} >= {"serving", "request", "stopped"}


def counted(client: httpx.Client) -> float:
    """Return how many requests are counted; a worker reports its own to the others in moments."""
    return figures(client)["saekdong_requests_total", "/invocations", "200"]


def workers_of(parent: int) -> list[int]:
    """Return the ids of a process's spawned workers."""
    found = []
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        command = Path(f"/proc/{child}/cmdline")
        if command.exists() and b"spawn_main" in command.read_bytes():
            found.append(int(child))
    return found


def test_a_service_of_one_worker_is_one_process():
    with serving("starter") as service:
        assert Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text() == ""


def test_a_port_in_use_is_told(saekdong):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        run = saekdong("serve", "starter", "--port", str(taken.getsockname()[1]))
    assert run.returncode == 2
    assert re.fullmatch(r"saekdong: cannot listen on .*: Address already in use; choose .*--port\n", run.stderr)


def test_an_abandoned_photo_frees_its_place():
    """More abandoned photos than may wait, and a last one that is answered."""
    stream = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (1500, 1500, 3), dtype=np.uint8)
    Image.fromarray(noise).save(stream, "PNG", compress_level=1)
    photo = stream.getvalue()
    headers = f"Host: localhost\r\nContent-Type: image/png\r\nContent-Length: {len(photo)}\r\n"
    head = f"POST /invocations HTTP/1.1\r\n{headers}\r\n"
    with serving("starter") as service, service.client() as client:

        def abandon() -> None:
            with socket.create_connection(("127.0.0.1", service.port)) as connection:
                connection.sendall(head.encode() + photo)
                connection.shutdown(socket.SHUT_WR)

        senders = [threading.Thread(target=abandon) for _ in range(40)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        until(lambda: figures(client)[("saekdong_photos_waiting",)] == 0)
        answer = client.post("/invocations", content=photo, headers={"Content-Type": "image/png"})
        assert answer.status_code == 200


def test_what_goes_wrong_inside_is_logged_and_told_without_details(caplog):
    async def broken(*_: object) -> None:
        raise ValueError("hush")

    messages = run_middleware(broken)
    assert messages[0]["status"] == 500
    assert b"hush" not in messages[1]["body"]
    (record,) = caplog.records
    assert record.fields["request_id"] == dict(messages[0]["headers"])[b"x-request-id"].decode()
    assert "hush" in caplog.text


def run_middleware(app: ASGIApp) -> list[Any]:
    """Return what the middleware around an app answers."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    asyncio.run(RequestLogMiddleware(app, Traffic(), RequestLog())(scope, receive, send))
    return sent
