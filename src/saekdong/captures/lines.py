"""The form of a captured line: SageMaker's Data Capture, event version 0.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html

Saekdong's own lines have two more fields in `eventMetadata`: `modelId`, the model that answered, and `photoSha256` if
the input is a photo. SageMaker's own lines have neither.
"""

import base64
from functools import lru_cache
from json.encoder import encode_basestring
from typing import NamedTuple

CSV, JSON, BASE64 = "CSV", "JSON", "BASE64"
_TEXTS = {
    "text/csv": CSV,
    "application/json": JSON,
    "application/jsonlines": JSON,
    "application/x-jsonlines": JSON,
    "application/x-ndjson": JSON,
}
"""Media types that are captured as text, with the name that SageMaker has for it; all others are captured as base64."""

CSV_TYPES = [kind for kind, encoding in _TEXTS.items() if encoding == CSV]
JSON_TYPES = [kind for kind, encoding in _TEXTS.items() if encoding == JSON]


class Payload(NamedTuple):
    """The body of a request or of its answer, and its media type."""

    media_type: str
    content: bytes


def to_line(event: str, moment: str, model: str, request: Payload | None, answer: Payload, photo: str = "") -> str:
    """Return a captured request as a line with its end.

    Args:
        event: the request's id, of letters, digits and `._:/+=@-`.
        moment: when it was answered, as `2026-11-27T09:30:00Z`.
        model: the id of the model that answered.
        request: the request's body; None if only the answer is captured.
        answer: the answer's body.
        photo: the SHA-256 of the photo in the request, as hexadecimal digits; empty if it has none.

    Example:
        >>> line = to_line("r-1", "2026-11-27T09:30:00Z", "0" * 64, None, Payload("text/csv", b"navy"))
        >>> line[:101]
        '{"captureData":{"endpointOutput":{"observedContentType":"text/csv","mode":"OUTPUT","data":"navy","enc'
    """
    data = _field("endpointOutput", "OUTPUT", answer)
    if request is not None:
        data = f"{_field('endpointInput', 'INPUT', request)},{data}"
    digest = f',"photoSha256":"{photo}"' if photo else ""
    return (
        f'{{"captureData":{{{data}}},"eventMetadata":{{"eventId":"{event}","inferenceTime":"{moment}",'
        f'"modelId":"{model}"{digest}}},"eventVersion":"0"}}\n'
    )


def _field(name: str, mode: str, payload: Payload) -> str:
    head, encoding = _head(name, mode, payload.media_type)
    if encoding != BASE64:
        try:
            return f'{head}{encode_basestring(payload.content.decode())},"encoding":"{encoding}"}}'
        except UnicodeDecodeError:
            pass
    return f'{head}"{base64.b64encode(payload.content).decode()}","encoding":"{BASE64}"}}'


@lru_cache(64)
def _head(name: str, mode: str, media_type: str) -> tuple[str, str]:
    kind = encode_basestring(media_type)
    return f'"{name}":{{"observedContentType":{kind},"mode":"{mode}","data":', _TEXTS.get(media_type, BASE64)
