"""Google Cloud Vision: its own client, over REST, against a small server on this machine that answers as it does."""

import base64
import http.server
import io
import json
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import vision
from google.cloud.vision_v1.services.image_annotator.transports import ImageAnnotatorRestTransport
from PIL import Image

from saekdong.errors import SaekdongError
from saekdong.photo.palette import SIDE, find_palette, palette_to_json
from saekdong.photo.reading import PhotoError, read_photo
from saekdong.photo.services import GoogleVision
from saekdong.photo.services.google_vision import VisionPatience
from saekdong.photo.sources import Source

HURRIED = VisionPatience(first=0.01, longest=0.02, whole=0.3, answer=5)


def encode(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def flat(shade, kind="PNG", size=(20, 20)):
    return encode(Image.new("RGB", size, (shade, 40, 200 - shade)), kind)


def noise(side, kind="PNG", **options):
    pixels = np.random.default_rng(side).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return encode(Image.fromarray(pixels), kind, **options)


def photos(*contents):
    return [Source(f"{place}.png", lambda content=content: content) for place, content in enumerate(contents)]


def error(status, message, name):
    return status, {"error": {"code": status, "message": message, "status": name}}


def annotated(content):
    photo = read_photo(content, SIDE)
    colors = palette_to_json(find_palette(photo.pixels, photo.alpha))
    return {"imagePropertiesAnnotation": {"dominantColors": {"colors": colors}}}


def all_annotated(contents):
    return 200, {"responses": [annotated(content) for content in contents]}


class Service:
    """What the server got, and what it says: `answer` makes a status and a body of the photos of one request."""

    def __init__(self):
        self.requests = []
        self.bodies = []
        self.answer = all_annotated

    def take(self, path, body):
        assert path.startswith("/v1/images:annotate")
        requests = json.loads(body)["requests"]
        self.bodies.append(requests)
        self.requests.append([base64.b64decode(request["image"]["content"]) for request in requests])
        status, said = self.answer(self.requests[-1])
        return status, said if isinstance(said, bytes) else json.dumps(said).encode()

    @property
    def sizes(self):
        return [len(request) for request in self.requests]

    def saying(self, *answers):
        """Give these answers to the first requests, and true ones to the rest."""
        left = list(answers)
        self.answer = lambda contents: left.pop(0) if left else all_annotated(contents)


@pytest.fixture
def service():
    service = Service()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            status, said = service.take(self.path, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    service.host = f"127.0.0.1:{server.server_port}"
    yield service
    server.shutdown()
    server.server_close()


@pytest.fixture
def asked(service, tmp_path):
    """A source that asks the server through the real client."""
    made = []

    def client():
        transport = ImageAnnotatorRestTransport(
            host=service.host, url_scheme="http", credentials=AnonymousCredentials()
        )
        made.append(vision.ImageAnnotatorClient(transport=transport))
        return made[-1]

    def source(colors=10, patience=HURRIED):
        return GoogleVision(tmp_path / "cache", colors, client, patience)

    yield source
    for one in made:
        one.transport.close()


def no_client():
    raise AssertionError("the service is asked")


def cached_only(tmp_path, colors=10):
    return GoogleVision(tmp_path / "cache", colors, no_client)


def code_of(answer):
    assert isinstance(answer, PhotoError)
    assert "\n" not in str(answer)
    return answer.code


def codes(answers):
    return ["" if isinstance(answer, tuple) else code_of(answer) for _, answer in answers]


def cached(tmp_path):
    return sorted((tmp_path / "cache").rglob("*.json"))


# --- what is sent, and what comes back ---------------------------------------------------------------------------


def test_forty_photos_are_three_requests_and_their_palettes_come_in_order(service, asked):
    found = list(asked().palettes(photos(*map(flat, range(40)))))
    assert service.sizes == [16, 16, 8]
    assert [name for name, _ in found] == [f"{place}.png" for place in range(40)]
    assert [palette[0].red for _, palette in found] == list(range(40))
    assert {palette[0].pixel_fraction for _, palette in found} == {1}


def test_only_the_colors_are_asked_for(service, asked):
    list(asked().palettes(photos(flat(1))))
    ((request,),) = service.bodies
    assert request["features"] == [{"type": 7}]  # IMAGE_PROPERTIES
    assert set(request) == {"image", "features"}


def test_answers_come_as_soon_as_their_batch_is_answered(service, asked):
    read = []

    def photo(place):
        return Source(str(place), lambda: read.append(place) or flat(place))

    found = asked().palettes(map(photo, range(40)))
    next(found)
    assert (service.sizes, len(read)) == ([16], 16)


def test_a_request_holds_no_more_than_eight_megabytes(service, asked):
    large = [noise(980 + place) for place in range(4)]  # about 3 MB each
    assert codes(asked().palettes(photos(*large))) == [""] * 4
    assert service.sizes == [2, 2]
    assert all(sum(len(base64.b64encode(content)) for content in request) < 8_100_000 for request in service.requests)
    assert service.requests[0] == large[:2]


def test_a_photo_of_more_than_four_megabytes_is_sent_smaller(service, asked):
    assert codes(asked().palettes(photos(noise(1700)))) == [""]
    ((sent,),) = service.requests
    with Image.open(io.BytesIO(sent)) as image:
        assert (image.format, image.size) == ("JPEG", (1600, 1600))
    assert len(sent) < 4_000_000


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF"])
def test_what_the_service_takes_is_sent_as_it_is(service, asked, kind):
    content = flat(100, kind)
    list(asked().palettes(photos(content)))
    assert service.requests == [[content]]


def test_other_kinds_are_sent_as_jpegs(service, asked):
    deep = encode(Image.fromarray(np.full((20, 20), 40_000, np.uint16)))
    assert codes(asked().palettes(photos(flat(100, "AVIF"), deep))) == ["", ""]
    ((first, second),) = service.requests
    assert first.startswith(b"\xff\xd8\xff")
    assert read_photo(second, 1).pixels.tolist() == [[[156] * 3]]


def test_colors_are_those_of_the_highest_score_and_all_are_kept(service, asked, tmp_path):
    parts = [
        {"color": {"red": place}, "score": place / 45, "pixelFraction": 0.1} for place in (1, 9, 2, 8, 3, 7, 4, 6, 5, 0)
    ]
    answer = {"imagePropertiesAnnotation": {"dominantColors": {"colors": parts}}}
    service.saying((200, {"responses": [answer]}))
    ((_, palette),) = asked(3).palettes(photos(flat(1)))
    assert [color.red for color in palette] == [9, 8, 7]
    ((_, palette),) = cached_only(tmp_path, 10).palettes(photos(flat(1)))
    assert [color.red for color in palette] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]


# --- what is known is not asked again ----------------------------------------------------------------------------


def test_a_second_run_asks_nothing_and_needs_no_client(service, asked, tmp_path):
    first = list(asked().palettes(photos(*map(flat, range(20)))))
    assert list(cached_only(tmp_path).palettes(photos(*map(flat, range(20))))) == first
    assert service.sizes == [16, 4]
    assert all(path.parent.name == path.name[:2] for path in cached(tmp_path))
    assert (tmp_path / "cache" / ".gitignore").read_text() == "*\n"


def test_a_second_run_does_not_even_import_the_library(asked, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(flat(7))
    list(asked().palettes(photos(flat(7))))
    code = """if True:
        import sys
        from pathlib import Path
        from saekdong.photo import find_photos
        from saekdong.photo.services import GoogleVision
        ((_, palette),) = GoogleVision(Path(sys.argv[1])).palettes(find_photos([sys.argv[2]]))
        print(palette[0].red, {"google", "google.cloud.vision", "boto3", "botocore"} & set(sys.modules))
        """
    run = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "cache", path], capture_output=True, text=True, check=True
    )
    assert run.stdout == "7 set()\n"


