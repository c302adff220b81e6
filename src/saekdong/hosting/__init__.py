"""An artifact as an HTTP service: SageMaker's contract, and Google's for palettes."""

from saekdong.hosting.models import Models
from saekdong.hosting.server import serve
from saekdong.hosting.service import Service

__all__ = ["Models", "Service", "serve"]
