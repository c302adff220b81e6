"""`fields`: the parts of an answer that a client wants.

Both of Google's notations are read, `responses(error,imagePropertiesAnnotation/dominantColors)` and
`responses.error,responses.image_properties_annotation`. https://cloud.google.com/apis/docs/system-parameters
"""

import re
from collections.abc import Mapping, Set
from typing import Any

from saekdong.entrance.errors import RequestError
from saekdong.serving.vision.protobuf_json import camel_case, invalid

Path = tuple[str, ...]

MOST_LETTERS = 2000
_MARKS = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[*/.,()]")
# Messages that are never answered here may be asked for, in any depth: None.
_COLOR: Mapping[str, Any] = {"red": {}, "green": {}, "blue": {}, "alpha": None}
_RESPONSE: Mapping[str, Any] = {
    "imagePropertiesAnnotation": {"dominantColors": {"colors": {"color": _COLOR, "score": {}, "pixelFraction": {}}}},
    "error": {"code": {}, "message": {}, "details": None},
    **dict.fromkeys(
        (
            "faceAnnotations",
            "landmarkAnnotations",
            "logoAnnotations",
            "labelAnnotations",
            "localizedObjectAnnotations",
            "textAnnotations",
            "fullTextAnnotation",
            "safeSearchAnnotation",
            "cropHintsAnnotation",
            "productSearchResults",
            "webDetection",
            "context",
        )
    ),
}
_ANSWER: Mapping[str, Any] = {"responses": _RESPONSE}


def masked(answer: dict[str, Any], fields: str) -> dict[str, Any]:
    """Return the parts of an answer to `BatchAnnotateImages` that `fields` names; all of it for an empty mask.

    Example:
        >>> masked({"responses": [{"error": {"code": 3, "message": "Bad image data."}}]}, "responses(error/code)")
        {'responses': [{'error': {'code': 3}}]}

    Raises:
        RequestError: 400, `fields` is not a mask, or names what no answer has.
    """
    kept: dict[str, Any] = _keep(paths_of(fields), answer) if fields.strip() else answer
    return kept


def paths_of(fields: str) -> frozenset[Path]:
    """Return the paths that a mask names, in lowerCamelCase.

    Example:
        >>> sorted(paths_of("responses(error/code,context),responses.web_detection"))
        [('responses', 'context'), ('responses', 'error', 'code'), ('responses', 'webDetection')]

    Raises:
        RequestError: 400, it is not a mask, or names what no answer has.
    """
    if len(fields) > MOST_LETTERS:
        raise invalid(f"The 'fields' parameter is longer than {MOST_LETTERS:,} characters.")
    letters = "".join(fields.split())
    marks = _MARKS.findall(letters)
    if "".join(marks) != letters:
        raise _unreadable(fields)
    paths = _paths(marks, fields)
    for path in paths:
        if not _exists(path):
            found = ".".join(path)
            raise invalid(f"Error expanding 'fields' parameter. Cannot find matching fields for path '{found}'.")
    return frozenset(paths)


def _paths(marks: list[str], fields: str) -> set[Path]:
    """Return the paths of a mask's names and marks, each after what stands before its open parentheses."""
    paths: set[Path] = set()
    opened: list[Path] = [()]
    path: Path = ()
    before = ","
    for mark in [*marks, ","]:
        named = before not in ",(/.)"
        if not (named or (before == ")" and mark in ",)") or (before in ",(/." and mark not in ",(/.)")):
            raise _unreadable(fields)
        if mark == "(":
            opened.append(path)
        elif mark in ",)":
            paths |= {path} if named else set()
            if mark == ")" and len(opened) > 1:
                opened.pop()
            elif mark == ")":
                raise _unreadable(fields)
            path = opened[-1]
        elif mark not in "/.":
            if named:
                raise _unreadable(fields)
            path = (*path, camel_case(mark))
        before = mark
    if len(opened) > 1:
        raise _unreadable(fields)
    return paths


def _exists(path: Path) -> bool:
    """Return whether an answer may have a field at this path."""
    levels: list[Mapping[str, Any] | None] = [_ANSWER]
    for name in path:
        if None in levels:
            return True
        below = [level for level in levels if level is not None]
        levels = [each for level in below for key, each in level.items() if name in (key, "*")]
    return bool(levels)


def _keep(paths: Set[Path], value: Any) -> Any:
    if () in paths:
        return value
    if isinstance(value, list):
        return [_keep(paths, each) for each in value]
    kept = {}
    for name, each in value.items():
        below = {path[1:] for path in paths if path[0] in (name, "*")}
        if () in below or (below and isinstance(each, dict | list)):
            kept[name] = _keep(below, each)
    return kept


def _unreadable(fields: str) -> RequestError:
    return invalid(f"Error expanding 'fields' parameter. It cannot be read: {fields[:60]!r}")
