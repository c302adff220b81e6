"""An artifact and a catalog as an HTTP service: SageMaker's contract, Google's for palettes, and the shop's own API.

`local/` has the endpoints on this machine.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saekdong.hosting.catalog_api import CatalogApi
    from saekdong.hosting.models import Models
    from saekdong.hosting.server import serve
    from saekdong.hosting.service import Service

__all__ = ["CatalogApi", "Models", "Service", "serve"]

_HOMES = {"CatalogApi": "catalog_api", "Models": "models", "Service": "service", "serve": "server"}


def __getattr__(name: str) -> Any:
    # FastAPI is loaded on first use: commands that only ask an endpoint do without it.
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
