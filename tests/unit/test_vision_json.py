"""Requests to Google Cloud Vision in JSON: protobuf's own reader is the oracle."""

import base64
import json

import pytest
from google.cloud import vision
from google.protobuf import json_format
from google.protobuf.message import Message
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from saekdong.entrance.errors import RequestError
from saekdong.serving.vision import protobuf_json as pb
from saekdong.serving.vision.annotate import FEATURES, Feature, ImageRequest
from saekdong.serving.vision.field_mask import masked, paths_of
from saekdong.serving.vision.rest import read_requests

Batch = vision.BatchAnnotateImagesRequest.pb()
INT32 = st.integers(-(1 << 31), (1 << 31) - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)

sources = st.fixed_dictionaries({}, optional={"image_uri": TEXT, "gcs_image_uri": TEXT})
images = st.fixed_dictionaries({}, optional={"content": st.binary(max_size=40), "source": sources})
features = st.fixed_dictionaries(
    {}, optional={"type_": st.sampled_from([*FEATURES.values()]) | INT32, "max_results": INT32, "model": TEXT}
)
contexts = st.fixed_dictionaries(
    {}, optional={"language_hints": st.lists(TEXT, max_size=2), "crop_hints_params": st.just({"aspect_ratios": [0.5]})}
)
requests = st.fixed_dictionaries(
    {}, optional={"image": images, "features": st.lists(features, max_size=3), "image_context": contexts}
)
batches = st.fixed_dictionaries(
    {},
    optional={
        "requests": st.lists(requests, max_size=3),
        "parent": TEXT,
        "labels": st.dictionaries(TEXT, TEXT, max_size=2),
    },
)


def read_by_protobuf(message: Message) -> list[ImageRequest]:
    return [
        ImageRequest(
            request.image.content,
            request.image.source.image_uri or request.image.source.gcs_image_uri,
            [Feature(feature.type_, feature.max_results) for feature in request.features],
        )
        for request in message.requests
    ]


def renamed(content: object) -> object:
    """Return JSON with proto-plus's `type_` as the API has it, `type`."""
    if isinstance(content, list):
        return [renamed(each) for each in content]
    if isinstance(content, dict):
        return {"type" if key == "type_" else key: renamed(each) for key, each in content.items()}
    return content


def rewritten(content: object, safe: bool, padded: bool, texts: bool) -> object:
    """Return JSON with base64 in another alphabet and numbers as text, as protobuf lets them be written."""
    if isinstance(content, list):
        return [rewritten(each, safe, padded, texts) for each in content]
    if not isinstance(content, dict):
        return str(content) if texts and isinstance(content, int) else content
    result = {key: rewritten(each, safe, padded, texts) for key, each in content.items()}
    if isinstance(result.get("content"), str):
        encode = base64.urlsafe_b64encode if safe else base64.b64encode
        written = encode(base64.b64decode(result["content"])).decode()
        result["content"] = written if padded else written.rstrip("=")
    return result


@pytest.mark.slow
@given(batches, *[st.booleans()] * 6)
@settings(max_examples=150)
def test_whatever_protobuf_writes_is_read_as_it_reads_it(batch, names, numbers, defaults, safe, padded, texts):
    message = Batch()
    json_format.ParseDict(json_format.MessageToDict(vision.BatchAnnotateImagesRequest(batch)._pb), message)
    written = json_format.MessageToJson(
        message,
        preserving_proto_field_name=names,
        use_integers_for_enums=numbers,
        always_print_fields_with_no_presence=defaults,
    )
    content = rewritten(renamed(json.loads(written)), safe, padded, texts)
    assert read_requests(content) == read_by_protobuf(message)


VALUES = (
    st.none()
    | st.booleans()
    | INT32
    | st.integers()
    | st.floats()
    | st.sampled_from(
        ["", "3", "-7", "3.0", "1e2", "2.5", " 3", "IMAGE_PROPERTIES", "CATS", "2147483648", "QUI=", "QUI", "-_8", "a"]
    )
    | st.just([])
    | st.just({})
    | st.just([None])
)
FIELDS = {
    "image": ["content", "source", "Content"],
    "source": ["imageUri", "image_uri", "gcs_image_uri", "uri"],
    "features": ["type", "maxResults", "max_results", "model", "kind"],
}


def overlooked(field: str, value: object) -> bool:
    """Return whether Python's library takes what protobuf's rules, and Google, refuse."""
    if field == "type":
        # It cuts numbers of more than 32 bits off, so that -4294967284 is 12.
        is_long = isinstance(value, int) and not -(1 << 31) <= value < 1 << 31
        return isinstance(value, bool | float) or value == " 3" or is_long
    if field == "source":
        return not isinstance(value, dict | None)
    return field == "content" and value not in (None, "", "QUI", "QUI=", "-_8", "IMAGE_PROPERTIES", "CATS")


