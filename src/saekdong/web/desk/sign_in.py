"""The page on which a browser signs in with the workspace's token, while there are no accounts."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from saekdong.entrance.sites import is_other_site
from saekdong.web.access import Doorkeeper
from saekdong.web.site.addresses import local_address
from saekdong.web.site.rendering import Pages

SIGN_IN = "/sign-in"


@dataclass(frozen=True)
class SignIn:
    """Lets a browser sign in by a link or by hand.

    Attributes:
        doorkeeper: knows the token, and whether there are accounts.
        pages: the desk's.
    """

    doorkeeper: Doorkeeper
    pages: Pages

    def link(self, back: str = "/") -> RedirectResponse:
        """Return an answer that signs a browser in and leads back."""
        answer = RedirectResponse(back, 303, headers={"Cache-Control": "no-store"})
        self.doorkeeper.workspace.sign_in(answer)
        return answer

    def take(self, request: Request, fields: Mapping[str, str]) -> Response:
        """Answer `/sign-in`, with the token in its address or form, or with neither."""
        back = local_address(fields.get("back", "/"))
        if self.doorkeeper.has_accounts():
            return RedirectResponse("/desk/login", 303)
        given = fields.get("token", "").strip()
        if not given:
            return self._ask(request, back)
        is_foreign = request.method == "POST" and is_other_site(request.headers)
        if not self.doorkeeper.workspace.is_right(given) or is_foreign:
            return self._ask(request, back, is_wrong=True)
        return self.link(back)

    def _ask(self, request: Request, back: str, *, is_wrong: bool = False) -> Response:
        problem = self.pages.texts(request)["sign_in_wrong"] if is_wrong else ""
        return self.pages.page(request, "sign_in.html.j2", 403 if is_wrong else 200, back_to=back, problem=problem)
