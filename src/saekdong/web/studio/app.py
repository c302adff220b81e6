"""The shop, the desk and the catalog's API as one app."""

from collections.abc import Collection
from pathlib import Path

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from saekdong._version import __version__
from saekdong.entrance.errors import RequestError
from saekdong.web import desk, shop, site
from saekdong.web.api import CatalogApi, add_catalog
from saekdong.web.desk.routes import PAGES as DESK_PAGES
from saekdong.web.desk.routes import desk_routes
from saekdong.web.shop.routes import PAGES as SHOP_PAGES
from saekdong.web.shop.routes import shop_routes
from saekdong.web.site.guard import Guard
from saekdong.web.site.rendering import Pages, static_files
from saekdong.web.site.routes import choose_language, photo_route
from saekdong.web.site.thumbnails import Thumbnails


def build_studio(api: CatalogApi, cache: Path, host: str = "127.0.0.1", names: Collection[str] = ()) -> FastAPI:
    """Return the studio as an ASGI app: the shop's pages, the desk's, and the catalog's API beside them.

    Args:
        api: what the API answers from; the pages show its catalog.
        cache: a folder for small versions of its photos.
        host: the address that will be listened on; on this machine alone, the studio answers to its names alone.
        names: other names that it answers to, as a proxy passes them on.
    """
    app = FastAPI(title="Saekdong", version=__version__, docs_url=None, redoc_url=None)
    app.add_exception_handler(RequestError, _refuse)
    add_catalog(app, api)
    app.add_middleware(Guard, host=host, names=names, origins=api.origins)
    app.router.routes.append(photo_route(api.store, Thumbnails(cache)))
    app.mount("/", _pages(api))
    return app


def _pages(api: CatalogApi) -> Starlette:
    """Return the pages as an app that shows errors as a page."""
    folders = (Path(part.__path__[0]) for part in (site, shop, desk))
    routes = [*static_files(*folders), Route("/language", choose_language), *shop_routes(api.store), *desk_routes(api)]
    return Starlette(
        routes=routes,
        middleware=[Middleware(GZipMiddleware, minimum_size=1000)],
        exception_handlers={HTTPException: _show_status, Exception: _show_failure},
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