def test_only_new_photos_are_asked_for(service, asked):
    list(asked().palettes(photos(*map(flat, range(10)))))
    found = list(asked().palettes(photos(*map(flat, range(30)))))
    assert service.sizes == [10, 16, 4]
    assert [palette[0].red for _, palette in found] == list(range(30))


def test_the_same_photo_is_paid_for_once(service, asked, tmp_path):
    shades = [1, 2, 1, 1, *range(3, 20), 2, 19]
    found = list(asked().palettes(photos(*map(flat, shades))))
    assert [palette[0].red for _, palette in found] == shades
    assert service.sizes == [16, 3]
    assert len(cached(tmp_path)) == 19


@pytest.mark.parametrize("rubbish", [b"", b"{", b"null", b"{}", b'{"colors": []}', b"\xff\xfe", b"[" * 100_000])
def test_a_broken_answer_in_the_cache_is_asked_for_anew(service, asked, tmp_path, rubbish):
    list(asked().palettes(photos(flat(5))))
    (path,) = cached(tmp_path)
    path.write_bytes(rubbish)
    ((_, palette),) = asked().palettes(photos(flat(5)))
    assert palette[0].red == 5
    assert service.sizes == [1, 1]
    assert list(cached_only(tmp_path).palettes(photos(flat(5)))) == [("0.png", palette)]


