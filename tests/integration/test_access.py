"""Who may use what: every route for every kind of visitor, and what holds each of them to its rule."""

import re
from contextlib import contextmanager

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from desks import SESSION, TOKEN, form_token, running_desk
from saekdong.people import ROLES, covers
from saekdong.web.access.rules import FORM_HEADER, check_declared, keys_of
from saekdong.web.api import CatalogApi
from saekdong.web.studio.rules import RULES
from served_catalogs import serve

REFUSED = ("You are not logged in", "You may not open this page", "Not done", '"unauthorized"', '"not-allowed"')
FORM_REFUSED = ("Not done", '"other-site"')
WRITES = ("POST", "PUT", "PATCH", "DELETE")


def routes_of(app):
    """Yield the key of each route of an app: of its API, which FastAPI may keep as one, and of its pages."""
    for route in app.routes:
        if hasattr(route, "original_router"):
            yield from (key for key, _ in keys_of(route.original_router.routes))
        elif isinstance(route, Mount) and isinstance(route.app, Starlette):
            yield from routes_of(route.app)
        else:
            yield from (key for key, _ in keys_of([route]))


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with running_desk(tmp_path_factory.mktemp("desk")) as running:
        for role in ROLES:
            running.join(role, role)
        yield running


@pytest.fixture(scope="module")
def tokens(desk):
    return {role: desk.people.make_token("root", desk.people.person(role), "test")[1] for role in ROLES}


def ask(client, key, token=""):
    method, path = key.split(" ")
    path = re.sub(r"{[a-z_]+(:[a-z]+)?}", "1", path.replace("*", "site.css"))
    headers = {FORM_HEADER: token} if token else {}
    return client.request(method, path, headers=headers)


def is_refused(answer):
    is_sent_to_login = answer.status_code == 303 and answer.headers["location"].startswith("/desk/login?back=")
    return is_sent_to_login or (answer.status_code in (401, 403) and any(text in answer.text for text in REFUSED))


def test_every_route_has_a_rule_and_every_rule_a_route(desk):
    assert set(routes_of(desk.app)) == set(RULES)


def test_a_route_without_a_rule_fails_at_the_start():
    routes = [Route("/desk", print), Route("/desk/new", print, methods=["GET", "POST"])]
    with pytest.raises(RuntimeError, match="no rule says who may use GET /desk/new, POST /desk/new; add it to"):
        check_declared(routes, RULES)


@pytest.mark.parametrize("key", sorted(RULES))
def test_each_route_is_for_those_whom_its_rule_names(desk, tokens, key):
    least = RULES[key]
    cells = {"anonymous": (desk.client(), None, ""), "workspace": (desk.client(token=TOKEN), "editor", "")}
    for role in ROLES:
        login = desk.log_in(role)
        client = desk.client(login)
        cells[f"{role}'s session"] = (client, role, form_token(client))
        cells[f"{role}'s token"] = (desk.client(token=tokens[role]), role, "")
    wrong = {}
    for who, (client, role, token) in cells.items():
        may = least == "anyone" or covers(role, least)
        answer = ask(client, key, token)
        if is_refused(answer) is may:
            wrong[who] = (answer.status_code, answer.text[:200])
    assert not wrong


@pytest.mark.parametrize(
    "key", sorted(key for key, least in RULES.items() if key.startswith(WRITES) and least != "anyone")
)
def test_no_form_of_another_page_or_session_is_accepted(desk, key):
    client = desk.client(desk.log_in("admin"))
    own, other = form_token(client), form_token(desk.client(desk.log_in("admin")))
    assert own != other
    for token in ("", other, own[:-1], own.upper()):
        answer = ask(client, key, token)
        assert answer.status_code == 403, token
        assert any(text in answer.text for text in FORM_REFUSED), token
    client.headers["Origin"] = "https://evil.example"
    assert ask(client, key, own).status_code == 403
    client.headers["Sec-Fetch-Site"] = "same-site"
    assert ask(client, key, own).status_code == 403


