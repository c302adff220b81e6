"""The products nearest to a color or a photo."""

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi import Query as Parameter

from saekdong.catalog.contract import Store
from saekdong.catalog.query import Query
from saekdong.color import parse_color, to_hex
from saekdong.entrance.errors import RequestError
from saekdong.photo import PhotoError, find_palette, read_photo
from saekdong.photo.features import SIDE
from saekdong.serving.media_types import media_type
from saekdong.serving.service import PHOTOS
from saekdong.web.api.filters import product_filter
from saekdong.web.api.request_bodies import PHOTO_SCHEMA, body_of
from saekdong.web.api.responses import UNCHANGED, as_json, refused, unless_known
from saekdong.web.api.schemas import NearOut, NearsOut, ProductOut

_CHANNEL = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_RGB = f"{_CHANNEL}, ?{_CHANNEL}, ?{_CHANNEL}"
_COLOR_PATTERN = f"^(#?[0-9A-Fa-f]{{6}}|#[0-9A-Fa-f]{{3}}|{_RGB}|rgb\\({_RGB}\\))$"


def add_near_routes(router: APIRouter, store: Store, cores: anyio.CapacityLimiter) -> None:
    """Add the routes that look for colors; photos are read in as many threads as `cores` allows."""

    @router.get(
        "/api/near",
        response_model=NearsOut,
        summary="The products nearest to a color, of those that fit",
        operation_id="find_near_color",
        responses=UNCHANGED | refused(422),
    )
    def near(
        request: Request,
        query: Annotated[Query, Depends(product_filter)],
        color: Annotated[
            str,
            Parameter(
                description="as #495474 or 73,84,116", max_length=40, json_schema_extra={"pattern": _COLOR_PATTERN}
            ),
        ],
    ) -> Response:
        try:
            rgb = parse_color(color)
        except ValueError as error:
            raise RequestError(422, "bad-value", f"color: {error}") from error
        return unless_known(request, store.version(), lambda: _near(store, rgb, query))

    @router.post(
        "/api/near",
        response_model=NearsOut,
        summary="The products nearest to a photo's foremost color",
        operation_id="find_near_photo",
        responses=refused(413, 415, 422),
        openapi_extra={"requestBody": {"required": True, "content": {key: {"schema": PHOTO_SCHEMA} for key in PHOTOS}}},
    )
    async def near_photo(request: Request, query: Annotated[Query, Depends(product_filter)]) -> Response:
        if media_type(request.headers.get("content-type", "")) not in PHOTOS:
            raise RequestError(415, "unsupported-type", f"send the photo itself, as one of {', '.join(PHOTOS)}")
        content = b"".join([part async for part in body_of(request)])
        answer = await anyio.to_thread.run_sync(lambda: _near(store, _foremost(content), query), limiter=cores)
        return as_json(answer)


def _near(store: Store, rgb: tuple[int, int, int], query: Query) -> NearsOut:
    found = store.nearest(rgb, query)
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
    first = find_palette(photo.pixels, photo.alpha, 1)[0]
    return first.red, first.green, first.blue
