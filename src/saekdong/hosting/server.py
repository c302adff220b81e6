"""Run the service on uvicorn."""

import signal

import uvicorn

from saekdong.hosting.app import build_app
from saekdong.hosting.service import Service

GRACE = 25


def serve(service: Service, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; requests in flight are finished first, within 25 seconds."""
    app = build_app(service)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
        )
    )
    # uvicorn raises the signal that stopped it once more when all is done; that would be our exit code.
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: None)
    server.run()
