# ruff: noqa: ARG002 (the arguments are those that Authlib passes)
"""An OpenID provider on loopback, for tests: Authlib's server, which checks clients, codes, redirects and PKCE.

The pages that ask for a person's password are left out: the address names who logs in.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode, UserInfo
from flask import Flask, abort, jsonify, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import WSGIRequestHandler, make_server

CLIENT, SECRET = "desk", "secret-of-the-desk"


@dataclass
class Client(ClientMixin):
    redirects: list[str]

    def get_client_id(self):
        return CLIENT

    def get_default_redirect_uri(self):
        return self.redirects[0]

    def get_allowed_scope(self, scope):
        return scope

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri in self.redirects

    def check_client_secret(self, client_secret):
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method, endpoint):
        return method == "client_secret_basic"

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type == "authorization_code"


@dataclass
class Code:
    code: str
    person: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return int(time.time())

    def get_acr(self):
        return None

    def get_amr(self):
        return None


@dataclass
class Provider:
    """What a test sets and sees.

    Attributes:
        issuer: its address.
        people: the claims of each person.
        redirects: the addresses of clients that it accepts.
        claims: replace those of the identity token, as a provider that is broken or someone else's would.
        key: what it publishes, and signs the tokens with.
        signs_with: another key that signs the tokens.
        info: what the user info says to those who bring a token.
    """

    issuer: str = ""
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    redirects: list[str] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"}))
    signs_with: RSAKey | None = None
    info: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)


def _grant(provider: Provider) -> type[grants.AuthorizationCodeGrant]:
    class Grant(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic",)

        def save_authorization_code(self, code, request):
            data = request.payload.data
            provider.codes[code] = Code(
                code,
                request.user,
                request.payload.redirect_uri,
                request.payload.scope,
                data.get("nonce"),
                data.get("code_challenge"),
                data.get("code_challenge_method"),
            )

        def query_authorization_code(self, code, client):
            return provider.codes.get(code)

        def delete_authorization_code(self, authorization_code):
            del provider.codes[authorization_code.code]

        def authenticate_user(self, authorization_code):
            return authorization_code.person

    return Grant


def _identity(provider: Provider) -> type[OpenIDCode]:
    class Identity(OpenIDCode):
        def exists_nonce(self, nonce, request):
            return any(code.nonce == nonce for code in provider.codes.values())

        def resolve_client_private_key(self, client):
            return provider.signs_with or provider.key

        def get_client_algorithm(self, client):
            return "RS256"

        def get_client_claims(self, client):
            now = int(time.time())
            return {"iss": provider.issuer, "aud": [CLIENT], "iat": now, "exp": now + 300}

        def generate_user_info(self, user, scope):
            return UserInfo(sub=user, **provider.people[user])

        def encode_id_token(self, token, request):
            claims = jwt.decode(super().encode_id_token(token, request), provider.signs_with or provider.key).claims
            changed = {name: value for name, value in {**claims, **provider.claims}.items() if value is not None}
            key = provider.signs_with or provider.key
            return jwt.encode({"alg": "RS256", "kid": "1"}, changed, key)

    return Identity


def _app(provider: Provider) -> Flask:
    app = Flask(__name__)
    app.json.sort_keys = False
    server = AuthorizationServer(
        app,
        query_client=lambda name: Client(provider.redirects) if name == CLIENT else None,
        save_token=lambda token, _: provider.tokens.add(token["access_token"]),
    )
    server.register_grant(_grant(provider), [CodeChallenge(required=True), _identity(provider)(require_nonce=True)])

    @app.get("/.well-known/openid-configuration")
    def describe():
        return jsonify(
            issuer=provider.issuer,
            authorization_endpoint=f"{provider.issuer}/authorize",
            token_endpoint=f"{provider.issuer}/token",
            jwks_uri=f"{provider.issuer}/keys",
            userinfo_endpoint=f"{provider.issuer}/info",
        )

    @app.get("/keys")
    def keys():
        return jsonify(keys=[provider.key.as_dict(private=False)])

    @app.get("/authorize")
    def authorize():
        person = request.cookies.get("person")
        grant = server.get_consent_grant(end_user=person)
        return server.create_authorization_response(grant_user=person, grant=grant)

    @app.get("/info")
    def info():
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in provider.tokens:
            abort(401)
        return jsonify(provider.info)

    @app.post("/token")
    def token():
        return server.create_token_response()

    return app


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_):
        pass


@contextmanager
def openid_provider() -> Iterator[Provider]:
    """Run a provider; a request to it says by the cookie `person` who logs in."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, _app(provider), threaded=True, request_handler=_Quiet)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
