"""The workspace's token, which programs send, and with which a browser signs in while there are no accounts."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.responses import Response

_COOKIE = "saekdong_writer"
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class WorkspaceToken:
    """Knows programs and browsers that were given the token; another token ends them all.

    A request from this machine proves nothing: a reverse proxy passes on what strangers send.

    Attributes:
        token: the token; if it is empty, writing is not allowed.
    """

    token: str

    def is_right(self, given: str) -> bool:
        """Return whether a text is the token."""
        return bool(self.token) and _is_equal(given, self.token)

    def cookie_of(self, request: HTTPConnection) -> str:
        """Return a browser's cookie if it was made from the token, otherwise an empty text."""
        given = request.cookies.get(_COOKIE, "")
        return given if self.token and _is_equal(given, self._cookie()) else ""

    def sign_in(self, answer: Response) -> None:
        """Let an answer give the browser the cookie."""
        answer.set_cookie(_COOKIE, self._cookie(), max_age=_YEAR, samesite="lax", httponly=True)

    def _cookie(self) -> str:
        return hmac.new(self.token.encode(), b"saekdong studio cookie", hashlib.sha256).hexdigest()


def _is_equal(given: str, right: str) -> bool:
    return secrets.compare_digest(given.encode("utf-8", "replace"), right.encode())
