"""Who may correct: a browser that was once given the shop's token, by a link or by hand."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from saekdong.entrance.sites import is_other_site
from saekdong.web.site.addresses import local_address
from saekdong.web.site.rendering import Pages

SIGN_IN = "/sign-in"
_COOKIE = "saekdong_writer"
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class SignIn:
    """Knows browsers that were given the token by a cookie made from it; another token ends them all.

    A request from this machine proves nothing: a reverse proxy passes on what strangers send.

    Attributes:
        token: the token of writers; if it is empty, writing is not allowed.
        pages: the desk's.
    """

    token: str
    pages: Pages

    def link(self, back: str = "/") -> RedirectResponse:
        """Return an answer that signs a browser in and leads back."""
        answer = RedirectResponse(back, 303, headers={"Cache-Control": "no-store"})
        answer.set_cookie(_COOKIE, self._cookie(), max_age=_YEAR, samesite="lax", httponly=True)
        return answer

    def knows(self, request: Request) -> bool:
        """Return whether a request's browser may write."""
        return bool(self.token) and _is_equal(request.cookies.get(_COOKIE, ""), self._cookie())

    def take(self, request: Request, fields: Mapping[str, str]) -> Response:
        """Answer `/sign-in`, with the token in its address or form, or with neither."""
        back = local_address(fields.get("back", "/"))
        given = fields.get("token", "").strip()
        if not given:
            return self._ask(request, back)
        is_foreign = request.method == "POST" and is_other_site(request.headers)
        if not self.token or not _is_equal(given, self.token) or is_foreign:
            return self._ask(request, back, is_wrong=True)
        return self.link(back)

    def _ask(self, request: Request, back: str, *, is_wrong: bool = False) -> Response:
        problem = self.pages.texts(request)["sign_in_wrong"] if is_wrong else ""
        return self.pages.page(request, "sign_in.html.j2", 403 if is_wrong else 200, back_to=back, problem=problem)

    def _cookie(self) -> str:
        return hmac.new(self.token.encode(), b"saekdong studio cookie", hashlib.sha256).hexdigest()


def _is_equal(given: str, right: str) -> bool:
    return secrets.compare_digest(given.encode("utf-8", "replace"), right.encode())
