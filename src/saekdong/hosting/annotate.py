"""Google Cloud Vision's `POST /v1/images:annotate`, answered on this machine: IMAGE_PROPERTIES alone.

https://cloud.google.com/vision/docs/reference/rest/v1/images/annotate
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from saekdong.photo import PhotoError, find_palette, palette_to_json, read_photo
from saekdong.photo.palette import COLORS, SIDE

MOST_IMAGES = 16
_PROPERTIES = ("IMAGE_PROPERTIES", 7)
_INVALID, _UNIMPLEMENTED = 3, 12


class AnnotateError(Exception):
    """A request that Google would refuse as a whole: 400, INVALID_ARGUMENT."""

    def to_json(self) -> dict[str, Any]:
        """Return the error in Google's shape."""
        return {"error": {"code": 400, "message": str(self), "status": "INVALID_ARGUMENT"}}


def annotate(content: Any) -> dict[str, Any]:
    """Answer a parsed request `{"requests": [{"image": {"content"}, "features": [{"type"}]}, ...]}`.

    Raises:
        AnnotateError: there are no requests, or more than 16.
    """
    requests = content.get("requests") if isinstance(content, Mapping) else None
    if not isinstance(requests, list) or not all(isinstance(each, Mapping) for each in requests):
        raise AnnotateError('No requests: expected {"requests": [{"image", "features"}, ...]}.')
    if len(requests) > MOST_IMAGES:
        raise AnnotateError(f"Too many images per request: {len(requests)}, more than {MOST_IMAGES}.")
    return {"responses": [_response(request) for request in requests]}


def _response(request: Mapping[str, Any]) -> dict[str, Any]:
    features = request.get("features")
    if not isinstance(features, list) or not features:
        return _error(_INVALID, "No features: ask for IMAGE_PROPERTIES.")
    asked = [feature for feature in features if isinstance(feature, Mapping) and feature.get("type") in _PROPERTIES]
    if len(asked) < len(features):
        return _error(_UNIMPLEMENTED, "Only IMAGE_PROPERTIES is answered here.")
    image = request.get("image")
    if not isinstance(image, Mapping) or not isinstance(image.get("content"), str):
        return _error(_INVALID, "The image's content is missing; addresses are not fetched here.")
    try:
        photo = read_photo(base64.b64decode(image["content"]), SIDE)
    except (binascii.Error, ValueError):
        return _error(_INVALID, "The image's content is not base64.")
    except PhotoError as error:
        return _error(_INVALID, f"Bad image data: {error}")
    palette = find_palette(photo.pixels, photo.alpha, _most(asked[0].get("maxResults")))
    return {"imagePropertiesAnnotation": {"dominantColors": {"colors": palette_to_json(palette)}}}


def _most(given: Any) -> int:
    return given if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= COLORS else COLORS


def _error(code: int, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
