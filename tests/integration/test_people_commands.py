"""`saekdong people`, as an owner uses it."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from saekdong.cli.app import run
from saekdong.loop import Loop
from saekdong.people import Origin, People

PASSWORD = "seven colors of cloth"  # noqa: S105


@pytest.fixture(autouse=True)
def shop(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def shown(capsys, *arguments, code=0):
    capsys.readouterr()
    assert run(["people", *arguments]) == code
    return capsys.readouterr()


def rows(capsys, *arguments):
    return json.loads(shown(capsys, *arguments, "--format", "json").out)


def join(capsys, name, role):
    link = shown(capsys, "invite", "--role", role, "--url", "https://desk.shop.example/").out.strip()
    assert link.startswith("https://desk.shop.example/desk/invitation?code=")
    with Loop.open(Path("loop.db")) as loop, People.open(Path("people.db"), loop) as people:
        return people.accept(link.partition("=")[2], name, PASSWORD, Origin("203.0.113.7", "Firefox"))


def test_a_person_is_invited_gets_a_role_and_is_removed(capsys):
    assert "there are no accounts; invite" in shown(capsys, "list").err
    made = rows(capsys, "invite", "--role", "viewer", "--name", "jun")
    assert {key: made[key] for key in ("invitation", "role", "name")} == {
        "invitation": 1,
        "role": "viewer",
        "name": "jun",
    }
    assert [each["name"] for each in rows(capsys, "invitations")] == ["jun"]
    shown(capsys, "revoke", "invitation", "1", "--yes")
    assert rows(capsys, "invitations") == []
    join(capsys, "mina", "admin")
    join(capsys, "jun", "viewer")
    assert "jun is editor now" in shown(capsys, "role", "JUN", "editor").err
    listed = [(each["name"], each["role"], each["sessions"]) for each in rows(capsys, "list")]
    assert listed == [("mina", "admin", 1), ("jun", "editor", 1)]
    assert "mina is the only admin; make another" in shown(capsys, "role", "mina", "viewer", code=2).err
    assert "there is no terminal to ask on; agree with --yes" in shown(capsys, "remove", "jun", code=2).err
    assert "jun is removed" in shown(capsys, "remove", "jun", "--yes").err
    assert "there is no account 'jun'; see 'saekdong people list'" in shown(capsys, "role", "jun", "admin", code=2).err


def test_tokens_and_sessions_are_listed_without_secrets_and_ended(capsys):
    login = join(capsys, "mina", "admin")
    secret = shown(capsys, "token", "mina", "nightly feeds", "--days", "90").out.strip()
    listed = shown(capsys, "tokens", "mina", "--format", "json").out
    assert json.loads(listed)[0]["title"] == "nightly feeds"
    assert secret not in listed
    sessions = shown(capsys, "sessions", "--format", "json").out
    assert json.loads(sessions)[0]["address"] == "203.0.113.7"
    assert login.session not in sessions
    shown(capsys, "revoke", "token", "1", "--yes")
    shown(capsys, "revoke", "session", "1", "--yes")
    assert rows(capsys, "tokens") == rows(capsys, "sessions", "mina") == []
    assert (
        "there is no token 1; see 'saekdong people tokens'"
        in shown(capsys, "revoke", "token", "1", "--yes", code=2).err
    )


def test_the_log_says_who_did_what_and_proves_that_it_was_not_changed(capsys, tmp_path):
    join(capsys, "mina", "admin")
    shown(capsys, "token", "mina", "feeds", "--by", "mina")
    events = rows(capsys, "log")
    assert [event["what"] for event in events] == ["invite", "accept invitation", "login", "make token"]
    assert [event["what"] for event in rows(capsys, "log", "--person", "mina", "--limit", "2")] == [
        "login",
        "make token",
    ]
    proof = shown(capsys, "log").err
    assert f"the proof holds for 4 events; the last hash is {events[-1]['hash']}" in proof
    with closing(sqlite3.connect(tmp_path / "loop.db")) as connection, connection:
        connection.execute("DROP TRIGGER event_no_update")
        connection.execute("UPDATE event SET by = 'jun' WHERE number = 2")
    assert "the proof breaks at event 2" in shown(capsys, "log", code=1).err


def test_names_that_would_take_over_a_terminal_are_not_accepted_and_markup_is_shown_as_it_is(capsys):
    join(capsys, "<b>[red]mina[/red]</b>", "admin")
    assert "<b>[red]mina[/red]</b>" in shown(capsys, "list").out
    assert (
        "characters that cannot be seen"
        in shown(capsys, "invite", "--role", "viewer", "--name", "\x1b[31m", code=2).err
    )
