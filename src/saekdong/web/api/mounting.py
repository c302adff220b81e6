"""The catalog's routes, and what an app needs to answer them."""

from collections.abc import Sequence
from typing import Any

import anyio
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute

from saekdong.cores import count_cores
from saekdong.entrance.errors import RequestError
from saekdong.errors import DiskError
from saekdong.serving import model_header
from saekdong.serving.logs import logger
from saekdong.serving.methods import Methods
from saekdong.serving.middleware import refusal
from saekdong.web.api.api import CatalogApi
from saekdong.web.api.conflict_routes import add_conflict_routes
from saekdong.web.api.correction_routes import add_correction_routes
from saekdong.web.api.near_routes import add_near_routes
from saekdong.web.api.page_routes import add_page_routes
from saekdong.web.api.product_routes import add_product_routes
from saekdong.web.api.responses import first_problem, refused
from saekdong.web.api.review_routes import add_review_routes


def add_catalog(app: FastAPI, catalog: CatalogApi, dependencies: Sequence[Any] = ()) -> list[BaseRoute]:
    """Add the catalog's routes to an app that answers `RequestError`, and what they need; return the routes.

    Args:
        app: gets the routes.
        catalog: what they answer from.
        dependencies: what FastAPI calls before each of them.
    """
    router = _router(catalog)
    app.include_router(router, dependencies=list(dependencies))
    app.router.redirect_slashes = False
    app.add_middleware(Methods, routes=router.routes)
    app.add_exception_handler(RequestValidationError, _refuse_field)
    app.add_exception_handler(DiskError, _refuse_disk)
    app.add_exception_handler(Exception, _fail)
    if catalog.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(catalog.origins),
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "If-None-Match"],
            expose_headers=["ETag", model_header.NAME],
        )
    return router.routes


def _router(catalog: CatalogApi) -> APIRouter:
    router = APIRouter(tags=["catalog"], responses=refused(500, 507))
    cores = anyio.CapacityLimiter(count_cores())
    add_page_routes(router, catalog.store)
    add_near_routes(router, catalog.store, cores)
    add_conflict_routes(router, catalog.store)
    add_correction_routes(router, catalog)
    add_review_routes(router, catalog)
    add_product_routes(router, catalog, cores)
    return router


async def _fail(request: Request, _: Exception) -> Response:
    """Answer what went wrong here as JSON; Starlette raises the error again for the log."""
    return refusal(RequestError(500, "failed", "the service failed"), request.url.path)


async def _refuse_disk(request: Request, error: Exception) -> Response:
    """Answer that nothing can be written now; the log alone names the file."""
    logger.error("nothing can be written: %s", error)
    message = "the service's disk is full or fails, and nothing was changed; try again later"
    return refusal(RequestError(507, "no-room", message), request.url.path)


async def _refuse_field(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    return refusal(RequestError(422, "bad-value", first_problem(error.errors())), request.url.path)
