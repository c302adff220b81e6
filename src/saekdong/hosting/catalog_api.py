"""The catalog over HTTP: `/api`, for the shop's own pages and systems, and `POST /products`.

Anybody who reaches the service may read. Writing always needs the token: a request from this machine may be a proxy's,
which passes on what strangers send, or a browser's, which sends what pages of other sites want.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import anyio.to_thread
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from saekdong._version import __version__
from saekdong.catalog.facets import Page, find
from saekdong.catalog.nearest import nearest
from saekdong.catalog.products import API_FEED, NOWHERE, Mark, PhotoResult, Product
from saekdong.catalog.query import MATCHES, MOST_LIMIT, SORTS, Match, Sort
from saekdong.catalog.query import Query as Wanted
from saekdong.catalog.records import Shown
from saekdong.catalog.store import Store
from saekdong.catalog.tagging_model import ModelChangedError, TaggingModel
from saekdong.color import OTHER, parse_color, to_hex
from saekdong.errors import SaekdongError
from saekdong.files import is_below
from saekdong.hosting.bodies import parse_json
from saekdong.hosting.catalog_schemas import (
    AskedId,
    CategoryOut,
    CorrectionIn,
    Error,
    FacetsOut,
    LabelOut,
    NearOut,
    NearsOut,
    PageOut,
    ProductIn,
    ProductOut,
    ProductWithPhotoIn,
)
from saekdong.hosting.errors import RequestError
from saekdong.hosting.gate import refusal
from saekdong.hosting.methods import Methods
from saekdong.hosting.service import JSON, PHOTOS, media_type
from saekdong.hosting.tokens import TOKEN_FILE, token_in
from saekdong.model.artifact import Artifact
from saekdong.photo import PhotoError, cluster_colors, read_photo
from saekdong.tagging import Tagger, tag_photo, warm_up
from saekdong.tagging.features import SIDE

MOST_BODY = 40 << 20

_T = TypeVar("_T")
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, eq=False)
class CatalogApi:
    """What the routes answer from.

    Attributes:
        store: the catalog's.
        artifact: tags the photos that are posted; None if the catalog's model cannot be used, then none are taken.
        token: what a writer must bear; if it is empty, nobody may write.
        origins: of pages elsewhere that may read, such as `https://shop.example`; `*` for all.
        model: the artifact as the catalog knows it.
    """

    store: Store
    artifact: Artifact | None
    token: str = ""
    origins: Sequence[str] = ()
    model: TaggingModel | None = None

    @classmethod
    def of_environment(cls, store: Store, artifact: Artifact | None, model: TaggingModel | None = None) -> "CatalogApi":
        """Take the token and the origins, separated by commas, from SAEKDONG_API_TOKEN and SAEKDONG_API_ORIGINS.

        Without SAEKDONG_API_TOKEN the token is that in the file `api-token` beside the catalog, made at the first call.

        Raises:
            SaekdongError: the file cannot be read or made.
        """
        origins = [origin.strip() for origin in os.environ.get("SAEKDONG_API_ORIGINS", "").split(",")]
        token = os.environ.get("SAEKDONG_API_TOKEN", "")
        if not token and not store.is_read_only:
            token = token_in(store.path.with_name(TOKEN_FILE))
        return cls(store, artifact, token, [origin for origin in origins if origin], model)


def add_catalog(app: FastAPI, catalog: CatalogApi) -> None:
    """Add the catalog's routes to an app that answers `RequestError`, and what they need."""
    router = catalog_router(catalog)
    app.include_router(router)
    app.router.redirect_slashes = False
    app.add_middleware(Methods, routes=router.routes)
    app.add_exception_handler(RequestValidationError, _refuse_field)
    app.add_exception_handler(Exception, _fail)
    if catalog.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(catalog.origins),
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "If-None-Match"],
            expose_headers=["ETag"],
        )


