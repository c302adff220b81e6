"""What keeps other sites out: headers for every page, names the studio answers to, and who may send a form."""

import secrets
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from saekdong.hosting.listening import host_name, is_loopback

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
_OTHER_NAME = "saekdong studio answers to localhost alone, and to the names that --name gives"
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """Adds the headers to every answer, and answers to the machine's own names alone where it listens there alone.

    A site that lets its name point to 127.0.0.1 would else be the studio's own origin to the browser.

    Args:
        app: what is guarded.
        host: the address listened on.
        names: other names that browsers may ask for, as a proxy passes them on.
    """

    def __init__(self, app: ASGIApp, host: str, names: Collection[str] = ()) -> None:
        self._app = app
        self._is_local = is_loopback(host)
        self._names = {name.lower() for name in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = host_name(Headers(scope=scope).get("host", ""))
        if self._is_local and not is_loopback(name) and name not in self._names:
            await PlainTextResponse(_OTHER_NAME, 421)(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for key, value in HEADERS.items():
                    headers.setdefault(key, value)
            await send(message)

        await self._app(scope, receive, send_guarded)


def new_token() -> str:
    """Return what forms must bring back; other sites cannot read it."""
    return secrets.token_urlsafe(32)


def is_other_site(headers: Headers) -> bool:
    """Return whether a request's headers say that another site's page sent it."""
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def is_own_token(given: str, token: str) -> bool:
    """Return whether a form brought the studio's token; one from before a restart brings another."""
    return secrets.compare_digest(given.encode(), token.encode())
