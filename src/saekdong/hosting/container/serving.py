"""`IMAGE serve`: a SageMaker endpoint's container, or a batch transform's."""

import os
import sys

from saekdong.errors import SaekdongError
from saekdong.hosting.container.layout import Layout
from saekdong.hosting.server import serve
from saekdong.hosting.service import Service
from saekdong.model import artifact

PORT = 8080


def run_server(layout: Layout | None = None) -> int:
    """Serve the model in the model's folder until SIGTERM, and return the exit code."""
    layout = layout or Layout.here()
    try:
        service = Service(artifact.load(layout.model))
        port = _port()
    except SaekdongError as error:
        print(f"saekdong: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    print(f"saekdong: serving {layout.model} on port {port}", file=sys.stderr, flush=True)
    serve(service, "0.0.0.0", port)  # noqa: S104
    return 0


def _port() -> int:
    text = os.environ.get("SAGEMAKER_BIND_TO_PORT", "") or str(PORT)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise SaekdongError(f"SAGEMAKER_BIND_TO_PORT is {text!r}", fix="give a port, a number from 1 to 65535")
    return int(text)
