"""The gate that every request passes, in and out: its id, its count, its time, its line in the log, its errors."""

import itertools
import json
import os
import re
import time
from collections.abc import Awaitable

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from saekdong.hosting.errors import RequestError
from saekdong.hosting.journal import Journal
from saekdong.hosting.logs import logger
from saekdong.hosting.traffic import Traffic

_SANE_ID = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
_ID = b"x-request-id"


class Gate:
    """An ASGI app around another one.

    It is written against ASGI itself, since it is passed by every request: Starlette's middleware base class would take
    as long as the prediction of a color.
    """

    def __init__(self, app: ASGIApp, traffic: Traffic, journal: Journal) -> None:
        self._app = app
        self._traffic = traffic
        self._journal = journal
        self._prefix = os.urandom(6).hex().encode()
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; whatever goes wrong is told in JSON, or at least in the log."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status, request_id = time.perf_counter(), 0, self._request_id(scope)

        def answer(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (_ID, request_id)]
            return send(message)

        self._traffic.in_flight += 1
        try:
            await self._app(scope, receive, answer)
        except RequestError as error:
            await refusal(error)(scope, receive, answer)
        except Exception:
            logger.exception("a request failed", extra={"fields": {"request_id": request_id.decode()}})
            if not status:
                await refusal(RequestError(500, "failed", "the service failed"))(scope, receive, answer)
        finally:
            self._traffic.in_flight -= 1
            route = getattr(scope.get("route"), "path", "other")
            seconds = time.perf_counter() - begun
            self._journal.add((time.time(), request_id.decode(), scope["method"], route, status, seconds))

    def _request_id(self, scope: Scope) -> bytes:
        """Return the client's X-Request-Id where it is sane, else a new one."""
        for name, value in scope["headers"]:
            if name == _ID and _SANE_ID.fullmatch(value):
                return bytes(value)
        return b"%s-%x" % (self._prefix, next(self._numbers))


def refusal(error: RequestError) -> Response:
    """Return the answer that tells what was wrong with a request."""
    content = {"error": {"code": error.code, "message": error.message}}
    headers = {"Retry-After": "1"} if error.status == 503 else None
    body = json.dumps(content, ensure_ascii=False).encode()
    return Response(body, error.status, media_type="application/json", headers=headers)
