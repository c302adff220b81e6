"""Corrections of products by people."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from saekdong.review import corrections
from saekdong.web.access.doorkeeper import WORKSPACE_NAME
from saekdong.web.access.visitor import name_of
from saekdong.web.api.access import writers
from saekdong.web.api.api import CatalogApi
from saekdong.web.api.request_bodies import described_body, labels_schema, posted_json, valid
from saekdong.web.api.responses import as_json, need, refused, rejecting
from saekdong.web.api.schemas import AskedId, CorrectionIn, ProductOut


def add_correction_routes(router: APIRouter, catalog: CatalogApi) -> None:
    """Add the routes that set a correction and take it back."""
    store = catalog.store

    @router.put(
        "/api/products/{product_id:path}/correction",
        response_model=ProductOut,
        summary="Set a product's labels by hand",
        operation_id="correct_product",
        responses=refused(400, 401, 403, 404, 413, 415, 422),
        openapi_extra=described_body(labels_schema(CorrectionIn, store.vocabulary)),
        dependencies=writers(catalog),
    )
    def correct(
        request: Request, product_id: AskedId, correction: Annotated[CorrectionIn, Depends(_posted_correction)]
    ) -> Response:
        need(store.get(product_id), product_id)
        by = name_of(request, correction.by)
        rejecting(lambda: corrections.correct(catalog.loop, store, product_id, correction.labels, by))
        return as_json(ProductOut.of(need(store.get(product_id), product_id)))

    @router.delete(
        "/api/products/{product_id:path}/correction",
        response_model=ProductOut,
        summary="Take a correction back",
        operation_id="undo_correction",
        responses=refused(401, 403, 404, 422),
        dependencies=writers(catalog),
    )
    def take_back(request: Request, product_id: AskedId) -> Response:
        need(store.get(product_id), product_id)
        corrections.correct(catalog.loop, store, product_id, None, name_of(request, WORKSPACE_NAME))
        return as_json(ProductOut.of(need(store.get(product_id), product_id)))


async def _posted_correction(request: Request) -> CorrectionIn:
    return valid(CorrectionIn, await posted_json(request, "the labels"))
