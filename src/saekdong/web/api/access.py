"""Who may write the catalog over HTTP."""

from functools import partial
from typing import Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from saekdong.catalog.contract import Store
from saekdong.entrance.errors import RequestError
from saekdong.serving.tokens import TOKEN_FILE, TOKEN_VARIABLE
from saekdong.web.access import visitor_of
from saekdong.web.access.visitor import put_visitor
from saekdong.web.api.api import CatalogApi


def writers(catalog: CatalogApi) -> list[Any]:
    """Return the dependencies of a route that writes."""
    return [
        Security(HTTPBearer(auto_error=False, description="the token of writers")),  # for /openapi.json
        Depends(partial(check_catalog_writable, catalog.store)),
        Depends(partial(_check_writer, catalog)),
    ]


def _check_writer(catalog: CatalogApi, request: Request) -> None:
    """Refuse a request of a visitor who may not write.

    Raises:
        RequestError: 401 for a stranger, 403 for a person who may only look.
    """
    visitor = visitor_of(request)
    if visitor.way == "none":  # a stranger, or not asked yet: a service without a desk takes tokens alone
        visitor = catalog.doorkeeper.of_header(request.headers.get("authorization", ""))
        put_visitor(request, visitor)
    if visitor.may("editor"):
        return
    if visitor.is_person:
        raise RequestError(403, "not-allowed", f"writing needs the role editor; {visitor.name} is {visitor.role}")
    raise RequestError(
        401,
        "unauthorized",
        f"writing needs the header 'Authorization: Bearer TOKEN'; it is {TOKEN_VARIABLE}, or in {TOKEN_FILE}",
    )


def check_catalog_writable(store: Store) -> None:
    """Refuse to write a catalog that may only be read; not even an admin can.

    Raises:
        RequestError: 403.
    """
    if store.is_read_only:
        raise RequestError(403, "read-only", f"the service may not write {store.path.name}")
