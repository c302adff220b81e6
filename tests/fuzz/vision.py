"""Requests to Vision's API: bodies of `images:annotate` over REST, and serialized ones as gRPC takes them."""

import base64
import io
import json
import random
from collections.abc import Mapping

import numpy as np
from google.cloud.vision_v1.types import BatchAnnotateImagesRequest
from google.protobuf.json_format import ParseDict
from PIL import Image

from fuzz.harness import Target
from fuzz.mutating import damaged, rewritten
from saekdong.entrance.errors import RequestError
from saekdong.serving.vision import grpc_server, rest

_STATUSES = {400, 413, 422}
_WORDS = (
    *(b"null", b"true", b"[]", b"{}", b'""', b"-1", b"1e999", b"9" * 5000, b"NaN", b'"\\ud800"', b'"\\u0000"'),
    *(
        b'"IMAGE_PROPERTIES"',
        b'"LABEL_DETECTION"',
        b'"type"',
        b'"maxResults"',
        b'"max_results"',
        b'"image"',
        b'"content"',
    ),
    *(b'"source"', b'"imageUri"', b'"gcsImageUri"', b'"requests"', b'"features"', b'"imageContext"', b'"cropHints"'),
    *(
        b"====",
        b"%%%%",
        b"A",
        b"-_",
        b"gs://b/k.jpg",
        b"http://127.0.0.1/",
        b"file:///etc/passwd",
        "한".encode(),
        b"\xff",
    ),
)


def _photo() -> bytes:
    y, x = np.mgrid[:24, :32]
    stream = io.BytesIO()
    Image.fromarray(np.stack([8 * x, 10 * y, 4 * (x + y)], axis=-1).astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def _batches() -> Mapping[str, dict[str, object]]:
    content = base64.b64encode(_photo()).decode()
    colors = [{"type": "IMAGE_PROPERTIES", "maxResults": 5}]
    one = {"image": {"content": content}, "features": colors}
    place = {"image": {"source": {"imageUri": "gs://shop/mug.jpg"}}, "features": colors}
    other = {"image": {"content": content}, "features": [{"type": "LABEL_DETECTION"}], "imageContext": {}}
    return {"one": {"requests": [one]}, "several": {"requests": [one, place, other]}, "none": {"requests": []}}


def _promised(error: RequestError) -> str:
    if error.status not in _STATUSES:
        raise error
    return str(error.status)


def attempt(body: bytes) -> str:
    """Answer a body; return `answered`, or the status of the promised refusal."""
    try:
        content = json.loads(rest.answer(body))
    except RequestError as error:
        return _promised(error)
    assert isinstance(content, dict)
    return "answered"


def attempt_serialized(body: bytes) -> str:
    """Answer a serialized request; return `answered`, or the status of the promised refusal."""
    try:
        grpc_server.answer(body, "")
    except RequestError as error:
        return _promised(error)
    return "answered"


def seeds() -> Mapping[str, bytes]:
    """Return valid bodies."""
    return {name: json.dumps(batch).encode() for name, batch in _batches().items()}


def seeds_serialized() -> Mapping[str, bytes]:
    """Return valid serialized requests."""
    kind = BatchAnnotateImagesRequest.pb()
    return {name: ParseDict(batch, kind()).SerializeToString() for name, batch in _batches().items()}


def _deep(rng: random.Random) -> bytes:
    return b'{"requests":[{"imageContext":' + b'{"a":' * rng.randrange(100, 200_000)


def _many(rng: random.Random) -> bytes:
    return b'{"requests":[' + b",".join([b"{}"] * rng.randrange(17, 1_000_000)) + b"]}"


def _escaped(rng: random.Random) -> bytes:
    return b'{"requests":[{"image":{"content":"%s"}}]}' % (b"\\u0041" * rng.randrange(100_000, 2_000_000))


VISION = Target(
    "vision",
    attempt,
    seeds,
    {"deep": _deep, "many": _many, "escaped": _escaped},
    mutate=rewritten(_WORDS),
    warm=lambda: attempt(seeds()["one"]),
    most_megabytes=500,
)
VISION_GRPC = Target(
    "vision_grpc", attempt_serialized, seeds_serialized, mutate=damaged, warm=lambda: attempt_serialized(b"")
)
