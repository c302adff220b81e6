"""Capture at `saekdong serve`: what is written of requests, and what happens when disks and processes fail."""

import base64
import fcntl
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer
from prometheus_client.parser import text_string_to_metric_families

from mounts import run_mounted
from ports import free_port
from saekdong.captures import CaptureSettings, Retention, forget_here, forget_on_s3, read_captures
from saekdong.captures.hours import new_file
from saekdong.errors import SaekdongError
from saekdong.loop import Judgment, Lineage, Loop, NewItem
from saekdong.monitoring.figures import watch_figures
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from saekdong.serving import Service, capture, metrics
from saekdong.serving.capture import Capture
from saekdong.tagging import starter
from serving import serving
from waiting import until

PHOTO = jpeg(draw(plain(COLORS["navy"][0]), "mug"))
DIGEST = hashlib.sha256(PHOTO).hexdigest()
COLOR = b'{"r": 31, "g": 42, "b": 82}'


def post(client: httpx.Client, body: bytes, kind: str, event: str, **headers: str) -> httpx.Response:
    more = {"Content-Type": kind, "X-Request-Id": event, **headers}
    return client.post("/invocations", content=body, headers=more).raise_for_status()


def figures(client: httpx.Client) -> dict[str, float]:
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        " ".join([sample.name, *(value for _, value in sorted(sample.labels.items(), reverse=True))]): sample.value
        for each in families
        for sample in each.samples
    }


def text_of(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.rglob("*.jsonl"))


@pytest.fixture(scope="module")
def replies():
    service = Service(starter())
    return [service.answer(b"31,42,82", "text/csv", ""), service.answer(COLOR, "application/json", "")]


def test_each_request_is_a_line_with_its_answer_and_a_photo_is_only_its_digest(tmp_path):
    worded = json.dumps({"photo": base64.b64encode(PHOTO).decode(), "title": "Secret mug"}).encode()
    with (
        serving("starter", "--capture", "100", "--capture-to", str(tmp_path / "shop")) as service,
        service.client() as client,
    ):
        answers = [
            post(client, b"31,42,82", "text/csv", "csv"),
            post(client, COLOR, "Application/JSON; secret=1", "json", Authorization="Bearer hidden"),
            post(client, PHOTO, "image/jpeg", "photo"),
            post(client, worded, "application/json", "worded"),
        ]
        assert client.post("/invocations?hidden=1", content=b"{").status_code >= 400
        assert client.get("/ping?hidden=1").status_code == 200
        until(lambda: text_of(tmp_path).count("\n") == 4)
        counted = figures(client)
    color, named, photo, words = read_captures(tmp_path)
    assert [one.output.content for one in (color, named, photo, words)] == [each.content for each in answers]
    assert {one.endpoint for one in (color, named, photo, words)} == {"shop"}
    assert {one.model for one in (color, named, photo, words)} == {answers[0].headers["X-Saekdong-Model"]}
    assert (color.input.content, color.input.media_type) == (b"31,42,82", "text/csv")
    assert (named.input.content, named.input.media_type) == (COLOR, "application/json")
    assert (photo.input, photo.photo, words.input, words.photo) == (None, DIGEST, None, DIGEST)
    stored = text_of(tmp_path)
    assert not any(hidden in stored for hidden in ("Secret mug", "hidden", "secret", "127.0.0.1"))
    assert counted["saekdong_captures_written_total"] == 4
    assert counted["saekdong_captures_dropped_total queue"] == counted["saekdong_captures_dropped_total disk"] == 0
    short = color.model.short
    assert counted[f"saekdong_predictions_total {short} navy"] == 4


def test_photos_are_captured_if_asked(tmp_path):
    with (
        serving("starter", "--capture=100", "--capture-photos", f"--capture-to={tmp_path}/shop") as service,
        service.client() as client,
    ):
        post(client, PHOTO, "image/jpeg", "photo")
    (photo,) = read_captures(tmp_path)
    assert (photo.input.content, photo.input.media_type, photo.photo) == (PHOTO, "image/jpeg", DIGEST)


def test_a_sample_is_of_the_same_requests_in_each_worker_and_run(tmp_path):
    events = [f"order-{number}" for number in range(300)]
    expected = {event for event in events if capture.is_sampled(event.encode(), 20)}
    with (
        serving("starter", "--capture=20", f"--capture-to={tmp_path}/shop", "--workers=2") as service,
        service.client() as client,
    ):
        for event in events:  # a connection each, so that both workers answer
            post(client, COLOR, "application/json", event, Connection="close")
    assert {one.event for one in read_captures(tmp_path)} == expected
    assert 0.1 < len(expected) / len(events) < 0.3


