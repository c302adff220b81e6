"""What keeps other sites out: headers for every page, and the names that the studio answers to."""

from collections.abc import Collection

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from saekdong.entrance.errors import RequestError
from saekdong.entrance.sites import Sites
from saekdong.serving.middleware import refusal

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        # Photos stand where the shop has them.
        "img-src 'self' http: https:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_API = ("/api/", "/products")
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """Adds the headers to every answer, and accepts only this machine's names if only this machine can reach it.

    A site that lets its name point to 127.0.0.1 would else be the studio's own origin to the browser.

    Args:
        app: what is guarded.
        host: the address listened on.
        names: other names that browsers may ask for, as a proxy passes them on.
        origins: of pages elsewhere that may use the API.
    """

    def __init__(self, app: ASGIApp, host: str, names: Collection[str] = (), origins: Collection[str] = ()) -> None:
        self._app = app
        self._sites = Sites(host, names, origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._sites.check(scope["method"], dict(scope["headers"]))
        except RequestError as error:
            # The pages refuse by themselves, in the reader's language.
            if error.status == 421 or scope["path"].startswith(_API):
                await refusal(error, scope["path"])(scope, receive, send)
                return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for key, value in HEADERS.items():
                    headers.setdefault(key, value)
            await send(message)

        await self._app(scope, receive, send_guarded)
