"""Run the service on uvicorn: in this process, or in several."""

import asyncio
import contextlib
import importlib
import logging
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from saekdong.captures.hours import VARIANT
from saekdong.entrance.entrance import configure, listeners
from saekdong.entrance.listening import listen, stop_by_signals
from saekdong.entrance.sites import Sites
from saekdong.extras import missing_extra
from saekdong.files import check_writable
from saekdong.interruption import STOPS, Interruptions, end_at_once
from saekdong.scratch import scratch_folder
from saekdong.serving.logs import configuration, logger

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

    from starlette.types import ASGIApp

    from saekdong.captures.settings import CaptureSettings
    from saekdong.serving.models import Models
    from saekdong.serving.mount import Mount
    from saekdong.serving.service import Service
    from saekdong.serving.shared import Shared
    from saekdong.serving.traffic import Traffic
    from saekdong.serving.vision.grpc_server import GrpcServer

DRAIN, GRACE = 10, 12
_SWITCH_SECONDS = 0.0005
"""How long a thread that reads a large body keeps the event loop waiting; Python's own 5 ms add up with each client."""
FIGURES = "PROMETHEUS_MULTIPROC_DIR"
"""Where the workers keep their figures; prometheus-client reads it when it is imported."""


def serve(
    service: "Service | Models",
    host: str,
    port: int,
    workers: int = 1,
    log_level: str = "info",
    open_mount: "Callable[[], Mount] | None" = None,
    grpc_port: int | None = None,
    model: str = "",
    names: Collection[str] = (),
    capture: "tuple[Path, CaptureSettings] | None" = None,
) -> None:
    """Serve until SIGTERM or SIGINT.

    From then on `/ping` is answered with 503, while requests are taken until none is in flight, for 10 seconds at most;
    then no more are taken, and those in flight have 12 seconds to be finished.

    Args:
        service: what answers, or several models; these are held by one process.
        host: the address to listen on.
        port: the port to listen on.
        workers: processes that answer; one that dies is replaced.
        log_level: debug, info, warning or error.
        open_mount: returns further routes, in each process.
        grpc_port: the port of Google Cloud Vision's gRPC API; None for none.
        model: the model's name and where it comes from, for the log.
        names: other names than this machine's own that are answered, as a proxy passes them on.
        capture: the folder of captured requests, and which requests are captured; None for none.

    Raises:
        SaekdongError: an address cannot be listened on, what gRPC needs is not installed, or the folder of captured
            requests cannot be written.
    """
    from saekdong.serving.service import Service

    if grpc_port is not None:
        _check_grpc(host, grpc_port)
    if capture:
        check_writable(capture[0] / VARIANT, folder=True)
    # A shared value brings a process along that cleans up after it.
    started = multiprocessing.get_context("spawn").Value("i", 0) if workers > 1 else None
    open_grpc = None if grpc_port is None else partial(_open_grpc, host, grpc_port, workers)
    config = configure(
        partial(_worker, service, workers, started, open_mount, open_grpc, partial(Sites, host, tuple(names)), capture),
        factory=True,
        workers=workers,
        log_config=configuration(log_level),
        timeout_graceful_shutdown=GRACE,
    )
    with listen(host, port) as listener:
        sockets = listeners(listener)
        fields = {"address": f"http://{host}:{port}", "workers": workers}
        fields |= {} if grpc_port is None else {"grpc_port": grpc_port}
        fields |= {"model": model} if model else {}
        fields |= {"model_id": service.artifact.id} if isinstance(service, Service) else {}
        # A process that learns that it serves may stop it at once.
        if workers > 1:
            processes = _Workers(config, sockets=sockets)
            logger.info("serving", extra={"fields": fields})
            with _figures():
                processes.run()
        else:
            server = uvicorn.Server(config)
            stop_by_signals(server)
            logger.info("serving", extra={"fields": fields})
            server.run(sockets=sockets)
        logger.info("stopped")


