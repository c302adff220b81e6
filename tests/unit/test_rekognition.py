"""Amazon Rekognition, stubbed: shows what we send and how we read answers, not the service."""

import io
import json
import sys

import boto3
import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError
from botocore.stub import ANY, Stubber
from PIL import Image

from saekdong.errors import SaekdongError
from saekdong.photo.reading import PhotoError
from saekdong.photo.services import Rekognition
from saekdong.photo.sources import Source


def flat(shade, kind="PNG"):
    file = io.BytesIO()
    Image.new("RGB", (60, 60), (shade, 40, 200 - shade)).save(file, kind)
    return file.getvalue()


def photos(*contents):
    return [Source(f"{place}.png", lambda content=content: content) for place, content in enumerate(contents)]


def sent(content=ANY):
    return {
        "Image": {"Bytes": content},
        "Features": ["IMAGE_PROPERTIES"],
        "Settings": {"ImageProperties": {"MaxDominantColors": 12}},
    }


def part(percent, red, green, blue):
    return {"Red": red, "Green": green, "Blue": blue, "HexCode": "#000000", "PixelPercent": percent}


def answer(whole, front=None):
    properties = {"DominantColors": whole, "Quality": {"Brightness": 80.0}}
    return {"ImageProperties": properties | ({} if front is None else {"Foreground": {"DominantColors": front}})}


def one_color(shade):
    return answer([part(100.0, shade, 40, 200 - shade)])


@pytest.fixture
def stub():
    client = boto3.client(
        "rekognition",
        region_name="eu-west-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",  # noqa: S106
    )
    with Stubber(client) as stubber:
        yield stubber
    client.close()


@pytest.fixture
def asked(stub, tmp_path):
    """A source whose client is the stubbed one."""
    return lambda colors=10: Rekognition(tmp_path / "cache", colors, lambda: stub.client)


def no_client():
    raise AssertionError("the service is asked")


def cached(tmp_path):
    return sorted((tmp_path / "cache").rglob("*.json"))


def codes(answers):
    return ["" if isinstance(found, tuple) else found.code for _, found in answers]


def shown(palette):
    return [((color.red, color.green, color.blue), color.score, color.pixel_fraction) for color in palette]


WHITE, NAVY, CREAM = (250, 250, 250), (30, 40, 90), (240, 230, 200)


def test_the_score_is_the_foreground_s_share_of_the_nearest_color(stub, asked):
    whole = [part(70.0, *WHITE), part(20.0, *NAVY), part(10.0, *CREAM)]
    front = [part(50.0, 28, 42, 95), part(10.0, 40, 40, 80), part(20.0, 238, 228, 205)]
    stub.add_response("detect_labels", answer(whole, front), sent(flat(1)))
    ((name, palette),) = asked().palettes(photos(flat(1)))
    assert name == "0.png"
    assert shown(palette) == [(NAVY, 0.75, 0.2), (CREAM, 0.25, 0.1), (WHITE, 0.0, 0.7)]


@pytest.mark.parametrize("front", [None, [], [part(0.0, 1, 2, 3)]])
def test_without_a_foreground_the_score_is_the_share_of_pixels(stub, asked, front):
    stub.add_response("detect_labels", answer([part(15.0, *NAVY), part(60.0, *WHITE)], front), sent())
    ((_, palette),) = asked().palettes(photos(flat(1)))
    assert shown(palette) == [(WHITE, 0.8, 0.6), (NAVY, 0.2, 0.15)]


def test_photos_are_asked_for_one_by_one_in_order_and_the_same_one_once(stub, asked, tmp_path):
    for shade in (1, 2, 3):
        stub.add_response("detect_labels", one_color(shade), sent(flat(shade)))
    found = list(asked().palettes(photos(*map(flat, (1, 2, 1, 3, 3)))))
    assert [palette[0].red for _, palette in found] == [1, 2, 1, 3, 3]
    stub.assert_no_pending_responses()
    again = Rekognition(tmp_path / "cache", 10, no_client).palettes(photos(*map(flat, (1, 2, 1, 3, 3))))
    assert list(again) == found


