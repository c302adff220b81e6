"""What the catalog's routes answer, and how they refuse."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel

from saekdong._version import __version__
from saekdong.catalog.stored_products import TaggedProduct
from saekdong.entrance.errors import RequestError
from saekdong.errors import DiskError, SaekdongError
from saekdong.serving import model_header
from saekdong.serving.media_types import JSON
from saekdong.web.api.schemas import Error

_T = TypeVar("_T")


def unless_known(request: Request, version: int, make: Callable[[], BaseModel]) -> Response:
    """Return 304 if the client has this version, otherwise the result of `make`."""
    tag = f'"{__version__}-{version}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    return Response(status_code=304, headers=headers) if tag in known else as_json(make(), headers=headers)


def as_json(content: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a model as a response, which is not to be stored unless `headers` are given."""
    headers = headers or {"Cache-Control": "no-store"}
    return Response(content.model_dump_json(), status, headers=dict(headers), media_type=JSON)


def rejecting(work: Callable[[], _T]) -> _T:
    """Return the result of `work`; if it finds the request wrong, refuse it as 422."""
    try:
        return work()
    except DiskError:
        raise
    except SaekdongError as error:
        raise RequestError(422, "bad-value", str(error)) from error


def need(shown: TaggedProduct | None, product_id: str) -> TaggedProduct:
    """Return the product.

    Raises:
        RequestError: 404, there is none.
    """
    if shown is None:
        raise RequestError(404, "not-found", f"the catalog has no product {product_id!r}")
    return shown


def first_problem(errors: Sequence[Any]) -> str:
    """Return the first of pydantic's errors as a sentence with the name of its field."""
    where = ".".join(str(part) for part in errors[0]["loc"] if part not in ("body", "query"))
    return f"{where}: {errors[0]['msg']}" if where else str(errors[0]["msg"])


def refused(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what `/openapi.json` says of these statuses."""
    return {status: {"model": Error, "description": _FAILURES[status]} for status in statuses}


_FAILURES = {
    400: "the body cannot be read as what it is said to be",
    401: "not the token that writers need",
    403: "the service may not write the catalog, or a page of another site sent the request",
    404: "there is no such product, item or answer",
    409: "the catalog's model cannot be used or has changed, or another person has the item or answered it",
    413: "larger than 40 MB",
    415: "no such Content-Type",
    422: "a field is wrong; the message names it",
    500: "the service failed; its log says how",
    507: "the service's disk is full or fails; its log names the file",
}
NAMED: dict[int | str, dict[str, Any]] = {201: {"headers": model_header.DESCRIBED}}
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "unchanged since the ETag in If-None-Match"}}