def catalog_router(catalog: CatalogApi) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["catalog"], responses=_refused(500))
    store, tagger = catalog.store, Tagger(catalog.artifact) if catalog.artifact else None
    if tagger:
        warm_up(tagger)
    cores = anyio.CapacityLimiter(len(os.sched_getaffinity(0)))
    writer = [
        Security(HTTPBearer(auto_error=False, description="the token of writers")),  # for /openapi.json
        Depends(partial(_check_writable, store)),
        Depends(partial(_check_writer, catalog.token)),
    ]

    @router.get(
        "/api/products",
        response_model=PageOut,
        summary="A page of products, with the filter's counts",
        operation_id="list_products",
        responses=_UNCHANGED | _refused(422),
    )
    def products(request: Request, wanted: Annotated[Wanted, Depends(_wanted)]) -> Response:
        return _unless_known(request, store.version(), lambda: _page(store, _told(lambda: find(store, wanted))))

    @router.get(
        "/api/facets",
        response_model=FacetsOut,
        summary="The filter's counts alone",
        operation_id="count_facets",
        responses=_UNCHANGED | _refused(422),
    )
    def facets(request: Request, wanted: Annotated[Wanted, Depends(_wanted)]) -> Response:
        return _unless_known(
            request, store.version(), lambda: FacetsOut(**_facets(store, _told(lambda: find(store, wanted))))
        )

    @router.get(
        "/api/near",
        response_model=NearsOut,
        summary="The products nearest to a color, of those that fit",
        operation_id="find_near_color",
        responses=_UNCHANGED | _refused(422),
    )
    def near(
        request: Request,
        wanted: Annotated[Wanted, Depends(_filter)],
        color: Annotated[
            str,
            Query(description="as #495474 or 73,84,116", max_length=40, json_schema_extra={"pattern": _COLOR_PATTERN}),
        ],
    ) -> Response:
        try:
            rgb = parse_color(color)
        except ValueError as error:
            raise RequestError(422, "bad-value", f"color: {error}") from error
        return _unless_known(request, store.version(), lambda: _near(store, rgb, wanted))

    @router.post(
        "/api/near",
        response_model=NearsOut,
        summary="The products nearest to a photo's foremost color",
        operation_id="find_near_photo",
        responses=_refused(413, 415, 422),
        openapi_extra={"requestBody": {"required": True, "content": {key: {"schema": _PHOTO} for key in PHOTOS}}},
    )
    async def near_photo(request: Request, wanted: Annotated[Wanted, Depends(_filter)]) -> Response:
        if media_type(request.headers.get("content-type", "")) not in PHOTOS:
            raise RequestError(415, "unsupported-type", f"send the photo itself, as one of {', '.join(PHOTOS)}")
        content = b"".join([part async for part in _body(request)])
        answer = await anyio.to_thread.run_sync(lambda: _near(store, _foremost(content), wanted), limiter=cores)
        return _json(answer)

    @router.put(
        "/api/products/{product_id:path}/correction",
        response_model=ProductOut,
        summary="Set a product's labels by hand",
        operation_id="correct_product",
        responses=_refused(400, 401, 403, 404, 413, 415, 422),
        openapi_extra={"requestBody": {"required": True, "content": {JSON: {"schema": _correction_schema(store)}}}},
        dependencies=writer,
    )
    def correct(product_id: AskedId, correction: Annotated[CorrectionIn, Depends(_correction)]) -> Response:
        _need(store.get(product_id), product_id)
        _told(lambda: store.correct(product_id, correction.labels, correction.by))
        return _json(ProductOut.of(_need(store.get(product_id), product_id)))

    @router.delete(
        "/api/products/{product_id:path}/correction",
        response_model=ProductOut,
        summary="Take a correction back",
        operation_id="undo_correction",
        responses=_refused(401, 403, 404, 422),
        dependencies=writer,
    )
    def take_back(product_id: AskedId) -> Response:
        _need(store.get(product_id), product_id)
        store.correct(product_id, None, "")
        return _json(ProductOut.of(_need(store.get(product_id), product_id)))

    @router.get(
        "/api/products/{product_id:path}",
        response_model=ProductOut,
        summary="One product",
        operation_id="get_product",
        responses=_UNCHANGED | _refused(404, 422),
    )
    def product(request: Request, product_id: AskedId) -> Response:
        shown = _need(store.get(product_id), product_id)
        return _unless_known(request, shown.change, lambda: ProductOut.of(shown))

    async def add(request: Request) -> Response:
        if tagger is None:
            raise RequestError(409, "no-model", "the catalog's model cannot be used: see 'saekdong catalog model'")
        given, content = await _posted(request)
        answer = await anyio.to_thread.run_sync(partial(_add, catalog, tagger, given, content), limiter=cores)
        return _json(answer, 201)

    for path in ("/products", "/api/products"):
        router.add_api_route(
            path,
            add,
            methods=["POST"],
            status_code=201,
            response_model=ProductOut,
            summary="Tag one product by its photo, and store it",
            dependencies=writer,
            openapi_extra={"requestBody": {"required": True, "content": _POSTED}},
            operation_id=f"add{path.replace('/', '_')}",
            responses=_refused(400, 401, 403, 409, 413, 415, 422),
        )
    return router


