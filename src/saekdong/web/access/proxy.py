"""A reverse proxy that is trusted to say where a request comes from."""

import ipaddress
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

SECRET_HEADER = "X-Saekdong-Proxy"  # noqa: S105 (the name of a header)
SECRET_FILE = "proxy-secret"  # noqa: S105 (the name of a file)
SECRET_VARIABLE = "SAEKDONG_PROXY_SECRET"  # noqa: S105 (the name of a variable)

_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-real-ip", b"via")
_SECRET = SECRET_HEADER.lower().encode()


@dataclass(frozen=True)
class TrustedProxies:
    """Takes the client's address and scheme from a proxy that brings the secret from its own address.

    What others say about themselves in such headers is removed, so that nothing behind can believe it.

    Attributes:
        app: what answers.
        addresses: of the proxies.
        secret: what they send in `X-Saekdong-Proxy`; it is removed from every request.
    """

    app: ASGIApp
    addresses: Collection[str]
    secret: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            scope = self._cleaned(scope)
        await self.app(scope, receive, send)

    def _cleaned(self, scope: Scope) -> Scope:
        headers = list(scope["headers"])
        kept = [(name, value) for name, value in headers if name not in _FORWARDED and name != _SECRET]
        scope = {**scope, "headers": kept}
        given = [value for name, value in headers if name == _SECRET]
        if not self._is_trusted(scope, given):
            # That a request was forwarded is known; by whom and for whom is not.
            was_forwarded = len(kept) < len(headers)
            return {**scope, "headers": [*kept, (b"via", b"unknown")]} if was_forwarded else scope
        values = dict(headers)  # of several, the last: the proxy's own
        # A proxy appends the address it saw; what stands before that, the client itself may have sent.
        client = values.get(b"x-forwarded-for", b"").decode("latin-1").rpartition(",")[2].strip()
        scheme = values.get(b"x-forwarded-proto", b"").decode("latin-1").strip().lower()
        return {
            **scope,
            "client": (client, 0) if client else scope.get("client"),
            "scheme": scheme if scheme in ("http", "https") else scope["scheme"],
            "headers": [*kept, (b"via", b"proxy")],
        }

    def _is_trusted(self, scope: Scope, given: list[bytes]) -> bool:
        client = scope.get("client")
        is_known = client is not None and _plain(client[0]) in set(map(_plain, self.addresses))
        is_right = len(given) == 1 and secrets.compare_digest(given[0], self.secret.encode())
        return is_known and is_right and bool(self.secret)


def _plain(address: str) -> str:
    """Return one spelling of an address.

    Example:
        >>> _plain("::ffff:127.0.0.1"), _plain("0:0::1")
        ('127.0.0.1', '::1')
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)
