"""Logins by an OpenID provider: the code flow with PKCE, state and nonce; the provider's groups decide the role."""

import base64
import hashlib
import json
import secrets
import threading
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException
from typing import IO, TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.parse import quote_plus, urlencode, urlsplit

from saekdong.entrance.listening import is_loopback
from saekdong.errors import SaekdongError
from saekdong.people.errors import PeopleError
from saekdong.people.roles import ROLES, Role, as_role

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

SECRET_VARIABLE = "SAEKDONG_OPENID_SECRET"  # noqa: S105 (the name of a variable)
_SECONDS = 10.0
_MOST_BYTES = 1 << 20
_KNOWN_SECONDS = 3600.0
_KEYS_SECONDS = 60.0
_LEEWAY = 60
# No `none`, and none that is checked with a shared secret.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]


class OpenIdError(PeopleError):
    """The provider cannot be used, or what it says about a person is not valid."""

    def __init__(self, problem: str, fix: str = "", reason: str = "provider") -> None:
        super().__init__(reason, problem, fix)


@dataclass(frozen=True)
class OpenIdSettings:
    """How people log in with a provider: the table `[openid]` of `saekdong.toml`.

    Attributes:
        issuer: the provider's address.
        client_id: as the provider knows the desk.
        roles: the role of each group; people in no such group are refused.
        client_secret: what proves that the desk is this client; empty for a public client, which PKCE protects.
        groups: the claim that lists a person's groups.
        scope: what is asked for.
    """

    issuer: str
    client_id: str
    roles: Mapping[str, Role]
    client_secret: str = ""
    groups: str = "groups"
    scope: str = "openid profile email"

    @classmethod
    def read(cls, table: Mapping[str, Any], client_secret: str) -> "OpenIdSettings":
        """Read the table.

        Raises:
            SaekdongError: a key is missing, unknown or invalid.
        """
        texts = ("issuer", "client_id", "groups", "scope")
        for key, value in table.items():
            if key not in (*texts, "roles"):
                raise SaekdongError(f"[openid] has no key {key!r}", fix=f"use {', '.join(texts)} or [openid.roles]")
            if key != "roles" and not isinstance(value, str):
                raise SaekdongError(f"[openid] {key} is {value!r}", fix="give a text")
        for key in ("issuer", "client_id", "roles"):
            if not table.get(key):
                raise SaekdongError(f"[openid] has no {key}", fix="see docs/people.md")
        roles = table["roles"]
        if not isinstance(roles, dict):
            raise SaekdongError(
                "[openid] roles is not a table", fix='write [openid.roles] with lines such as staff = "editor"'
            )
        _check_address(table["issuer"])
        given = {key: table[key] for key in texts if key in table}
        return cls(
            **given, roles={group: as_role(str(role)) for group, role in roles.items()}, client_secret=client_secret
        )

    def role_of(self, groups: object) -> Role | None:
        """Return the highest role of a person's groups, or None if no group has one.

        Example:
            >>> settings = OpenIdSettings("https://id.example", "desk", {"staff": "editor", "owners": "admin"})
            >>> settings.role_of(["staff", "owners", "cooks"]), settings.role_of(["cooks"]), settings.role_of(None)
            ('admin', None, None)
        """
        listed = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
        found = [self.roles[group] for group in listed if isinstance(group, str) and group in self.roles]
        return max(found, key=ROLES.index, default=None)