def _filter(
    label: Annotated[list[str], Query(default_factory=list, description="ids; several by repeating it")],
    match: Annotated[Match, Query(description=f"of several labels: {', '.join(MATCHES)}")] = "any",
    text: Annotated[str, Query(max_length=200)] = "",
    category: Annotated[str, Query(max_length=2000, description="a path, such as Apparel > Shoes")] = "",
    price_min: Annotated[float | None, Query(ge=0, allow_inf_nan=False)] = None,
    price_max: Annotated[float | None, Query(ge=0, allow_inf_nan=False)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LIMIT)] = 24,
) -> Wanted:
    return Wanted(tuple(label[:20]), match, text, category, price_min, price_max, limit=limit)


def _wanted(
    wanted: Annotated[Wanted, Depends(_filter)],
    sort: Annotated[Sort, Query(description=", ".join(SORTS))] = "share",
    after: Annotated[str | None, Query(max_length=200, description="the `next` of the page before")] = None,
) -> Wanted:
    return replace(wanted, sort=sort, after=after)


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


def _near(store: Store, rgb: tuple[int, int, int], wanted: Wanted) -> NearsOut:
    found = nearest(store, rgb, wanted)
    products = [
        NearOut(product=ProductOut.of(near.product), color=to_hex(near.rgb), difference=round(near.difference, 3))
        for near in found.products
    ]
    return NearsOut(color=to_hex(rgb), products=products, capped=found.capped)


def _foremost(content: bytes) -> tuple[int, int, int]:
    try:
        photo = read_photo(content, SIDE)
    except PhotoError as error:
        raise RequestError(422, error.code, str(error)) from error
    first = cluster_colors(photo.pixels, photo.alpha).palette(1)[0]
    return first.red, first.green, first.blue


async def _posted(request: Request) -> tuple[ProductIn, bytes]:
    """Read a product and its photo from a form or from JSON."""
    kind = media_type(request.headers.get("content-type", ""))
    if kind == JSON:
        return await _posted_json(request)
    if kind == "multipart/form-data":
        return await _posted_form(request)
    raise RequestError(415, "unsupported-type", f"send the product as multipart/form-data or {JSON}")


async def _correction(request: Request) -> CorrectionIn:
    if media_type(request.headers.get("content-type", "")) != JSON:
        raise RequestError(415, "unsupported-type", f"send the labels as {JSON}")
    return _valid(CorrectionIn, parse_json(b"".join([part async for part in _body(request)])))


def _correction_schema(store: Store) -> dict[str, Any]:
    schema = CorrectionIn.model_json_schema()
    labels = schema["properties"]["labels"]
    choices: tuple[tuple[str, ...], ...] = (store.vocabulary.ids, (OTHER,))
    schema["properties"]["labels"] = {"anyOf": [{**labels, "items": {"enum": list(ids)}} for ids in choices]}
    return schema


async def _posted_json(request: Request) -> tuple[ProductIn, bytes]:
    content = parse_json(b"".join([part async for part in _body(request)]))
    given = _valid(ProductWithPhotoIn, content)
    try:
        photo = base64.b64decode(given.photo, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestError(422, "bad-value", "photo is not base64") from error
    return ProductIn(**given.model_dump(exclude={"photo"})), photo


async def _posted_form(request: Request) -> tuple[ProductIn, bytes]:
    try:
        form = await MultiPartParser(request.headers, _body(request), max_files=1, max_fields=20).parse()
    except (MultiPartException, HTTPException) as error:
        raise RequestError(400, "not-a-form", f"the form cannot be read: {error}") from error
    try:
        photo = form.get("photo")
        if not isinstance(photo, UploadFile):
            raise RequestError(422, "bad-value", "photo is missing: send the file in the field photo")
        fields = {name: value for name, value in form.items() if isinstance(value, str) and value}
        return _valid(ProductIn, fields), await photo.read()
    finally:
        await form.close()


def _add(catalog: CatalogApi, tagger: Tagger, given: ProductIn, content: bytes) -> ProductOut:
    digest = hashlib.sha256(content).hexdigest()
    place = _place(given.place, catalog.store.path.parent) if given.place else f"{NOWHERE}{digest}"
    try:
        tagged = tag_photo(tagger, place, content)
    except PhotoError as error:
        raise RequestError(422, error.code, f"photo: {error}") from error
    shares = dict(zip(tagger.vocabulary.ids, tagged.shares.tolist(), strict=True))
    mark = Mark(size=len(content), digest=digest)
    product = Product(**given.model_dump(exclude={"place"}), photos=(place,))
    result = PhotoResult(place, mark, catalog.artifact.digest if catalog.artifact else "", shares, tagged.palette)
    try:
        catalog.store.put([(product, [result])], catalog.store.begin(API_FEED), catalog.model)
    except ModelChangedError as error:
        raise RequestError(409, "model-changed", f"{error.problem}; start this service again") from error
    return ProductOut.of(_need(catalog.store.get(product.id), product.id))


def _place(given: str, workspace: Path) -> str:
    """Return where a posted photo stands: its address, or its path in the workspace.

    Raises:
        RequestError: 422, a file elsewhere: the studio would show it to whoever asks.
    """
    if given.lower().startswith(("http://", "https://")):
        return given
    path = os.path.join(workspace, given)  # noqa: PTH118
    if "://" in given or not is_below(path, str(workspace)):
        raise RequestError(422, "bad-value", "place: give an http(s) address, or a path in the workspace")
    return os.path.abspath(path)  # noqa: PTH100 (it need not exist)


def _valid(model: type[_Model], content: object) -> _Model:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise RequestError(422, "bad-value", _first_problem(error.errors())) from error


async def _body(request: Request) -> AsyncGenerator[bytes, None]:
    """Yield the body, at most 40 MB.

    Raises:
        RequestError: 413, it is larger.
    """
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BODY:
            raise RequestError(413, "too-large", f"the body is larger than {MOST_BODY >> 20} MB")
        yield part


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
            f"writing needs the header 'Authorization: Bearer TOKEN'; it is SAEKDONG_API_TOKEN, or in {TOKEN_FILE}",
        )


