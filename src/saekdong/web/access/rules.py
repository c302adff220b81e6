"""Who may use which route: one table, and what holds every route to it."""

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

import anyio.to_thread
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from saekdong.entrance.errors import RequestError
from saekdong.entrance.sites import is_other_site
from saekdong.web.access.doorkeeper import Doorkeeper
from saekdong.web.access.visitor import Least, Visitor

FORM_HEADER = "X-Form-Token"
FORM_FIELD = "token"

_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_LOOKED_AT = 64 << 10
_TOKENS = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")

Rules = Mapping[str, Least]
"""Who may use a route, by its method and path, such as `GET /desk`."""


class NotAllowedError(HTTPException):
    """A visitor may not use a route.

    Attributes:
        visitor: who asked.
        reason: `stranger`, `role`, or `form` if a form may come from another site's page.
        least: who may.
    """

    def __init__(self, visitor: Visitor, reason: str, least: Least) -> None:
        self.visitor, self.reason, self.least = visitor, reason, least
        super().__init__(401 if reason == "stranger" else 403)


def keys_of(routes: Iterable[BaseRoute]) -> Iterator[tuple[str, BaseRoute]]:
    """Yield the rule's key of each method of each route.

    Example:
        >>> [key for key, _ in keys_of([Route("/desk", print), Route("/desk/logout", print, methods=["POST"])])]
        ['GET /desk', 'POST /desk/logout']
    """
    for route in routes:
        if isinstance(route, Mount):
            yield f"GET {route.path}/*", route
        elif isinstance(route, Route):
            for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
                yield f"{method} {route.path}", route


def check_declared(routes: Iterable[BaseRoute], rules: Rules) -> None:
    """Check that each route has a rule.

    Raises:
        RuntimeError: one has none.
    """
    missing = sorted(key for key, _ in keys_of(routes) if key not in rules)
    if missing:
        raise RuntimeError(f"no rule says who may use {', '.join(missing)}; add it to saekdong.web.studio.rules")


def guarded(route: Route, rules: Rules, doorkeeper: Doorkeeper) -> Route:
    """Hold a route of pages to its rules; return it."""
    leasts = {key.partition(" ")[0]: rules[key] for key, _ in keys_of([route])}
    route.app = _Guarded(route.app, leasts, doorkeeper)
    return route


class _Guarded:
    """Lets only those pass to a route who may use it, and forms only of its own pages."""

    def __init__(self, app: ASGIApp, leasts: Mapping[str, Least], doorkeeper: Doorkeeper) -> None:
        self._app, self._leasts, self._doorkeeper = app, leasts, doorkeeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        # In a thread, because a file that is being written may be waited for.
        visitor, least = await anyio.to_thread.run_sync(self._doorkeeper.find, request), self._leasts[method]
        if not visitor.may(least):
            raise NotAllowedError(visitor, "role" if visitor.way in ("session", "signed in") else "stranger", least)
        if method not in _SAFE:
            receive = await _check_form(request, visitor, least)
        await self._app(scope, receive, send)


async def _check_form(request: Request, visitor: Visitor, least: Least) -> Receive:
    """Check that a form is of the visitor's own page; return what gives the request's body again.

    Raises:
        NotAllowedError: it may not be.
    """
    if is_other_site(request.headers):
        raise NotAllowedError(visitor, "form", least)
    if least == "anyone":
        return request.receive  # nothing is done in anyone's name, and the browser says that the page is ours
    if not visitor.form_token or _is_own(request.headers.get(FORM_HEADER, "").encode(), visitor):
        return request.receive
    received, start = await _start_of_body(request.receive)
    if not any(_is_own(given, visitor) for given in _TOKENS.findall(start)):
        raise NotAllowedError(visitor, "form", least)
    return _again(received, request.receive)


async def _start_of_body(receive: Receive) -> tuple[list[Message], bytes]:
    """Return the messages that hold the first 64 KiB of a body, and these bytes.

    No form needs to be parsed here: a token of 256 random bits that is in it can only have been read from our page.
    """
    received: list[Message] = []
    start = b""
    while len(start) < _LOOKED_AT:
        message = await receive()
        received.append(message)
        if message["type"] != "http.request":
            break
        start += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return received, start[:_LOOKED_AT]


def _again(received: list[Message], receive: Receive) -> Receive:
    waiting = iter(received)

    async def next_message() -> Message:
        return next(waiting, None) or await receive()

    return next_message


def _is_own(given: bytes, visitor: Visitor) -> bool:
    return secrets.compare_digest(given, visitor.form_token.encode())


def admit_to_api(doorkeeper: Doorkeeper, least: Least, request: HTTPConnection, method: str) -> None:
    """Check that a visitor may use a route of the API.

    Raises:
        RequestError: 401 for a stranger, 403 for another role, or for a browser's session without its form token.
    """
    visitor = doorkeeper.find(request)
    if not visitor.may(least):
        if visitor.way in ("none", "open"):
            raise RequestError(
                401, "unauthorized", "this needs the header 'Authorization: Bearer TOKEN', with a token of the desk"
            )
        raise RequestError(403, "not-allowed", f"this needs the role {least}; {visitor.name} is {visitor.role}")
    uses_cookie = visitor.way in ("session", "signed in") and least != "anyone"
    if method not in _SAFE and uses_cookie and not _is_own(request.headers.get(FORM_HEADER, "").encode(), visitor):
        raise RequestError(403, "other-site", f"a browser's session needs the header {FORM_HEADER}")


def login_address(request: HTTPConnection, login: str) -> str:
    """Return the address of the login that leads back to a page."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"{login}?back={quote(back, safe='')}"
