"""The desk's routes."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from saekdong.web.api import CatalogApi
from saekdong.web.desk.console import PAGES, Console
from saekdong.web.desk.products import product_routes
from saekdong.web.desk.sign_in import SIGN_IN
from saekdong.web.site.forms import fields, form

__all__ = ["PAGES", "desk_routes"]


def desk_routes(api: CatalogApi) -> list[Route]:
    """Return the routes of all pages of the desk."""
    console = Console(api)

    async def sign_in(request: Request) -> Response:
        given = await form(request) if request.method == "POST" else fields(request.url.query)
        return console.writers.take(request, dict(given))

    def start(_: Request) -> Response:
        return RedirectResponse("/desk/doubtful", 303)

    return [
        Route("/desk", start),
        *product_routes(console),
        Route(SIGN_IN, sign_in, methods=["GET", "POST"]),
    ]
