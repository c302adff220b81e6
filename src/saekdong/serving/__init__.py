"""An artifact as an HTTP service: SageMaker's contract, Google's for palettes, and metrics."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saekdong.serving.models import Models
    from saekdong.serving.server import serve
    from saekdong.serving.service import Service

__all__ = ["Models", "Service", "serve"]

_HOMES = {"Models": "models", "Service": "service", "serve": "server"}


def __getattr__(name: str) -> Any:
    # FastAPI is loaded on first use: commands that only ask an endpoint do without it.
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
