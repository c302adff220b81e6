"""Google's own clients, unmodified, pointed at `saekdong serve`: Python and Node, over REST and gRPC."""

import base64
import io
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import httpx
import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import vision, vision_v1p4beta1
from google.cloud.vision_v1.services.image_annotator.transports import ImageAnnotatorGrpcTransport
from google.cloud.vision_v1p4beta1.services.image_annotator.transports import (
    ImageAnnotatorGrpcTransport as BetaGrpcTransport,
)
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from PIL import Image

from ports import free_port
from saekdong.photo import find_palette, palette_to_json, read_photo
from saekdong.photo.palette import SIDE
from saekdong.samples.drawings import COLORS, draw, jpeg, plain
from serving import Serving, serving
from waiting import until

ROOT = Path(__file__).parents[2]
NODE = ROOT / "tests" / "node" / "node_modules"
PHOTO = jpeg(draw(plain(COLORS["red"][0]), "bag"))
PROPERTIES = [{"type_": vision.Feature.Type.IMAGE_PROPERTIES}]
SNIPPETS = re.findall(r"```(python|js|sh)\n(.*?)```", (ROOT / "docs" / "google-vision.md").read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Serving, int]]:
    """The service that these tests share, and its port for gRPC."""
    with serving("starter", "--grpc-port", str(port := free_port())) as service:
        yield service, port


@pytest.fixture(scope="module")
def service(both) -> Serving:
    return both[0]


@pytest.fixture(scope="module")
def grpc_port(both) -> int:
    return both[1]


@pytest.fixture(scope="module")
def address(service) -> str:
    return f"127.0.0.1:{service.port}"


@pytest.fixture(scope="module")
def channel(grpc_port) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(f"127.0.0.1:{grpc_port}") as channel:
        yield channel


@pytest.fixture(scope="module", params=["rest", "grpc"])
def client(request, address, channel) -> vision.ImageAnnotatorClient:
    if request.param == "grpc":
        return vision.ImageAnnotatorClient(transport=ImageAnnotatorGrpcTransport(channel=channel))
    return vision.ImageAnnotatorClient(
        credentials=AnonymousCredentials(), transport="rest", client_options={"api_endpoint": f"http://{address}"}
    )


@pytest.fixture
def annotate(address) -> Callable[..., httpx.Response]:
    """Send JSON, or a text that is not JSON, to a path of the API."""

    def post(content: object, path: str = "/v1/images:annotate", **options: object) -> httpx.Response:
        body = {"content": content} if isinstance(content, bytes) else {"json": content}
        return httpx.post(f"http://{address}{path}", **body, **options, timeout=60)

    return post


def asked(*features: str | int, content: bytes = PHOTO) -> dict[str, object]:
    """Return a request in JSON."""
    encoded = base64.b64encode(content).decode()
    return {"requests": [{"image": {"content": encoded}, "features": [{"type": each} for each in features]}]}


def test_the_client_gets_the_local_palette(client):
    answer = client.image_properties(image=vision.Image(content=PHOTO))
    photo = read_photo(PHOTO, SIDE)
    expected = palette_to_json(find_palette(photo.pixels, photo.alpha))
    colors = answer.image_properties_annotation.dominant_colors.colors
    assert not answer.error.code
    assert [(c.color.red, c.color.green, c.color.blue) for c in colors] == [
        (c["color"]["red"], c["color"]["green"], c["color"]["blue"]) for c in expected
    ]
    assert [c.score for c in colors] == pytest.approx([c["score"] for c in expected])
    assert [c.pixel_fraction for c in colors] == pytest.approx([c["pixelFraction"] for c in expected])


def test_a_batch_answers_each_photo_and_tells_of_the_bad_one(client):
    contents = [PHOTO, b"no photo", PHOTO]
    asked = [
        {"image": {"content": content}, "features": [{"type_": vision.Feature.Type.IMAGE_PROPERTIES, "max_results": 3}]}
        for content in contents
    ]
    answers = client.batch_annotate_images(requests=asked).responses
    assert [len(each.image_properties_annotation.dominant_colors.colors) for each in answers] == [3, 0, 3]
    assert answers[1].error.code == 3
    assert "not an image" in answers[1].error.message


