"""The HTTP service, as `saekdong serve` runs it: a process of its own on loopback."""

import base64
import io
import json
import re
import threading
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from saekdong.entrance.errors import RequestError
from saekdong.serving.csv_bodies import csv_colors
from saekdong.serving.service import MOST_PREDICTIONS
from saekdong.tagging import starter
from serving import serving

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serving("starter") as service, service.client() as client:
        yield client


def photo(color: tuple[int, int, int], form: str = "JPEG") -> bytes:
    stream = io.BytesIO()
    picture = Image.new("RGB", (300, 300), "white")
    picture.paste(color, (75, 75, 225, 225))
    picture.save(stream, form)
    return stream.getvalue()


def test_one_color_gets_its_label_and_all_probabilities(client):
    answer = client.post("/invocations", json={"r": 31, "g": 42, "b": 82})
    assert answer.status_code == 200
    prediction = answer.json()
    assert prediction["label"] == "navy"
    assert prediction["probability"] == max(prediction["probabilities"].values())
    assert list(prediction["probabilities"]) == list(starter().vocabulary.ids)


def test_every_body_gives_the_artifacts_own_predictions(client):
    colors = np.random.default_rng(0).integers(0, 256, (50, 3))
    expected = starter().predict(colors).tolist()
    rows = colors.tolist()
    instances = client.post("/invocations", json={"instances": [{"features": row} for row in rows]}).json()
    assert [each["label"] for each in instances["predictions"]] == expected
    lines = "".join(json.dumps({"features": row}) + "\n" for row in rows)
    answer = client.post("/invocations", content=lines, headers={"Content-Type": "application/jsonlines"})
    assert [json.loads(line)["label"] for line in answer.text.splitlines()] == expected
    text = "\n".join(",".join(map(str, row)) for row in rows)
    answer = client.post("/invocations", content=text, headers={"Content-Type": "text/csv", "Accept": "text/csv"})
    assert answer.text.splitlines() == expected
    assert answer.headers["content-type"].startswith("text/csv")
    answer = client.post("/invocations", content=text, headers={"Content-Type": "text/csv; charset=utf-8"})
    assert answer.text.splitlines() == expected
    accept = {"Content-Type": "text/csv", "Accept": "application/json"}
    answer = client.post("/invocations", content=text, headers=accept).json()
    assert [each["label"] for each in answer["predictions"]] == expected


def test_every_answer_names_its_model_and_no_refusal_does(client):
    bodies = [("application/json", b"[1, 2, 3]"), ("text/csv", b"1,2,3\n"), ("image/jpeg", photo((31, 42, 82)))]
    for kind, body in bodies:
        answer = client.post("/invocations", content=body, headers={"Content-Type": kind})
        assert answer.headers["x-saekdong-model"] == starter().id
    assert "x-saekdong-model" not in client.post("/invocations", json={"r": 1}).headers


@pytest.mark.parametrize(
    ("form", "kind"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("PNG", "application/x-image")],
)
def test_a_photo_gets_tags_and_a_palette(client, form, kind):
    answer = client.post("/invocations", content=photo((31, 42, 82), form), headers={"Content-Type": kind}).json()
    assert answer["tags"][0]["label"] == "navy"
    assert {"color", "score", "pixelFraction"} == set(answer["palette"][0])


def test_words_beside_a_photo_choose_its_first_label(client):
    content = base64.b64encode(photo((27, 28, 40))).decode()
    alone = client.post("/invocations", json={"photo": content}).json()
    assert (
        alone == client.post("/invocations", content=photo((27, 28, 40)), headers={"Content-Type": "image/jpeg"}).json()
    )
    worded = client.post("/invocations", json={"photo": content, "title": "네이비 셔츠", "id": "7"}).json()
    assert alone["tags"][0]["source"] == "photo"
    assert (worded["tags"][0]["label"], worded["tags"][0]["source"]) == ("navy", "title")
    assert worded["palette"] == alone["palette"]


