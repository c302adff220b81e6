"""Check which site a browser's request comes from, and which name it is for.

Every page in this machine's browser can reach a server that listens only on this machine. If a site lets its name
point to 127.0.0.1, the browser treats the server as that site; and any site's page can send requests to it, although
not read the answers.
"""

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from saekdong.entrance.errors import RequestError
from saekdong.entrance.listening import host_name, is_loopback

_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_OWN = (b"same-origin", b"none")


class Sites:
    """The names and origins that a server accepts.

    Args:
        host: the address it listens on; if only this machine reaches it, only this machine's names are accepted.
        names: further accepted names, such as a proxy's.
        origins: other pages that may send requests, such as `https://shop.example`; `*` for all.
    """

    def __init__(self, host: str, names: Collection[str] = (), origins: Collection[str] = ()) -> None:
        self._is_local = is_loopback(host)
        self._names = {name.lower() for name in names}
        self._origins = {origin.encode() for origin in origins}
        self._last = b"localhost"

    def check(self, method: str, headers: Mapping[bytes, bytes]) -> None:
        """Refuse a request that a browser sends for another site's page.

        Args:
            method: the request's method.
            headers: the request's headers, with names in lower case.

        Raises:
            RequestError: 421 for another name, 403 for another site's page.
        """
        host, origin = headers.get(b"host", b""), headers.get(b"origin", b"")
        site = headers.get(b"sec-fetch-site", b"")
        # Most requests are for the same name as the one before.
        if host != self._last:
            if not self.answers_to(host.decode("latin-1")):
                raise RequestError(
                    421, "wrong-name", "this service answers to this machine's names and those of --name"
                )
            self._last = host
        if (origin or site) and method not in _SAFE and self._is_elsewhere(host, origin, site):
            raise RequestError(403, "other-site", "a page of another site sent this request")

    def answers_to(self, host: str) -> bool:
        """Return whether the server accepts a Host header."""
        name = host_name(host)
        return not self._is_local or is_loopback(name) or name in self._names

    def _is_elsewhere(self, host: bytes, origin: bytes, site: bytes) -> bool:
        if origin in self._origins or b"*" in self._origins:
            return False
        # Browsers send it to secure addresses; it is more reliable than a proxy's Host.
        return site not in _OWN if site else origin.partition(b"://")[2].lower() != host.lower()


def is_other_site(headers: Headers) -> bool:
    """Return whether a form may come from another site's page: unless the browser says that it is our own page."""
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return True
    origin = headers.get("origin")
    return origin is not None and _place(origin) != headers.get("host")


def _place(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
