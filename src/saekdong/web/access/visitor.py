"""Who a request comes from, and what they may do."""

from dataclasses import dataclass
from typing import Literal

from starlette.requests import HTTPConnection

from saekdong.people import LoginSession, Role, covers

Least = Role | Literal["anyone"]
"""Who may use a route: everyone, or people with at least a role."""

Way = Literal["none", "open", "signed in", "workspace", "token", "session"]
"""How a visitor is known.

Not at all; while there are no accounts, as a user of this machine, who signed in with the workspace's token or not; by
the workspace's token or a person's token in a header; by a session of a browser.
"""

_KEY = "saekdong.visitor"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a request comes from.

    Attributes:
        name: what is recorded of what they do; empty for a stranger.
        role: what they may do; None for a stranger.
        way: how they are known.
        form_token: what their forms must bring back, because their browser sends its cookie for any page; empty if the
            request has no cookie that lets it write.
        session: the session of the browser, if that is how they are known.
    """

    name: str = ""
    role: Role | None = None
    way: Way = "none"
    form_token: str = ""
    session: LoginSession | None = None

    def may(self, least: Least) -> bool:
        """Return whether they may use a route."""
        return least == "anyone" or covers(self.role, least)

    @property
    def is_person(self) -> bool:
        """Return whether they are a person with an account."""
        return self.way in ("token", "session")


STRANGER = Visitor()


def visitor_of(request: HTTPConnection) -> Visitor:
    """Return who a request comes from, as the doorkeeper found; a stranger if it was not asked."""
    found = request.scope.get(_KEY, STRANGER)
    assert isinstance(found, Visitor)  # noqa: S101
    return found


def put_visitor(request: HTTPConnection, visitor: Visitor) -> None:
    """Keep who a request comes from for those who answer it."""
    request.scope[_KEY] = visitor


def name_of(request: HTTPConnection, said: str) -> str:
    """Return who does something: a person with an account, whatever the request says, otherwise whom it names."""
    visitor = visitor_of(request)
    return visitor.name if visitor.is_person else said