@pytest.mark.parametrize(
    ("body", "accept", "status", "problem"),
    [
        ({"photo": "?"}, "", 422, "photo: expected base64"),
        ({"photo": 3}, "", 422, "photo: expected base64"),
        ({"photo": "AAAA"}, "", 422, "not an image"),
        ({"photo": "AAAA", "title": 3}, "", 422, "title: expected a text"),
        ({"photo": "AAAA", "color": "x" * 2001}, "", 422, "color: expected a text of at most 2,000 letters"),
        ({"photo": "AAAA"}, "text/csv", 406, "the answer to a photo is application/json"),
    ],
)
def test_what_is_wrong_with_a_photo_in_json_is_reported(client, body, accept, status, problem):
    answer = client.post("/invocations", json=body, headers={"Accept": accept} if accept else None)
    assert answer.status_code == status
    assert problem in answer.json()["error"]["message"]


def test_a_color_with_a_field_called_photo_is_a_color(client):
    assert client.post("/invocations", json={"r": 31, "g": 42, "b": 82, "photo": "a.jpg"}).json()["label"] == "navy"


@pytest.mark.parametrize(
    ("body", "headers", "status", "told"),
    [
        ("{", JSON, 400, "not JSON: line 1, column 2"),
        ('{"r": 73, "g": 84}', JSON, 422, "the body.b is missing"),
        ('{"r": 73, "g": 84, "b": 256}', JSON, 422, "the body.b is 256"),
        ('{"r": 73, "g": "84", "b": 1}', JSON, 422, 'the body.g is "84"'),
        ('{"r": 1.5, "g": 84, "b": 1}', JSON, 422, "the body.r is 1.5"),
        ('{"r": Infinity, "g": 84, "b": 1}', JSON, 422, "the body.r is Infinity"),
        ('{"r": true, "g": 84, "b": 1}', JSON, 422, "the body.r is true"),
        ("5", JSON, 422, 'expected {"r", "g", "b"}'),
        ("[1, 2, 300]", JSON, 422, "the body[2] is 300"),
        ("[1, 2]", JSON, 422, "the body: expected r, g and b"),
        ("[[1, 2, 3], [1, 2, -3]]", JSON, 422, "the body[1][2] is -3"),
        ('[{"r": 1, "g": 2, "b": 3}, {"r": 1, "g": 2}]', JSON, 422, "the body[1].b is missing"),
        ('{"r": [1, 2], "g": [1, 2], "b": [1, 2.5]}', JSON, 422, "the body.b[1] is 2.5"),
        ('{"r": [1, 2], "g": [1], "b": [1, 2]}', JSON, 422, "the body.g has 1 values, and r has 2"),
        ('{"r": [1, 2], "g": [1, 2], "b": 2}', JSON, 422, "the body.b is 2; expected a list"),
        ('{"inputs": [[1, 2, "3"]]}', JSON, 422, 'inputs[0][2] is "3"'),
        ('{"inputs": {"r": [1], "g": [1], "b": [256]}}', JSON, 422, "inputs.b[0] is 256"),
        ('{"dataframe_records": [{"r": 1, "b": 3}]}', JSON, 422, "dataframe_records[0].g is missing"),
        ('{"dataframe_split": [[1, 2, 3]]}', JSON, 422, 'dataframe_split: expected {"columns"'),
        (
            '{"dataframe_split": {"columns": ["r", "g"], "data": []}}',
            JSON,
            422,
            "dataframe_split.columns: expected one",
        ),
        (
            '{"dataframe_split": {"columns": ["x", "B", "g", "R"], "data": [["", 1, 2, 3], ["", 256, 2, 3]]}}',
            JSON,
            422,
            "dataframe_split.data[1][1] is 256",
        ),
        ('{"dataframe_split": {"data": [[1, 2]]}}', JSON, 422, "dataframe_split.data[0]: expected a list of 3"),
        ('{"instances": 5}', JSON, 422, "instances is not a list"),
        ('{"instances": [[1, 2, -3]]}', JSON, 422, "instances[0][2] is -3"),
        (
            '{"instances": [{"features": [1, 2, 3]}, {"features": [1, 2]}]}',
            JSON,
            422,
            "instances[1].features: expected",
        ),
        ('{"instances": [{"features": [1, 2, -3]}]}', JSON, 422, "instances[0].features[2] is -3"),
        ("[" * 100_000, JSON, 400, "not JSON"),
        ("1,2,3\nr,g,b", {"Content-Type": "text/csv"}, 422, "line 2 is 'r,g,b'"),
        ("1,2,3\n\n1,2,300", {"Content-Type": "text/csv"}, 422, "line 3 is '1,2,300'"),
        ('"1","2","3"\n"1","2","300"', {"Content-Type": "text/csv"}, 422, "line 2 is '1,2,300'"),
        ('1,2,"3', {"Content-Type": "text/csv"}, 422, "line 1 is not CSV"),
        ("R,G,LABEL\n1,2,3", {"Content-Type": "text/csv"}, 422, "line 1 has no column B"),
        ("R,G,R,B\n1,2,3,4", {"Content-Type": "text/csv"}, 422, "line 1 has 2 columns called R"),
        ('LABEL,B,G,R\nnavy,1,2,3\n"na\nvy",1,2.5,3', {"Content-Type": "text/csv"}, 422, "line 3: G is '2.5'"),
        ("COL\n#1f2a5", {"Content-Type": "text/csv"}, 422, "line 2: COL is '#1f2a5'"),
        ('{"features": [1, 2, 3]}\n{', {"Content-Type": "application/jsonlines"}, 400, "line 2 is not JSON"),
        ("x", {"Content-Type": "text/plain"}, 415, "Content-Type text/plain is not known"),
        ('{"r": 1, "g": 1, "b": 1}', {**JSON, "Accept": "image/png"}, 406, "the answer is application/json or"),
        ("no array", {"Content-Type": "application/x-npy"}, 400, "not an array as numpy.save writes it"),
        ("no photo", {"Content-Type": "image/jpeg"}, 422, "not an image"),
        ("", {"Content-Type": "image/jpeg"}, 422, "the file is empty"),
    ],
)
def test_a_wrong_request_is_told_what_and_where(client, body, headers, status, told):
    answer = client.post("/invocations", content=body.encode(), headers=headers)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"code", "message"}
    assert told in answer.json()["error"]["message"]


