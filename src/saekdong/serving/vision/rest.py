"""Vision's REST API: what `POST /v1/images:annotate` reads, and its answer in bytes."""

from collections.abc import Mapping
from typing import Any

from saekdong.serving.bodies import parse_json, to_json
from saekdong.serving.vision import protobuf_json as pb
from saekdong.serving.vision.annotate import FEATURES, VERSIONS, Feature, ImageRequest, annotate
from saekdong.serving.vision.field_mask import masked

PATHS = tuple(
    f"/{version}{parent}/images:annotate"
    for version in VERSIONS
    for parent in ("", "/projects/{project}", "/projects/{project}/locations/{location}")
)

_IMAGE = {
    "content": pb.base64_bytes,
    "source": pb.message({"gcs_image_uri": pb.text, "image_uri": pb.text}),
}
_FEATURE = {"type": pb.enumeration(FEATURES), "max_results": pb.int32, "model": pb.text}
_REQUEST = {
    "image": pb.message(_IMAGE),
    "features": pb.repeated(pb.message(_FEATURE)),
    "image_context": pb.json_object,
}
_BATCH = pb.message({"requests": pb.repeated(pb.message(_REQUEST)), "parent": pb.text, "labels": pb.text_map})


def answer(body: bytes, fields: str = "") -> bytes:
    """Answer the body of a request to `images:annotate`.

    Args:
        body: a `BatchAnnotateImagesRequest` in JSON.
        fields: the parts of the answer that are wanted; all of it by default.

    Raises:
        RequestError: 400.
    """
    return to_json(masked(annotate(read_requests(parse_json(body))), fields))


def fields_of(query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """Return the `fields` of a request, from its query or its header.

    Raises:
        RequestError: 400, an answer in another format than JSON is wanted.
    """
    for name in ("alt", "$alt"):
        format_, _, _ = query.get(name, "json").partition(";")
        if format_ != "json":
            raise pb.invalid(f"The answer is JSON, not {format_[:20]!r}; leave out '{name}' or send {name}=json.")
    return query.get("fields") or query.get("$fields") or headers.get("x-goog-fieldmask", "")


def read_requests(content: Any) -> list[ImageRequest]:
    """Return the photos of a parsed `BatchAnnotateImagesRequest`.

    Raises:
        RequestError: 400, a field is unknown or does not fit its type; the message says where.
    """
    return [_request(each) for each in _BATCH(content, "").get("requests", [])]


def _request(fields: dict[str, Any]) -> ImageRequest:
    image = fields.get("image", {})
    source = image.get("source", {})
    features = [Feature(each.get("type", 0), each.get("max_results", 0)) for each in fields.get("features", [])]
    address = source.get("image_uri") or source.get("gcs_image_uri") or ""
    return ImageRequest(image.get("content", b""), address, features)
