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
_PREDICTIONS = {"type": "object", "properties": {"predictions": {"type": "array", "items": _PREDICTION}}}


def describe(fastapi: Callable[[], dict[str, Any]], several: bool) -> dict[str, Any]:
    """Return FastAPI's own description with the other routes added."""
    content = fastapi()
    content.setdefault("paths", {}).update(_paths())
    return content


def _paths() -> dict[str, Any]:
    refused = {
        status: {"description": told, "content": {JSON: {"schema": _ERROR}}}
        for status, told in (
            ("400", "not JSON"),
            ("406", "no such answer"),
            ("413", "larger than 25 MB"),
            ("415", "no such body"),
            ("422", "a field or line is wrong; the message names it"),
            ("503", "too many photos wait; see Retry-After"),
        )
    }
    text, binary = {"schema": {"type": "string"}}, {"schema": {"type": "string", "format": "binary"}}
    bodies = {JSON: {"schema": {"oneOf": [_COLOR, _INSTANCES]}}, LINES: text, CSV: text}
    answers = {JSON: {"schema": {"oneOf": [_PREDICTION, _PREDICTIONS, _TAGS]}}, LINES: text, CSV: text}
    return {
        "/ping": {
            "get": {"summary": "Tell whether the service is ready", "responses": {"200": {"description": "yes"}}}
        },
        "/invocations": {
            "post": {
                "summary": "Name colors, or tag a photo",
                "requestBody": {"required": True, "content": {**bodies, **dict.fromkeys(PHOTOS, binary)}},
                "responses": {"200": {"description": "predictions or tags", "content": answers}, **refused},
            }
        },
        "/execution-parameters": {
            "get": {"summary": "What batch transform may send", "responses": {"200": {"description": "limits"}}}
        },
        "/v1/images:annotate": {
            "post": {
                "summary": "Google Cloud Vision's IMAGE_PROPERTIES, answered here",
                "requestBody": {"required": True, "content": {JSON: {"schema": {"type": "object"}}}},
                "responses": {"200": {"description": "responses, as Google gives them"}},
            }
        },
    }
