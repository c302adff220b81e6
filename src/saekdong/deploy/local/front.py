"""An endpoint's address: takes requests, and forwards each to the service of that moment.

A request is read whole before it is forwarded. So it can wait while a service is replaced or restarted, and be sent
again if a service ended without an answer: a prediction changes nothing.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from saekdong.deploy.local import runtime
from saekdong.deploy.local.backend import Backend, BackendResponse, Headers, LateError, Lost
from saekdong.deploy.local.request_counts import RequestCounts
from saekdong.entrance.bounds import MOST_BODY
from saekdong.entrance.errors import RequestError
from saekdong.entrance.sites import Sites

HELD_WITHIN = 20.0
_MOST_DRAINED = 4 * MOST_BODY
_PAUSE = 0.05
_MOST_LOSSES = 2
# Headers of the connection, not of the request or the response; the server writes its own date and length.
_NOT_PASSED = frozenset(
    b"connection content-length date expect host keep-alive te trailer transfer-encoding upgrade".split()
)

_NOT_COUNTED = ("/ping", "/metrics")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Front:
    """The ASGI app at an endpoint's address.

    Attributes:
        backend: the service that gets the requests; None while there is none.
        refusal: the error to return if no service will come; empty while requests should wait for one.
    """

    def __init__(self, name: str, port_of: Callable[[str], int], traffic: RequestCounts) -> None:
        """Make the front of an endpoint.

        Args:
            name: the endpoint's name.
            port_of: returns the port of another local endpoint, or 0 if there is none.
            traffic: counts the requests.
        """
        self.backend: Backend | None = None
        self.refusal = ""
        self._traffic = traffic
        self._name, self._port_of, self._sites = name, port_of, Sites("127.0.0.1")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        assert scope["type"] == "http"  # noqa: S101
        try:
            self._sites.check(scope["method"], dict(scope["headers"]))
        except RequestError as refused:
            await _respond(send, _refusal(refused))
            return
        asked = runtime.PATH.fullmatch(scope["path"]) if scope["method"] == "POST" else None
        name, operation = asked.groups() if asked else ("", "")
        began = time.monotonic()
        try:
            body = await _read(receive)
            answer = await (self._operate(name, operation, scope, body) if asked else self._pass(scope, body))
        except RequestError as refused:
            answer = runtime.runtime_refusal(name, refused.status, str(refused)) if asked else _refusal(refused)
        except _GoneError:
            return
        if scope["path"] not in _NOT_COUNTED:
            self._traffic.add(answer.status, time.monotonic() - began)
        await _respond(send, answer)

    async def _pass(self, scope: Scope, body: bytes) -> BackendResponse:
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        return await self._ask(scope["method"], target, _passed(scope["headers"]), body)

    async def _operate(self, name: str, operation: str, scope: Scope, body: bytes) -> BackendResponse:
        """Do an operation of SageMaker's runtime API, or return the error that SageMaker would return."""
        headers = _passed(scope["headers"])
        if refused := runtime.check_parameters(name, headers, len(body)):
            return refused
        if name != self._name:
            return await self._neighbor(name, scope["raw_path"], headers, body)
        if refused := runtime.check_support(name, operation, headers):
            return refused
        answer = await self._ask("POST", b"/invocations", runtime.passed_headers(operation, headers), body)
        return runtime.answer_of(name, operation, answer)

    async def _neighbor(self, name: str, path: bytes, headers: Headers, body: bytes) -> BackendResponse:
        """Forward the request to another endpoint of this machine."""
        port = self._port_of(name)
        if not port:
            return runtime.not_found(name)
        neighbor = Backend(port)
        try:
            return await neighbor.ask("POST", path, headers, body)
        except (Lost, LateError) as error:
            raise RequestError(503, "unavailable", f"{name}: {error}") from error
        finally:
            await neighbor.close()

    async def _ask(self, method: str, target: bytes, headers: Headers, body: bytes) -> BackendResponse:
        """Forward a request to the current service; if that is being replaced or ended, wait, or send it again.

        Raises:
            RequestError: 502, 503 or 504.
        """
        until = time.monotonic() + HELD_WITHIN
        losses = 0
        while time.monotonic() < until and not self.refusal:
            try:
                if self.backend is not None:
                    return await self.backend.ask(method, target, headers, body)
            except LateError as error:
                raise RequestError(504, "late", str(error)) from error
            except Lost as lost:
                losses += lost.sent
                if losses == _MOST_LOSSES:
                    raise RequestError(502, "lost", f"the service ended {losses} times with this request") from lost
            await asyncio.sleep(_PAUSE)
        raise RequestError(503, "unavailable", self.refusal or "the service is restarting; try again in a second")


async def _read(receive: Receive) -> bytes:
    """Return the body; the entrance limits the memory of all bodies.

    Raises:
        RequestError: it is too large. It is still read to its end, because a client that is sending would not see
            the answer.
        _GoneError: the client disconnected.
    """
    parts: list[bytes] = []
    size, more = 0, True
    while more and size <= _MOST_DRAINED:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _GoneError
        part, more = message.get("body", b""), message.get("more_body", False)
        size += len(part)
        if size <= MOST_BODY:
            parts.append(part)
        else:
            parts.clear()
    if size > MOST_BODY:
        raise RequestError(413, "too-large", f"the body is larger than {MOST_BODY >> 20} MB")
    return b"".join(parts)


class _GoneError(Exception):
    """The client disconnected."""


def _passed(headers: Headers) -> Headers:
    return [(name, value) for name, value in headers if name.lower() not in _NOT_PASSED]


def _refusal(refused: RequestError) -> BackendResponse:
    content = {"error": {"code": refused.code, "message": str(refused)}}
    headers = [(b"content-type", b"application/json"), *([(b"retry-after", b"1")] if refused.status == 503 else [])]
    return BackendResponse(refused.status, headers, json.dumps(content, ensure_ascii=False).encode())


async def _respond(send: Send, answer: BackendResponse) -> None:
    headers = [*_passed(answer.headers), (b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
