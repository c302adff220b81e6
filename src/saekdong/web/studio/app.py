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
from saekdong.catalog.contract import Store
from saekdong.entrance.errors import RequestError
from saekdong.entrance.listening import is_loopback
from saekdong.people.openid import OpenIdProvider
from saekdong.web import desk
from saekdong.web.access import Doorkeeper
from saekdong.web.access.cookies import Cookies
from saekdong.web.access.rules import NotAllowedError, admit_to_api, check_declared, guarded
from saekdong.web.access.workspace_token import WorkspaceToken
from saekdong.web.api import CatalogApi, add_catalog
from saekdong.web.api.access import check_catalog_writable
from saekdong.web.desk.refusals import refuse_visitor
from saekdong.web.desk.routes import PAGES as DESK_PAGES
from saekdong.web.desk.routes import desk_routes
from saekdong.web.shop.routes import Shop
from saekdong.web.shop.settings import ShopSettings
from saekdong.web.site.guard import Guard
from saekdong.web.site.rendering import Pages, static_files
from saekdong.web.site.routes import photo_route
from saekdong.web.site.thumbnails import Thumbnails
from saekdong.web.studio.rules import RULES
from saekdong.web.studio.shop_app import customer_routes


def build_studio(
    api: CatalogApi,
    cache: Path,
    host: str = "127.0.0.1",
    names: Collection[str] = (),
    doorkeeper: Doorkeeper | None = None,
    openid: OpenIdProvider | None = None,
    goal: float | None = None,
    settings: ShopSettings | None = None,
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
        settings: how the shop's pages look; None for the defaults.

    Raises:
        RuntimeError: no rule says who may use a route.
    """
    is_local = is_loopback(host) and not names
    keeper = doorkeeper or Doorkeeper(WorkspaceToken(api.token), None, is_local, Cookies(is_secure=not is_local))
    app = FastAPI(title="Saekdong", version=__version__, docs_url=None, redoc_url=None)
    app.add_exception_handler(RequestError, _refuse)
    api_routes = add_catalog(app, api, [Depends(partial(_admit, keeper, api.store))])
    app.add_middleware(Guard, host=host, names=names, origins=api.origins)
    shop = Shop(api.store, settings or ShopSettings())
    desk_files = static_files(Path(desk.__path__[0]))
    photos = photo_route(api.store, Thumbnails(cache))
    pages = [*customer_routes(shop), *desk_files, *desk_routes(api, keeper, openid, goal), photos]
    own = [route for route in app.routes if route not in api_routes]
    check_declared([*api_routes, *(route for route in own if isinstance(route, Route)), *pages], RULES)
    kept = [guarded(route, RULES, keeper) if isinstance(route, Route) else route for route in pages]
    app.mount("/", _pages(kept, shop))
    return app


def _admit(keeper: Doorkeeper, store: Store, request: Request) -> None:
    """Check that a visitor may use a route of the API."""
    method = "GET" if request.method == "HEAD" else request.method
    if method in ("POST", "PUT", "DELETE") and RULES[f"{method} {request.scope['route'].path}"] == "editor":
        check_catalog_writable(store)
    admit_to_api(keeper, RULES[f"{method} {request.scope['route'].path}"], request, method)


def _pages(routes: Sequence[BaseRoute], shop: Shop) -> Starlette:
    """Return the pages as an app that shows errors as a page."""

    def pages_of(request: Request) -> Pages:
        path = request.url.path
        return DESK_PAGES if path == "/desk" or path.startswith("/desk/") else shop.pages

    def show_status(request: Request, error: Exception) -> Response:
        return pages_of(request).show_status(request, error)

    def show_failure(request: Request, error: Exception) -> Response:
        return pages_of(request).show_failure(request, error)

    return Starlette(
        routes=routes,
        middleware=[Middleware(GZipMiddleware, minimum_size=1000)],
        exception_handlers={NotAllowedError: refuse_visitor, HTTPException: show_status, Exception: show_failure},
    )


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)  # noqa: S101
    return JSONResponse({"error": {"code": error.code, "message": error.message}}, error.status)
