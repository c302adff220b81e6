"""`IMAGE serve`: the container of a SageMaker endpoint or batch transform."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from saekdong.captures import CaptureSettings, Retention
from saekdong.container.layout import Layout
from saekdong.container.privileges import drop_privileges
from saekdong.cores import count_cores
from saekdong.errors import SaekdongError
from saekdong.model import artifact
from saekdong.serving.media_types import CSV, LINES
from saekdong.serving.models import Models
from saekdong.serving.server import serve
from saekdong.serving.service import Reply, Service

PORT = 8080
_MOST_PORT = 65535
_MOST_WORKERS = 256
_CAPTURE = "SAEKDONG_SERVE_CAPTURE"


class BatchService(Service):
    """A service whose answers lack the final line end: batch transform adds it (AssembleWith Line)."""

    def answer(self, body: bytes, content_type: str, accept: str) -> Reply:
        """Answer a request as `Service.answer` does."""
        reply = super().answer(body, content_type, accept)
        return reply._replace(body=reply.body.removesuffix(b"\n")) if reply.media_type in (CSV, LINES) else reply


def run_server(layout: Layout | None = None) -> int:
    """Serve the model in the model's folder until SIGTERM, and return the exit code.

    SageMaker describes the endpoint in environment variables: SAGEMAKER_BIND_TO_PORT, SAGEMAKER_MULTI_MODEL,
    SAGEMAKER_BATCH, and SAGEMAKER_MODEL_SERVER_WORKERS, by default the number of cores. Elsewhere requests are captured
    as the variables of `saekdong serve` say; on SageMaker, the service captures them itself.
    """
    layout = layout or Layout.here()
    try:
        port = _number(os.environ, "SAGEMAKER_BIND_TO_PORT", PORT, _MOST_PORT)
        cores = count_cores()
        workers = _number(os.environ, "SAGEMAKER_MODEL_SERVER_WORKERS", cores, _MOST_WORKERS)
        capture = _capture(os.environ, layout.captures)
        if _is_true(os.environ, "SAGEMAKER_MULTI_MODEL"):
            serve(Models(_half_of_memory(), layout.models), "0.0.0.0", port, capture=capture)  # noqa: S104
        else:
            kind = BatchService if _is_true(os.environ, "SAGEMAKER_BATCH") else Service
            service = kind(artifact.load(layout.model))
            drop_privileges()
            serve(service, "0.0.0.0", port, workers, capture=capture)  # noqa: S104
    except SaekdongError as error:
        print(f"saekdong: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    return 0


def _capture(environment: Mapping[str, str], folder: Path) -> tuple[Path, CaptureSettings] | None:
    """Return where requests are captured, and which; None for none."""
    if (environment.get(_CAPTURE) or "0") == "0":
        return None
    settings = CaptureSettings(
        _number(environment, _CAPTURE, 100, 100),
        Retention.parse(environment.get("SAEKDONG_SERVE_KEEP") or str(Retention())),
        _is_true(environment, "SAEKDONG_SERVE_CAPTURE_PHOTOS"),
    )
    return Path(environment.get("SAEKDONG_SERVE_CAPTURE_TO") or folder), settings


def _number(environment: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= most:
        raise SaekdongError(f"{name} is {text!r}", fix=f"give a whole number from 1 to {most}")
    return int(text)


def _is_true(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").casefold() in ("true", "1")


def _half_of_memory() -> int:
    """Return the memory that several models may use: half of the machine's, which runs only this container."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
