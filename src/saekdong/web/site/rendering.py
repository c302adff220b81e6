"""Templates to answers: the page in the reader's language, with what lets browsers keep it."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from saekdong._version import __version__
from saekdong.lang import LANGS, Lang
from saekdong.web.access import visitor_of
from saekdong.web.site.texts import TEXTS, Texts

HERE = Path(__file__).parent
COOKIE = "saekdong_lang"

Common = Callable[[Request], Mapping[str, Any]]


class Pages:
    """The pages of one part of the site, in a folder with `templates` and `static`.

    Every page extends the part's own `base.html.j2`, which extends `frame.html.j2`; templates that the part does not
    have are those that all parts share.

    Args:
        folder: the part's.
        texts: what its pages say, beside what all parts say.
        common: what every template of the part is given, by the request.
    """

    def __init__(
        self, folder: Path, texts: Texts, common: Callable[[Request], Mapping[str, Any]] = lambda _: {}
    ) -> None:
        self._folder, self._common = folder, common
        self._texts = {lang: {key: text[lang] for key, text in {**TEXTS, **texts}.items()} for lang in LANGS}

    def texts(self, request: Request) -> Mapping[str, str]:
        """Return what the pages say, in the reader's language."""
        return self._texts[lang_of(request)]

    def page(
        self,
        request: Request,
        template: str,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Response:
        """Return a template as an answer: whole, or 304 where the browser has the same already.

        Args:
            request: what is answered.
            template: its name.
            status: the answer's.
            headers: of the answer, in place of those that let the browser keep it.
            values: what the template shows, beside the texts and the visitor.
        """
        lang = lang_of(request)
        text = self._environment.get_template(template).render(
            lang=lang,
            t=self._texts[lang],
            asset=_asset,
            here=request.url.path,
            # What a form was sent to cannot be opened again.
            back=str(request.url.replace(scheme="", netloc="")) if request.method == "GET" else "/",
            version=__version__,
            visitor=visitor_of(request),
            **self._common(request),
            **values,
        )
        body = text.encode("utf-8", "replace")
        # Weak, for the body may be sent compressed.
        tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        kept = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Language, Cookie"}
        if headers is None and status == 200 and matches(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=kept)
        return Response(body, status, headers or kept, media_type="text/html")

    def message(self, request: Request, status: int, heading: str, advice: str) -> Response:
        """Return a page that says what went wrong and what to do.

        Args:
            request: what is answered.
            status: the answer's.
            heading: the key of the first text.
            advice: the key of the second.
        """
        texts = self.texts(request)
        return self.page(request, "message.html.j2", status, heading=texts[heading], advice=texts[advice])

    def show_status(self, request: Request, error: Exception) -> Response:
        """Answer an `HTTPException` with a page."""
        assert isinstance(error, HTTPException)  # noqa: S101
        if error.status_code == 404:
            return self.message(request, 404, "no_such_page", "no_such_page_advice")
        return self.message(request, error.status_code, "error_title", "error_advice")

    def show_failure(self, request: Request, _: Exception) -> Response:
        """Answer any other error with a page; Starlette raises it again for the log."""
        return self.message(request, 500, "error_title", "error_advice")

    @cached_property
    def _environment(self) -> Environment:
        return Environment(
            loader=FileSystemLoader(self._folder / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )


def static_files(*folders: Path) -> list[Mount]:
    """Return the routes of the parts' files: `/static/PART/NAME`."""
    return [Mount(f"/static/{folder.name}", StaticFiles(directory=folder / "static")) for folder in folders]


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
    """Return a static file's address, such as of `desk/desk.css`, which changes with its content."""
    part, _, file = name.partition("/")
    content = (HERE.parent / part / "static" / file).read_bytes()
    return f"/static/{name}?v={hashlib.blake2b(content, digest_size=6).hexdigest()}"
