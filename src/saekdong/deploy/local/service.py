"""The service of one version: a child process of the supervisor, on its own port."""

import asyncio
import ctypes
import json
import os
import signal
import socket
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from saekdong.deploy.local.backend import Backend, LateError, Lost
from saekdong.deploy.local.container import container_command
from saekdong.deploy.local.folder import PROCESS, SMOKE_COLOR, Folder, Version
from saekdong.deploy.local.log import Log
from saekdong.errors import SaekdongError

READY_WITHIN = 120.0
STOPPED_WITHIN = 30.0
_PAUSE = 0.05
_LINES = 10
_LONGEST_LINE = 1 << 16
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


class StartError(Exception):
    """A service does not start or does not work; the message says why."""


class RunningService:
    """A running service.

    Attributes:
        version: the version that it serves.
        backend: its address.
        lines: the last lines of its output.
    """

    def __init__(self, version: Version, port: socket.socket, process: asyncio.subprocess.Process, log: Log) -> None:
        self.version = version
        self.backend = Backend(port.getsockname()[1])
        self.lines: deque[str] = deque(maxlen=_LINES)
        self._port, self._process, self._log = port, process, log
        self._ended = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, folder: Folder, version: Version, log: Log) -> "RunningService":
        """Start the service of a version; it is not ready yet.

        Raises:
            StartError: it cannot be started.
        """
        port = _reserve()
        number = port.getsockname()[1]
        try:
            command = await asyncio.to_thread(_command, folder, version, number)
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                cwd="/",
                env={name: value for name, value in os.environ.items() if not name.startswith("SAEKDONG_")},
                preexec_fn=_end_with(os.getpid()),
            )
        except (OSError, SaekdongError) as error:
            port.close()
            raise StartError(str(error)) from error
        log.event("service started", version=version.number, model_id=version.model, process=process.pid, port=number)
        return cls(version, port, process, log)

    async def check(self) -> None:
        """Wait until it is ready, and request a prediction from it.

        Raises:
            StartError: it ends, is not ready within two minutes, or gives a wrong answer.
        """
        try:
            async with asyncio.timeout(READY_WITHIN):
                while not await self.pings():
                    if self._ended.done():
                        raise StartError(f"it ended with {self._process.returncode} before it was ready")
                    await asyncio.sleep(_PAUSE)
                await self._predict()
        except TimeoutError as error:
            raise StartError(f"it was not ready within {READY_WITHIN:.0f} s") from error
        except (Lost, LateError) as error:
            raise StartError(f"it did not answer a prediction: {error}") from error

    async def pings(self) -> bool:
        """Return whether /ping returns 200 within 2 seconds, as SageMaker requires."""
        with suppress(Lost, TimeoutError):
            async with asyncio.timeout(2):
                return (await self.backend.ask("GET", b"/ping", [], b"")).status == 200
        return False

    async def ended(self) -> None:
        """Wait until the process has ended, for any reason."""
        await asyncio.shield(self._ended)

    async def stop(self) -> None:
        """End it after the requests in flight: SIGTERM, and SIGKILL after half a minute."""
        for number, within in ((signal.SIGTERM, STOPPED_WITHIN), (signal.SIGKILL, None)):
            with suppress(ProcessLookupError):
                self._process.send_signal(number)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ended(), within)
                break
        self._log.event("service stopped", version=self.version.number, process=self._process.pid)

    async def _predict(self) -> None:
        body = json.dumps(dict(zip("rgb", SMOKE_COLOR, strict=True))).encode()
        answer = await self.backend.ask("POST", b"/invocations", [(b"content-type", b"application/json")], body)
        shown = answer.body[:200].decode("utf-8", "replace")
        if answer.status != 200:
            raise StartError(f"it answers a prediction with {answer.status}: {shown}")
        with suppress(ValueError, TypeError, KeyError):
            if json.loads(answer.body)["label"] == self.version.label:
                return
        raise StartError(f"it should say {self.version.label} of the color {SMOKE_COLOR}, and says {shown}")

    async def _listen(self) -> None:
        """Copy its output to the log until it has ended."""
        assert self._process.stdout is not None  # noqa: S101
        rest = b""
        while chunk := await self._process.stdout.read(_LONGEST_LINE):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > _LONGEST_LINE:
                lines, rest = [*lines, rest], b""
            self._write(lines)
        self._write([rest] if rest else [])
        await self._process.wait()
        self._port.close()
        self._closing = asyncio.create_task(self.backend.close())

    def _write(self, lines: Sequence[bytes]) -> None:
        for line in lines:
            self._log.write(line)
            self.lines.append(line.decode("utf-8", "replace"))


def _command(folder: Folder, version: Version, port: int) -> list[str]:
    model = folder.model(version.number)
    if version.engine != PROCESS:
        return container_command(version, folder, port)
    # -P: no module is imported from the current folder.
    command = [sys.executable, "-P", "-m", "saekdong", "serve", str(model), "--host", "127.0.0.1", "--port", str(port)]
    if version.capture:
        command += [f"--capture={version.capture.percent}", f"--keep={version.capture.keep}"]
        command += [f"--capture-to={folder.captures}", *(["--capture-photos"] if version.capture.photos else [])]
    return command


def _reserve() -> socket.socket:
    """Return a socket on a free port that no other process gets while it is open.

    It does not listen, and SO_REUSEADDR lets the service do so on the same port.
    """
    port = socket.socket()
    port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    port.bind(("127.0.0.1", 0))
    return port


def _end_with(parent: int) -> Callable[[], None]:
    """Return what the child does first: ask the kernel to end it with its parent, however that ends."""

    def ask() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return ask