def test_more_predictions_than_an_answer_holds_are_refused(client):
    body = b"1,2,3\n" * (MOST_PREDICTIONS + 1)
    csv = {"Content-Type": "text/csv"}
    answer = client.post("/invocations", content=body, headers={**csv, "Accept": "application/json"})
    assert answer.status_code == 413
    assert "262,145 colors" in answer.json()["error"]["message"]
    assert client.post("/invocations", content=body, headers=csv).text.count("\n") == MOST_PREDICTIONS + 1


NAVY_AND_WHITE = [[31, 42, 82], [247, 246, 242]]
RECORDS = [dict(zip("rgb", color, strict=True)) for color in NAVY_AND_WHITE]
COLUMNS = {"r": [31, 247], "g": [42, 246], "b": [82, 242]}


@pytest.mark.parametrize(
    "content",
    [
        NAVY_AND_WHITE,
        RECORDS,
        [{"R": 31.0, "G": 42, "B": 82, "LABEL": "navy"}, {"features": [247, 246, 242]}],
        COLUMNS,
        {name.upper(): values for name, values in COLUMNS.items()},
        {"instances": NAVY_AND_WHITE},
        {"instances": RECORDS},
        {"inputs": NAVY_AND_WHITE},
        {"inputs": COLUMNS},
        {"dataframe_records": RECORDS},
        {"dataframe_split": {"columns": ["LABEL", "B", "G", "R"], "data": [["", 82, 42, 31], ["", 242, 246, 247]]}},
        {"dataframe_split": {"index": [0, 1], "columns": [0, 1, 2], "data": NAVY_AND_WHITE}},
        {"dataframe_split": {"data": NAVY_AND_WHITE}},
    ],
    ids=str,
)
def test_json_may_have_the_shape_that_a_client_has_at_hand(client, content):
    answer = client.post("/invocations", json=content)
    assert [each["label"] for each in answer.json()["predictions"]] == ["navy", "white"]