@dataclass(frozen=True, slots=True)
class OpenIdRequest:
    """A login that has begun; the browser keeps it until the provider sends the person back.

    Attributes:
        state: what the provider brings back, so that only this browser can finish the login.
        nonce: what the provider puts into the identity, so that an older one is not accepted.
        verifier: what proves to the provider that the code is used by who asked for it.
        back: the page to show after the login.
    """

    state: str
    nonce: str
    verifier: str
    back: str

    def packed(self) -> str:
        """Return it as the text of a cookie."""
        text = json.dumps([self.state, self.nonce, self.verifier, self.back])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def unpack(cls, text: str) -> "OpenIdRequest":
        """Read what `packed` wrote.

        Raises:
            OpenIdError: it is something else.
        """
        try:
            values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            state, nonce, verifier, back = values
        except ValueError as error:
            raise OpenIdError("this browser has not begun a login, or too long ago", fix="log in again") from error
        return cls(str(state), str(nonce), str(verifier), str(back))


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a provider says that a person is.

    Attributes:
        issuer: the provider.
        subject: the person's identifier, which never changes.
        name: the person's name, for a new account.
        role: by the person's groups.
    """

    issuer: str
    subject: str
    name: str
    role: Role


@dataclass(eq=False)
class OpenIdProvider:
    """A provider; its addresses and keys are read at the first login and kept for an hour.

    Attributes:
        settings: the shop's.
    """

    settings: OpenIdSettings
    _known: dict[str, tuple[float, Mapping[str, Any]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        """What people call the provider: its host."""
        return urlsplit(self.settings.issuer).hostname or self.settings.issuer

    def begin(self, redirect: str, back: str) -> tuple[str, OpenIdRequest]:
        """Return the provider's address to send a person to, and what the browser keeps meanwhile.

        Args:
            redirect: the desk's address to which the provider sends the person back.
            back: the page to show after the login.

        Raises:
            OpenIdError: the provider cannot be reached or used.
        """
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        request = OpenIdRequest(state, nonce, verifier, back)
        digest = hashlib.sha256(request.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect,
            "scope": self.settings.scope,
            "state": request.state,
            "nonce": request.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        address = self._address("authorization_endpoint")
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}", request

    def finish(self, request: OpenIdRequest, answer: Mapping[str, str], redirect: str) -> Identity:
        """Return who logged in, from what the provider sent the person back with.

        Args:
            request: what the browser kept.
            answer: the fields of the address that the person came back to.
            redirect: the same as at the beginning.

        Raises:
            OpenIdError: the provider or the person refused, the answer belongs to another login or provider, or the
                person is in no group that has a role.
        """
        if not secrets.compare_digest(answer.get("state", "").encode(), request.state.encode()):
            raise OpenIdError("the provider's answer belongs to another login", fix="log in again")
        if answer.get("iss", self.settings.issuer) != self.settings.issuer:
            raise OpenIdError("the answer is from another provider", fix="log in again")
        if "code" not in answer:
            raise OpenIdError(f"the provider did not log you in ({answer.get('error', 'no code')[:100]})")
        tokens = self._tokens(answer["code"], request.verifier, redirect)
        claims = self._claims(str(tokens.get("id_token", "")), request.nonce)
        groups = claims.get(self.settings.groups)
        if groups is None:
            groups = self._user_info(tokens, claims).get(self.settings.groups)
        role = self.settings.role_of(groups)
        if role is None:
            raise OpenIdError("none of your groups has a role at this desk", "ask an admin", "no-role")
        name = claims.get("preferred_username") or claims.get("name") or claims.get("email") or claims["sub"]
        return Identity(self.settings.issuer, str(claims["sub"]), str(name), role)

    def _tokens(self, code: str, verifier: str, redirect: str) -> Mapping[str, Any]:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": verifier,
            "client_id": self.settings.client_id,
        }
        headers = {}
        if self.settings.client_secret:
            pair = f"{quote_plus(self.settings.client_id)}:{quote_plus(self.settings.client_secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        return _ask(self._address("token_endpoint"), headers, urlencode(fields).encode())

    def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        """Return what an identity token says, after its signature and its claims are checked."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        registry = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": self.settings.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            try:
                claims = jwt.decode(token, self._keys(), algorithms=_ALGORITHMS).claims
            except (JoseError, ValueError):  # the provider may have new keys
                claims = jwt.decode(token, self._keys(_KEYS_SECONDS), algorithms=_ALGORITHMS).claims
            registry.validate(claims)
        except (JoseError, ValueError) as error:
            raise OpenIdError(f"the provider's identity token is not valid: {error}", fix="log in again") from error
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != self.settings.client_id:
            raise OpenIdError("the provider's identity token is for another client", fix="log in again")
        return claims

    def _user_info(self, tokens: Mapping[str, Any], claims: Mapping[str, Any]) -> Mapping[str, Any]:
        if not self._document("").get("userinfo_endpoint"):
            return {}
        headers = {"Authorization": f"Bearer {tokens.get('access_token', '')}"}
        found = _ask(self._address("userinfo_endpoint"), headers)
        return found if found.get("sub") == claims["sub"] else {}

    def _keys(self, at_most: float = _KNOWN_SECONDS) -> "KeySet":
        from joserfc.jwk import KeySet

        return KeySet.import_key_set({"keys": self._document("jwks_uri", at_most).get("keys", [])})

    def _address(self, name: str) -> str:
        address = self._document("").get(name)
        if not isinstance(address, str):
            raise OpenIdError(f"{self.settings.issuer} has no {name}", fix="check [openid] issuer")
        _check_address(address)
        return address

    def _document(self, name: str, at_most: float = _KNOWN_SECONDS) -> Mapping[str, Any]:
        """Return the provider's description, or the document that it names, at most this many seconds old."""
        where = self._address(name) if name else f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        with self._lock:
            since, known = self._known.get(where, (0.0, {}))
        if known and time.monotonic() - since < at_most:
            return known
        found = _ask(where)
        if not name and found.get("issuer") != self.settings.issuer:
            raise OpenIdError(f"{where} describes the issuer {found.get('issuer')}", fix="check [openid] issuer")
        with self._lock:
            self._known[where] = time.monotonic(), found
        return found


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Follow no redirect: the provider says its addresses itself."""


_OPENER = urllib.request.build_opener(_NoRedirects)


def _ask(address: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Mapping[str, Any]:
    """Return a provider's answer.

    Raises:
        OpenIdError: it cannot be reached, refuses, or answers something other than a JSON object.
    """
    _check_address(address)
    request = urllib.request.Request(address, body, {"Accept": "application/json", **(headers or {})})  # noqa: S310
    try:
        with _OPENER.open(request, timeout=_SECONDS) as response:
            content = json.loads(response.read(_MOST_BYTES))
    except (OSError, URLError, HTTPException, ValueError) as error:
        raise OpenIdError(f"the provider does not answer at {address}: {error}", fix="try again later") from error
    if not isinstance(content, dict):
        raise OpenIdError(f"the provider's answer at {address} is not a JSON object")
    return content


def _check_address(address: str) -> None:
    """Check that an address of the provider is protected by TLS, or is on this machine.

    Raises:
        OpenIdError: it is neither.
    """
    try:
        parts = urlsplit(address)
        is_right = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    except ValueError:
        is_right = False
    if not is_right:
        raise OpenIdError(f"the provider's address {address} is not https", fix="give its https address")