def test_a_cache_that_cannot_be_written_is_told_before_anything_is_paid_for(service, asked, tmp_path):
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(SaekdongError, match=r"cannot write .*choose a folder"):
        list(asked().palettes(photos(flat(1))))
    assert service.requests == []


# --- what fails --------------------------------------------------------------------------------------------------


def test_photos_that_cannot_be_read_stand_among_the_others_and_are_not_sent(service, asked):
    def missing():
        raise PhotoError("not-found", "there is no such file")

    found = photos(flat(1), b"", b"no image", flat(2))
    found.insert(1, Source("missing.png", missing))
    assert codes(asked().palettes(found)) == ["", "not-found", "empty", "not-an-image", ""]
    assert service.sizes == [2]


@pytest.mark.parametrize(
    "busy",
    [
        error(503, "try again", "UNAVAILABLE"),
        error(500, "oh", "INTERNAL"),
        error(504, "late", "DEADLINE_EXCEEDED"),
        error(429, "slower", "RESOURCE_EXHAUSTED"),
        (502, b"<html>bad gateway</html>"),
    ],
    ids=lambda said: str(said[0]),
)
def test_a_passing_fault_is_tried_again(service, asked, busy):
    service.saying(busy, busy)
    assert codes(asked().palettes(photos(flat(1), flat(2)))) == ["", ""]
    assert service.sizes == [2, 2, 2]


def test_used_up_quota_is_told_for_each_photo_and_nothing_more_is_sent(service, asked):
    list(asked().palettes(photos(flat(39))))
    service.answer = lambda contents: (
        error(429, "Quota exceeded", "RESOURCE_EXHAUSTED") if flat(16) in contents else all_annotated(contents)
    )
    found = list(asked().palettes(photos(*map(flat, range(40)))))
    assert codes(found) == [""] * 16 + ["quota"] * 23 + [""]
    assert "run it again later" in str(found[20][1])
    asked_for = [request[0] for request in service.requests]
    assert flat(32) not in asked_for
    assert asked_for.count(flat(16)) > 1


def test_what_was_answered_before_the_quota_was_used_up_is_kept(service, asked):
    service.answer = lambda contents: (
        error(429, "Quota exceeded", "RESOURCE_EXHAUSTED") if flat(16) in contents else all_annotated(contents)
    )
    list(asked().palettes(photos(*map(flat, range(20)))))
    service.requests.clear()
    service.answer = all_annotated
    assert codes(asked().palettes(photos(*map(flat, range(20))))) == [""] * 20
    assert service.sizes == [4]


def test_a_service_that_stays_away_is_left_alone_after_two_batches(service, asked):
    service.answer = lambda _: error(503, "away", "UNAVAILABLE")
    found = list(asked().palettes(photos(*map(flat, range(50)))))
    assert codes(found) == ["unavailable"] * 50
    assert {request[0] for request in service.requests} == {flat(0), flat(16)}


def test_no_service_at_all(asked, service):
    service.host = "127.0.0.1:1"
    assert codes(asked().palettes(photos(flat(1)))) == ["unavailable"]


@pytest.mark.parametrize(
    ("status", "message", "name"),
    [
        (403, "Cloud Vision API has not been used in project 1 before or it is disabled.", "PERMISSION_DENIED"),
        (403, "The caller does not have permission", "PERMISSION_DENIED"),
        (401, "Request had invalid authentication credentials", "UNAUTHENTICATED"),
    ],
)
def test_who_may_not_ask_is_told_how_to(service, asked, status, message, name):
    service.answer = lambda _: error(status, message, name)
    with pytest.raises(SaekdongError, match="may not be used") as caught:
        list(asked().palettes(photos(flat(1), flat(2))))
    assert not isinstance(caught.value, PhotoError)
    assert status == 401 or message in str(caught.value)
    for fix in ("enable the API", "gcloud auth application-default login", "GOOGLE_APPLICATION_CREDENTIALS"):
        assert fix in caught.value.fix
    assert service.sizes == [2]


