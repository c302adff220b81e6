"""Products and photos that a request brings."""

import base64
import binascii
from collections.abc import AsyncGenerator
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from saekdong.color import OTHER, Vocabulary
from saekdong.entrance.errors import RequestError
from saekdong.serving.bodies import parse_json
from saekdong.serving.media_types import JSON, media_type
from saekdong.web.api.responses import first_problem
from saekdong.web.api.schemas import ProductIn, ProductWithPhotoIn

MOST_BODY = 40 << 20

_Model = TypeVar("_Model", bound=BaseModel)


async def posted_json(request: Request, what: str) -> object:
    """Read a body of JSON.

    Args:
        request: the request.
        what: what the body should hold, for the message.

    Raises:
        RequestError: 400, it is not JSON; 413, it is too large; 415, it is said to be something else.
    """
    if media_type(request.headers.get("content-type", "")) != JSON:
        raise RequestError(415, "unsupported-type", f"send {what} as {JSON}")
    return parse_json(b"".join([part async for part in body_of(request)]))


async def posted_product(request: Request) -> tuple[ProductIn, bytes]:
    """Read a product and its photo from a form or from JSON."""
    kind = media_type(request.headers.get("content-type", ""))
    if kind == JSON:
        return await _posted_json(request)
    if kind == "multipart/form-data":
        return await _posted_form(request)
    raise RequestError(415, "unsupported-type", f"send the product as multipart/form-data or {JSON}")


async def _posted_json(request: Request) -> tuple[ProductIn, bytes]:
    content = parse_json(b"".join([part async for part in body_of(request)]))
    given = valid(ProductWithPhotoIn, content)
    try:
        photo = base64.b64decode(given.photo, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestError(422, "bad-value", "photo is not base64") from error
    return ProductIn(**given.model_dump(exclude={"photo"})), photo


async def _posted_form(request: Request) -> tuple[ProductIn, bytes]:
    try:
        form = await MultiPartParser(request.headers, body_of(request), max_files=1, max_fields=20).parse()
    except (MultiPartException, HTTPException) as error:
        raise RequestError(400, "not-a-form", f"the form cannot be read: {error}") from error
    try:
        photo = form.get("photo")
        if not isinstance(photo, UploadFile):
            raise RequestError(422, "bad-value", "photo is missing: send the file in the field photo")
        fields = {name: value for name, value in form.items() if isinstance(value, str) and value}
        return valid(ProductIn, fields), await photo.read()
    finally:
        await form.close()


def valid(model: type[_Model], content: object) -> _Model:
    """Return what a request brings as a model.

    Raises:
        RequestError: 422, a field is wrong; the message names the first.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise RequestError(422, "bad-value", first_problem(error.errors())) from error


async def body_of(request: Request) -> AsyncGenerator[bytes, None]:
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


def described_body(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a route that takes JSON of this schema adds to `/openapi.json`."""
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema}}}}


def labels_schema(model: type[BaseModel], vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the schema of a body whose field `labels` takes labels of the vocabulary, or `other` alone."""
    schema = model.model_json_schema()
    labels = schema["properties"]["labels"]
    choices: tuple[tuple[str, ...], ...] = (vocabulary.ids, (OTHER,))
    schema["properties"]["labels"] = {"anyOf": [{**labels, "items": {"enum": list(ids)}} for ids in choices]}
    return schema


def _form_schema(photo: dict[str, str]) -> dict[str, Any]:
    schema = ProductIn.model_json_schema()
    return {"schema": {**schema, "properties": {**schema["properties"], "photo": photo}, "required": ["id", "photo"]}}


PHOTO_SCHEMA = {"type": "string", "format": "binary"}
POSTED = {
    "multipart/form-data": _form_schema(PHOTO_SCHEMA),
    JSON: _form_schema({"type": "string", "contentEncoding": "base64"}),
}
