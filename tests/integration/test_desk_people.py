"""Logins, invitations, one's own account, people and the audit log, as browsers use them without JavaScript."""

import re
import sqlite3
from contextlib import closing
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from desks import ADDRESS, DEVICE, PASSWORD, SESSION, form_token, running_desk
from saekdong.people import Origin
from saekdong.people.openid import OpenIdProvider, OpenIdSettings
from support.openid_provider import CLIENT, SECRET, openid_provider

KOREAN = {"Accept-Language": "ko"}
OPENID_BACK = f"{ADDRESS}/desk/login/openid/back"


@pytest.fixture
def desk(tmp_path):
    with running_desk(tmp_path) as running:
        yield running


def log_in(client, name="mina", password=PASSWORD, **fields):
    return client.post("/desk/login", data={"name": name, "password": password, **fields})


def form(client, page="/desk/people", **fields):
    return {"token": form_token(client, page), **fields}


def test_an_invitation_is_opened_posted_and_burned(desk):
    _, secret = desk.people.invite("root", "editor")
    browser = desk.client()
    opened = browser.get(f"/desk/invitation?code={secret}")
    assert (opened.status_code, opened.headers["location"]) == (303, "/desk/invitation")
    assert opened.headers["referrer-policy"] == "no-referrer"
    assert opened.headers["cache-control"] == "no-store"
    assert desk.client().get(f"/desk/invitation?code={secret}").status_code == 303  # opening it uses nothing up
    page = browser.get("/desk/invitation").text
    assert "You are invited as editor" in page
    assert secret not in page
    fields = {"name": "mina", "password": PASSWORD, "again": PASSWORD}
    wrong = browser.post("/desk/invitation", data={**fields, "again": "x"})
    assert (wrong.status_code, "The two passwords differ." in wrong.text) == (422, True)
    assert (
        "12 to 200 characters" in browser.post("/desk/invitation", data={**fields, "password": "x", "again": "x"}).text
    )
    foreign = browser.post("/desk/invitation", data=fields, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    joined = browser.post("/desk/invitation", data=fields)
    assert (joined.status_code, joined.headers["location"]) == (303, "/desk")
    assert "mina" in browser.get("/desk/account").text
    again = desk.client()
    again.get(f"/desk/invitation?code={secret}")
    assert again.get("/desk/invitation").status_code == 410
    assert again.post("/desk/invitation", data=fields).status_code == 410


def test_cookies_are_kept_from_scripts_other_sites_and_plain_connections(desk):
    desk.join("mina", "editor")
    cookies = log_in(desk.client()).headers.get_list("set-cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {SESSION, DEVICE}
    for cookie in cookies:
        assert re.search("(?i); httponly", cookie)
        assert re.search("(?i); secure", cookie)
        assert re.search("(?i); samesite=lax", cookie)
        assert re.search("(?i); path=/", cookie)
        assert not re.search("(?i); domain", cookie)


def test_on_this_machine_cookies_need_no_tls(tmp_path):
    with running_desk(tmp_path, is_local=True) as desk:
        desk.join("mina", "editor")
        cookies = log_in(desk.client()).headers.get_list("set-cookie")
        assert cookies
        assert not any(re.search("(?i); secure", cookie) for cookie in cookies)


def test_a_login_leads_back_to_the_page_that_was_asked_for_and_nowhere_else(desk):
    desk.join("mina", "editor")
    browser = desk.client()
    sent = browser.get("/desk/products?after=x")
    assert sent.headers["location"] == "/desk/login?back=%2Fdesk%2Fproducts%3Fafter%3Dx"
    page = browser.get(sent.headers["location"]).text
    assert 'name="back" value="/desk/products?after=x"' in page
    assert log_in(browser, back="//evil.example/").headers["location"] == "/"
    assert log_in(browser, back="/desk/products?after=x").headers["location"] == "/desk/products?after=x"
    assert browser.get("/desk/login?back=/desk/conflicts").headers["location"] == "/desk/conflicts"


def test_a_session_that_a_stranger_chose_is_not_used(desk):
    desk.join("mina", "editor")
    browser = desk.client()
    browser.cookies.set(SESSION, "chosen-by-a-stranger", domain="desk.shop.example")
    log_in(browser)
    values = [cookie.value for cookie in browser.cookies.jar if cookie.name == SESSION]
    assert "chosen-by-a-stranger" not in values
    (first,) = values
    log_in(browser)
    (second,) = [cookie.value for cookie in browser.cookies.jar if cookie.name == SESSION]
    assert first != second
    stolen = desk.client()
    stolen.cookies.set(SESSION, first)
    assert stolen.get("/desk").status_code == 303  # the login of the same browser ended it


def test_wrong_logins_are_said_wait_and_look_the_same_for_unknown_names(desk):
    desk.join("mina", "editor")
    answers = {}
    for name, host in (("mina", "203.0.113.1"), ("nobody", "203.0.113.2")):
        browser = desk.client(host=host)
        tries = [log_in(browser, name, "wrong password") for _ in range(6)]
        assert [answer.status_code for answer in tries] == [403, 403, 403, 403, 429, 429]
        assert tries[-1].headers["retry-after"] == "30"
        assert "Wait 30 seconds" in tries[-1].text
        assert not any("set-cookie" in answer.headers for answer in tries)
        answers[name] = [answer.text.replace(name, "") for answer in tries]
    assert answers["mina"] == answers["nobody"]
    assert log_in(desk.client(host="203.0.113.3"), "mina").status_code == 429  # by name, from anywhere


def test_a_browser_that_was_logged_in_before_is_not_shut_out_by_strangers(desk):
    desk.join("mina", "editor")
    browser = desk.client(host="203.0.113.1")
    log_in(browser)
    browser.post("/desk/logout", data=form(browser, "/desk/account"))
    assert browser.get("/desk/account").status_code == 303
    for _ in range(9):
        log_in(desk.client(host="203.0.113.1"), "mina", "wrong password")
    assert log_in(browser).status_code == 303


def test_the_form_token_is_taken_from_the_body_wherever_it_stands(desk):
    login = desk.join("mina", "admin")
    browser = desk.client(login)
    token = form_token(browser)
    late = {"title": "x" * 60_000, "token": token}
    assert (
        browser.post("/desk/account/tokens", data=late).status_code == 422
    )  # the title is too long, the token is right
    beyond = {"title": "x" * 70_000, "token": token}
    assert "Not done" in browser.post("/desk/account/tokens", data=beyond).text
    files = {"token": (None, token), "title": (None, "feeds")}
    assert browser.post("/desk/account/tokens", files=files).status_code != 403
    assert "Not done" in browser.post("/desk/account/tokens", files={"title": (None, "feeds")}).text


def test_own_account_password_tokens_and_sessions(desk):
    login = desk.join("mina", "viewer")
    browser, other = desk.client(login), desk.client(desk.log_in("mina"))
    made = browser.post("/desk/account/tokens", data=form(browser, "/desk/account", title="nightly feeds", days="30"))
    (secret,) = re.findall(r"saekdong_[\w-]{43}", made.text)
    assert made.headers["cache-control"] == "no-store"
    assert secret not in browser.get("/desk/account").text
    program = desk.client(token=secret)
    assert program.get("/desk/products").status_code == 200
    browser.post("/desk/account/tokens/revoke", data=form(browser, "/desk/account", number="1"))
    assert program.get("/desk/products").status_code == 303
    fields = {"old": PASSWORD, "password": "another seven colors", "again": "another seven colors"}
    wrong = browser.post("/desk/account/password", data=form(browser, "/desk/account", **{**fields, "old": "x"}))
    assert "The name or the password is wrong." in wrong.text
    assert browser.post("/desk/account/password", data=form(browser, "/desk/account", **fields)).status_code == 303
    assert browser.get("/desk/account").status_code == 200
    assert other.get("/desk/account").status_code == 303
    third = desk.client(desk.people.log_in("mina", "another seven colors", Origin()))
    number = desk.people.sessions()[0].number
    browser.post("/desk/account/sessions/end", data=form(browser, "/desk/account", number=str(number)))
    assert third.get("/desk/account").status_code == 303


def test_nobody_ends_what_is_anothers_by_its_number(desk):
    admin, viewer = desk.join("admin", "admin"), desk.client(desk.join("jun", "viewer"))
    _, secret = desk.people.make_token("admin", admin.person, "feeds")
    session = desk.people.sessions(admin.person)[0].number
    for page, number in (("tokens/revoke", 1), ("sessions/end", session)):
        answer = viewer.post(f"/desk/account/{page}", data=form(viewer, "/desk/account", number=str(number)))
        assert answer.status_code == 303
    assert desk.people.token(secret)
    assert desk.people.session(admin.session)


def test_an_admin_invites_changes_and_removes_people(desk):
    admin = desk.client(desk.join("mina", "admin"))
    invited = admin.post("/desk/people/invite", data=form(admin, role="editor", name="jun"))
    (link,) = re.findall(rf"{ADDRESS}(/desk/invitation\?code=[\w-]+)", invited.text)
    assert link not in admin.get("/desk/people").text
    guest = desk.client()
    guest.get(link)
    fields = {"password": "the cloth of a hundred", "again": "the cloth of a hundred"}
    assert guest.post("/desk/invitation", data=fields).status_code == 303
    admin.post("/desk/people/role", data=form(admin, name="jun", role="admin"))
    assert guest.get("/desk/people").status_code == 200
    admin.post("/desk/people/role", data=form(admin, name="jun", role="viewer"))
    refused = guest.get("/desk/people")
    assert refused.status_code == 403
    assert "This page needs the role admin. Your role is viewer." in refused.text
    assert "jun 없애기" in admin.get("/desk/people/remove?name=jun", headers=KOREAN).text
    assert desk.people.is_name("jun")
    admin.post("/desk/people/remove", data=form(admin, name="jun"))
    assert guest.get("/desk").status_code == 303
    only = admin.post("/desk/people/invite", data=form(admin, role="viewer"))
    withdrawn = re.findall(r"code=([\w-]+)", only.text)[0]
    admin.post("/desk/people/invitations/withdraw", data=form(admin, number="3"))
    assert desk.people.invitation(withdrawn) is None
    for address, fields, problem in (
        ("role", {"name": "nobody", "role": "admin"}, "There is no such account."),
        ("invitations/withdraw", {"number": "3"}, "This invitation is no longer open."),
        ("sessions/end", {"number": "99"}, "This session has ended already."),
        ("tokens/revoke", {"number": "x"}, "This token was revoked already."),
        ("invite", {"role": "admin", "name": "x" * 65}, "A name has 1 to 64 characters."),
    ):
        answer = admin.post(f"/desk/people/{address}", data=form(admin, **fields))
        assert (answer.status_code, problem in answer.text) == (422, True), address
    desk.join("kim", "viewer")
    last = admin.post("/desk/people/remove", data=form(admin, name="mina"))
    assert "mina is the only admin" in last.text


def test_the_audit_log_shows_who_did_what_and_its_proof(desk, tmp_path):
    admin = desk.client(desk.join("mina", "admin"))
    for _ in range(60):
        desk.people.withdraw("mina", desk.people.invite("mina", "viewer")[0].number)
    page = admin.get("/desk/people/log").text
    numbers = [int(number) for number in re.findall(r'<th scope="row">(\d+)</th>', page)]
    assert numbers == list(range(123, 23, -1))
    (older,) = re.findall(r'href="(/desk/people/log\?before=\d+)"', page)
    before = admin.get(older).text
    assert [int(number) for number in re.findall(r'<th scope="row">(\d+)</th>', before)] == list(range(23, 0, -1))
    assert "accepted an invitation" in before
    proved = admin.get("/desk/people/log?check=1").text
    assert f"The proof holds for all 123 events. The last hash: {desk.api.loop.events(122)[0].hash}" in proved
    with closing(sqlite3.connect(tmp_path / "loop.db")) as connection, connection:
        connection.execute("DROP TRIGGER event_no_update")
        connection.execute("UPDATE event SET by = 'jun' WHERE number = 7")
    assert "The proof breaks at event 7" in admin.get("/desk/people/log?check=1").text
    for odd in ("0", "-1", "x", "9" * 30, "1"):
        assert admin.get(f"/desk/people/log?before={odd}").status_code == 200


HOSTILE = "<img src=x onerror=alert(1)>\"'{{7*7}}"


def test_names_and_titles_stay_text_everywhere(desk):
    admin = desk.client(desk.join(HOSTILE, "admin"))
    desk.people.make_token(HOSTILE, desk.people.person(HOSTILE), HOSTILE)
    desk.people.invite(HOSTILE, "viewer", HOSTILE[:30])
    _, secret = desk.people.invite(HOSTILE, "viewer", HOSTILE)
    guest = desk.client()
    guest.headers["User-Agent"] = HOSTILE
    guest.get(f"/desk/invitation?code={secret}")
    log_in(guest, HOSTILE)
    pages = [admin.get(page) for page in ("/desk/account", "/desk/people", "/desk/people/log", "/desk/products")]
    pages += [guest.get("/desk/invitation"), log_in(desk.client(), HOSTILE, "wrong")]
    pages += [admin.get("/desk/people/remove", params={"name": HOSTILE})]
    pages += [admin.post("/desk/people/remove", data=form(admin, name=HOSTILE))]
    assert sum("&lt;img" in page.text for page in pages) >= 6
    for page in pages:
        assert "<img src=x" not in page.text
        assert "49" not in re.findall("alert(.{0,20})", page.text)
        assert "script-src 'self'" in page.headers["content-security-policy"]


def test_no_page_gives_a_secret_to_another_site_or_a_cache(desk):
    admin = desk.client(desk.join("mina", "admin"))
    for page in ("/desk/account", "/desk/people", "/desk/people/log", "/desk/login", "/desk/products"):
        answer = admin.get(page)
        assert answer.headers["referrer-policy"] in ("same-origin", "no-referrer")
        assert re.search("no-store|private", answer.headers["cache-control"])
        session = next(cookie.value for cookie in admin.cookies.jar if cookie.name == SESSION)
        assert session not in answer.text
        assert not re.search(r'(href|action)="[^"]*(token|code|secret)=', answer.text)


@pytest.fixture
def provider():
    with openid_provider() as running:
        running.redirects = [OPENID_BACK]
        running.people = {"7": {"preferred_username": "mina", "groups": ["staff"]}, "9": {"groups": ["cooks"]}}
        yield running


def test_people_log_in_with_their_provider(tmp_path, provider):
    openid = OpenIdProvider(OpenIdSettings(provider.issuer, CLIENT, {"staff": "editor", "owners": "admin"}, SECRET))
    with running_desk(tmp_path, openid=openid) as desk:
        desk.join("mina", "admin")

        def arrive(person):
            browser = desk.client()
            begun = browser.get("/desk/login/openid?back=/desk/conflicts")
            answer = httpx.get(begun.headers["location"], cookies={"person": person})
            query = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
            return browser, browser.get("/desk/login/openid/back", params=query), query

        assert "Log in with 127.0.0.1" in desk.client().get("/desk/login").text
        browser, answer, query = arrive("7")
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk/conflicts")
        page = browser.get("/desk/account").text
        assert "mina 2" in page  # nobody's account is taken over by a name
        assert "Change the password at http://127.0.0.1" in page
        provider.people["7"]["groups"] = ["owners"]
        assert arrive("7")[0].get("/desk/people").status_code == 200
        _, refused, _ = arrive("9")
        assert (refused.status_code, "None of your groups has a role" in refused.text) == (403, True)
        thief = desk.client()
        stolen = thief.get("/desk/login/openid/back", params=query)
        assert (stolen.status_code, "did not log you in" in stolen.text) == (403, True)
        assert [(person.name, person.role) for person in desk.people.persons()] == [
            ("mina", "admin"),
            ("mina 2", "admin"),
        ]


def test_without_tls_the_login_says_why_it_would_be_forgotten(desk):
    _, secret = desk.people.invite("root", "viewer")
    plain = desk.client()
    for page in ("/desk/login", f"/desk/invitation?code={secret}"):
        assert "Logins need https" not in desk.client().get(page).text
    plain.http.base_url = "http://desk.shop.example"
    assert "Logins need https" in plain.get("/desk/login").text


def test_a_proxys_own_login_does_not_hide_the_session(desk):
    browser = desk.client(desk.join("mina", "viewer"))
    assert browser.get("/desk/account", headers={"Authorization": "Basic eDp5"}).status_code == 200
    assert browser.get("/desk/account", headers={"Authorization": "Bearer x"}).status_code == 303


@pytest.mark.parametrize("days", ["", "0", "x", "-1", "9" * 5000, "٣"])
def test_an_odd_number_of_days_is_no_fault_of_the_desk(desk, days):
    browser = desk.client(desk.join("mina", "viewer"))
    answer = browser.post("/desk/account/tokens", data=form(browser, "/desk/account", title="feeds", days=days))
    assert answer.status_code == 200
    (made,) = desk.people.tokens()
    assert (made.expires is None) is (days in ("", "0", "x", "-1"))
