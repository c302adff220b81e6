"""Logins by an OpenID provider, against one that runs on loopback and checks what a real one checks."""

from dataclasses import replace
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from saekdong.errors import SaekdongError
from saekdong.people import openid
from saekdong.people.openid import Identity, OpenIdError, OpenIdProvider, OpenIdRequest, OpenIdSettings
from support.openid_provider import CLIENT, SECRET, openid_provider

BACK = "https://desk.shop.example/desk/login/openid/back"


@pytest.fixture
def provider():
    with openid_provider() as running:
        running.redirects = [BACK]
        running.people = {
            "7": {"preferred_username": "mina", "groups": ["staff", "owners"]},
            "8": {"name": "Jun", "groups": "staff"},
            "9": {"email": "cook@shop.example", "groups": ["cooks"]},
        }
        yield running


@pytest.fixture
def desk(provider):
    return OpenIdProvider(OpenIdSettings(provider.issuer, CLIENT, {"staff": "editor", "owners": "admin"}, SECRET))


def sent_back(address, person):
    """Return what the provider sends the browser back with."""
    answer = httpx.get(address, cookies={"person": person})
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(f"{BACK}?")
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def log_in(desk, person="7", **changes):
    address, request = desk.begin(BACK, "/desk")
    return desk.finish(replace(request, **changes), sent_back(address, person), BACK)


def test_a_person_logs_in_with_the_role_of_the_highest_group(desk, provider):
    assert log_in(desk) == Identity(provider.issuer, "7", "mina", "admin")
    assert log_in(desk, "8") == Identity(provider.issuer, "8", "Jun", "editor")
    with pytest.raises(OpenIdError, match="none of your groups has a role"):
        log_in(desk, "9")


def test_the_request_has_pkce_state_and_nonce_new_each_time(desk):
    seen = set()
    for _ in range(2):
        address, request = desk.begin(BACK, "/desk")
        query = parse_qs(urlsplit(address).query)
        assert query["code_challenge_method"] == ["S256"]
        assert request.verifier not in address
        seen |= {*query["state"], *query["nonce"], *query["code_challenge"]}
        assert OpenIdRequest.unpack(request.packed()) == request
    assert len(seen) == 6


def test_the_answer_of_another_login_or_provider_is_refused(desk):
    address, request = desk.begin(BACK, "/desk")
    answer = sent_back(address, "7")
    with pytest.raises(OpenIdError, match="belongs to another login"):
        desk.finish(desk.begin(BACK, "/desk")[1], answer, BACK)
    with pytest.raises(OpenIdError, match="belongs to another login"):
        desk.finish(request, {"code": answer["code"]}, BACK)
    with pytest.raises(OpenIdError, match="from another provider"):
        desk.finish(request, {**answer, "iss": "https://evil.example"}, BACK)
    with pytest.raises(OpenIdError, match=r"did not log you in \(access_denied\)"):
        desk.finish(request, {"state": request.state, "error": "access_denied"}, BACK)
    assert desk.finish(request, answer, BACK).subject == "7"
    with pytest.raises(OpenIdError, match="does not answer"):
        desk.finish(request, answer, BACK)  # a code is used once


def test_a_code_without_its_verifier_is_of_no_use(desk):
    with pytest.raises(OpenIdError, match="does not answer"):
        log_in(desk, verifier="v" * 43)


def test_an_identity_for_another_login_is_refused(desk):
    with pytest.raises(OpenIdError, match="identity token is not valid"):
        log_in(desk, nonce="of another login")


def test_a_token_that_another_key_signed_is_refused_and_a_new_key_is_found(desk, provider, monkeypatch):
    log_in(desk)
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "1"})
    with pytest.raises(OpenIdError, match="identity token is not valid"):
        log_in(desk)
    provider.key = provider.signs_with
    monkeypatch.setattr(openid, "_KEYS_SECONDS", 0)
    assert log_in(desk).name == "mina"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another desk"},
        {"aud": [CLIENT, "another desk"], "azp": "another desk"},
        {"exp": 1},
        {"nonce": None},
        {"sub": None},
    ],
    ids=lambda claims: next(reversed(claims)) + str(len(claims)),
)
def test_a_token_with_wrong_claims_is_refused(desk, provider, claims):
    provider.claims = claims
    with pytest.raises(OpenIdError, match="identity token is"):
        log_in(desk)


def test_groups_may_come_from_the_user_info_but_of_the_same_person_only(desk, provider):
    provider.info = {"sub": "8", "groups": ["owners"]}
    assert log_in(desk, "8").role == "editor"  # those of the token come first
    provider.people["8"].pop("groups")
    assert log_in(desk, "8").role == "admin"
    provider.info = {"sub": "7", "groups": ["owners"]}
    with pytest.raises(OpenIdError, match="none of your groups"):
        log_in(desk, "8")


def test_a_provider_that_is_not_the_issuer_or_is_gone_is_named(provider):
    settings = OpenIdSettings(provider.issuer + "/", CLIENT, {"staff": "editor"}, SECRET)
    with pytest.raises(OpenIdError, match="describes the issuer"):
        OpenIdProvider(settings).begin(BACK, "/")
    with pytest.raises(OpenIdError, match=r"does not answer at http://127\.0\.0\.1:9/"):
        OpenIdProvider(replace(settings, issuer="http://127.0.0.1:9")).begin(BACK, "/")
    with pytest.raises(OpenIdError, match="is not https"):
        OpenIdProvider(replace(settings, issuer="http://id.example")).begin(BACK, "/")


@pytest.mark.parametrize("text", ["", "x", "bm90aGluZw", "WzEsMl0"])
def test_a_cookie_of_something_else_is_not_a_login(text):
    with pytest.raises(OpenIdError, match="has not begun a login"):
        OpenIdRequest.unpack(text)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"issuer": ""}, "has no issuer"),
        ({"issuer": "http://id.example"}, "is not https"),
        ({"issuer": "https://["}, "is not https"),
        ({"client_id": 7}, "client_id is 7"),
        ({"roles": {"staff": "owner"}}, "there is no role 'owner'"),
        ({"roles": "staff"}, "roles is not a table"),
        ({"tenant": "x"}, "has no key 'tenant'"),
    ],
)
def test_wrong_settings_are_named(changes, problem):
    table = {"issuer": "https://id.example", "client_id": "desk", "roles": {"staff": "editor"}}
    assert OpenIdSettings.read(table, "secret").role_of(["staff"]) == "editor"
    with pytest.raises(SaekdongError, match=problem):
        OpenIdSettings.read({**table, **changes}, "")
