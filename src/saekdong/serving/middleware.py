"""The middleware around all routes: a request's id, its count, its time, its line in the log, its errors."""

import itertools
import json
import os
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from saekdong.entrance.bounds import STATUS
from saekdong.entrance.errors import RequestError
from saekdong.entrance.sites import Sites
from saekdong.serving.logs import logger
from saekdong.serving.request_log import RequestLog
from saekdong.serving.traffic import Traffic

if TYPE_CHECKING:
    from saekdong.entrance.connection import Cycle

_SANE_ID = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")
REQUEST_ID = b"x-request-id"
HEADERS = "saekdong.headers"
"""The key of a request's scope for its headers by name; of several with one name, the last."""
ID = "saekdong.request_id"
"""The key of a request's scope for its id."""
_OF_GOOGLE = re.compile(r"/v1(p[0-9]+beta[0-9]+)?(/|$)")
# HTTP statuses by google.rpc.Code; Google refuses too large a body with 400.
_GOOGLE_STATUS = {
    404: (404, "NOT_FOUND"),
    405: (405, "UNIMPLEMENTED"),
    413: (400, "INVALID_ARGUMENT"),
    500: (500, "INTERNAL"),
    503: (503, "UNAVAILABLE"),
}


class RequestLogMiddleware:
    """An ASGI app around another one.

    It is written against ASGI itself, since it is passed by every request: Starlette's middleware base class would take
    as long as the prediction of a color.
    """

    def __init__(self, app: ASGIApp, traffic: Traffic, request_log: RequestLog, sites: Sites | None = None) -> None:
        self._app = app
        self._traffic = traffic
        self._request_log = request_log
        self._sites = sites
        self.ids = RequestIds()
        self.quick: Callable[[Cycle], bool] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; any error is returned as JSON, or at least logged."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status, headers = time.perf_counter(), 0, dict(scope["headers"])
        scope[HEADERS] = headers
        request_id = scope[ID] = self.ids.of(headers)

        def answer(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (REQUEST_ID, request_id)]
            return send(message)

        self._traffic.in_flight += 1
        try:
            if self._sites:
                self._sites.check(scope["method"], headers)
            await self._app(scope, receive, answer)
        except RequestError as error:
            await refusal(error, scope["path"])(scope, receive, answer)
        except Exception:
            logger.exception("a request failed", extra={"fields": {"request_id": request_id.decode()}})
            if not status:
                failed = RequestError(500, "failed", "the service failed")
                await refusal(failed, scope["path"])(scope, receive, answer)
        finally:
            self._traffic.in_flight -= 1
            route = getattr(scope.get("route"), "path", "other")
            seconds = time.perf_counter() - begun
            # What the entrance refused, the app saw as a client that left.
            status = scope.get(STATUS, status)
            self._request_log.add((time.time(), request_id.decode(), scope["method"], route, status, seconds))


class RequestIds:
    """Gives every request an id."""

    def __init__(self) -> None:
        self._prefix = os.urandom(6).hex().encode()
        self._numbers = itertools.count(1)

    def of(self, headers: Mapping[bytes, bytes]) -> bytes:
        """Return the client's X-Request-Id if it is sane, otherwise a new id.

        Args:
            headers: the request's, with names in lower case.
        """
        given = headers.get(REQUEST_ID)
        if given and _SANE_ID.fullmatch(given):
            return bytes(given)
        return b"%s-%x" % (self._prefix, next(self._numbers))


def refusal(error: RequestError, path: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer that says what was wrong with a request, below /v1 in Google's shape.

    Args:
        error: what was wrong.
        path: the path of the request.
        headers: further headers of the answer.
    """
    if _OF_GOOGLE.match(path):
        status, name = _GOOGLE_STATUS.get(error.status, (error.status, "INVALID_ARGUMENT"))
        content: dict[str, Any] = {"code": status, "message": error.message, "status": name}
    else:
        status, content = error.status, {"code": error.code, "message": error.message}
    later = {"Retry-After": "1"} if status == 503 else {}
    body = json.dumps({"error": content}, ensure_ascii=False).encode()
    return Response(body, status, media_type="application/json", headers={**later, **(headers or {})})


def http_refusal(error: HTTPException, path: str) -> Response:
    """Return the answer for a path or method that no route has."""
    code = str(error.detail).lower().replace(" ", "-")
    return refusal(RequestError(error.status_code, code, str(error.detail)), path, error.headers)
