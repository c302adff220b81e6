"""The methods that the routes of a path do not have: 405 with `Allow`, OPTIONS, and HEAD as GET without its body."""

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from saekdong.entrance.errors import RequestError
from saekdong.serving.middleware import refusal

_ORDER = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


class Methods:
    """An ASGI app around another one, whose routes it knows.

    Starlette's own 405 names only the methods of the first route of a path, and is plain text.
    """

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._routes = [route for route in routes if isinstance(route, Route)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if a route takes its method, or if no route has its path."""
        allowed = self._allowed(scope) if scope["type"] == "http" else []
        if not allowed:
            await self._app(scope, receive, send)
        elif scope["method"] == "HEAD" and "HEAD" in allowed:
            # The server sends no body, for it keeps the scope in which the method is still HEAD.
            await self._app({**scope, "method": "GET"}, receive, send)
        else:
            await _answer(scope, allowed)(scope, receive, send)

    def _allowed(self, scope: Scope) -> list[str]:
        """Return the methods of a request's path, in order; none if a route takes the request, or no route the path."""
        matches = [(route, route.matches(scope)[0]) for route in self._routes]
        routes = [route for route, match in matches if match is not Match.NONE]
        if not routes or any(match is Match.FULL for _, match in matches):
            return []
        # Others of the same path only: /api/products/{id} also matches the path of a product's correction.
        methods = {method for route in routes if route.path == routes[0].path for method in route.methods or ()}
        methods |= {"HEAD"} if "GET" in methods else set()
        return [*(method for method in _ORDER if method in methods), "OPTIONS"]


def _answer(scope: Scope, allowed: Sequence[str]) -> Response:
    method, listed = scope["method"], ", ".join(allowed)
    if method == "OPTIONS":
        return Response(status_code=204, headers={"Allow": listed})
    error = RequestError(405, "method-not-allowed", f"{method[:20]} is not allowed here; use {listed}")
    return refusal(error, scope["path"], {"Allow": listed})
