"""Google's own client, pointed at `saekdong serve`."""

import base64
from collections.abc import Iterator

import httpx
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import vision

from drawings import COLORS, draw, jpeg, plain
from saekdong.photo import find_palette, palette_to_json, read_photo
from saekdong.photo.palette import SIDE
from serving import serving

PHOTO = jpeg(draw(plain(COLORS["red"][0]), "bag"))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving("starter") as service:
        yield f"127.0.0.1:{service.port}"


@pytest.fixture(scope="module")
def client(address) -> vision.ImageAnnotatorClient:
    return vision.ImageAnnotatorClient(
        credentials=AnonymousCredentials(), transport="rest", client_options={"api_endpoint": f"http://{address}"}
    )


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


def test_other_features_and_addresses_are_told_to_be_missing(client):
    assert client.label_detection(image=vision.Image(content=PHOTO)).error.code == 12
    source = vision.ImageSource(image_uri="http://127.0.0.1/a.jpg")
    assert client.image_properties(image=vision.Image(source=source)).error.code == 3


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", "not JSON"),
        (b"[]", "No requests"),
        (b'{"requests": 3}', "No requests"),
        (b'{"requests": [3]}', "No requests"),
        (b'{"requests": [' + b",".join([b"{}"] * 17) + b"]}", "Too many images"),
    ],
)
def test_a_wrong_request_gets_googles_error(address, body, told):
    answer = httpx.post(f"http://{address}/v1/images:annotate", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert told in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"features": [{"type": "IMAGE_PROPERTIES"}]},
        {"features": [], "image": {"content": ""}},
        {"features": [{"type": "IMAGE_PROPERTIES"}], "image": {"content": "***"}},
        {"features": [{"type": "IMAGE_PROPERTIES"}], "image": {"content": ""}},
    ],
)
def test_a_request_without_what_it_needs_is_told_in_its_answer(address, request_):
    content = base64.b64encode(PHOTO).decode()
    good = {"features": [{"type": "IMAGE_PROPERTIES"}], "image": {"content": content}}
    answer = httpx.post(f"http://{address}/v1/images:annotate", json={"requests": [request_, good]})
    first, second = answer.json()["responses"]
    assert set(first) == {"error"}
    assert second["imagePropertiesAnnotation"]["dominantColors"]["colors"]
