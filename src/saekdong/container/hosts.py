"""A job on several hosts: the first one trains, and the others wait until it is done.

A host that leaves early may end the whole job (local mode stops all when one ends). So the first host keeps a port
open while it works; the others connect to it, and leave when the connection ends.
"""

import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

PORT = 7433
# Hosts start at different times: each pulls the image on its own.
PATIENCE = 300.0
_WAITING = 128


@contextmanager
def working(hosts: Sequence[str], port: int = PORT) -> Iterator[None]:
    """Let the other hosts wait for the end of the block; if the port is taken, they do not wait."""
    server = None
    if len(hosts) > 1:
        with suppress(OSError):
            # No accept() is needed: the kernel holds the connections, and ends them with the socket.
            server = socket.create_server(("", port), backlog=_WAITING)
    try:
        yield
    finally:
        if server:
            server.close()


def wait_for(first: str, port: int = PORT, patience: float = PATIENCE) -> None:
    """Wait until `first` is done, or SIGTERM arrives; if it cannot be reached for `patience` seconds, do not wait."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            connection = socket.create_connection((first, port), timeout=10)
        except OSError:
            time.sleep(1)
            continue
        with connection, suppress(OSError):
            connection.settimeout(None)
            connection.recv(1)
        return