@pytest.mark.parametrize("content", [[31, 42, 82], {"features": [31, 42, 82]}, {"R": 31, "G": 42.0, "B": 82, "x": 1}])
def test_a_single_color_in_any_shape_gets_a_single_prediction(client, content):
    assert client.post("/invocations", json=content).json() == client.post("/invocations", json=RECORDS[0]).json()


@pytest.mark.parametrize("content", [[], {"instances": []}, {"r": [], "g": [], "b": []}, {"dataframe_records": []}])
def test_no_colors_get_no_predictions(client, content):
    assert client.post("/invocations", json=content).json() == {"predictions": []}


@pytest.mark.parametrize(
    "text",
    [
        '"31","42","82"\n"247","246","242"\n',
        "R,G,B,LABEL\n31,42,82,navy\n247,246,242,white\n",
        'NAME,b,LABEL,g,r\r\n"a ""b"", \nc",82,navy,42,31\r\nx,242,white,246,247\r\n',
        ",r,g,b\n0,31.0,42.0,82.0\n1,247.0,246.0,242.0\n",
        "LABEL;COL\nnavy;#1f2a52\nwhite;#f7f6f2\n",
        "\ufeffr\tg\tb\n31\t42\t82\n247\t246\t242",
        "3.100000000000000000e+01,4.200000000000000000e+01,8.2e1\n2.47e+02,2.46E2,242",
    ],
    ids=str,
)
def test_csv_may_be_quoted_or_have_a_header(client, text):
    answer = client.post("/invocations", content=text.encode(), headers={"Content-Type": "text/csv"})
    assert answer.text.splitlines() == ["navy", "white"]


def npy(array: np.ndarray, version: tuple[int, int] | None = None) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version, allow_pickle=True)
    return stream.getvalue()


NPY = {"Content-Type": "application/x-npy"}


@pytest.mark.parametrize("kind", ["u1", "i1", "<i2", ">u4", "<i8", "<f2", ">f4", "<f8"])
@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_arrays_of_whole_numbers_are_colors(client, kind, version):
    colors = np.array([[31, 42, 82], [100, 1, 1]]).astype(kind)
    for array in (colors, np.asfortranarray(colors)):
        answer = client.post("/invocations", content=npy(array, version), headers=NPY)
        assert [each["label"] for each in answer.json()["predictions"]] == starter().predict(colors).tolist()
    one = client.post("/invocations", content=npy(colors[0], version), headers=NPY)
    assert one.json() == client.post("/invocations", json=RECORDS[0]).json()
    none = client.post("/invocations", content=npy(colors[:0], version), headers=NPY)
    assert none.json() == {"predictions": []}


def test_labels_may_be_asked_for_as_an_array(client):
    for sent in (
        {"content": npy(np.array(NAVY_AND_WHITE)), "headers": NPY | {"Accept": "application/x-npy"}},
        {"json": NAVY_AND_WHITE, "headers": {"Accept": "application/x-npy"}},
    ):
        answer = client.post("/invocations", **sent)
        assert answer.headers["content-type"] == "application/x-npy"
        assert np.load(io.BytesIO(answer.content), allow_pickle=False).tolist() == ["navy", "white"]