def _check_writable(store: Store) -> None:
    """Refuse to write a catalog that may only be read.

    Raises:
        RequestError: 403.
    """
    if store.is_read_only:
        raise RequestError(403, "read-only", f"the service may not write {store.path.name}")


def _unless_known(request: Request, version: int, make: Callable[[], BaseModel]) -> Response:
    """Answer 304 to whom has this version already, else with what `make` gives."""
    tag = f'"{__version__}-{version}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    return Response(status_code=304, headers=headers) if tag in known else _json(make(), headers=headers)


def _json(content: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    told = headers or {"Cache-Control": "no-store"}
    return Response(content.model_dump_json(), status, headers=dict(told), media_type=JSON)


def _told(work: Callable[[], _T]) -> _T:
    """Do what may find the request wrong, and say so as 422."""
    try:
        return work()
    except SaekdongError as error:
        raise RequestError(422, "bad-value", str(error)) from error


def _need(shown: Shown | None, product_id: str) -> Shown:
    if shown is None:
        raise RequestError(404, "not-found", f"the catalog has no product {product_id!r}")
    return shown


async def _fail(request: Request, _: Exception) -> Response:
    """Answer what went wrong here as JSON; Starlette raises the error again for the log."""
    return refusal(RequestError(500, "failed", "the service failed"), request.url.path)


async def _refuse_field(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    return refusal(RequestError(422, "bad-value", _first_problem(error.errors())), request.url.path)


def _first_problem(errors: Sequence[Any]) -> str:
    where = ".".join(str(part) for part in errors[0]["loc"] if part not in ("body", "query"))
    return f"{where}: {errors[0]['msg']}" if where else str(errors[0]["msg"])


def _form_schema(photo: dict[str, str]) -> dict[str, Any]:
    schema = ProductIn.model_json_schema()
    return {"schema": {**schema, "properties": {**schema["properties"], "photo": photo}, "required": ["id", "photo"]}}


def _refused(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Error, "description": _FAILURES[status]} for status in statuses}


_FAILURES = {
    400: "the body cannot be read as what it is said to be",
    401: "not the token that writers need",
    403: "without a token only this machine itself may write",
    404: "the catalog has no such product",
    409: "the catalog's model cannot be used, or has changed",
    413: "larger than 40 MB",
    415: "no such Content-Type",
    422: "a field is wrong; the message names it",
    500: "the service failed; its log says how",
}
_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "unchanged since the ETag in If-None-Match"}}
_CHANNEL = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_RGB = f"{_CHANNEL}, ?{_CHANNEL}, ?{_CHANNEL}"
_COLOR_PATTERN = f"^(#?[0-9A-Fa-f]{{6}}|#[0-9A-Fa-f]{{3}}|{_RGB}|rgb\\({_RGB}\\))$"
_PHOTO = {"type": "string", "format": "binary"}
_POSTED = {
    "multipart/form-data": _form_schema(_PHOTO),
    JSON: _form_schema({"type": "string", "contentEncoding": "base64"}),
}
