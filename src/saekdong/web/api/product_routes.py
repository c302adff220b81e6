"""Single products: read, and added by their photos."""

import hashlib
import os
from functools import partial
from pathlib import Path

import anyio.to_thread
from fastapi import APIRouter, Request, Response

from saekdong.catalog.photo_results import photo_result
from saekdong.catalog.products import API_FEED, NOWHERE, Product, link_of
from saekdong.catalog.tagging_model import ModelChangedError
from saekdong.entrance.errors import RequestError
from saekdong.fetch import Mark
from saekdong.fetch.urls import is_web
from saekdong.files import is_below
from saekdong.serving import model_header
from saekdong.tagging import Tagger, warm_up
from saekdong.web.api.access import writers
from saekdong.web.api.api import CatalogApi
from saekdong.web.api.request_bodies import POSTED, posted_product
from saekdong.web.api.responses import NAMED, UNCHANGED, as_json, need, refused, unless_known
from saekdong.web.api.schemas import AskedId, ProductIn, ProductOut


def add_product_routes(router: APIRouter, catalog: CatalogApi, cores: anyio.CapacityLimiter) -> None:
    """Add the routes of single products; photos are tagged in as many threads as `cores` allows."""
    store, tagger = catalog.store, Tagger(catalog.artifact) if catalog.artifact else None
    if tagger:
        warm_up(tagger)

    @router.get(
        "/api/products/{product_id:path}",
        response_model=ProductOut,
        summary="One product",
        operation_id="get_product",
        responses=UNCHANGED | refused(404, 422),
    )
    def product(request: Request, product_id: AskedId) -> Response:
        shown = need(store.get(product_id), product_id)
        return unless_known(request, shown.change, lambda: ProductOut.of(shown))

    async def add(request: Request) -> Response:
        if tagger is None or catalog.artifact is None:
            raise RequestError(409, "no-model", "the catalog's model cannot be used: see 'saekdong catalog model'")
        given, content = await posted_product(request)
        answer = await anyio.to_thread.run_sync(partial(_add, catalog, tagger, given, content), limiter=cores)
        return as_json(answer, 201, {"Cache-Control": "no-store", model_header.NAME: catalog.artifact.id})

    for path in ("/products", "/api/products"):
        router.add_api_route(
            path,
            add,
            methods=["POST"],
            status_code=201,
            response_model=ProductOut,
            summary="Tag one product by its photo, and store it",
            dependencies=writers(catalog),
            openapi_extra={"requestBody": {"required": True, "content": POSTED}},
            operation_id=f"add{path.replace('/', '_')}",
            responses=NAMED | refused(400, 401, 403, 409, 413, 415, 422),
        )


def _add(catalog: CatalogApi, tagger: Tagger, given: ProductIn, content: bytes) -> ProductOut:
    digest = hashlib.sha256(content).hexdigest()
    place = _place(given.place, catalog.store.path.parent) if given.place else f"{NOWHERE}{digest}"
    try:
        link_of(given.link)
    except ValueError as error:
        raise RequestError(422, "bad-value", "link: give an http(s) address") from error
    result = photo_result(
        tagger, catalog.artifact.id if catalog.artifact else "", place, Mark(size=len(content)), content
    )
    if result.error:
        code, message = result.error
        raise RequestError(422, code, f"photo: {message}")
    product = Product(**given.model_dump(exclude={"place"}), photos=(place,))
    if result.features:
        catalog.features.put([result.features])
    try:
        catalog.store.put([(product, [result])], catalog.store.begin(API_FEED), catalog.model)
        # One step: if the trust in words has changed, each request fuses some products again.
        steps = iter((False,))
        catalog.store.fuse_again(lambda: next(steps, True))
    except ModelChangedError as error:
        raise RequestError(409, "model-changed", f"{error.problem}; start this service again") from error
    return ProductOut.of(need(catalog.store.get(product.id), product.id))


def _place(given: str, workspace: Path) -> str:
    """Return where a posted photo stands: its address, or its path in the workspace.

    Raises:
        RequestError: 422, a file elsewhere: the studio would show it to every visitor.
    """
    if is_web(given):
        return given
    path = os.path.join(workspace, given)  # noqa: PTH118
    if "://" in given or not is_below(path, str(workspace)):
        raise RequestError(422, "bad-value", "place: give an http(s) address, or a path in the workspace")
    return os.path.abspath(path)  # noqa: PTH100 (it need not exist)