@pytest.mark.parametrize("role", ROLES)
def test_a_role_change_a_revocation_and_a_removal_hold_at_once(desk, role):
    login = desk.join("jun", role)
    made, secret = desk.people.make_token("root", login.person, "test")
    browser, program = desk.client(login), desk.client(token=secret)
    for now in ("admin", "viewer", "editor"):
        desk.people.set_role("root", "jun", now)
        assert is_refused(browser.get("/desk/people")) is (now != "admin")
        assert (program.get("/api/review/stats").status_code == 200) is (now != "viewer")
    desk.people.revoke_token("root", made.number)
    assert program.get("/api/review/stats").status_code == 401
    desk.people.end_session("root", desk.people.sessions(login.person)[0].number)
    assert is_refused(browser.get("/desk"))
    other = desk.client(desk.log_in("jun"))
    desk.people.remove("root", "jun")
    assert is_refused(other.get("/desk"))


def test_what_a_person_does_over_the_api_is_recorded_under_that_name(desk, tokens):
    program = desk.client(token=tokens["editor"])
    address = "/api/products/mug-1/correction"
    assert program.put(address, json={"labels": ["pink"], "by": "someone else"}).status_code == 200
    assert desk.api.loop.correction("mug-1").by == "editor"
    assert program.delete(address).status_code == 200
    assert desk.api.loop.history("mug-1")[-1].by == "editor"
    owner = desk.client(token=TOKEN)
    assert owner.put(address, json={"labels": ["pink"], "by": "Mina"}).status_code == 200
    assert desk.api.loop.correction("mug-1").by == "Mina"


def test_a_head_request_needs_what_its_get_needs(desk):
    assert desk.client().head("/desk/people").status_code == 303
    assert desk.client(desk.log_in("viewer")).head("/desk/people").status_code == 403
    assert desk.client(desk.log_in("admin")).head("/desk/people").status_code == 200


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"])
def test_without_accounts_this_machine_looks_and_the_token_signs_in(tmp_path, header):
    with running_desk(tmp_path, is_local=True) as desk:
        here = desk.client()
        assert here.get("/desk/products").status_code == 200
        assert here.get("/desk/products", headers={header: "127.0.0.1"}).status_code == 303
        assert here.get("/desk/people").headers["location"] == "/desk/login?back=%2Fdesk%2Fpeople"
        assert here.get("/desk/login?back=/desk/people").headers["location"] == "/sign-in?back=%2Fdesk%2Fpeople"
        assert here.post("/sign-in", data={"token": TOKEN}).status_code == 303
        page = here.get("/desk/people")
        assert "There are no accounts" in page.text
        desk.join("mina", "admin")
        assert here.get("/desk/people").status_code == 303
        assert here.get("/sign-in").headers["location"] == "/desk/login"
        assert here.get(f"/sign-in?token={TOKEN}").headers["location"] == "/desk/login"
        assert here.get("/desk/products").status_code == 303


def test_a_service_without_a_desk_takes_peoples_tokens_and_no_sessions(tmp_path):
    with running_desk(tmp_path) as desk:
        login = desk.join("mina", "viewer")
        _, secret = desk.people.make_token("mina", login.person, "feeds")
        with contextmanager(serve)(CatalogApi(desk.api.store, None, TOKEN)) as service:

            def correct(**headers):
                fields = {"labels": ["pink"], "by": "someone else"}
                return service.put("/api/products/mug-1/correction", json=fields, headers=headers).status_code

            assert correct(Authorization=f"Bearer {secret}") == 403
            desk.people.set_role("root", "mina", "editor")
            assert correct(Authorization=f"Bearer {secret}") == 200
            assert desk.api.loop.correction("mug-1").by == "mina"
            assert correct(Authorization=f"Bearer {TOKEN}") == 200
            assert correct(Authorization="", Cookie=f"{SESSION}={login.session}") == 401
            desk.people.revoke_token("root", 1)
            assert correct(Authorization=f"Bearer {secret}") == 401


def test_a_viewers_page_of_a_product_says_why_nothing_can_be_corrected(desk):
    page = desk.client(desk.log_in("viewer")).get("/desk/product?id=mug-1").text
    assert "Your role is viewer" in page
    assert '<form class="correct"' not in page
    assert '<form class="correct"' in desk.client(desk.log_in("editor")).get("/desk/product?id=mug-1").text
