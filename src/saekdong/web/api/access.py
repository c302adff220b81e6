"""Who may write the catalog over HTTP."""

import hmac
from functools import partial
from typing import Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from saekdong.catalog.contract import Store
from saekdong.entrance.errors import RequestError
from saekdong.serving.tokens import TOKEN_FILE, TOKEN_VARIABLE
from saekdong.web.api.api import CatalogApi


def writers(catalog: CatalogApi) -> list[Any]:
    """Return the dependencies of a route that writes."""
    return [
        Security(HTTPBearer(auto_error=False, description="the token of writers")),  # for /openapi.json
        Depends(partial(_check_writable, catalog.store)),
        Depends(partial(_check_writer, catalog.token)),
    ]


def _check_writer(token: str, request: Request) -> None:
    """Refuse a request without the token.

    Raises:
        RequestError: 401.
    """
    given = request.headers.get("authorization", "")
    if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise RequestError(
            401,
            "unauthorized",
            f"writing needs the header 'Authorization: Bearer TOKEN'; it is {TOKEN_VARIABLE}, or in {TOKEN_FILE}",
        )


def _check_writable(store: Store) -> None:
    """Refuse to write a catalog that may only be read.

    Raises:
        RequestError: 403.
    """
    if store.is_read_only:
        raise RequestError(403, "read-only", f"the service may not write {store.path.name}")
