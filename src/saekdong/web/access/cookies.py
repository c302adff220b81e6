"""The cookies of people's browsers."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.responses import Response

from saekdong.people import Login

_HALF_YEAR = 180 * 24 * 3600
_SHORT = 3600


@dataclass(frozen=True)
class Cookies:
    """Reads and sets cookies that no page's script sees and no other site's form brings.

    Attributes:
        is_secure: whether they travel over TLS only. Then their names begin with `__Host-`, so that neither a page of a
            neighboring name nor one without TLS can set them.
    """

    is_secure: bool

    def session(self, request: HTTPConnection) -> str:
        """Return the secret of a browser's session; empty if it has none."""
        return request.cookies.get(self._name("session"), "")

    def device(self, request: HTTPConnection) -> str:
        """Return the secret by which a browser is known from earlier logins; empty if it is not."""
        return request.cookies.get(self._name("device"), "")

    def log_in(self, answer: Response, login: Login) -> None:
        """Let an answer begin a session; the cookie ends with the browser, or when the session does."""
        self._set(answer, "session", login.session, None)
        self._set(answer, "device", login.device, _HALF_YEAR)

    def log_out(self, answer: Response) -> None:
        """Let an answer remove the session's cookie; the device stays known."""
        self.drop(answer, "session")

    def keep(self, answer: Response, name: str, value: str) -> None:
        """Let an answer keep a value for the next steps of an invitation or a login, for an hour."""
        self._set(answer, name, value, _SHORT)

    def kept(self, request: HTTPConnection, name: str) -> str:
        """Return the value that `keep` kept; empty if there is none."""
        return request.cookies.get(self._name(name), "")

    def drop(self, answer: Response, name: str) -> None:
        """Let an answer remove a cookie."""
        answer.delete_cookie(self._name(name), secure=self.is_secure, httponly=True, samesite="lax")

    def _set(self, answer: Response, name: str, value: str, age: int | None) -> None:
        answer.set_cookie(self._name(name), value, max_age=age, secure=self.is_secure, httponly=True, samesite="lax")

    def _name(self, name: str) -> str:
        return f"__Host-saekdong-{name}" if self.is_secure else f"saekdong_{name}"