def test_colors_are_those_of_the_highest_score_and_all_are_kept(stub, asked, tmp_path):
    stub.add_response("detect_labels", answer([part(float(red), red, 0, 0) for red in range(1, 13)]), sent())
    ((_, palette),) = asked(2).palettes(photos(flat(1)))
    assert [color.red for color in palette] == [12, 11]
    ((_, palette),) = Rekognition(tmp_path / "cache", 20, no_client).palettes(photos(flat(1)))
    assert len(palette) == 12
    assert json.loads(cached(tmp_path)[0].read_text())["Quality"] == {"Brightness": 80.0}


@pytest.mark.parametrize("rubbish", ["", "null", "[]", "{}", '{"DominantColors": [1]}', '{"DominantColors": []}'])
def test_a_broken_answer_in_the_cache_is_asked_for_anew(stub, asked, tmp_path, rubbish):
    for _ in range(2):
        stub.add_response("detect_labels", one_color(5), sent())
        ((_, palette),) = asked().palettes(photos(flat(5)))
        assert palette[0].red == 5
        cached(tmp_path)[0].write_text(rubbish)
    stub.assert_no_pending_responses()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_the_service_takes_is_sent_as_it_is(stub, asked, kind):
    stub.add_response("detect_labels", one_color(5), sent(flat(5, kind)))
    assert codes(asked().palettes(photos(flat(5, kind)))) == [""]


class Jpeg:
    """Equal to the bytes of any JPEG of up to 5 MB."""

    def __eq__(self, other):
        return other.startswith(b"\xff\xd8\xff") and len(other) <= 5_000_000

    __hash__ = None


@pytest.mark.parametrize("kind", ["WEBP", "GIF", "TIFF", "BMP", "AVIF", "large"])
def test_other_kinds_and_large_photos_are_sent_as_jpegs(stub, asked, kind):
    content = flat(5) + bytes(5_000_000) if kind == "large" else flat(5, kind)
    stub.add_response("detect_labels", one_color(5), sent(Jpeg()))
    assert codes(asked().palettes(photos(content))) == [""]


def test_photos_that_cannot_be_read_stand_among_the_others_and_are_not_sent(stub, asked):
    stub.add_response("detect_labels", one_color(1), sent(flat(1)))
    stub.add_response("detect_labels", one_color(2), sent(flat(2)))
    found = asked().palettes(photos(flat(1), b"", b"no image", flat(2)))
    assert codes(found) == ["", "empty", "not-an-image", ""]


@pytest.mark.parametrize("name", ["InvalidImageFormatException", "ImageTooLargeException", "InvalidParameterException"])
def test_a_refused_photo_is_told_and_the_run_goes_on(stub, asked, tmp_path, name):
    stub.add_client_error("detect_labels", name, "Request has invalid image format", 400)
    stub.add_response("detect_labels", one_color(2), sent(flat(2)))
    found = list(asked().palettes(photos(flat(1), flat(1), flat(2))))
    assert codes(found) == ["refused", "refused", ""]
    assert "Request has invalid image format" in str(found[0][1])
    assert len(cached(tmp_path)) == 1


@pytest.mark.parametrize("name", ["ThrottlingException", "ProvisionedThroughputExceededException"])
def test_used_up_quota_is_told_for_each_photo_and_nothing_more_is_sent(stub, asked, name):
    stub.add_response("detect_labels", one_color(3), sent())
    assert codes(asked().palettes(photos(flat(3)))) == [""]
    stub.add_client_error("detect_labels", name, "Rate exceeded", 400)
    assert codes(asked().palettes(photos(flat(1), flat(2), flat(3)))) == ["quota", "quota", ""]


