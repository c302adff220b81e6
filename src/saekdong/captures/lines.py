"""The form of a captured line: SageMaker's Data Capture, event version 0.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html

Saekdong's own lines have two more fields in `eventMetadata`: `modelId`, the model that answered, and `photoSha256` if
the input is a photo. SageMaker's own lines have neither.
"""

import base64
from functools import lru_cache
from json.encoder import encode_basestring

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


def to_line(
    event: str,
    moment: str,
    model: str,
    asked: str,
    request: bytes | None,
    media_type: str,
    answer: bytes,
    photo: str = "",
) -> str:
    """Return a captured request as a line with its end.

    Args:
        event: the request's id, of letters, digits and `._:/+=@-`.
        moment: when it was answered, as `2026-11-27T09:30:00Z`.
        model: the id of the model that answered.
        asked: the media type of the request's body.
        request: the request's body; None if only the answer is captured.
        media_type: the media type of the answer's body.
        answer: the answer's body.
        photo: the SHA-256 of the photo in the request, as hexadecimal digits; empty if it has none.

    Example:
        >>> line = to_line("r-1", "2026-11-27T09:30:00Z", "0" * 64, "image/png", None, "text/csv", b"navy")
        >>> line[:101]
        '{"captureData":{"endpointOutput":{"observedContentType":"text/csv","mode":"OUTPUT","data":"navy","enc'
    """
    before, between, after, is_text = _frame(asked, media_type)
    about = f'"eventId":"{event}","inferenceTime":"{moment}","modelId":"{model}"'
    if is_text and request is not None and not photo:
        # Most requests: one text put together, because a line costs as much as naming its color.
        try:
            data, said = encode_basestring(request.decode()), encode_basestring(answer.decode())
        except UnicodeDecodeError:
            pass
        else:
            return f'{before}{data}{between}{said}{after}{about}}},"eventVersion":"0"}}\n'
    data = _field("endpointOutput", "OUTPUT", media_type, answer)
    if request is not None:
        data = f"{_field('endpointInput', 'INPUT', asked, request)},{data}"
    digest = f',"photoSha256":"{photo}"' if photo else ""
    return f'{{"captureData":{{{data}}},"eventMetadata":{{{about}{digest}}},"eventVersion":"0"}}\n'


@lru_cache(64)
def _frame(asked: str, media_type: str) -> tuple[str, str, str, bool]:
    """Return what stands before, between and after two texts, and whether both media types are captured as texts."""
    before = f'{{"captureData":{{{_head("endpointInput", "INPUT", asked)}'
    between = f',"encoding":"{_encoding(asked)}"}},{_head("endpointOutput", "OUTPUT", media_type)}'
    after = f',"encoding":"{_encoding(media_type)}"}}}},"eventMetadata":{{'
    return before, between, after, BASE64 not in (_encoding(asked), _encoding(media_type))


def _field(name: str, mode: str, media_type: str, content: bytes) -> str:
    head, encoding = _head(name, mode, media_type), _encoding(media_type)
    if encoding != BASE64:
        try:
            return f'{head}{encode_basestring(content.decode())},"encoding":"{encoding}"}}'
        except UnicodeDecodeError:
            pass
    return f'{head}"{base64.b64encode(content).decode()}","encoding":"{BASE64}"}}'


def _head(name: str, mode: str, media_type: str) -> str:
    return f'"{name}":{{"observedContentType":{encode_basestring(media_type)},"mode":"{mode}","data":'


def _encoding(media_type: str) -> str:
    return _TEXTS.get(media_type, BASE64)
