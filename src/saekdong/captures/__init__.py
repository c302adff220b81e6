"""Captured requests of endpoints: lines in the form of SageMaker's Data Capture, in files by hour, here and on S3.

`saekdong.serving.capture` writes the lines on this machine, SageMaker writes them on S3; `read_captures` reads both.
"""

import importlib
from typing import TYPE_CHECKING, Any

from saekdong.captures.settings import CaptureSettings, Retention

if TYPE_CHECKING:
    from saekdong.captures.forgetting import forget_here, forget_on_s3
    from saekdong.captures.hours import remove_expired
    from saekdong.captures.reading import CapturedPayload, CapturedRequest, read_captures

__all__ = [
    "CaptureSettings",
    "CapturedPayload",
    "CapturedRequest",
    "Retention",
    "forget_here",
    "forget_on_s3",
    "read_captures",
    "remove_expired",
]

_HOMES = {
    "CapturedPayload": "reading",
    "CapturedRequest": "reading",
    "forget_here": "forgetting",
    "forget_on_s3": "forgetting",
    "read_captures": "reading",
    "remove_expired": "hours",
}


def __getattr__(name: str) -> Any:
    # Commands that only read the settings do without the rest.
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
