"""Logging in and out, and accepting an invitation."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from saekdong.people import LoginRefusedError, PeopleError
from saekdong.people.openid import OpenIdError, OpenIdRequest
from saekdong.web.access import visitor_of
from saekdong.web.desk.console import PAGES, Console
from saekdong.web.desk.people_pages import NO_STORE, problem_text
from saekdong.web.desk.sign_in import SIGN_IN
from saekdong.web.site.addresses import local_address
from saekdong.web.site.forms import form

LOGIN, LOGOUT, INVITATION = "/desk/login", "/desk/logout", "/desk/invitation"
OPENID, OPENID_BACK = "/desk/login/openid", "/desk/login/openid/back"
_INVITED, _BEGUN = "invitation", "openid"
_HASHES = 2
_T = TypeVar("_T")


def login_routes(console: Console) -> list[Route]:
    """Return the routes of logins and invitations."""
    pages = _Logins(console)
    return [
        Route(LOGIN, pages.login, methods=["GET"]),
        Route(LOGIN, pages.log_in, methods=["POST"]),
        Route(LOGOUT, pages.log_out, methods=["POST"]),
        Route(INVITATION, pages.invitation, methods=["GET"]),
        Route(INVITATION, pages.accept, methods=["POST"]),
        Route(OPENID, pages.begin_openid, methods=["GET"]),
        Route(OPENID_BACK, pages.finish_openid, methods=["GET"]),
    ]


class _Logins:
    def __init__(self, console: Console) -> None:
        self.console, self.cookies = console, console.doorkeeper.cookies
        # A hash takes 64 MiB: many logins at once wait for each other, and nothing else waits for them.
        self._limiter = anyio.CapacityLimiter(_HASHES)

    def login(self, request: Request) -> Response:
        """Answer `/desk/login`: the form, or the page that was asked for if there is nothing to log in to."""
        back = local_address(request.query_params.get("back", "/desk"))
        if visitor_of(request).way in ("session", "signed in"):
            return RedirectResponse(back, 303, headers=NO_STORE)
        if not self.console.doorkeeper.has_accounts() and self.console.doorkeeper.is_local:
            return RedirectResponse(f"{SIGN_IN}?{urlencode({'back': back})}", 303, headers=NO_STORE)
        return self._ask(request, back)

    async def log_in(self, request: Request) -> Response:
        """Answer a name and a password."""
        fields = dict(await form(request))
        back = local_address(fields.get("back", "/desk"))
        name, origin = fields.get("name", ""), self.console.doorkeeper.origin(request)
        try:
            login = await self._hashing(lambda: self.console.people.log_in(name, fields.get("password", ""), origin))
        except LoginRefusedError as error:
            return self._ask(request, back, error, name)
        answer = RedirectResponse(back, 303, headers=NO_STORE)
        self.cookies.log_in(answer, login)
        return answer

    def log_out(self, request: Request) -> Response:
        """End the session."""
        if session := visitor_of(request).session:
            self.console.people.log_out(session)
        answer = RedirectResponse(LOGIN, 303, headers=NO_STORE)
        self.cookies.log_out(answer)
        return answer

    def invitation(self, request: Request) -> Response:
        """Answer `/desk/invitation`: the form of the invitation that the link brought.

        The link's code goes from the address into a cookie at once, so that no history, log or referrer keeps it. It is
        used up by the form, not by opening the link, because mail programs open links to check them.
        """
        if code := request.query_params.get("code"):
            answer = RedirectResponse(INVITATION, 303, headers={**NO_STORE, "Referrer-Policy": "no-referrer"})
            self.cookies.keep(answer, _INVITED, code[:200])
            return answer
        return self._invite(request, self.cookies.kept(request, _INVITED))

    async def accept(self, request: Request) -> Response:
        """Answer the form of an invitation."""
        fields, code = dict(await form(request)), self.cookies.kept(request, _INVITED)
        name, password = fields.get("name", ""), fields.get("password", "")
        origin = self.console.doorkeeper.origin(request)
        try:
            if password != fields.get("again", ""):
                raise PeopleError("password-repeated", "the two passwords differ")
            login = await self._hashing(lambda: self.console.people.accept(code, name, password, origin))
        except PeopleError as error:
            return self._invite(request, code, error, name)
        answer = RedirectResponse("/desk", 303, headers=NO_STORE)
        self.cookies.drop(answer, _INVITED)
        self.cookies.log_in(answer, login)
        return answer

    def begin_openid(self, request: Request) -> Response:
        """Send the person to the OpenID provider."""
        if self.console.openid is None:
            return self._ask(request, "/desk")
        back = local_address(request.query_params.get("back", "/desk"))
        try:
            address, begun = self.console.openid.begin(_openid_back(request), back)
        except OpenIdError as error:
            return self._ask(request, back, error)
        answer = RedirectResponse(address, 303, headers=NO_STORE)
        self.cookies.keep(answer, _BEGUN, begun.packed())
        return answer

    def finish_openid(self, request: Request) -> Response:
        """Answer the person's return from the OpenID provider."""
        if self.console.openid is None:
            return self._ask(request, "/desk")
        try:
            begun = OpenIdRequest.unpack(self.cookies.kept(request, _BEGUN))
            found = self.console.openid.finish(begun, dict(request.query_params), _openid_back(request))
        except OpenIdError as error:
            refused = self._ask(request, "/desk", error)
            self.cookies.drop(refused, _BEGUN)
            return refused
        origin = self.console.doorkeeper.origin(request)
        login = self.console.people.log_in_from(found.issuer, found.subject, found.name, found.role, origin)
        answer = RedirectResponse(local_address(begun.back), 303, headers=NO_STORE)
        self.cookies.drop(answer, _BEGUN)
        self.cookies.log_in(answer, login)
        return answer

    def _ask(self, request: Request, back: str, error: PeopleError | None = None, name: str = "") -> Response:
        wait = error.wait if isinstance(error, LoginRefusedError) else 0
        return PAGES.page(
            request,
            "login.html.j2",
            429 if wait else 403 if error else 200,
            headers={**NO_STORE, **({"Retry-After": str(wait)} if wait else {})},
            back_to=back,
            name=name,
            problem=problem_text(request, error) if error else "",
            needs_tls=self._needs_tls(request),
            provider=self.console.openid.name if self.console.openid else "",
            openid=f"{OPENID}?{urlencode({'back': back})}",
        )

    def _invite(self, request: Request, code: str, error: PeopleError | None = None, name: str = "") -> Response:
        invitation = self.console.people.invitation(code)
        if invitation is None:
            return PAGES.message(request, 410, "invitation_over", "invitation_over_advice")
        return PAGES.page(
            request,
            "invitation.html.j2",
            422 if error else 200,
            headers=NO_STORE,
            invitation=invitation,
            needs_tls=self._needs_tls(request),
            is_reset=bool(invitation.name) and self.console.people.is_name(invitation.name),
            name=name,
            problem=problem_text(request, error) if error else "",
        )

    def _needs_tls(self, request: Request) -> bool:
        """Return whether the browser may forget the login, because cookies travel over TLS alone."""
        return self.cookies.is_secure and request.url.scheme != "https"

    async def _hashing(self, work: Callable[[], _T]) -> _T:
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)


def _openid_back(request: Request) -> str:
    return str(request.url.replace(path=OPENID_BACK, query=""))