def test_a_killed_service_leaves_whole_lines_of_all_but_the_last_requests(tmp_path):
    with serving("starter", "--capture=100", f"--capture-to={tmp_path}/shop") as service, service.client() as client:
        for number in range(400):
            post(client, COLOR, "application/json", f"early-{number}")
        until(lambda: "early-399" in text_of(tmp_path))
        for number in range(400):
            post(client, COLOR, "application/json", f"late-{number}")
        service.process.send_signal(signal.SIGKILL)
        service.process.wait()
    problems: list[str] = []
    events = [one.event for one in read_captures(tmp_path, on_problem=problems.append)]
    assert problems == []
    assert events == [*(f"early-{number}" for number in range(400)), *(f"late-{n}" for n in range(len(events) - 400))]
    assert capture.GATHER_SECONDS <= 0.05


def test_expired_files_are_removed_while_serving(tmp_path):
    now = datetime.now(UTC)
    old, young = (new_file(tmp_path / "shop", (now - timedelta(hours=hours)).timestamp()) for hours in (4, 2))
    for path in (old, young):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    with (
        serving("starter", "--capture=100", "--keep=2h", f"--capture-to={tmp_path}/shop") as service,
        service.client() as client,
    ):
        post(client, COLOR, "application/json", "one")
    assert not old.exists()
    assert young.exists()


def test_a_slow_disk_drops_lines_and_never_waits(tmp_path, replies, monkeypatch):
    monkeypatch.setattr(capture, "MOST_HELD", 100_000)
    sink = Capture(tmp_path / "shop", CaptureSettings(100))
    dropped = metrics.CAPTURES_DROPPED.labels("queue")
    before = dropped._value.get()
    sink.take(b"first", b"31,42,82", replies[0])
    until(lambda: text_of(tmp_path))
    (path,) = tmp_path.rglob("*.jsonl")
    with path.open("rb") as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)  # as a disk that does not write
        for number in range(1000):
            sink.take(b"held-%d" % number, COLOR, replies[1])
        lost = dropped._value.get() - before
        assert 0 < lost < 1000
    sink.close()
    events = [one.event for one in read_captures(tmp_path)]
    assert len(events) == 1001 - lost


def test_a_disk_that_fails_is_logged_once_and_counted_and_capture_goes_on(tmp_path, replies, caplog):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "AllTraffic").write_text("in the way")
    sink = Capture(tmp_path / "shop", CaptureSettings(100))
    dropped = metrics.CAPTURES_DROPPED.labels("disk")
    before = dropped._value.get()
    for number in (1, 2, 3):
        sink.take(b"lost-%d" % number, COLOR, replies[1])
        until(lambda number=number: dropped._value.get() - before == number)
    assert [record.message for record in caplog.records] == ["requests are not captured"]
    (tmp_path / "shop" / "AllTraffic").unlink()
    sink.take(b"kept", COLOR, replies[1])
    sink.close()
    assert [one.event for one in read_captures(tmp_path)] == ["kept"]


def test_a_line_that_does_not_fit_on_the_disk_leaves_no_part(tmp_path):
    program = tmp_path / "fill.py"
    program.write_text(
        "import logging, sys, time\n"
        "from pathlib import Path\n"
        "from saekdong.captures import CaptureSettings, read_captures\n"
        "from saekdong.serving import Service, metrics\n"
        "from saekdong.serving.capture import Capture\n"
        "from saekdong.tagging import starter\n"
        "logging.basicConfig(stream=sys.stdout, format='%(message)s %(fields)s')\n"
        "reply = Service(starter()).answer(b'[31, 42, 82]', 'application/json', '')\n"
        "sink = Capture(Path('shop'), CaptureSettings(100))\n"
        "for number in range(2000):\n"
        "    sink.take(b'r-%d' % number, b'[31, 42, 82]', reply)\n"
        "sink.close()\n"
        "problems = []\n"
        "lines = len(list(read_captures('shop', on_problem=problems.append)))\n"
        "text = ''.join(path.read_text() for path in Path('shop').rglob('*.jsonl'))\n"
        "written, dropped = metrics.CAPTURES_WRITTEN, metrics.CAPTURES_DROPPED.labels('disk')\n"
        "print(lines == written._value.get() > 0, lines + dropped._value.get() == 2000)\n"
        "print(text.endswith('}\\n'), problems)\n"
    )
    (tmp_path / "disk").mkdir()
    command = f"{sys.executable} ../fill.py"
    (run,) = run_mounted(
        f"mount -t tmpfs -o size=600k tmpfs {tmp_path}/disk", tmp_path / "disk", [["sh", "-c", command]]
    )
    assert run.stdout.splitlines() == [
        "requests are not captured {'error': '[Errno 28] No space left on device'}",
        "True True",
        "True []",
    ], run.stderr