class _Workers(Multiprocess):
    """Uvicorn's workers; a second Ctrl-C or SIGTERM ends them at once."""

    def __init__(self, config: uvicorn.Config, sockets: "list[socket.socket]") -> None:
        super().__init__(config, sockets)
        interruptions = Interruptions()

        def take(number: int, _frame: FrameType | None) -> None:
            if interruptions.is_second():
                end_at_once()
            self.signal_queue.append(number)

        for number in STOPS:
            signal.signal(number, take)


@contextlib.contextmanager
def _figures() -> Iterator[None]:
    """Give workers a folder for their figures, so that `/metrics` can sum them up."""
    with scratch_folder() as folder:
        os.environ[FIGURES] = str(folder)
        yield


def _worker(
    service: "Service | Models",
    workers: int,
    started: "Synchronized[int] | None",
    open_mount: "Callable[[], Mount] | None",
    open_grpc: "Callable[[Shared], GrpcServer] | None",
    sites_for: "Callable[[Sequence[str]], Sites]",
    capture: "tuple[Path, CaptureSettings] | None",
) -> "ASGIApp":
    """Return the app of one worker, in its own process."""
    from saekdong.serving.app import build_app
    from saekdong.serving.capture import Capture
    from saekdong.serving.shared import Shared
    from saekdong.serving.traffic import Traffic

    logging.captureWarnings(capture=True)
    sys.setswitchinterval(_SWITCH_SECONDS)
    traffic = Traffic(lambda: started is None or started.value >= workers)
    shared = Shared(traffic, capture=Capture(*capture) if capture else None)

    @contextlib.asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        _stop_gently(shared.traffic, is_alone=workers == 1)
        async with _running(open_grpc(shared) if open_grpc else None):
            if started is not None:
                with started.get_lock():
                    started.value += 1
            yield
        shared.request_log.write()
        if shared.capture:
            shared.capture.close()
        logger.debug("worker stopped")

    mount = open_mount() if open_mount else None
    return build_app(service, shared, lifespan, mount, sites_for(mount.origins if mount else ()))


@contextlib.asynccontextmanager
async def _running(server: "GrpcServer | None") -> AsyncIterator[None]:
    """Have gRPC answered until the end of the block, and for as long after it as requests in flight take."""
    if server is None:
        yield
        return
    await server.start()
    yield
    await server.stop(GRACE)


def _check_grpc(host: str, port: int) -> None:
    """Check that gRPC can be served, before any worker starts.

    Raises:
        SaekdongError: the extra is not installed, or the address cannot be listened on.
    """
    try:
        importlib.import_module("saekdong.serving.vision.grpc_server")
    except ImportError as error:
        problem = f"--grpc-port needs grpcio, grpcio-health-checking and google-cloud-vision: {error}"
        raise missing_extra("google", problem) from error
    listen(host, port, "--grpc-port").close()


def _open_grpc(host: str, port: int, workers: int, shared: "Shared") -> "GrpcServer":
    from saekdong.serving.vision.grpc_server import GrpcServer

    return GrpcServer(host, port, shared, several=workers > 1)


def _stop_gently(traffic: "Traffic", *, is_alone: bool) -> None:
    """Let the first SIGTERM or SIGINT wait for the requests in flight before the server's own handler runs.

    A second one ends a process that is alone at once. Of several, the one that started them ends them all.
    """
    interruptions = Interruptions()
    loop = asyncio.get_running_loop()
    stops: dict[int, Callable[[int, FrameType | None], Any]] = {}
    tasks = set()

    async def drain(sig: int) -> None:
        await traffic.ended(DRAIN)
        stops[sig](sig, None)

    def stop(sig: int, _frame: FrameType | None) -> None:
        if interruptions.is_second() and is_alone:
            end_at_once()
        if traffic.stopping:
            return
        traffic.stopping = True
        loop.call_soon_threadsafe(lambda: tasks.add(loop.create_task(drain(sig))))

    for sig in STOPS:
        previous = signal.getsignal(sig)
        assert callable(previous)  # noqa: S101
        stops[sig] = previous
        signal.signal(sig, stop)
