"""The shop, the desk and the catalog's API as one app."""

from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from saekdong._version import __version__
from saekdong.entrance.errors import RequestError
from saekdong.entrance.listening import is_loopback
from saekdong.people.openid import OpenIdProvider
from saekdong.web import desk, shop, site
from saekdong.web.access import Doorkeeper
from saekdong.web.access.cookies import Cookies
from saekdong.web.access.rules import NotAllowedError, admit_to_api, check_declared, guarded
from saekdong.web.access.workspace_token import WorkspaceToken
from saekdong.web.api import CatalogApi, add_catalog
from saekdong.web.desk.refusals import refuse_visitor
from saekdong.web.desk.routes import PAGES as DESK_PAGES
from saekdong.web.desk.routes import desk_routes
from saekdong.web.shop.routes import PAGES as SHOP_PAGES
from saekdong.web.shop.routes import shop_routes
from saekdong.web.site.guard import Guard
from saekdong.web.site.rendering import Pages, static_files
from saekdong.web.site.routes import choose_language, photo_route
from saekdong.web.site.thumbnails import Thumbnails
from saekdong.web.studio.rules import RULES


def build_studio(
    api: CatalogApi,
    cache: Path,
    host: str = "127.0.0.1",
    names: Collection[str] = (),
    doorkeeper: Doorkeeper | None = None,
    openid: OpenIdProvider | None = None,
    goal: float | None = None,
) -> FastAPI:
    """Return the studio as an ASGI app: the shop's pages, the desk's, and the catalog's API beside them.

    Args:
        api: what the API answers from; the pages show its catalog.
        cache: a folder for small versions of its photos.
        host: the address that will be listened on; on this machine alone, the studio answers to its names alone.
        names: other names that it answers to, as a proxy passes them on.
        doorkeeper: knows who asks; by default one without accounts.
        openid: the provider that people may log in with.
        goal: the least accuracy that the shop wants; None if it has not said.

    Raises:
        RuntimeError: no rule says who may use a route.
    """
    is_local = is_loopback(host) and not names
    keeper = doorkeeper or Doorkeeper(WorkspaceToken(api.token), None, is_local, Cookies(is_secure=not is_local))
    app = FastAPI(title="Saekdong", version=__version__, docs_url=None, redoc_url=None)
    app.add_exception_handler(RequestError, _refuse)
    api_routes = add_catalog(app, api, [Depends(partial(_admit, keeper))])
    app.add_middleware(Guard, host=host, names=names, origins=api.origins)
    pages = [*_page_routes(api, keeper, openid, goal), photo_route(api.store, Thumbnails(cache))]
    own = [route for route in app.routes if route not in api_routes]
    check_declared([*api_routes, *(route for route in own if isinstance(route, Route)), *pages], RULES)
    app.mount("/", _pages([guarded(route, RULES, keeper) if isinstance(route, Route) else route for route in pages]))
    return app


def _admit(keeper: Doorkeeper, request: Request) -> None:
    """Check that a visitor may use a route of the API."""
    method = "GET" if request.method == "HEAD" else request.method
    admit_to_api(keeper, RULES[f"{method} {request.scope['route'].path}"], request, method)


def _page_routes(
    api: CatalogApi, keeper: Doorkeeper, openid: OpenIdProvider | None, goal: float | None
) -> list[BaseRoute]:
    folders = (Path(part.__path__[0]) for part in (site, shop, desk))
    return [
        *static_files(*folders),
        Route("/language", choose_language),
        *shop_routes(api.store),
        *desk_routes(api, keeper, openid, goal),
    ]


def _pages(routes: Sequence[BaseRoute]) -> Starlette:
    """Return the pages as an app that shows errors as a page."""
    return Starlette(
        routes=routes,
        middleware=[Middleware(GZipMiddleware, minimum_size=1000)],
        exception_handlers={NotAllowedError: refuse_visitor, HTTPException: _show_status, Exception: _show_failure},
    )


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)  # noqa: S101
    return JSONResponse({"error": {"code": error.code, "message": error.message}}, error.status)


def _show_status(request: Request, error: Exception) -> Response:
    return _pages_of(request).show_status(request, error)


def _show_failure(request: Request, error: Exception) -> Response:
    return _pages_of(request).show_failure(request, error)


def _pages_of(request: Request) -> Pages:
    path = request.url.path
    return DESK_PAGES if path == "/desk" or path.startswith("/desk/") else SHOP_PAGES