def test_a_photo_is_forgotten_while_its_endpoint_goes_on(tmp_path):
    with serving("starter", "--capture=100", f"--capture-to={tmp_path}/shop") as service, service.client() as client:
        post(client, PHOTO, "image/jpeg", "photo")
        post(client, COLOR, "application/json", "before")
        until(lambda: text_of(tmp_path).count("\n") == 2)
        assert forget_here(tmp_path, photos=[DIGEST]) == 1
        post(client, COLOR, "application/json", "after")
        until(lambda: "after" in text_of(tmp_path))
    assert sorted(one.event for one in read_captures(tmp_path)) == ["after", "before"]


def test_a_folder_that_cannot_be_written_is_reported_at_the_start(tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "AllTraffic").touch()
    command = [sys.executable, "-m", "saekdong", "serve", "starter", "--capture=100", f"--capture-to={tmp_path}/taken"]
    run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LANG": "C.UTF-8"})
    assert run.returncode == 2
    assert f"saekdong: cannot write {tmp_path}/taken/AllTraffic" in run.stderr


@pytest.fixture
def bucket(monkeypatch):
    server = ThreadedMotoServer(port=free_port(), verbose=False)
    server.start()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server._port}",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="shop")
    client.put_bucket_versioning(Bucket="shop", VersioningConfiguration={"Status": "Enabled"})
    yield client
    client.close()
    server.stop()


def test_captures_on_s3_are_read_and_forgotten_as_those_here(tmp_path, replies, bucket):
    sink = Capture(tmp_path / "shop", CaptureSettings(100, Retention(), photos=True))
    sink.take(b"color", COLOR, replies[1])
    sink.take(b"photo", PHOTO, Service(starter()).answer(PHOTO, "image/jpeg", ""))
    sink.close()
    (path,) = tmp_path.rglob("*.jsonl")
    key = f"captures/{path.relative_to(tmp_path).as_posix()}"
    bucket.put_object(Bucket="shop", Key=key, Body=path.read_bytes())
    bucket.put_object(Bucket="shop", Key="captures/shop/notes.txt", Body=b"other")
    here = list(read_captures(tmp_path))
    assert list(read_captures("s3://shop/captures", client=bucket)) == here
    assert list(read_captures("s3://shop/captures/shop/", until=here[0].time, client=bucket)) == []
    assert forget_on_s3("s3://shop/captures", bucket, photos=[DIGEST]) == 1
    assert [one.event for one in read_captures("s3://shop/captures", client=bucket)] == ["color"]
    assert forget_on_s3("s3://shop/captures", bucket, events=["color"]) == 1
    assert list(read_captures("s3://shop/captures", client=bucket)) == []
    left = bucket.list_object_versions(Bucket="shop")
    assert [one["Key"] for one in left["Versions"]] == ["captures/shop/notes.txt"]
    assert "DeleteMarkers" not in left
    with pytest.raises(SaekdongError):
        list(read_captures("s3://missing/captures", client=bucket))


def test_every_metric_of_the_grafana_dashboard_exists(tmp_path):
    dashboard = json.loads((Path(__file__).parents[2] / "examples" / "grafana.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    named = {name for query in queries for name in re.findall(r"saekdong_[a-z_]+", query)}
    with serving("starter") as service, service.client() as client:
        post(client, COLOR, "application/json", "one")
        families = list(text_string_to_metric_families(client.get("/metrics").text))
    with Loop.open(tmp_path / "loop.db") as loop:  # `serve --catalog` has these too
        loop.alias("mina", "champion", loop.register("mina", "shop", starter().id, b"", Lineage({})), "first")
        items = [NewItem(str(n), "", 0.5, {"red": 0.8}, {"confidence": 0.8, "mean_confidence": 0.8}) for n in range(3)]
        loop.draw("audit", items, starter().id, 10)
        for item in loop.next_items("mina", most=2):
            loop.answer("mina", Judgment("correct", item.item.product, ("red",), ("red",), item=item.number))
        loop.end_run(loop.begin_run("mina", "watch", "2026-11-27").number, {})
        families += watch_figures(loop, starter().id)
    samples = {(sample.name, label) for each in families for sample in each.samples for label in [None, *sample.labels]}
    assert named >= {"saekdong_predictions_total", "saekdong_captures_dropped_total", "saekdong_watch_accuracy"}
    assert named <= {name for name, _ in samples}
    for query in queries:
        (name, *_) = re.findall(r"saekdong_[a-z_]+", query)
        labels = re.findall(r"by \(([a-z, ]+)\)", query)
        assert {(name, label) for listed in labels for label in listed.split(", ")} <= samples, query