def test_missing_credentials_are_told(tmp_path, saekdong):
    (tmp_path / "a.png").write_bytes(flat(1))
    nowhere = {"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "none.json")}
    run = saekdong("palette", "a.png", "--source", "google-vision", env=nowhere)
    assert run.returncode == 2
    assert run.stdout == ""
    assert "none.json" in run.stderr
    assert "gcloud auth application-default login" in " ".join(run.stderr.split())


def test_a_missing_library_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.cloud.vision", None)
    with pytest.raises(SaekdongError, match=r"pip install 'saekdong\[google\]'"):
        list(GoogleVision(tmp_path / "cache").palettes(photos(flat(1))))


def test_the_command_gives_what_is_in_the_workspace_s_cache(tmp_path, saekdong, asked):
    (tmp_path / "0.png").write_bytes(flat(9))
    list(asked().palettes(photos(flat(9))))
    (tmp_path / "cache").rename(tmp_path / "google-vision")
    (tmp_path / "cache").mkdir()
    (tmp_path / "google-vision").rename(tmp_path / "cache" / "google-vision")
    run = saekdong("palette", "0.png", "--source", "google-vision", env={"GOOGLE_APPLICATION_CREDENTIALS": os.devnull})
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["colors"][0]["color"] == {"red": 9, "green": 40, "blue": 191}


@pytest.mark.parametrize(
    ("problem", "code"), [(3, "refused"), (7, "refused"), (8, "quota"), (13, "unavailable"), (14, "unavailable")]
)
def test_an_error_of_one_photo_is_that_photo_s(service, asked, tmp_path, problem, code):
    responses = [annotated(flat(1)), {"error": {"code": problem, "message": "Bad image data."}}, annotated(flat(3))]
    service.saying((200, {"responses": responses}))
    found = list(asked().palettes(photos(flat(1), flat(2), flat(3))))
    assert codes(found) == ["", code, ""]
    assert "Bad image data." in str(found[1][1])
    assert len(cached(tmp_path)) == 2


def test_a_refused_photo_is_asked_for_once_a_run(service, asked):
    refusal = {"error": {"code": 3, "message": "Bad image data."}}
    service.answer = lambda contents: (200, {"responses": [refusal] * len(contents)})
    assert codes(asked().palettes(photos(*map(flat, range(16)), flat(3)))) == ["refused"] * 17
    assert service.sizes == [16]


def test_an_answer_without_colors_is_a_refusal(service, asked, tmp_path):
    service.saying((200, {"responses": [{}]}))
    assert codes(asked().palettes(photos(flat(1)))) == ["refused"]
    assert cached(tmp_path) == []


def test_a_request_refused_as_a_whole_is_halved_until_the_photo_at_fault_stands_alone(service, asked, tmp_path):
    service.answer = lambda contents: (
        error(400, "Request must specify image", "INVALID_ARGUMENT") if flat(5) in contents else all_annotated(contents)
    )
    found = list(asked().palettes(photos(*map(flat, range(16)))))
    assert codes(found) == ["refused" if place == 5 else "" for place in range(16)]
    assert "Request must specify image" in str(found[5][1])
    assert service.sizes == [16, 8, 4, 4, 2, 1, 1, 2, 8]
    assert len(cached(tmp_path)) == 15


def test_a_quota_used_up_while_halving_ends_it(service, asked):
    service.answer = lambda contents: error(
        *((400, "no", "INVALID_ARGUMENT") if len(contents) == 4 else (429, "slower", "RESOURCE_EXHAUSTED"))
    )
    assert codes(asked().palettes(photos(*map(flat, range(4))))) == ["quota"] * 4
    assert {tuple(request) for request in service.requests[1:]} == {(flat(0), flat(1))}


def test_a_request_too_large_for_what_stands_between_is_halved(service, asked):
    service.answer = lambda contents: (413, b"too large") if len(contents) > 2 else all_annotated(contents)
    assert codes(asked().palettes(photos(*map(flat, range(4))))) == [""] * 4
    assert service.sizes == [4, 2, 2]


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"<html>sign in to the network</html>",
        b"[1, 2]",
        b'"text"',
        b"\xff\xfe",
        b'{"responses": 3}',
        b'{"responses": []}',
        b'{"responses": [{}, {}, {}]}',
    ],
)
def test_an_answer_that_is_rubbish_is_told_and_not_kept(service, asked, tmp_path, said):
    service.answer = lambda _: (200, said)
    assert codes(asked().palettes(photos(flat(1), flat(2)))) == ["unavailable"] * 2
    assert cached(tmp_path) == []


def test_colors_out_of_their_range_are_told_and_not_kept(service, asked, tmp_path):
    colors = [{"color": {"red": 300}, "score": 1, "pixelFraction": 1}]
    service.saying((200, {"responses": [{"imagePropertiesAnnotation": {"dominantColors": {"colors": colors}}}]}))
    assert codes(asked().palettes(photos(flat(1)))) == ["unavailable"]
    assert cached(tmp_path) == []


def test_any_other_refusal_ends_the_run(service, asked):
    service.answer = lambda _: error(404, "no such thing", "NOT_FOUND")
    with pytest.raises(SaekdongError, match=r"cannot be asked: .*no such thing"):
        list(asked().palettes(photos(flat(1))))
