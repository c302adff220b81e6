"""What `/openapi.json` tells of the routes that are plain Starlette, for speed."""

from collections.abc import Callable
from typing import Any

from saekdong.hosting.service import CSV, JSON, LINES, PHOTOS

_COLOR = {
    "type": "object",
    "required": ["r", "g", "b"],
    "properties": {channel: {"type": "integer", "minimum": 0, "maximum": 255} for channel in "rgb"},
}
_INSTANCE = {
    "type": "object",
    "required": ["features"],
    "properties": {
        "features": {
            "type": "array",
            "minItems": 3,
            "maxItems": 3,
            "items": {"type": "integer", "minimum": 0, "maximum": 255},
        }
    },
}
_INSTANCES = {
    "type": "object",
    "required": ["instances"],
    "properties": {"instances": {"type": "array", "items": _INSTANCE}},
}
_PREDICTION = {
    "type": "object",
    "required": ["label", "probability", "probabilities"],
    "properties": {
        "label": {"type": "string"},
        "probability": {"type": "number"},
        "probabilities": {"type": "object", "additionalProperties": {"type": "number"}},
    },
}
_PALETTE_COLOR = {
    "type": "object",
    "properties": {
        "color": {"type": "object", "properties": {name: {"type": "number"} for name in ("red", "green", "blue")}},
        "score": {"type": "number"},
        "pixelFraction": {"type": "number"},
    },
}
_TAGS = {
    "type": "object",
    "required": ["tags", "palette"],
    "properties": {
        "tags": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["label", "share"],
                "properties": {"label": {"type": "string"}, "share": {"type": "number"}},
            },
        },
        "palette": {"type": "array", "items": _PALETTE_COLOR},
    },
}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "object", "properties": {"code": {"type": "string"}, "message": {"type": "string"}}}
    },
}
_MODEL = {
    "type": "object",
    "required": ["modelName", "modelUrl"],
    "properties": {"modelName": {"type": "string"}, "modelUrl": {"type": "string"}},
}
_MODELS = {
    "type": "object",
    "required": ["models"],
    "properties": {"models": {"type": "array", "items": _MODEL}, "nextPageToken": {"type": "string"}},
}
_LOAD = {
    "type": "object",
    "required": ["model_name", "url"],
    "properties": {"model_name": {"type": "string"}, "url": {"type": "string"}},
}
_REQUEST_ID = {
    "name": "X-Request-Id",
    "in": "header",
    "description": "echoed, and written into the log; made where it is missing",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:/+=@-]{1,128}$"},
}
_CUSTOM = {
    "name": "X-Amzn-SageMaker-Custom-Attributes",
    "in": "header",
    "description": "echoed",
    "schema": {"type": "string"},
}
_PREDICTIONS = {"type": "object", "properties": {"predictions": {"type": "array", "items": _PREDICTION}}}


def describe(fastapi: Callable[[], dict[str, Any]], several: bool) -> dict[str, Any]:
    """Return FastAPI's own description with the other routes added; of several models where `several`."""
    content = fastapi()
    paths = {**_common(), **(_of_models() if several else {"/invocations": {"post": _invocation()}})}
    content.setdefault("paths", {}).update(paths)
    return content


def _refused(*more: tuple[str, str]) -> dict[str, Any]:
    return {
        status: _answer(told, _ERROR)
        for status, told in (
            ("400", "not JSON"),
            ("406", "no such answer"),
            ("413", "larger than 25 MB"),
            ("415", "no such body"),
            ("422", "a field or line is wrong; the message names it"),
            ("503", "too many photos wait; see Retry-After"),
            *more,
        )
    }


def _invocation(*more: tuple[str, str]) -> dict[str, Any]:
    text, binary = {"schema": {"type": "string"}}, {"schema": {"type": "string", "format": "binary"}}
    bodies = {JSON: {"schema": {"oneOf": [_COLOR, _INSTANCES]}}, LINES: text, CSV: text}
    answers = {JSON: {"schema": {"oneOf": [_PREDICTION, _PREDICTIONS, _TAGS]}}, LINES: text, CSV: text}
    return {
        "summary": "Name colors, or tag a photo",
        "parameters": [_REQUEST_ID, _CUSTOM],
        "requestBody": {"required": True, "content": {**bodies, **dict.fromkeys(PHOTOS, binary)}},
        "responses": {"200": {"description": "predictions or tags", "content": answers}, **_refused(*more)},
    }


def _common() -> dict[str, Any]:
    return {
        "/ping": {
            "get": {
                "summary": "Tell whether the service is ready",
                "responses": {"200": {"description": "yes"}, "503": {"description": "not yet, or it is stopping"}},
            }
        },
        "/execution-parameters": {
            "get": {"summary": "What batch transform may send", "responses": {"200": {"description": "limits"}}}
        },
        "/metrics": {
            "get": {
                "summary": "Requests, latencies, photos waiting, models and colors, for Prometheus",
                "responses": {
                    "200": {"description": "figures", "content": {"text/plain": {"schema": {"type": "string"}}}}
                },
            }
        },
        "/v1/images:annotate": {
            "post": {
                "summary": "Google Cloud Vision's IMAGE_PROPERTIES, answered here",
                "requestBody": {"required": True, "content": {JSON: {"schema": {"type": "object"}}}},
                "responses": {"200": {"description": "responses, as Google gives them"}},
            }
        },
    }


def _of_models() -> dict[str, Any]:
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    token = {"name": "next_page_token", "in": "query", "schema": {"type": "string"}}
    absent = ("404", "no model of this name is loaded")
    return {
        "/models": {
            "get": {
                "summary": "List the loaded models",
                "parameters": [token],
                "responses": {"200": _answer("some models, and the token of the next ones", _MODELS)},
            },
            "post": {
                "summary": "Load a model",
                "requestBody": {"required": True, "content": {JSON: {"schema": _LOAD}}},
                "responses": {
                    "200": {"description": "it is loaded"},
                    **_refused(("409", "a model of this name is loaded"), ("507", "it does not fit into memory")),
                },
            },
        },
        "/models/{name}": {
            "parameters": [name],
            "get": {
                "summary": "Tell of a loaded model",
                "responses": {"200": _answer("the model", _MODEL), "404": _answer(absent[1], _ERROR)},
            },
            "delete": {
                "summary": "Unload a model",
                "responses": {"200": {"description": "it is unloaded"}, "404": _answer(absent[1], _ERROR)},
            },
        },
        "/models/{name}/invoke": {"parameters": [name], "post": _invocation(absent)},
    }


def _answer(told: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": told, "content": {JSON: {"schema": schema}}}
