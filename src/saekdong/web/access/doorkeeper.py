"""Finds out who a request comes from."""

from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from saekdong.people import Origin, People
from saekdong.people.secrets import derived
from saekdong.web.access.cookies import Cookies
from saekdong.web.access.visitor import STRANGER, Visitor, put_visitor
from saekdong.web.access.workspace_token import WorkspaceToken

WORKSPACE_NAME = "api"
"""Who did what a program with the workspace's token does."""

SIGNED_IN_NAME = "studio"
"""Who did what a browser does that signed in with the workspace's token."""

_BEARER = "bearer "
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


@dataclass(frozen=True, eq=False)
class Doorkeeper:
    """Knows visitors by their token, their session, or, while there are no accounts, by being on this machine.

    Attributes:
        workspace: the workspace's token: programs that send it are editors.
        people: the accounts; None if this server has none.
        is_local: whether only this machine reaches the server. While there are no accounts, everyone is then a viewer,
            and a browser that signed in with the workspace's token an admin.
        cookies: of people's browsers.
    """

    workspace: WorkspaceToken
    people: People | None = None
    is_local: bool = False
    cookies: Cookies = field(default_factory=lambda: Cookies(is_secure=True))

    def find(self, request: HTTPConnection) -> Visitor:
        """Return who a request comes from, and keep it with the request.

        It is looked up for each request, so that what is revoked or changed holds at once.
        """
        visitor = self._find(request)
        put_visitor(request, visitor)
        return visitor

    def has_accounts(self) -> bool:
        """Return whether people log in."""
        return self.people is not None and self.people.has_accounts()

    def origin(self, request: HTTPConnection) -> Origin:
        """Return where a login comes from."""
        return Origin(
            request.client.host if request.client else "",
            request.headers.get("user-agent", ""),
            self.cookies.device(request),
            self.cookies.session(request),
        )

    def _find(self, request: HTTPConnection) -> Visitor:
        given = request.headers.get("authorization", "")
        if given.lower().startswith(_BEARER):  # a proxy's own login may send another kind with each request
            return self.of_header(given)
        if self.people and (session := self.people.session(secret := self.cookies.session(request))):
            return Visitor(session.person.name, session.person.role, "session", derived(secret, "forms"), session)
        if not self.is_local or self.has_accounts() or any(name in request.headers for name in _FORWARDED):
            return STRANGER
        if cookie := self.workspace.cookie_of(request):
            return Visitor(SIGNED_IN_NAME, "admin", "signed in", derived(cookie, "forms"))
        return Visitor("", "viewer", "open")

    def of_header(self, header: str) -> Visitor:
        """Return who sends an Authorization header; a stranger if it holds no valid token."""
        if not header.lower().startswith(_BEARER):
            return STRANGER
        secret = header[len(_BEARER) :].strip()
        if self.people and (token := self.people.token(secret)):
            return Visitor(token.person.name, token.person.role, "token")
        if self.workspace.is_right(secret):
            return Visitor(WORKSPACE_NAME, "editor", "workspace")
        return STRANGER