@pytest.mark.slow
@given(st.sampled_from(sorted(FIELDS)), st.data())
@settings(max_examples=400)
def test_what_protobuf_refuses_is_refused_and_nothing_else(part, data):
    field, value = data.draw(st.sampled_from(FIELDS[part])), data.draw(VALUES)
    assume(not overlooked(field, value))
    inner = {field: value}
    request = (
        {"features": [inner]} if part == "features" else {"image": {"source": inner} if part == "source" else inner}
    )
    content = {"requests": [request]}
    try:
        expected = json_format.ParseDict(content, Batch())
    except json_format.ParseError:
        with pytest.raises(RequestError, match=r"requests\[0\]") as refused:
            read_requests(content)
        assert refused.value.status == 400
    else:
        assert read_requests(content) == read_by_protobuf(expected)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "Invalid value at 'the body' (TYPE_MESSAGE), null"),
        ({"requests": {}}, "Invalid value at 'requests' (TYPE_LIST), {}"),
        ({"requests": [None]}, "Invalid value at 'requests[0]' (TYPE_MESSAGE), null"),
        (
            {"requests": [{"features": [{"typ": 7}]}]},
            "Invalid JSON payload received. Unknown name \"typ\" at 'requests[0].features[0]': Cannot find field.",
        ),
        (
            {"requests": [{"features": [{"maxResults": "many"}]}]},
            "Invalid value at 'requests[0].features[0].max_results' (TYPE_INT32), \"many\"",
        ),
        (
            {"requests": [{"image": {"content": "data:image/png;base64,iVBO"}}]},
            "Invalid value at 'requests[0].image.content' (TYPE_BYTES), "
            'Base64 decoding failed for "data:image/png;base64,iVBO"',
        ),
        ({"labels": {"a": 1}}, "Invalid value at 'labels[a]' (TYPE_STRING), 1"),
        ({"parent": "\ud800"}, "Invalid value at 'parent' (TYPE_STRING), \"\\ud800\""),
    ],
)
def test_refusals_say_where_and_what_as_google_does(content, told):
    with pytest.raises(RequestError) as refused:
        read_requests(content)
    assert refused.value.message == told


@given(st.binary(max_size=100), st.booleans(), st.integers(1, 80))
def test_base64_is_read_in_either_alphabet_padded_or_not_and_on_several_lines(content, safe, width):
    written = (base64.urlsafe_b64encode if safe else base64.b64encode)(content).decode()
    for text in (
        written,
        written.rstrip("="),
        "\r\n".join(written[i : i + width] for i in range(0, len(written), width)),
    ):
        assert pb.base64_bytes(text, "here") == content


@pytest.mark.parametrize("text", ["a", "QUJDa", "QU=JD", "*", "QUJD*", "가", "=QUJ"])
def test_what_is_not_base64_is_refused(text):
    with pytest.raises(RequestError, match="Base64 decoding failed"):
        pb.base64_bytes(text, "here")


COLORS = [{"color": {"red": 1, "green": 2, "blue": 3}, "score": 0.5, "pixelFraction": 0.25}]
ANSWER = {
    "responses": [
        {"imagePropertiesAnnotation": {"dominantColors": {"colors": COLORS}}},
        {"error": {"code": 3, "message": "Bad image data."}},
    ]
}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("", ANSWER),
        ("*", ANSWER),
        ("responses", ANSWER),
        ("responses,responses/error", ANSWER),
        ("responses(error/code)", {"responses": [{}, {"error": {"code": 3}}]}),
        ("responses.*.code", {"responses": [{"imagePropertiesAnnotation": {}}, {"error": {"code": 3}}]}),
        ("responses/label_annotations/description", {"responses": [{}, {}]}),
        (
            "responses.image_properties_annotation.dominant_colors.colors.color.red, responses(error(code))",
            {
                "responses": [
                    {"imagePropertiesAnnotation": {"dominantColors": {"colors": [{"color": {"red": 1}}]}}},
                    {"error": {"code": 3}},
                ]
            },
        ),
    ],
)
def test_a_mask_selects_parts_of_the_answer(fields, expected):
    assert masked(ANSWER, fields) == expected


@pytest.mark.parametrize("fields", ["response", "responses/colors", "responses(error(kind))", "responses/error/code/x"])
def test_a_mask_of_what_no_answer_has_is_refused(fields):
    with pytest.raises(RequestError, match="Cannot find matching fields"):
        masked(ANSWER, fields)


@pytest.mark.slow
@given(st.text("ab*/.,() ", max_size=12) | st.lists(st.sampled_from(["responses", "error", *"*/.,()"])).map("".join))
@example("(" * 5000)
@example("responses(" * 190)
@settings(max_examples=500)
def test_a_mask_is_read_or_refused_whatever_it_is(fields):
    try:
        paths = paths_of(fields)
    except RequestError:
        return
    assert masked(ANSWER, fields).keys() == {"responses"}
    assert paths_of(",".join("/".join(path) for path in paths)) == paths
