"""An artifact as an HTTP service: SageMaker's contract, and Google's for palettes."""

from saekdong.hosting.app import build_app
from saekdong.hosting.catalog_api import CatalogApi
from saekdong.hosting.server import serve
from saekdong.hosting.service import Service

__all__ = ["CatalogApi", "Service", "build_app", "serve"]
