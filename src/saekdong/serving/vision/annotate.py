"""Google Cloud Vision's `BatchAnnotateImages`, answered on this machine: IMAGE_PROPERTIES only.

https://cloud.google.com/vision/docs/reference/rest/v1/images/annotate
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from saekdong.entrance.errors import RequestError
from saekdong.photo import PhotoError, find_palette, palette_to_json, read_photo
from saekdong.photo.palette import COLORS, SIDE

VERSIONS = ("v1", "v1p1beta1", "v1p2beta1", "v1p3beta1", "v1p4beta1")
"""The versions of the API that Google's clients call; they agree on all that is read and answered here."""

MOST_IMAGES = 16
FEATURES = {
    "TYPE_UNSPECIFIED": 0,
    "FACE_DETECTION": 1,
    "LANDMARK_DETECTION": 2,
    "LOGO_DETECTION": 3,
    "LABEL_DETECTION": 4,
    "TEXT_DETECTION": 5,
    "SAFE_SEARCH_DETECTION": 6,
    "IMAGE_PROPERTIES": 7,
    "CROP_HINTS": 9,
    "WEB_DETECTION": 10,
    "DOCUMENT_TEXT_DETECTION": 11,
    "PRODUCT_SEARCH": 12,
    "OBJECT_LOCALIZATION": 19,
}
"""`Feature.Type`: names and numbers."""

_PROPERTIES = FEATURES["IMAGE_PROPERTIES"]
_NAMES = {number: name for name, number in FEATURES.items()}
# google.rpc.Code
_INVALID, _DENIED, _UNIMPLEMENTED = 3, 7, 12


@dataclass(frozen=True)
class Feature:
    """A feature to detect: its `Feature.Type`, and how many results are wanted; 0 for the service's own number."""

    type: int
    max_results: int = 0


@dataclass(frozen=True)
class ImageRequest:
    """A photo to annotate: its bytes, or else its address, and the features to detect."""

    content: bytes = b""
    address: str = ""
    features: Sequence[Feature] = ()


def annotate(requests: Sequence[ImageRequest]) -> dict[str, Any]:
    """Return `{"responses": [...]}`, an `AnnotateImageResponse` in JSON for each request.

    What is wrong with one photo is the `error` of its own response. A photo with other features beside
    IMAGE_PROPERTIES gets its palette and an error that names the others: Google, too, fills in what it has.

    Raises:
        RequestError: 400, there are no requests, or more than 16.
    """
    if not requests:
        raise RequestError(400, "invalid-argument", 'No requests; send {"requests": [{"image", "features"}, ...]}.')
    if len(requests) > MOST_IMAGES:
        message = f"Too many images per request: {len(requests)}; send at most {MOST_IMAGES}."
        raise RequestError(400, "invalid-argument", message)
    return {"responses": [_response(request) for request in requests]}


def _response(request: ImageRequest) -> dict[str, Any]:
    if not request.features or not (request.content or request.address):
        return _error(_INVALID, "Request must specify image and features.")
    wanted = [feature for feature in request.features if feature.type == _PROPERTIES]
    return {**(_palette(request, wanted[0]) if wanted else {}), **_missing(request.features)}


def _palette(request: ImageRequest, feature: Feature) -> dict[str, Any]:
    if not request.content:
        return _error(_DENIED, "Addresses are not fetched here. Please download the content and pass it in.")
    try:
        photo = read_photo(request.content, SIDE)
    except PhotoError as error:
        return _error(_INVALID, f"Bad image data: {error}")
    most = feature.max_results if 1 <= feature.max_results <= COLORS else COLORS
    palette = find_palette(photo.pixels, photo.alpha, most)
    return {"imagePropertiesAnnotation": {"dominantColors": {"colors": palette_to_json(palette)}}}


def _missing(features: Sequence[Feature]) -> dict[str, Any]:
    """Return the error for the features that are not detected here, or nothing."""
    types = sorted({feature.type for feature in features} - {_PROPERTIES})
    if not types:
        return {}
    if types == [FEATURES["TYPE_UNSPECIFIED"]]:
        return _error(_INVALID, "Unspecified feature type given; ask for IMAGE_PROPERTIES.")
    names = ", ".join(_NAMES.get(number, str(number)) for number in types)
    return _error(_UNIMPLEMENTED, f"Not detected here: {names}; only IMAGE_PROPERTIES is.")


def _error(code: int, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