def test_other_features_and_addresses_get_googles_errors(client):
    assert client.label_detection(image=vision.Image(content=PHOTO)).error.code == 12
    for source in ({"image_uri": "http://127.0.0.1/a.jpg"}, {"gcs_image_uri": "gs://shop/a.jpg"}):
        answer = client.image_properties(image=vision.Image(source=source))
        assert (answer.error.code, "download the content" in answer.error.message) == (7, True)
    both = vision.Image(content=PHOTO, source={"image_uri": "http://127.0.0.1/a.jpg"})
    assert client.image_properties(image=both).image_properties_annotation.dominant_colors.colors


def test_the_palette_is_answered_beside_other_features(client):
    kinds = vision.Feature.Type
    features = [{"type_": kinds.LABEL_DETECTION}, {"type_": kinds.IMAGE_PROPERTIES}, {"type_": kinds.CROP_HINTS}]
    answer = client.annotate_image({"image": {"content": PHOTO}, "features": features})
    assert answer.image_properties_annotation.dominant_colors.colors
    assert answer.error.code == 12
    assert answer.error.message == "Not detected here: LABEL_DETECTION, CROP_HINTS; only IMAGE_PROPERTIES is."


def test_too_much_at_once_is_refused_as_google_does(client):
    with pytest.raises(exceptions.BadRequest, match="Too many images per request: 17"):
        client.batch_annotate_images(requests=[{}] * 17)
    with pytest.raises(exceptions.BadRequest, match="No requests"):
        client.batch_annotate_images(requests=[])
    with pytest.raises((exceptions.ResourceExhausted, exceptions.BadRequest), match="larger than"):
        client.image_properties(image=vision.Image(content=bytes(26 << 20)))


def test_a_parent_is_taken_and_ignored(client):
    for parent in ("projects/shop", "projects/shop/locations/eu"):
        request = {"requests": [{"image": {"content": PHOTO}, "features": PROPERTIES}], "parent": parent}
        assert client.batch_annotate_images(request).responses[0].image_properties_annotation.dominant_colors.colors


def test_the_beta_clients_are_answered_too(address, channel):
    rest = vision_v1p4beta1.ImageAnnotatorClient(
        credentials=AnonymousCredentials(), transport="rest", client_options={"api_endpoint": f"http://{address}"}
    )
    for beta in (rest, vision_v1p4beta1.ImageAnnotatorClient(transport=BetaGrpcTransport(channel=channel))):
        answer = beta.image_properties(image={"content": PHOTO})
        assert answer.image_properties_annotation.dominant_colors.colors


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", "not JSON"),
        (b"[]", "TYPE_MESSAGE"),
        (b"{}", "No requests"),
        (b'{"requests": 3}', "TYPE_LIST"),
        (b'{"requests": [3]}', "requests[0]"),
        (b'{"requests": [{"image": {"content": "***"}}]}', "Base64 decoding failed for"),
        (b'{"request": []}', 'Unknown name "request"'),
        (b'{"requests": [' + b",".join([b"{}"] * 17) + b"]}", "Too many images"),
    ],
)
def test_a_wrong_request_gets_googles_error(annotate, body, told):
    answer = annotate(body)
    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert told in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"features": [{"type": "IMAGE_PROPERTIES"}]},
        {"features": [], "image": {"content": ""}},
        {"features": None, "image": None},
        {"features": [{"type": "IMAGE_PROPERTIES"}], "image": {"content": ""}},
        {"features": [{}], "image": {"content": "QUJD"}},
    ],
)
def test_a_request_without_what_it_needs_is_told_in_its_answer(annotate, request_):
    answer = annotate({"requests": [request_, *asked("IMAGE_PROPERTIES")["requests"]]})
    first, second = answer.json()["responses"]
    assert set(first) == {"error"}
    assert first["error"]["code"] == 3
    assert second["imagePropertiesAnnotation"]["dominantColors"]["colors"]


