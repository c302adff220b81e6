"""Templates to answers: the page in the reader's language, with what lets browsers keep it."""

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from saekdong._version import __version__
from saekdong.lang import LANGS, Lang
from saekdong.web.studio.texts import TEXTS

HERE = Path(__file__).parent
STATIC = HERE / "static"
COOKIE = "saekdong_lang"


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """Return a template as an answer: whole, or 304 where the browser has the same already."""
    lang = lang_of(request)
    text = (
        _environment()
        .get_template(template)
        .render(
            lang=lang,
            t={key: each[lang] for key, each in TEXTS.items()},
            asset=_asset,
            here=request.url.path,
            # What a form was sent to cannot be opened again.
            back=str(request.url.replace(scheme="", netloc="")) if request.method == "GET" else "/",
            version=__version__,
            **values,
        )
    )
    body = text.encode("utf-8", "replace")
    # Weak, for the body may be sent compressed.
    tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Language, Cookie"}
    if status == 200 and matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, status, headers, media_type="text/html")


def matches(header: str, tag: str) -> bool:
    """Return whether an If-None-Match header names a weak tag."""
    return tag.removeprefix("W/") in [each.strip().removeprefix("W/") for each in header.split(",")]


def lang_of(request: Request) -> Lang:
    """Return the language of the reader: the chosen one, otherwise the browser's, otherwise English."""
    chosen = request.cookies.get(COOKIE)
    wanted = [chosen] if chosen else _accepted(request.headers.get("accept-language", ""))
    return next((lang for each in wanted for lang in LANGS if each == lang), "en")


def _accepted(header: str) -> Iterable[str]:
    """Return the languages of an Accept-Language header, the best first.

    Example:
        >>> list(_accepted("de, en;q=0.5, ko-KR;q=0.8"))
        ['de', 'ko', 'en']
    """
    weighed = []
    for part in header.split(",")[:20]:
        tag, _, rest = part.partition(";")
        weight = rest.strip().removeprefix("q=")
        try:
            weighed.append((float(weight or 1), tag.strip().lower().partition("-")[0]))
        except ValueError:
            continue
    return [tag for weight, tag in sorted(weighed, key=lambda each: -each[0]) if weight > 0]


@cache
def _asset(name: str) -> str:
    """Return a static file's address, which changes with its content."""
    return f"/static/{name}?v={hashlib.blake2b((STATIC / name).read_bytes(), digest_size=6).hexdigest()}"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
