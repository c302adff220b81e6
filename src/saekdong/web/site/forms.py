"""The fields that addresses and forms bring, within bounds."""

from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

_MOST_FORM, _MOST_FIELDS = 64 << 10, 1000

Fields = list[tuple[str, str]]


async def form(request: Request) -> Fields:
    """Read a form's fields, at most 64 KiB of them.

    Raises:
        HTTPException: 413 if there are more, 400 if they cannot be read.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_FORM:
            raise HTTPException(413)
    return fields(body.decode("utf-8", "replace"))


def fields(text: str) -> Fields:
    """Read the fields of a query, at most 1,000.

    Raises:
        HTTPException: 400 if they cannot be read.

    Example:
        >>> fields("color=navy&q=")
        [('color', 'navy'), ('q', '')]
    """
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise HTTPException(400) from error