@pytest.mark.parametrize(
    ("array", "status", "told"),
    [
        (np.array([[1, 2, 256]]), 422, "the array[0][2] is 256"),
        (np.array([[1, 2, 3], [1, -2, 3]], dtype="i1"), 422, "the array[1][1] is -2"),
        (np.array([1.5, 2, 3]), 422, "the array[0] is 1.5"),
        (np.array([[np.nan, 2, np.inf]]), 422, "the array[0][0] is nan"),
        (np.array([[True, False, True]]), 422, "the array is of the type |b1"),
        (np.array([[1j, 2, 3]]), 422, "the array is of the type <c16"),
        (np.array([["1", "2", "3"]]), 422, "the array is of the type <U1"),
        (np.array([[1, 2]]), 422, "the array has the shape (1, 2)"),
        (np.zeros((1, 1, 3)), 422, "the array has the shape (1, 1, 3)"),
        (np.array(5), 422, "the array has the shape ()"),
        (np.array([{}, {}, {}]), 422, "the array is of the type |O"),
        (np.zeros(3, dtype=[("r", "u1")]), 400, "not an array as numpy.save writes it"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_other_arrays_are_refused(client, array, status, told):
    answer = client.post("/invocations", content=npy(array), headers=NPY)
    assert answer.status_code == status
    assert told in answer.json()["error"]["message"]


def test_an_array_s_header_is_not_trusted(client):
    body = npy(np.array(NAVY_AND_WHITE, dtype="u1"))
    for lie in (
        body.replace(b"(2, 3)", b"(999999999, 3)"),
        body[:-1],
        body + b"\0",
        body.replace(b"(2, 3)", b"(3, 3)"),
    ):
        answer = client.post("/invocations", content=lie, headers=NPY)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "not-npy")


_JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-300, 300) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["r", "g", "b", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)
_JSON_BODIES = st.one_of(
    _JSON_VALUES,
    st.dictionaries(
        st.sampled_from(["instances", "inputs", "dataframe_split", "dataframe_records", "data", "columns"]),
        _JSON_VALUES,
        max_size=2,
    ),
    st.fixed_dictionaries({"dataframe_split": st.dictionaries(st.sampled_from(["data", "columns"]), _JSON_VALUES)}),
    st.fixed_dictionaries({"instances": st.lists(st.fixed_dictionaries({"features": _JSON_VALUES}), max_size=3)}),
).map(lambda content: json.dumps(content).encode())
_KINDS = [
    "",
    "application/json",
    "application/jsonlines",
    "text/csv",
    "application/x-npy",
    "image/png",
    "image/jpeg",
    "image/heic",
    "x/y",
    ";",
]
_ACCEPTS = ["", "*/*", "application/json", "text/csv", "text/*", "image/png", ",;,", "*"]


@given(st.binary(max_size=200) | _JSON_BODIES, st.sampled_from(_KINDS), st.sampled_from(_ACCEPTS))
@settings(max_examples=400)
def test_any_body_is_answered_or_refused_and_never_breaks_the_service(client, body, kind, accept):
    headers = {"Content-Type": kind, "Accept": accept}
    answer = client.post("/invocations", content=body, headers=headers)
    assert answer.status_code in (200, 400, 406, 415, 422)
    if answer.status_code != 200:
        assert set(answer.json()["error"]) == {"code", "message"}


def test_a_body_over_25_mb_is_refused_told_or_not(client):
    assert client.post("/invocations", content=bytes(26 << 20), headers=JSON).status_code == 413

    def pieces() -> Iterator[bytes]:
        for _ in range(26):
            yield bytes(1 << 20)

    assert client.post("/invocations", content=pieces(), headers=JSON).status_code == 413


def test_custom_attributes_are_echoed(client):
    header = "X-Amzn-SageMaker-Custom-Attributes"
    answer = client.post("/invocations", json={"r": 1, "g": 2, "b": 3}, headers={header: "trace=7"})
    assert answer.headers[header] == "trace=7"


def test_other_methods_and_paths_are_refused(client):
    assert client.get("/invocations").status_code == 405
    assert client.get("/nothing").status_code == 404
    assert client.get("/execution-parameters").json()["BatchStrategy"] == "MULTI_RECORD"


def test_openapi_names_every_route(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths) == {"/ping", "/invocations", "/execution-parameters", "/v1/images:annotate", "/metrics"}


def test_too_many_photos_at_once_get_503_and_a_time_to_come_back(client):
    stream = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (2000, 2000, 3), dtype=np.uint8)
    Image.fromarray(noise).save(stream, "PNG")
    answers: list[httpx.Response] = []

    def send() -> None:
        kind = {"Content-Type": "image/png"}
        answers.append(
            httpx.post(f"{client.base_url}/invocations", content=stream.getvalue(), headers=kind, timeout=120)
        )

    senders = [threading.Thread(target=send) for _ in range(80)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    statuses = {answer.status_code for answer in answers}
    assert statuses <= {200, 503}
    assert 200 in statuses
    assert all(answer.headers["retry-after"] == "1" for answer in answers if answer.status_code == 503)
    assert client.get("/ping").status_code == 200


@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=40), st.sampled_from(["\n", "\r\n"]))
def test_csv_is_read_as_it_was_written(colors, end):
    text = end.join(",".join(map(str, color)) for color in colors)
    for body in (text, text + end, text.replace(",", " , "), text.replace(",", ".0,") + ".00"):
        assert csv_colors(body.encode()).tolist() == [list(color) for color in colors]


