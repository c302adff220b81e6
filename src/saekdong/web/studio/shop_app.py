"""The customers' pages alone as one app: no desk, no API that writes, nothing that only staff should see."""

from collections.abc import Collection, Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute, Route

from saekdong.web import shop as shop_part
from saekdong.web import site
from saekdong.web.embed import embed_routes
from saekdong.web.shop.routes import Shop
from saekdong.web.site.guard import Guard
from saekdong.web.site.rendering import static_files
from saekdong.web.site.routes import choose_language, photo_route
from saekdong.web.site.thumbnails import Thumbnails


def customer_routes(shop: Shop) -> list[BaseRoute]:
    """Return the routes of the customers' pages, of their files and of the web component."""
    folders = (Path(part.__path__[0]) for part in (site, shop_part))
    return [*static_files(*folders), Route("/language", choose_language), *embed_routes(), *shop.routes()]


def build_shop(
    shop: Shop, cache: Path, host: str = "127.0.0.1", names: Collection[str] = (), origins: Sequence[str] = ()
) -> Starlette:
    """Return the customers' pages as an ASGI app.

    Args:
        shop: the pages.
        cache: a folder for small versions of the catalog's photos.
        host: the address that will be listened on; on this machine alone, the app answers to its names alone.
        names: other names that it answers to, as a proxy passes them on.
        origins: of pages elsewhere that may read the listing, such as `https://shop.example`; `*` for all.
    """
    return Starlette(
        routes=[photo_route(shop.store, Thumbnails(cache)), *customer_routes(shop)],
        middleware=[
            Middleware(Guard, host=host, names=names, origins=origins),
            Middleware(CORSMiddleware, allow_origins=list(origins), allow_methods=["GET"]),
            Middleware(GZipMiddleware, minimum_size=1000),
        ],
        exception_handlers={HTTPException: shop.pages.show_status, Exception: shop.pages.show_failure},
    )
