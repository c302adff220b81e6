"""What `/openapi.json` says of the routes that are plain Starlette, for speed."""

from typing import Any

from saekdong.serving.media_types import CSV, JSON, LINES, NPY
from saekdong.serving.model_header import DESCRIBED
from saekdong.serving.photo_bodies import MOST_LETTERS
from saekdong.serving.service import PHOTOS
from saekdong.serving.vision.annotate import FEATURES
from saekdong.tagging.feed_words import FeedText

Schema = dict[str, Any]


def _object(required: str, **properties: Schema) -> Schema:
    return {"type": "object", "required": required.split(), "properties": properties}


def _message(**properties: Schema) -> Schema:
    """Describe a message of protobuf's JSON, which refuses unknown fields."""
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _or_null(schema: Schema) -> Schema:
    """Describe a field of protobuf's JSON, where null is as if it were missing."""
    return {**schema, "type": [schema["type"], "null"]}


def _list(items: Schema, **limits: int) -> Schema:
    return {"type": "array", "items": items, **limits}


def _one_of(*names: str) -> Schema:
    return {"anyOf": [_ref(name) for name in names]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_TEXT, _NUMBER = {"type": "string"}, {"type": "number"}
_BASE64 = "^([A-Za-z0-9+/_-]{4})*([A-Za-z0-9+/_-]{2,3}={0,2})?$"
_BINARY = {"type": "string", "format": "binary"}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_AS_GOOGLE = (
    "As in Google's REST API: also below /v1p1beta1 to /v1p4beta1, below a project and a location, with `fields`, and "
    "with names in snake_case. What is wrong with one photo is said in its response."
)
_CHANNEL_DIGITS = "([0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])"
_CSV_LINE = ",".join([_CHANNEL_DIGITS] * 3)

SCHEMAS: dict[str, Schema] = {
    "Channel": {"type": "integer", "minimum": 0, "maximum": 255},
    "Triple": {**_list(_ref("Channel"), minItems=3, maxItems=3), "description": "R, G and B"},
    "NamedColor": {
        **_object("r g b", **dict.fromkeys("rgb", _ref("Channel"))),
        "description": "names in lower or upper case; other fields are ignored",
    },
    "Features": _object("features", features=_ref("Triple")),
    "Color": _one_of("NamedColor", "Features", "Triple"),
    "Colors": {
        "anyOf": [
            _list(_ref("Color")),
            _object("instances", instances=_list(_ref("Color"))),
            _object("inputs", inputs=_list(_ref("Color"))),
            _object("dataframe_records", dataframe_records=_list(_ref("Color"))),
            _object("dataframe_split", dataframe_split=_ref("DataFrame")),
        ],
        "description": 'also columns of one length, {"r": [...], "g": [...], "b": [...]}, by themselves or as inputs',
    },
    "DataFrame": {
        **_object("data", columns={"enum": [["r", "g", "b"]]}, data=_list(_ref("Triple"))),
        "description": "pandas' orient='split'; columns in any order, among others",
    },
    "Photo": {
        **_object(
            "photo",
            photo={"type": "string", "contentEncoding": "base64", "pattern": _BASE64},
            **{name: {"type": "string", "maxLength": MOST_LETTERS} for name in FeedText._fields},
        ),
        "description": "a photo, and what the feed says of its product; other fields are ignored",
    },
    "Prediction": _object(
        "label probability probabilities",
        label=_TEXT,
        probability=_SHARE,
        probabilities={"type": "object", "additionalProperties": _SHARE},
    ),
    "Predictions": _object("predictions", predictions=_list(_ref("Prediction"))),
    "PaletteColor": _object(
        "color score pixelFraction",
        color=_object("red green blue", **dict.fromkeys(("red", "green", "blue"), _NUMBER)),
        score=_SHARE,
        pixelFraction=_SHARE,
    ),
    "Tags": _object(
        "tags palette",
        tags=_list(
            _object("label share source", label=_TEXT, share=_SHARE, source={"enum": ["photo", "title", "color"]})
        ),
        palette=_list(_ref("PaletteColor")),
    ),
    "Error": _object("error", error=_object("code message", code=_TEXT, message=_TEXT)),
    "GoogleError": _object(
        "error", error=_object("code message status", code={"type": "integer"}, message=_TEXT, status=_TEXT)
    ),
    "AnnotateRequest": {
        **_object(
            "requests",
            requests=_list(_ref("ImageToAnnotate"), minItems=1, maxItems=16),
            parent=_or_null(_TEXT),
            labels=_or_null({"type": "object", "additionalProperties": _TEXT}),
        ),
        "additionalProperties": False,
    },
    "ImageToAnnotate": _message(
        image=_or_null(
            _message(
                content=_or_null({"type": "string", "pattern": _BASE64}),
                source=_or_null(_message(imageUri=_or_null(_TEXT), gcsImageUri=_or_null(_TEXT))),
            )
        ),
        features=_or_null(
            _list(_message(type=_ref("FeatureType"), maxResults=_ref("Int32"), model=_or_null(_TEXT))),
        ),
        imageContext=_or_null({"type": "object"}),
    ),
    "FeatureType": {"anyOf": [{"enum": list(FEATURES)}, _ref("Int32")]},
    "Int32": {
        "anyOf": [
            {"type": ["integer", "null"], "minimum": -(1 << 31), "maximum": (1 << 31) - 1},
            {"type": "string", "pattern": "^-?[0-9]{1,9}$"},
        ]
    },
    "AnnotateResponse": _object(
        "responses",
        responses=_list(
            _object(
                "",
                imagePropertiesAnnotation=_object(
                    "dominantColors", dominantColors=_object("colors", colors=_list(_ref("PaletteColor")))
                ),
                error=_object("code message", code={"type": "integer"}, message=_TEXT),
            )
        ),
    ),
    "Limits": _object(
        "MaxConcurrentTransforms BatchStrategy MaxPayloadInMB",
        MaxConcurrentTransforms={"type": "integer"},
        BatchStrategy={"enum": ["MULTI_RECORD", "SINGLE_RECORD"]},
        MaxPayloadInMB={"type": "integer"},
    ),
    "Model": _object("modelName modelUrl", modelName=_TEXT, modelUrl=_TEXT),
    "Models": _object("models", models=_list(_ref("Model")), nextPageToken=_TEXT),
    "ModelToLoad": _object(
        "model_name url",
        model_name={"type": "string", "minLength": 1, "maxLength": 256, "pattern": "^[^/]+$"},
        url={"type": "string", "pattern": "^/[^\\x00]*$", "description": "a path on the service's machine"},
    ),
}

_REQUEST_ID = {
    "name": "X-Request-Id",
    "in": "header",
    "description": "1 to 128 letters, digits or ._:/+=@- are echoed and logged; otherwise a new one is made",
    "schema": _TEXT,
}
_CUSTOM = {
    "name": "X-Amzn-SageMaker-Custom-Attributes",
    "in": "header",
    "description": "echoed",
    "schema": _TEXT,
}
_FAILURES = {
    400: "the body cannot be read as what it is said to be",
    404: "no model of this name is loaded",
    406: "the answer has none of the media types that Accept names",
    403: "the model is not below the models' folder, or a page of another site sent the request",
    409: "a model of this name is loaded already",
    413: "larger than 25 MB, or more colors than an answer holds",
    415: "no such Content-Type",
    422: "a field or line is wrong; the message names it",
    500: "the service failed; its log says how",
    503: "too many photos or large bodies wait; see Retry-After",
    507: "the model does not fit into memory",
}


def describe(content: dict[str, Any], several: bool) -> dict[str, Any]:
    """Add the service's routes to a description; those of several models if `several`.

    Args:
        content: the description of the other routes, as an OpenAPI document with `info`; it is changed.
        several: whether the service has several models.

    Returns:
        The same document.
    """
    paths = {**_common(), **(_of_models() if several else {"/invocations": {"post": _invocation("invoke")}})}
    content.setdefault("paths", {}).update(paths)
    content.setdefault("components", {}).setdefault("schemas", {}).update(SCHEMAS)
    content["info"]["description"] = (
        "Other methods of a path get 405 with Allow, other paths 404, both as JSON in the shape of Error."
    )
    return content


def _operation(name: str, summary: str, responses: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"operationId": name, "summary": summary, **more, "responses": responses}


def _invocation(name: str, *failures: int) -> dict[str, Any]:
    line = {"type": "string", "pattern": f"^({_CSV_LINE}(\\n{_CSV_LINE})*\\n?)?$"}
    features = f'\\{{"features": \\[{", ".join([_CHANNEL_DIGITS] * 3)}\\]\\}}'
    lines = {
        "type": "string",
        "pattern": f"^({features}\\n)*$",
        "description": "a color as JSON, in any shape, on each line",
    }
    bodies = {
        JSON: {"schema": _one_of("Color", "Colors", "Photo"), "example": {"r": 73, "g": 84, "b": 116}},
        LINES: {"schema": lines, "example": '{"features": [73, 84, 116]}\n[142, 117, 63]\n'},
        CSV: {
            "schema": {**line, "description": "or a header with R, G and B, or COL, and rows"},
            "example": "73,84,116\n",
        },
        NPY: {"schema": {**_BINARY, "description": "an array (N, 3) or (3,), as numpy.save writes it"}},
        **{key: {"schema": _BINARY} for key in PHOTOS},
    }
    answers = {
        JSON: {"schema": _one_of("Prediction", "Predictions", "Tags")},
        **{key: {"schema": _TEXT} for key in (LINES, CSV)},
        NPY: {"schema": _BINARY},
    }
    return _operation(
        name,
        "Name colors, or tag a photo",
        {
            "200": {"description": "predictions, labels or tags", "headers": DESCRIBED, "content": answers},
            **_refused(400, *failures, 406, 413, 415, 422, 500, 503),
        },
        parameters=[_REQUEST_ID, _CUSTOM],
        requestBody={"required": True, "content": bodies},
    )


def _common() -> dict[str, Any]:
    figures = {"description": "figures", "content": {"text/plain": {"schema": _TEXT}}}
    return {
        "/ping": {
            "get": _operation(
                "ping",
                "Say whether the service is ready",
                {"200": {"description": "yes"}, "503": {"description": "not yet, or it is stopping"}},
            )
        },
        "/execution-parameters": {
            "get": _operation("get_limits", "What batch transform may send", {"200": _answer("limits", _ref("Limits"))})
        },
        "/metrics": {
            "get": _operation(
                "get_metrics",
                "Requests, latencies, photos waiting, models and colors, for Prometheus",
                {"200": figures},
            )
        },
        "/v1/images:annotate": {
            "post": _operation(
                "annotate_images",
                "Google Cloud Vision's IMAGE_PROPERTIES, answered here",
                {
                    "200": _answer("responses, as Google gives them", _ref("AnnotateResponse")),
                    **{
                        status: _answer(description, _ref("GoogleError"))
                        for status, description in (
                            ("400", "not such a request, or larger than 25 MB"),
                            ("500", _FAILURES[500]),
                            ("503", _FAILURES[503]),
                        )
                    },
                },
                description=_AS_GOOGLE,
                requestBody={"required": True, "content": {JSON: {"schema": _ref("AnnotateRequest")}}},
            )
        },
    }


def _of_models() -> dict[str, Any]:
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[^/]+$"}}
    token = {"name": "next_page_token", "in": "query", "schema": _TEXT}
    return {
        "/models": {
            "get": _operation(
                "list_models",
                "List the loaded models",
                {"200": _answer("some models, and the token of the next ones", _ref("Models")), **_refused(500)},
                parameters=[token],
            ),
            "post": _operation(
                "load_model",
                "Load a model",
                {"200": {"description": "it is loaded"}, **_refused(400, 403, 409, 413, 415, 422, 500, 503, 507)},
                requestBody={"required": True, "content": {JSON: {"schema": _ref("ModelToLoad")}}},
            ),
        },
        "/models/{name}": {
            "parameters": [name],
            "get": _operation(
                "get_model", "Show a loaded model", {"200": _answer("the model", _ref("Model")), **_refused(404, 500)}
            ),
            "delete": _operation(
                "unload_model", "Unload a model", {"200": {"description": "it is unloaded"}, **_refused(404, 500)}
            ),
        },
        "/models/{name}/invoke": {"parameters": [name], "post": _invocation("invoke_model", 404)},
    }


def _refused(*statuses: int) -> dict[str, Any]:
    return {str(status): _answer(_FAILURES[status], _ref("Error")) for status in statuses}


def _answer(description: str, schema: Schema) -> dict[str, Any]:
    return {"description": description, "content": {JSON: {"schema": schema}}}
