"""The routes of the service."""

import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import anyio.to_thread
from fastapi import FastAPI
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from saekdong._version import __version__
from saekdong.hosting.annotate import AnnotateError, annotate
from saekdong.hosting.bodies import parse_json, to_json
from saekdong.hosting.catalog_api import CatalogApi, add_catalog
from saekdong.hosting.errors import RequestError
from saekdong.hosting.openapi import describe
from saekdong.hosting.service import JSON, Service

MOST_BODY = 25 << 20
WAITING_PER_CORE = 8
_CUSTOM = "X-Amzn-SageMaker-Custom-Attributes"

_T = TypeVar("_T")
Handler = Callable[[Request], Awaitable[Response]]


class Workers:
    """Runs what takes a while in threads, one a core, and refuses what would wait too long."""

    def __init__(self, cores: int) -> None:
        self._limiter = anyio.CapacityLimiter(cores)
        self._most = cores * (1 + WAITING_PER_CORE)
        self._count = 0

    async def run(self, work: Callable[[], _T]) -> _T:
        """Run `work` in a thread.

        Raises:
            RequestError: 503, too many wait already.
        """
        if self._count >= self._most:
            raise RequestError(503, "busy", "too many photos wait; try again in a second")
        self._count += 1
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self._count -= 1


def build_app(service: Service, workers: int | None = None, catalog: CatalogApi | None = None) -> FastAPI:
    """Return the service as an ASGI app.

    Args:
        service: what answers.
        workers: threads that decode photos; as many as the machine has cores by default.
        catalog: what the catalog's routes answer from; None for none of them.
    """
    app = FastAPI(title="Saekdong", version=__version__, docs_url=None, redoc_url=None)
    threads = Workers(workers or len(os.sched_getaffinity(0)))

    async def ping(_: Request) -> Response:
        return Response()

    async def parameters(_: Request) -> Response:
        content = {"MaxConcurrentTransforms": 4, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 6}
        return Response(to_json(content), media_type=JSON)

    async def invocations(request: Request) -> Response:
        body = await _body(request)
        given = request.headers.get("content-type", "")
        work = partial(service.answer, body, given, request.headers.get("accept", ""))
        answer = await threads.run(work) if service.is_photo(given) or len(body) > 1 << 16 else work()
        custom = request.headers.get(_CUSTOM)
        return Response(
            answer.body, media_type=answer.media_type, headers={_CUSTOM: custom} if custom is not None else None
        )

    async def images(request: Request) -> Response:
        content = await _body(request)
        try:
            answer = await threads.run(lambda: annotate(_google_json(content)))
        except AnnotateError as error:
            return Response(to_json(error.to_json()), 400, media_type=JSON)
        return Response(to_json(answer), media_type=JSON)

    for path, handler, method in (
        ("/ping", ping, "GET"),
        ("/invocations", invocations, "POST"),
        ("/execution-parameters", parameters, "GET"),
        ("/v1/images:annotate", images, "POST"),
    ):
        app.add_route(path, handler, methods=[method])
    app.add_exception_handler(RequestError, _refuse)
    if catalog is not None:
        add_catalog(app, catalog)
    app.openapi = partial(describe, app.openapi)  # type: ignore[method-assign]
    return app


def _google_json(body: bytes) -> Any:
    try:
        return parse_json(body)
    except RequestError as error:
        raise AnnotateError(error.message) from error


async def _body(request: Request) -> bytes:
    """Read the body, at most 25 MB.

    Raises:
        RequestError: 413, it is larger; 400, the client went away.
    """
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > MOST_BODY:
        raise _too_large()
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > MOST_BODY:
                raise _too_large()
            parts.append(part)
    except ClientDisconnect as error:
        raise RequestError(400, "disconnected", "the request ended before its body") from error
    return b"".join(parts)


def _too_large() -> RequestError:
    return RequestError(413, "too-large", f"the body is larger than {MOST_BODY >> 20} MB")


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)  # noqa: S101
    content = {"error": {"code": error.code, "message": error.message}}
    headers = {"Retry-After": "1"} if error.status == 503 else None
    return Response(to_json(content), error.status, media_type=JSON, headers=headers)
