"""Run the studio on uvicorn."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from saekdong.entrance.entrance import configure, listeners
from saekdong.entrance.listening import listen, stop_by_signals
from saekdong.interruption import Interruptions, end_at_once

GRACE = 10


class _Server(uvicorn.Server):
    """A server that a second Ctrl-C or SIGTERM ends at once."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._interruptions = Interruptions()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal."""
        if self._interruptions.is_second():
            end_at_once()
        super().handle_exit(sig, frame)


def run_studio(
    app: ASGIApp,
    host: str,
    port: int,
    on_listening: Callable[[], None] = lambda: None,
    beside: AbstractContextManager[None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; requests in flight are finished first, within 10 seconds.

    Args:
        app: what answers.
        host: the address to listen on.
        port: the port to listen on.
        on_listening: called once clients can connect.
        beside: entered then, and left at the end, such as `opened`.

    Raises:
        SaekdongError: the address cannot be listened on.
    """
    server = _Server(configure(app, log_level="warning", timeout_graceful_shutdown=GRACE))
    stop_by_signals(server)
    with listen(host, port) as listener:
        on_listening()
        with beside or nullcontext():
            server.run(sockets=listeners(listener))


def address_of(host: str, port: int) -> str:
    """Return the address of the page, as a browser on this machine takes it.

    Example:
        >>> address_of("0.0.0.0", 8090), address_of("::1", 8090)
        ('http://127.0.0.1:8090', 'http://[::1]:8090')
    """
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"
