"""The service as an ASGI app."""

import os
from functools import partial

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Router
from starlette.types import ASGIApp, Lifespan

from saekdong._version import __version__
from saekdong.hosting.errors import RequestError
from saekdong.hosting.gate import Gate, refusal
from saekdong.hosting.models import Models
from saekdong.hosting.openapi import describe
from saekdong.hosting.routes import Routes
from saekdong.hosting.service import Service
from saekdong.hosting.threads import Threads
from saekdong.hosting.traffic import Traffic


def build_app(
    service: Service | Models,
    cores: int | None = None,
    traffic: Traffic | None = None,
    lifespan: Lifespan[Router] | None = None,
) -> ASGIApp:
    """Return the service as an ASGI app: the routes that must be fast, plain Starlette, and behind them FastAPI.

    Args:
        service: what answers; or several models, for SageMaker's multi-model mode.
        cores: threads that decode photos and read large bodies; as many as the machine has cores by default.
        traffic: what is told of requests in flight, and tells whether `/ping` is answered with 200.
        lifespan: what is entered when the server starts, and left when it ends.
    """
    traffic = traffic or Traffic()
    api = FastAPI(title="Saekdong", version=__version__, docs_url=None, redoc_url=None)
    api.add_exception_handler(HTTPException, _refuse)
    api.add_exception_handler(RequestError, _refuse)
    api.openapi = partial(describe, api.openapi, isinstance(service, Models))  # type: ignore[method-assign]
    routes = Routes(Threads(cores or len(os.sched_getaffinity(0))), traffic)
    return Gate(Router(routes.table(service), redirect_slashes=False, default=api, lifespan=lifespan), traffic)


async def _refuse(_: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        code = str(error.detail).lower().replace(" ", "-")
        error = RequestError(error.status_code, code, str(error.detail))
    assert isinstance(error, RequestError)  # noqa: S101
    return refusal(error)
