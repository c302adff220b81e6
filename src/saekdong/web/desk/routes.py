"""The desk's routes."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from saekdong.people.openid import OpenIdProvider
from saekdong.web.access import Doorkeeper
from saekdong.web.api import CatalogApi
from saekdong.web.desk.console import PAGES, Console
from saekdong.web.desk.dashboard import dashboard_routes
from saekdong.web.desk.data import data_routes
from saekdong.web.desk.inference import inference_routes
from saekdong.web.desk.listing import listing_routes
from saekdong.web.desk.login import login_routes
from saekdong.web.desk.models import models_routes
from saekdong.web.desk.notebooks import notebook_routes
from saekdong.web.desk.people_pages import people_routes
from saekdong.web.desk.products import product_routes
from saekdong.web.desk.review import review_routes
from saekdong.web.desk.sign_in import SIGN_IN
from saekdong.web.desk.training import training_routes
from saekdong.web.desk.work import Work, work_routes
from saekdong.web.site.forms import fields, form

__all__ = ["PAGES", "desk_routes"]


def desk_routes(
    api: CatalogApi, doorkeeper: Doorkeeper, openid: OpenIdProvider | None = None, goal: float | None = None
) -> list[Route]:
    """Return the routes of all pages of the desk."""
    console = Console(api, doorkeeper, openid, goal)
    work = Work(console)

    async def sign_in(request: Request) -> Response:
        given = await form(request) if request.method == "POST" else fields(request.url.query)
        return console.sign_in.take(request, dict(given))

    return [
        *dashboard_routes(console),
        *review_routes(console),
        *listing_routes(console),
        *product_routes(console),
        *work_routes(work),
        *data_routes(work),
        *models_routes(work),
        *inference_routes(work),
        *notebook_routes(work),
        *training_routes(work),
        *(Route(old, _led_to(new)) for old, new in _MOVED.items()),
        Route(SIGN_IN, sign_in, methods=["GET", "POST"]),
        *([*login_routes(console), *people_routes(console)] if doorkeeper.people else []),
    ]


_MOVED = {
    "/review": "/desk/products?show=doubt",
    "/conflicts": "/desk/products?show=conflicts",
    "/corrections.csv": "/desk/corrections.csv",
}
"""Where the pages of staff stood in version 0.1."""


def _led_to(address: str) -> Callable[[Request], Response]:
    return lambda _: RedirectResponse(address, 301)