def test_a_mask_in_the_query_or_a_header_selects_the_answers_fields(annotate):
    fields = "responses/imagePropertiesAnnotation/dominantColors/colors/score"
    for how in (
        {"params": {"fields": fields}},
        {"params": {"$fields": fields}},
        {"headers": {"X-Goog-FieldMask": fields}},
    ):
        (answer,) = annotate(asked(7), **how).json()["responses"]
        colors = answer["imagePropertiesAnnotation"]["dominantColors"]["colors"]
        assert {name for color in colors for name in color} == {"score"}
    refused = annotate(asked(7), params={"fields": "response"})
    assert (refused.status_code, refused.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_a_mask_is_read_over_grpc_too(channel):
    client = vision.ImageAnnotatorClient(transport=ImageAnnotatorGrpcTransport(channel=channel))
    answer = client.annotate_image(
        {"image": {"content": PHOTO}, "features": [*PROPERTIES, {"type_": 4}]},
        metadata=[("x-goog-fieldmask", "responses.error.code")],
    )
    assert answer == vision.AnnotateImageResponse(error={"code": 12})


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/v1/images:annotate", 405, "UNIMPLEMENTED"),
        ("PUT", "/v1/projects/shop/images:annotate", 405, "UNIMPLEMENTED"),
        ("POST", "/v1/images:asyncBatchAnnotate", 404, "NOT_FOUND"),
        ("POST", "/v1p4beta1/files:annotate", 404, "NOT_FOUND"),
        ("GET", "/v1", 404, "NOT_FOUND"),
        ("POST", "/v1/images:annotate?alt=proto", 400, "INVALID_ARGUMENT"),
    ],
)
def test_errors_below_v1_have_googles_shape(address, method, path, status, name):
    answer = httpx.request(method, f"http://{address}{path}", json={} if method == "POST" else None)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (status, status, name)
    assert error["message"]
    assert answer.headers.get("allow") == ("POST, OPTIONS" if status == 405 else None)


def test_errors_elsewhere_keep_their_own_shape(address):
    for method, path, code in (("GET", "/invocations", "method-not-allowed"), ("GET", "/v10", "not-found")):
        assert httpx.request(method, f"http://{address}{path}").json()["error"]["code"] == code


def test_other_methods_and_broken_messages_get_grpcs_errors(channel):
    client = vision.ImageAnnotatorClient(transport=ImageAnnotatorGrpcTransport(channel=channel))
    with pytest.raises(exceptions.MethodNotImplemented):
        client.batch_annotate_files(requests=[])
    call = channel.unary_unary("/google.cloud.vision.v1.ImageAnnotator/BatchAnnotateImages")
    with pytest.raises(grpc.RpcError) as broken:
        call(b"\xff")
    assert broken.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_the_message_limit_holds_for_what_is_unpacked(channel):
    call = channel.unary_unary("/google.cloud.vision.v1.ImageAnnotator/BatchAnnotateImages")
    with pytest.raises(grpc.RpcError) as refused:
        call(bytes(60 << 20), compression=grpc.Compression.Gzip)
    assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_requests_over_grpc_have_an_id_and_are_counted(address, channel):
    call = channel.unary_unary("/google.cloud.vision.v1.ImageAnnotator/BatchAnnotateImages")
    request = vision.BatchAnnotateImagesRequest.serialize(
        vision.BatchAnnotateImagesRequest(requests=[{"image": {"content": PHOTO}, "features": PROPERTIES}])
    )
    _, done = call.with_call(request, metadata=[("x-request-id", "order-7")])
    assert dict(done.trailing_metadata())["x-request-id"] == "order-7"
    line = r'saekdong_requests_total\{route="/google.cloud.vision.v1.ImageAnnotator/BatchAnnotateImages",status="200"\}'
    assert re.search(line, httpx.get(f"http://{address}/metrics").text)


def test_the_health_service_says_what_ping_says(channel):
    check = HealthStub(channel).Check
    for name in ("", "google.cloud.vision.v1.ImageAnnotator"):
        assert check(HealthCheckRequest(service=name)).status == HealthCheckResponse.SERVING
    with pytest.raises(grpc.RpcError) as unknown:
        check(HealthCheckRequest(service="shop"))
    assert unknown.value.code() == grpc.StatusCode.NOT_FOUND


@pytest.fixture(scope="module")
def slow_request() -> bytes:
    """A request whose photos take about a second."""
    stream = io.BytesIO()
    Image.new("RGB", (4000, 4000), "navy").save(stream, "PNG")
    requests = [{"image": {"content": stream.getvalue()}, "features": PROPERTIES}] * 4
    return vision.BatchAnnotateImagesRequest.serialize(vision.BatchAnnotateImagesRequest(requests=requests))


def waiting(address: str) -> float:
    """Return how many photos and large bodies wait or are being read."""
    (figure,) = re.findall(r"^saekdong_photos_waiting (.+)$", httpx.get(f"http://{address}/metrics").text, re.MULTILINE)
    return float(figure)


