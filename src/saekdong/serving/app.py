"""The service as an ASGI app."""

from collections.abc import Awaitable, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from saekdong._version import __version__
from saekdong.entrance.errors import RequestError
from saekdong.entrance.sites import Sites
from saekdong.serving.methods import Methods
from saekdong.serving.middleware import RequestLogMiddleware, http_refusal, refusal
from saekdong.serving.models import Models
from saekdong.serving.mount import Mount
from saekdong.serving.openapi import describe
from saekdong.serving.quick import QuickAnswers
from saekdong.serving.routes import Asgi, Routes
from saekdong.serving.service import Service
from saekdong.serving.shared import Shared

_TITLE = "Saekdong"


def build_app(
    service: Service | Models,
    shared: Shared | None = None,
    lifespan: Lifespan[Router] | None = None,
    mount: Mount | None = None,
    sites: Sites | None = None,
) -> ASGIApp:
    """Return the service as an ASGI app: the routes that must be fast, and behind them those of the mount.

    Args:
        service: what answers; or several models, for SageMaker's multi-model mode.
        shared: what it shares with other ways into this process; its own by default.
        lifespan: what is entered when the server starts, and left when it ends.
        mount: further routes and figures.
        sites: whose pages may use the service; None for all.
    """
    shared = shared or Shared()
    several = isinstance(service, Models)
    api = _described(several) if mount is None else _mounted(mount, several)
    api.router.redirect_slashes = False
    api.add_exception_handler(HTTPException, _refuse)
    api.add_exception_handler(RequestError, _refuse)
    routes = Routes(shared, mount.figures if mount else None).table(service)
    router = Router(routes, redirect_slashes=False, default=api, lifespan=lifespan)
    app = _without_search(routes, Methods(router, routes))
    outermost = RequestLogMiddleware(app, shared.traffic, shared.request_log, sites)
    if isinstance(service, Service):
        outermost.quick = QuickAnswers(service, shared, sites, outermost.ids)
    return outermost


def _described(several: bool) -> Starlette:
    """Return an app that has the description of the routes alone: without FastAPI, a service starts sooner."""
    document = describe({"openapi": "3.1.0", "info": {"title": _TITLE, "version": __version__}}, several)

    async def answer(_: Request) -> Response:
        return JSONResponse(document)

    return Starlette(routes=[Route("/openapi.json", answer)])


def _mounted(mount: Mount, several: bool) -> Starlette:
    """Return an app that has the routes of a mount, and the description of these and all others."""
    from fastapi import FastAPI

    api = FastAPI(title=_TITLE, version=__version__, docs_url=None, redoc_url=None)
    mount.add_to(api)
    described = api.openapi
    api.openapi = lambda: describe(described(), several)  # type: ignore[method-assign]
    return api


def _without_search(routes: Sequence[Route], router: ASGIApp) -> ASGIApp:
    """Return the router, passed by where the path is a route's own: searching takes as long as naming a color."""
    known = {(method, route.path): (route, _app_of(route)) for route in routes for method in route.methods or ()}

    def app(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        found = known.get((scope.get("method", ""), scope.get("path", "")))
        if found is None:
            return router(scope, receive, send)
        scope["route"], answer = found
        return answer(scope, receive, send)

    return app


def _app_of(route: Route) -> ASGIApp:
    return route.endpoint.app if isinstance(route.endpoint, Asgi) else route.app


async def _refuse(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return http_refusal(error, request.url.path)
    assert isinstance(error, RequestError)  # noqa: S101
    return refusal(error, request.url.path)
