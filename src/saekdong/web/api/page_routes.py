"""Pages of products, with the filter's counts."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from saekdong.catalog.contract import Store
from saekdong.catalog.page import Page
from saekdong.catalog.query import Query
from saekdong.web.api.filters import product_query
from saekdong.web.api.responses import UNCHANGED, refused, rejecting, unless_known
from saekdong.web.api.schemas import CategoryOut, FacetsOut, LabelOut, PageOut, ProductOut


def add_page_routes(router: APIRouter, store: Store) -> None:
    """Add the routes of pages and of counts alone."""

    @router.get(
        "/api/products",
        response_model=PageOut,
        summary="A page of products, with the filter's counts",
        operation_id="list_products",
        responses=UNCHANGED | refused(422),
    )
    def products(request: Request, query: Annotated[Query, Depends(product_query)]) -> Response:
        return unless_known(request, store.version(), lambda: _page(store, rejecting(lambda: store.find(query))))

    @router.get(
        "/api/facets",
        response_model=FacetsOut,
        summary="The filter's counts alone",
        operation_id="count_facets",
        responses=UNCHANGED | refused(422),
    )
    def facets(request: Request, query: Annotated[Query, Depends(product_query)]) -> Response:
        return unless_known(
            request, store.version(), lambda: FacetsOut(**_facets(store, rejecting(lambda: store.find(query))))
        )


def _page(store: Store, page: Page) -> PageOut:
    products = [ProductOut.of(shown) for shown in page.products]
    return PageOut(**_facets(store, page), products=products, next=page.next)


def _facets(store: Store, page: Page) -> dict[str, Any]:
    return {
        "labels": [LabelOut.of(store.vocabulary.label(label), count) for label, count in page.labels.items()],
        "categories": [CategoryOut(path=path, count=count) for path, count in page.categories.items()],
        "total": page.total,
        "more": page.more,
        "capped": page.capped,
    }
