"""The supervisor: keeps an endpoint's address and its service, and follows its orders.

It ends by SIGTERM, or when its folder is removed. The kernel ends its services with it, however it ends.
"""

import asyncio
import logging
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

import uvicorn

from saekdong.deploy.local.container import remove_containers
from saekdong.deploy.local.folder import Folder, Version, folders, utc_now
from saekdong.deploy.local.front import Front
from saekdong.deploy.local.log import Log, LogHandler, trim
from saekdong.deploy.local.request_counts import RequestCounts
from saekdong.deploy.local.service import RunningService, StartError
from saekdong.entrance.entrance import configure, listeners
from saekdong.errors import SaekdongError

FIRST_PORT, LAST_PORT = 8100, 8999
MOST_CRASHES = 5
STEADY_AFTER = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_CARE_EVERY = 10.0
_MOST_MISSED = 3
_DRAINED_WITHIN = 65.0
_KEEP_ALIVE = 75
_PORT_WITHIN = 10.0


def supervise(folder: Folder) -> None:
    """Supervise the endpoint of a folder until SIGTERM."""
    logging.getLogger().addHandler(LogHandler(Log(folder.log)))
    asyncio.run(Supervisor(folder).run())


class Supervisor:
    """Supervises one endpoint."""

    def __init__(self, folder: Folder) -> None:
        self._folder, self._log = folder, Log(folder.log)
        state = folder.state
        self._state = replace(state, created=state.created or utc_now(), detail="", status="Creating")
        self._traffic = RequestCounts(folder.traffic)
        self._front = Front(folder.name, self._port_of, self._traffic)
        self._service: RunningService | None = None
        self._crashes = 0
        self._woken, self._changed = asyncio.Event(), asyncio.Event()
        self._leaving: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Supervise until SIGTERM; requests in flight are finished first."""
        try:
            listening = await _listen(self._state.port, self._folder)
        except SaekdongError as error:
            order = self._folder.order
            self._update(status="Failed", detail=str(error), failure=str(error), order=order.id if order else "")
            return
        self._update(port=listening.getsockname()[1])
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._woken.set)
        server = uvicorn.Server(
            configure(
                self._front,
                log_config=None,
                lifespan="off",
                timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=int(_DRAINED_WITHIN),
            )
        )
        # Needed until uvicorn handles SIGTERM itself; uvicorn raises the signal again when it has stopped.
        signal.signal(signal.SIGTERM, lambda *_: setattr(server, "should_exit", True))
        for engine in self._folder.engines():
            with suppress(SaekdongError):
                remove_containers(engine, self._folder.path)
        self._log.event("supervisor started", address=self._state.address)
        tasks = [asyncio.create_task(work) for work in (self._obey(server), self._care(), self._watch())]
        for task in tasks:
            # A task ends by itself only at an unexpected error, or if the folder is gone.
            task.add_done_callback(lambda _: setattr(server, "should_exit", True))
        await server.serve(sockets=listeners(listening))
        for task in tasks:
            task.cancel()
        if self._folder.mark.exists():
            self._traffic.write()
        self._update(status="OutOfService", detail="stopped")
        await asyncio.gather(*self._leaving, *([self._service.stop()] if self._service else []))
        self._log.event("supervisor stopped")

    async def _watch(self) -> None:
        """Wait until somebody removes the folder; from then on nothing can be reported."""
        while self._folder.mark.exists():
            trim(sys.stderr.fileno())
            self._traffic.write()
            await asyncio.sleep(_CARE_EVERY)

    async def _obey(self, server: uvicorn.Server) -> None:
        """Follow the orders, one after the other, until SIGTERM; later ones are left to the next supervisor."""
        while not server.should_exit:
            self._woken.clear()
            with suppress(SaekdongError):
                order = self._folder.order
                if order is not None and order.id != self._state.order:
                    await self._follow(order.id, order.version)
                    continue
            await self._woken.wait()

    def _ordered(self) -> int:
        """Return the version of an order that is not done yet, or 0."""
        order = self._folder.order
        return order.version if order is not None and order.id != self._state.order else 0

    async def _follow(self, order: str, number: int) -> None:
        """Serve a version if it answers correctly; otherwise go on as before, and report why."""
        version = self._folder.version(number)
        if version is None:
            self._update(order=order, failure=f"there is no version {number}", lines=[])
            return
        if self._service is not None and self._service.version == version:
            self._update(order=order, failure="", lines=[], detail="")
            return
        self._update(status="Updating" if self._service else "Creating", detail=f"version {number}: starting")
        service = None
        try:
            service = await RunningService.start(self._folder, version, self._log)
            self._update(detail=f"version {number}: waiting until it is ready")
            await service.check()
            self._record(order, number)
        except (StartError, SaekdongError) as error:
            self._log.event("version refused", version=number, model_id=version.model, reason=str(error))
            if service is not None:
                await service.stop()
            self._refuse(order, f"version {number}: {error}", list(service.lines) if service else [])
            return
        self._switch(service)

    def _record(self, order: str, number: int) -> None:
        """Record a version as the one in service, before it gets requests.

        Raises:
            SaekdongError: the record cannot be written; then the version is not in service.
        """
        current, former = self._state.current, self._state.former
        state = replace(
            self._state,
            status="InService",
            current=number,
            former=former if current == number else current,
            detail="",
            order=order,
            failure="",
            lines=[],
        )
        self._folder.write_state(state)
        self._state = state

    def _refuse(self, order: str, failure: str, lines: list[str]) -> None:
        if self._service is None:
            self._front.refusal = failure
        status = "InService" if self._service else "Failed"
        self._update(order=order, failure=failure, lines=lines, status=status, detail=self._front.refusal)

    def _switch(self, service: RunningService) -> None:
        """Send requests to a service from now on; the one before ends after its own are answered."""
        before, self._service = self._service, service
        self._front.backend, self._front.refusal = service.backend, ""
        self._crashes = 0
        self._changed.set()
        self._log.event("in service", version=service.version.number, model_id=service.version.model)
        if before is not None:
            task = asyncio.create_task(self._drain(before))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def _drain(self, service: RunningService) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(service.backend.drained(), _DRAINED_WITHIN)
        await service.stop()

    async def _care(self) -> None:
        """Start the recorded version, and restart it if it ends or no longer answers."""
        current = self._folder.version(self._state.current) if self._state.current else None
        if current is not None and self._ordered() != current.number:
            await self._revive(current)
        while True:
            self._changed.clear()
            service = self._service
            if service is None:
                await self._changed.wait()
                continue
            began = time.monotonic()
            await self._until_dead(service)
            if service is self._service:
                self._service = self._front.backend = None
                self._crashes = self._crashes * (time.monotonic() - began < STEADY_AFTER) + 1
                self._log.event("service ended", version=service.version.number, crashes=self._crashes)
                await self._revive(service.version)

    async def _until_dead(self, service: RunningService) -> None:
        """Wait until a service has ended or was replaced; end one that misses three pings in a row."""
        missed = 0
        while missed < _MOST_MISSED:
            with suppress(TimeoutError):
                await asyncio.wait_for(service.ended(), _CARE_EVERY)
                return
            if service is not self._service:
                return
            missed = 0 if await service.pings() else missed + 1
        self._log.event("service does not answer /ping", version=service.version.number)
        await service.stop()

    async def _revive(self, version: Version) -> None:
        """Start a version until it answers; give up after five crashes."""
        while self._service is None and self._crashes < MOST_CRASHES:
            self._update(
                status="Updating" if self._crashes else "Creating",
                detail=f"restarting after {self._crashes} crashes" if self._crashes else "",
            )
            if self._crashes:
                await asyncio.sleep(min(_FIRST_PAUSE * 2 ** (self._crashes - 1), _LONGEST_PAUSE))
            service = None
            try:
                service = await RunningService.start(self._folder, version, self._log)
                await service.check()
            except StartError as error:
                self._crashes += 1
                self._log.event("service did not start", version=version.number, reason=str(error))
                if service is not None:
                    await service.stop()
                continue
            if self._service is None:
                crashes = self._crashes
                self._switch(service)
                self._crashes = crashes
                self._update(status="InService", detail=f"restarted after {crashes} crashes" if crashes else "")
            else:
                await service.stop()
        if self._service is None:
            self._front.refusal = f"the service crashed {self._crashes} times; see 'saekdong logs {self._folder.name}'"
            self._update(status="Failed", detail=self._front.refusal)

    def _update(self, **changes: Any) -> None:
        """Change the state; if it cannot be written, as on a full disk, go on without."""
        self._state = replace(self._state, **changes)
        if not self._folder.mark.exists():
            return
        try:
            self._folder.write_state(self._state)
        except SaekdongError as error:
            self._log.event("cannot write the state", reason=str(error))

    def _port_of(self, name: str) -> int:
        for folder in folders(self._folder.path.parent):
            if folder.name == name and folder.supervised:
                return folder.state.port
        return 0


async def _listen(port: int, folder: Folder) -> socket.socket:
    """Return a listening socket: on the endpoint's port, or on the first free one if it has none yet.

    Raises:
        SaekdongError: the port is taken, and stays taken.
    """
    until = time.monotonic() + _PORT_WITHIN
    while port:
        # The kernel may release the lock of a killed supervisor a moment before its port.
        if (listening := _try_port(port)) or time.monotonic() > until:
            break
        await asyncio.sleep(_FIRST_PAUSE)
    else:
        taken = {each.state.port for each in folders(folder.path.parent)}
        free = (number for number in range(FIRST_PORT, LAST_PORT + 1) if number not in taken)
        listening = next(filter(None, map(_try_port, free)), None)
    if listening is None:
        what = f"port {port}" if port else f"every port from {FIRST_PORT} to {LAST_PORT}"
        raise SaekdongError(f"{what} is taken", fix="stop what listens there")
    return listening


def _try_port(number: int) -> socket.socket | None:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Connections inherit it. Without it, the head and the body of a response are 40 ms apart.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listening.bind(("127.0.0.1", number))
        listening.listen(2048)
    except OSError:
        listening.close()
        return None
    return listening