@pytest.mark.slow
def test_too_many_at_once_are_unavailable_and_clients_that_leave_free_their_place(address, channel, slow_request):
    call = channel.unary_unary("/google.cloud.vision.v1.ImageAnnotator/BatchAnnotateImages")
    calls = [call.future(slow_request) for _ in range(9 * len(os.sched_getaffinity(0)) + 4)]
    codes = threading.Event()
    for each in calls:
        each.add_done_callback(lambda done: done.code() == grpc.StatusCode.UNAVAILABLE and codes.set())
    assert codes.wait(60)
    for each in calls:
        each.cancel()
    until(lambda: waiting(address) == 0)
    assert {each.code() for each in calls} <= {
        grpc.StatusCode.OK,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.UNAVAILABLE,
    }


@pytest.mark.slow
def test_what_is_in_flight_is_answered_before_the_service_stops(slow_request):
    port = free_port()
    with serving("starter", "--grpc-port", str(port)) as service, grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = channel.unary_unary("/google.cloud.vision.v1.ImageAnnotator/BatchAnnotateImages")
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(call, slow_request)
            until(lambda: waiting(f"127.0.0.1:{service.port}") == 1)
            assert service.stop() == 0
            answers = vision.BatchAnnotateImagesResponse.deserialize(answer.result()).responses
    assert [len(each.image_properties_annotation.dominant_colors.colors) for each in answers] == [1] * 4


@pytest.mark.slow
def test_several_workers_share_the_port():
    port = free_port()
    with serving("starter", "--grpc-port", str(port), "--workers", "2"):
        for _ in range(6):
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                client = vision.ImageAnnotatorClient(transport=ImageAnnotatorGrpcTransport(channel=channel))
                answer = client.image_properties(image=vision.Image(content=PHOTO))
                assert answer.image_properties_annotation.dominant_colors.colors


@pytest.mark.slow
def test_grpc_is_loaded_only_if_it_is_served(service):
    with serving("starter") as plain_service:
        annotated = httpx.post(f"{plain_service.address}/v1/images:annotate", json=asked(7), timeout=60)
        assert annotated.status_code == 200
        loaded = Path(f"/proc/{plain_service.process.pid}/maps").read_text()
    assert "cygrpc" not in loaded
    assert "cygrpc" in Path(f"/proc/{service.process.pid}/maps").read_text()


@pytest.mark.slow
def test_a_taken_port_or_a_missing_extra_is_told_before_the_start(saekdong, grpc_port, tmp_path):
    command = ("serve", "starter", "--port", str(free_port()), "--grpc-port")
    taken = saekdong(*command, str(grpc_port))
    assert taken.returncode == 2
    assert f"port {grpc_port}: Address already in use; choose another with --host and --grpc-port" in taken.stderr
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "grpc.py").write_text("raise ImportError('there is no grpc')")
    path = f"{tmp_path / 'site'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    missing = saekdong(*command, str(free_port()), env={"PYTHONPATH": path})
    assert missing.returncode == 2
    assert "pip install 'saekdong[google]'" in missing.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "code"), SNIPPETS, ids=["python-grpc", "python-rest", "node-grpc", "node-rest", "curl"]
)
def test_the_docs_ways_to_switch_work(language, code, address, service, grpc_port, tmp_path):
    (tmp_path / "shirt.jpg").write_bytes(PHOTO)
    code = code.replace("localhost:8080", address).replace("localhost:8081", f"127.0.0.1:{grpc_port}")
    code = code.replace("port: 8080", f"port: {service.port}").replace("port: 8081", f"port: {grpc_port}")
    assert "808" not in code.replace(str(service.port), "").replace(str(grpc_port), "")
    if language == "js":
        assert shutil.which("node"), "node is not installed; run: sh scripts/setup.sh test"
        assert NODE.is_dir(), "Google's client for Node is not installed; run: sh scripts/setup.sh test"
    programs = {"python": [sys.executable, "-c"], "js": ["node", "-e"], "sh": ["sh", "-c"]}
    env = {**os.environ, "NODE_PATH": str(NODE)}
    run = subprocess.run(
        [*programs[language], code], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120
    )
    assert (run.returncode, run.stderr) == (0, "")
    colors = palette_to_json(find_palette(*photo_pixels()))
    if language == "sh":
        assert '"red": {red}, "green": {green}, "blue": {blue}'.format(**colors[0]["color"]) in run.stdout
    else:
        printed = [tuple(map(float, line.split()[:3])) for line in run.stdout.splitlines()]
        assert printed == [tuple(each["color"][name] for name in ("red", "green", "blue")) for each in colors]


def photo_pixels():
    photo = read_photo(PHOTO, SIDE)
    return photo.pixels, photo.alpha