@given(st.text("0123456789, \n\r-.x", max_size=40))
@example("0,\r0,0")
@settings(max_examples=500)
def test_csv_is_colors_or_an_error_and_never_guessed(text):
    rows = [line.removesuffix("\r").split(",") for line in text.split("\n") if line.strip()]
    cells = [cell.strip(" ").partition(".") for row in rows for cell in row]
    whole = all(re.fullmatch("[0-9]{1,3}", cell) and not rest.strip("0") for cell, _, rest in cells)
    if not rows:
        return
    if whole and all(len(row) == 3 for row in rows) and all(int(cell) <= 255 for cell, _, _ in cells):
        assert csv_colors(text.encode()).ravel().tolist() == [int(cell) for cell, _, _ in cells]
    else:
        with pytest.raises(RequestError) as refused:
            csv_colors(text.encode())
        assert refused.value.status == 422


QUICK = [
    (b'{"r": 31, "g": 42, "b": 82}', "application/json", {}),
    (b"31,42,82", "text/csv", {}),
    (b"31,42,82\n", "text/csv", {"Accept": "application/json"}),
    (b"[[31, 42, 82]]", "application/json", {"Accept": "text/csv"}),
    (b'{"r": 1}', "application/json", {}),
    (b"1,2,999", "text/csv", {}),
    (b"1,2,3", "text/odd", {}),
    (b"1,2,3", "text/csv", {"Host": "elsewhere.example"}),
    (b"1,2,3", "text/csv", {"Origin": "https://elsewhere.example"}),
    (b"1,2,3", "text/csv", {"Connection": "close"}),
]
CUSTOM = "x-amzn-sagemaker-custom-attributes"


def test_a_quick_answer_is_that_of_the_app():
    """The app itself answers a request that has custom attributes, and sends them back."""
    with serving("starter") as service, service.client() as client:
        for body, kind, headers in QUICK:
            more = {"Content-Type": kind, "X-Request-Id": "one", **headers}
            quick, usual = (
                client.post("/invocations", content=body, headers={**more, **custom}) for custom in ({}, {CUSTOM: "x"})
            )
            assert (quick.status_code, quick.content) == (usual.status_code, usual.content)
            kept = [{k: v for k, v in each.headers.items() if k not in ("date", CUSTOM)} for each in (quick, usual)]
            assert kept[0] == kept[1]
