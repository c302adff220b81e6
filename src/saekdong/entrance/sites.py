"""Which sites' pages may use a server: the names that it answers to, and where a browser says that a page is from.

A server on this machine alone is reached by every page in this machine's browser. A site that lets its name point to
127.0.0.1 would be the server's own origin to the browser; a page of any site can send it requests, if not read answers.
"""

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from saekdong.entrance.errors import RequestError
from saekdong.entrance.listening import host_name, is_loopback

_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_OWN = (b"same-origin", b"none")


class Sites:
    """What a server answers, by the names and the pages that requests come from.

    Args:
        host: the address listened on; on this machine alone, only its own names are answered.
        names: other names that are answered, as a proxy passes them on.
        origins: of pages elsewhere that may send requests, such as `https://shop.example`; `*` for all.
    """

    def __init__(self, host: str, names: Collection[str] = (), origins: Collection[str] = ()) -> None:
        self._is_local = is_loopback(host)
        self._names = {name.lower() for name in names}
        self._origins = {origin.encode() for origin in origins}
        self._last = b"localhost"

    def check(self, method: str, headers: Mapping[bytes, bytes]) -> None:
        """Refuse a request that a browser sends for another site's page.

        Args:
            method: of the request.
            headers: of the request, their names in lower case.

        Raises:
            RequestError: 421, it asks for another name; 403, another site's page sent it.
        """
        host, origin = headers.get(b"host", b""), headers.get(b"origin", b"")
        site = headers.get(b"sec-fetch-site", b"")
        # Most requests come for the name that the one before came for.
        if host != self._last:
            if not self.answers_to(host.decode("latin-1")):
                raise RequestError(
                    421, "wrong-name", "this service answers to this machine's names and those of --name"
                )
            self._last = host
        if (origin or site) and method not in _SAFE and self._is_elsewhere(host, origin, site):
            raise RequestError(403, "other-site", "a page of another site sent this request")

    def answers_to(self, host: str) -> bool:
        """Return whether the server answers to a Host header."""
        name = host_name(host)
        return not self._is_local or is_loopback(name) or name in self._names

    def _is_elsewhere(self, host: bytes, origin: bytes, site: bytes) -> bool:
        if origin in self._origins or b"*" in self._origins:
            return False
        # A browser tells it, if the server's address is a secure one, and knows it better than a proxy's Host does.
        return site not in _OWN if site else origin.partition(b"://")[2].lower() != host.lower()


def is_other_site(headers: Headers) -> bool:
    """Return whether a form may come from another site's page: if the browser does not say that it is our own."""
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return True
    origin = headers.get("origin")
    return origin is not None and _place(origin) != headers.get("host")


def _place(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
