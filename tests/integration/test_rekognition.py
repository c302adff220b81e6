"""Amazon Rekognition: boto3 itself against a small server on this machine, for what its stub passes by."""

import http.server
import io
import json
import threading

import boto3
import pytest
from botocore.config import Config
from PIL import Image

from saekdong.errors import SaekdongError
from saekdong.photo.services import Rekognition
from saekdong.photo.sources import Source

COLORS = [{"Red": 9, "Green": 8, "Blue": 7, "PixelPercent": 100.0}]
GOOD = 200, json.dumps({"ImageProperties": {"DominantColors": COLORS}}).encode()


def photo():
    file = io.BytesIO()
    Image.new("RGB", (60, 60), "navy").save(file, "PNG")
    return Source("a.png", file.getvalue)


@pytest.fixture
def service():
    """What the server says, in turn, the last for good; and how often it was asked."""

    class Handler(http.server.BaseHTTPRequestHandler):
        said = ()
        requests = 0

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            status, body = Handler.said[min(Handler.requests, len(Handler.said) - 1)]
            Handler.requests += 1
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    Handler.address = f"http://127.0.0.1:{server.server_port}"
    yield Handler
    server.shutdown()
    server.server_close()


@pytest.fixture
def source(service, tmp_path):
    client = boto3.client(
        "rekognition",
        endpoint_url=service.address,
        region_name="eu-west-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",  # noqa: S106
        config=Config(retries={"mode": "standard", "total_max_attempts": 2}),
    )
    yield Rekognition(tmp_path / "cache", 10, lambda: client)
    client.close()


def only(source):
    ((_, answer),) = source.palettes([photo()])
    return answer


def test_a_passing_fault_is_tried_again(service, source):
    service.said = [(503, b"<html>"), GOOD]
    assert only(source)[0].red == 9
    assert service.requests == 2
    assert only(source)[0].red == 9
    assert service.requests == 2


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (503, b"<html>", "unavailable"),
        (400, b'{"__type": "ThrottlingException", "message": "slower"}', "quota"),
    ],
)
def test_after_the_last_attempt_it_is_told(service, source, status, body, code):
    service.said = [(status, body)]
    assert only(source).code == code
    assert service.requests == 2


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"\xff\xfe", b"[1]", b'"text"', b"{}", b'{"ImageProperties": 3}', b'{"ImageProperties": []}'],
)
def test_an_answer_that_is_rubbish_is_told_and_not_kept(service, source, tmp_path, body):
    service.said = [(200, body)]
    assert only(source).code == "unavailable"
    assert not list(tmp_path.rglob("*/*.json"))


def test_who_may_not_ask_is_told_how_to(service, source):
    service.said = [(400, b'{"__type": "AccessDeniedException", "Message": "not authorized"}')]
    with pytest.raises(SaekdongError, match=r"not authorized; .*rekognition:DetectLabels"):
        only(source)
    assert service.requests == 1