def test_a_service_that_stays_away_is_left_alone_after_two_photos(stub, asked):
    for _ in range(2):
        stub.add_client_error("detect_labels", "InternalServerError", "oh", 500)
    assert codes(asked().palettes(photos(*map(flat, range(5))))) == ["unavailable"] * 5
    stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    "name", ["AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException", "OptInRequired"]
)
def test_who_may_not_ask_is_told_how_to(stub, asked, name):
    stub.add_client_error("detect_labels", name, "User is not authorized", 400)
    with pytest.raises(SaekdongError, match="User is not authorized") as caught:
        list(asked().palettes(photos(flat(1))))
    assert not isinstance(caught.value, PhotoError)
    assert '{"Effect": "Allow", "Action": "rekognition:DetectLabels", "Resource": "*"}' in caught.value.fix


def test_any_other_refusal_ends_the_run(stub, asked):
    stub.add_client_error("detect_labels", "ResourceNotFoundException", "no such thing", 400)
    with pytest.raises(SaekdongError, match=r"cannot be asked: .*no such thing"):
        list(asked().palettes(photos(flat(1))))


@pytest.mark.parametrize(
    "said",
    [
        {"ImageProperties": {}},
        {"ImageProperties": {"DominantColors": []}},
    ],
)
def test_an_answer_without_colors_is_a_refusal(stub, asked, tmp_path, said):
    stub.add_response("detect_labels", said, sent())
    assert codes(asked().palettes(photos(flat(1)))) == ["refused"]
    assert cached(tmp_path) == []


@pytest.mark.parametrize("color", [part(100.0, 300, 0, 0), part(0.0, 1, 2, 3), part(900.0, 1, 2, 3), {"Red": 3}])
def test_colors_out_of_their_range_are_told_and_not_kept(stub, asked, tmp_path, color):
    stub.add_response("detect_labels", answer([color]), sent())
    assert codes(asked().palettes(photos(flat(1)))) == ["unavailable"]
    assert cached(tmp_path) == []


class Failing:
    """A client that fails before anything is sent, which the stub cannot."""

    def __init__(self, error):
        self.error = error

    def detect_labels(self, **_):
        raise self.error


@pytest.mark.parametrize(
    "error",
    [
        exceptions.EndpointConnectionError(endpoint_url="https://none"),
        exceptions.ReadTimeoutError(endpoint_url="https://none"),
        exceptions.ConnectionClosedError(endpoint_url="https://none"),
        ResponseParserError("rubbish"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_service_at_all(tmp_path, error):
    source = Rekognition(tmp_path / "cache", 10, lambda: Failing(error))
    assert codes(source.palettes(photos(flat(1)))) == ["unavailable"]


@pytest.mark.parametrize(
    "error",
    [exceptions.NoCredentialsError(), exceptions.TokenRetrievalError(provider="sso", error_msg="expired")],
    ids=lambda error: type(error).__name__,
)
def test_missing_credentials_are_told(tmp_path, error):
    with pytest.raises(SaekdongError, match="aws configure"):
        list(Rekognition(tmp_path / "cache", 10, lambda: Failing(error)).palettes(photos(flat(1))))


@pytest.mark.parametrize("region", [None, ""])
def test_a_missing_region_is_told(tmp_path, saekdong, monkeypatch, region):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "a.png").write_bytes(flat(1))
    bare = {"AWS_CONFIG_FILE": "none", "AWS_SHARED_CREDENTIALS_FILE": "none", "AWS_EC2_METADATA_DISABLED": "true"}
    bare |= {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    bare |= {} if region is None else {"AWS_DEFAULT_REGION": region}
    run = saekdong("palette", "a.png", "--source", "rekognition", env=bare)
    told = " ".join(run.stderr.split())
    assert (run.returncode, run.stdout) == (2, "")
    assert "may not be used" in told
    assert "'aws configure' (keys and region)" in told


def test_a_missing_library_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(SaekdongError, match=r"pip install 'saekdong\[aws\]'"):
        list(Rekognition(tmp_path / "cache").palettes(photos(flat(1))))
